"""The store: the redis servers and the sentinels of the controllers, as they run.

Everything here asks the running daemons. Their configuration files belong to them: redis and Sentinel rewrite them, so
a setting is changed with CONFIG SET or SENTINEL SET and kept by CONFIG REWRITE (Sentinel keeps each SET itself, since
2.8.4).
"""
import collections
import contextlib
import functools
import os
import re
import time
from multiprocessing import dummy as threads

import redis

from ceilometer_redis import backend_url, clock
from ceilometer_redis import deployment as deployment_file
from ceilometer_redis.errors import NotDone


class Unreachable(redis.RedisError):
    """No connection to a daemon."""


class Connection(redis.Connection):
    """A connection that python-redis before 3 tries to make once, not twice at once."""

    def connect(self):
        try:
            redis.Connection.connect(self)
        except redis.AuthenticationError:
            raise
        except redis.ConnectionError as error:
            raise Unreachable(*error.args)


try:
    from redis.backoff import NoBackoff
    from redis.retry import Retry
    # python-redis 6 and later tries again by itself: 12 s for each daemon that is away (measured with 8.1).
    ASK_ONCE = {'retry': Retry(NoBackoff(), 0)}
except ImportError:  # before python-redis 4
    ASK_ONCE = {'connection_class': Connection}

CONF_DIR = '/etc/ceilometer-redis/redis'

#: Seconds a daemon has to answer, which one of a powered-off controller does not.
SOCKET_TIMEOUT = 2

#: Seconds a planned handover may take; measured on redis 7.0: 1.1 to 1.2 s until the sentinels name the new master.
HANDOVER_TIMEOUT = 15

#: Seconds after which a new master is taken as it is; all was ready after 1 to 2 s (redis 7.0).
READY_TIMEOUT = 5

#: Seconds in which sentinels that were replacing a master name the new one; measured on redis 7.0: 1 to 3 s.
FOLLOW_TIMEOUT = 15

#: Seconds Pacemaker may take to start a daemon that is to be configured.
START_TIMEOUT = 120

#: The first redis whose replicas take what their master sends whatever their min-slaves-to-write says (430bec346 of
#: redis/redis). With an older one, Ubuntu 14.04's, a replica that has it is empty when it is promoted.
SINCE_MIN_SLAVES = (2, 8, 10)

#: The first Sentinel that knows SENTINEL SET NAME quorum.
SINCE_SET_QUORUM = (2, 8, 5)

#: The last command of a sentinel's connection that redis refused to log in; one that is logged in has a name besides.
SENTINEL_COMMANDS = ('ping', 'info', 'publish', 'subscribe')

#: Flags of a sentinel that has no vote for another.
UNUSABLE = frozenset(['s_down', 'o_down', 'disconnected'])

#: A redis master and who named it: 'sentinel', 'redis', 'sentinel.conf' or 'fuel'.
Master = collections.namedtuple('Master', 'address port source')


def connect(address, port, password=None, decode=True):
    """Return a client of one daemon; nothing is sent yet. It asks once, also where python-redis would ask again."""
    return redis.StrictRedis(connection_pool=redis.ConnectionPool(
        host=address, port=port, password=password, socket_timeout=SOCKET_TIMEOUT, decode_responses=decode, **ASK_ONCE))


def connect_redis(deployment, address, decode=True, conf_dir=CONF_DIR):
    """Return a client of a redis server, with the password that it has at the time."""
    return connect(address, deployment['redis']['port'], password_at(deployment, address, conf_dir), decode)


def password_at(deployment, address, conf_dir=CONF_DIR):
    """Return the password of the redis server at an address.

    That is the one in this node's redis.conf, which redis itself keeps: a deployment's new one comes to all servers at
    once, some time after the deployment file. A server that refuses it is a step ahead of this node's.
    """
    found = re.search(r'^requirepass "?([^"\s]+)', read(os.path.join(conf_dir, 'redis.conf')), re.MULTILINE)
    given = deployment['redis']['password']
    if found is None or found.group(1) == given:
        return given
    in_use = found.group(1)
    return given if refuses(connect(address, deployment['redis']['port'], in_use)) else in_use


def refuses(client):
    """Return whether the server refuses the password; one that is away refuses nothing."""
    try:
        client.ping()
    except (redis.AuthenticationError, redis.ResponseError):
        return True
    except redis.RedisError:
        pass
    return False


def connect_sentinel(deployment, address):
    return connect(address, deployment['sentinel']['port'])


def sentinel_command(client, *words):
    """Send a SENTINEL command and return its raw reply.

    The lower-case name keeps every python-redis (2.7 on 7.0 to today's) from parsing the reply in its own way.
    """
    return client.execute_command('sentinel', *words)


def pairs(reply):
    """Return a flat reply (name, value, name, value...) as a dictionary."""
    if isinstance(reply, dict):
        return reply
    return dict(zip(reply[::2], reply[1::2]))


def at_once(questions):
    """Return what each question, a function without arguments, comes to; all are asked at once.

    One after another, those that are off cost a redis server that starts 4.5 s. The sentinels, which start beside it,
    took every server for down after 5 s, had none to promote, and tried again after 30 s (redis 7.0, three controllers
    that came back from a loss of power without the master's).
    """
    pool = threads.Pool(len(questions))
    try:
        return pool.map(lambda ask: ask(), questions)
    finally:
        pool.terminate()


def own_first(deployment):
    """Return the controllers' addresses in the order in which this node asks them, as its agents do."""
    return deployment_file.own_first(deployment['node'], deployment['addresses'])


def named_master(sentinel, name):
    """Return (address, port) of the master that a sentinel, a client, tells agents; None if it does not watch it.

    Before 2.8.9 a sentinel that has not read a master's INFO since it began refuses to say (IDONTKNOW), for ever if the
    master is dead. It knows the address all the same.
    """
    try:
        return sentinel_command(sentinel, 'get-master-addr-by-name', name)
    except redis.ResponseError as refusal:
        if 'IDONTKNOW' not in str(refusal):
            raise
    known = pairs(sentinel_command(sentinel, 'master', name))
    return known['ip'], known['port']


def watched_master(deployment, address):
    """Return what the sentinel at an address knows of the master (SENTINEL MASTER) or None if it has no answer.

    Its ip and port are those that agents are told: in a failover that is the promoted server when SENTINEL MASTER still
    has the dead one.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        known = pairs(sentinel_command(client, 'master', name))
        known['ip'], known['port'] = named_master(client, name)
    except (redis.RedisError, TypeError):  # TypeError: forgotten between the two commands
        return None
    return known


def watched_masters(deployment):
    """Return what each sentinel that answers knows of the master, this node's first."""
    questions = [functools.partial(watched_master, deployment, address) for address in own_first(deployment)]
    return [known for known in at_once(questions) if known]


def latest(watched):
    """Return what the sentinel with the highest configuration epoch knows: it is right, the last failover wins."""
    return max(watched, key=lambda known: int(known['config-epoch']))


def current_master(deployment):
    """Return the address that agents are told, by the first sentinel that answers; None if none does."""
    for address in own_first(deployment):
        try:
            found = named_master(connect_sentinel(deployment, address), deployment['sentinel']['master_name'])
        except redis.RedisError:
            continue
        if found:
            return found[0]
    return None


def replication(deployment, address, conf_dir=CONF_DIR):
    """Return INFO of the redis server at an address, or None if it has no answer."""
    try:
        return connect_redis(deployment, address, conf_dir=conf_dir).info()
    except redis.RedisError:
        return None


def find_master(deployment, conf_dir=CONF_DIR):
    """Return the Master: asked of the running system, Fuel's role list last.

    The sentinel with the highest configuration epoch is believed: one whose file was lost starts again at epoch 0, and
    one that missed a failover is behind this node's own sentinel.conf. But a master that calls itself a replica, while
    another calls itself master, was named by sentinels that were reset: then Sentinel never heals (redis 7.0.15,
    watched for 150 s) and the servers are believed.
    """
    addresses = own_first(deployment)
    answers = at_once([functools.partial(watched_master, deployment, address) for address in addresses]
                      + [functools.partial(replication, deployment, address, conf_dir) for address in addresses])
    watched = [known for known in answers[:len(addresses)] if known]
    servers = dict(zip(addresses, answers[len(addresses):]))
    masters = [address for address in addresses if servers[address] and servers[address]['role'] == 'master']
    # A redis server that was just created calls itself master as well; one with replicas is the older truth.
    masters.sort(key=lambda address: -servers[address]['connected_slaves'])
    port = deployment['redis']['port']
    remembered, epoch = remembered_master(deployment, conf_dir)
    if watched:
        known = latest(watched)
        named = Master(known['ip'], int(known['port']), 'sentinel')
        if epoch > int(known['config-epoch']):
            named = remembered
        server = servers.get(named.address)
        if not (server and server['role'] == 'slave' and masters):
            return named
    if masters:
        return Master(masters[0], port, 'redis')
    return remembered or fuel_master(deployment)


def remembered_master(deployment, conf_dir=CONF_DIR):
    """Return the Master that this node's sentinel.conf names (the last one it knew) and its configuration epoch.

    (None, -1) if it names none.
    """
    conf, name = read(os.path.join(conf_dir, 'sentinel.conf')), re.escape(deployment['sentinel']['master_name'])
    found = re.search(r'^sentinel monitor %s (\S+) (\d+) ' % name, conf, re.MULTILINE)
    epoch = re.search(r'^sentinel config-epoch %s (\d+)' % name, conf, re.MULTILINE)
    if not found:
        return None, -1
    return Master(found.group(1), int(found.group(2)), 'sentinel.conf'), int(epoch.group(1)) if epoch else 0


def fuel_master(deployment):
    """Return Fuel's primary controller as the Master of a store that does not exist yet."""
    primary = [controller for controller in deployment['controllers'] if controller['primary']][0]
    return Master(primary['address'], deployment['redis']['port'], 'fuel')


def read(path):
    """Return the text of a file, '' if there is none."""
    if not os.path.exists(path):
        return ''
    with open(path) as text:
        return text.read()


def wait_for(condition, seconds, what):
    """Return the first true value of condition(); raise NotDone naming what was waited for after so many seconds."""
    deadline = clock.uptime() + seconds
    while True:
        value = condition()
        if value:
            return value
        if clock.uptime() > deadline:
            raise NotDone('%s: not within %d s' % (what, seconds))
        time.sleep(0.2)


def answers(client):
    try:
        return client.ping()
    except redis.RedisError:
        return False


def own_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Return a client of this node's redis server; waits START_TIMEOUT for an answer, with check not at all."""
    def connected():
        client = connect_redis(deployment, deployment['node']['address'], conf_dir=conf_dir)
        return client if answers(client) else None
    return wait_for(connected, 0 if check else START_TIMEOUT, 'an answer of the redis server here')


def version(server):
    """Return the version of a daemon, from its INFO, as a tuple of numbers."""
    return backend_url.version(server['redis_version'])


def redis_changes(client, deployment):
    """Return [(directive, value)] that differ between the running redis server and the deployment.

    The passwords are not here: those of all controllers are changed at once, by `apply password`.
    """
    wanted = [('min-slaves-to-write', str(min_slaves(client, deployment))),
              ('min-slaves-max-lag', str(deployment['redis']['min_slaves_max_lag']))]
    return [(name, value) for name, value in wanted if client.config_get(name).get(name) != value]


def min_slaves(client, deployment):
    """Return the replicas without which the redis server is to refuse writes: no more than it refuses or has by now.

    A single controller that becomes one of three would refuse all until the others are there (60 s in the lab).
    """
    server, wanted = client.info(), deployment['redis']['min_slaves_to_write']
    if version(server) < SINCE_MIN_SLAVES:
        return 0
    present = int(client.config_get('min-slaves-to-write')['min-slaves-to-write'])
    return min(wanted, max(present, server['connected_slaves'])) if server['role'] == 'master' else wanted


def apply_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Bring this node's redis server to the deployment; return the names of what changed (or would, with check).

    Raises NotDone if the server has no answer within START_TIMEOUT (at once with check).
    """
    client = own_redis(deployment, check, conf_dir)
    changes, master = redis_changes(client, deployment), missed_master(deployment, client.info(), conf_dir)
    if not check:
        for name, value in changes:
            client.config_set(name, value)
        if master:
            client.execute_command('slaveof', master.address, master.port)
        if changes or master:
            client.execute_command('config', 'rewrite')
    return [name for name, _ in changes] + (['slaveof'] if master else [])


def missed_master(deployment, server, conf_dir=CONF_DIR):
    """Return the Master that this node's redis server, an INFO, has to follow and will not be told of; None usually.

    A new replica that met its master just before that one died is known to no sentinel, and follows it for ever.
    """
    if server['role'] == 'master' or server['master_link_status'] == 'up':
        return None
    master = find_master(deployment, conf_dir)
    return None if master.address in (server['master_host'], deployment['node']['address']) else master


def sets_quorum(sentinel):
    """Return whether a sentinel, a client, can be told a quorum (SENTINEL SET). Otherwise it has to watch anew."""
    return version(sentinel.info()) >= SINCE_SET_QUORUM


def sentinel_changes(known, deployment):
    """Return [(option, value)] for SENTINEL SET that differ between known, a SENTINEL MASTER, and the deployment."""
    return [(option, value) for option, value in sentinel_options(deployment) if known[option] != value]


def sentinel_options(deployment):
    """Return [(option, value)] of SENTINEL SET and SENTINEL MASTER."""
    names = (('quorum', 'quorum'), ('down-after-milliseconds', 'down_after'), ('failover-timeout', 'failover_timeout'),
             ('parallel-syncs', 'parallel_syncs'))
    return [(option, str(deployment['sentinel'][name])) for option, name in names]


def refused_servers(deployment, conf_dir=CONF_DIR):
    """Return clients of the redis servers that this node's sentinel takes for down and that answer the helper."""
    down = taken_for_down(deployment, deployment['node']['address'])
    return [connect_redis(deployment, address, conf_dir=conf_dir) for address in down
            if replication(deployment, address, conf_dir)]


def drop_refused(client):
    """Cut off the sentinels that a redis server has refused, so that they log in with what they were told since.

    Before 6.2 Sentinel keeps such a connection, and takes the server for down, for ever (6.0.16).
    """
    kill(client, [found['addr'] for found in client.client_list()
                  if not found.get('name') and found['cmd'] in SENTINEL_COMMANDS])


def knows_password(deployment, password, conf_dir=CONF_DIR):
    """Return whether this node's sentinel was told a password, which it shows nobody but its configuration file."""
    known = r'^sentinel auth-pass %s "?%s"?$' % (re.escape(deployment['sentinel']['master_name']), re.escape(password))
    return bool(re.search(known, read(os.path.join(conf_dir, 'sentinel.conf')), re.MULTILINE))


def log_of(name, conf_dir=CONF_DIR):
    """Return the path of the log that a daemon's configuration file names; '' if it names none."""
    found = re.search(r'^logfile "?([^"\s]+)', read(os.path.join(conf_dir, name)), re.MULTILINE)
    return found.group(1) if found else ''


def hide(password, path, check=False):
    """Overwrite a password in a log with as many asterisks; return whether it was there. With check it stays.

    Sentinel of Redis 3.0 to 6.2 writes there what it is told. In place, as it appends at any time: no line is lost.
    """
    if not os.path.exists(path):
        return False
    with open(path, 'rb' if check else 'r+b') as log:
        found = [match.start() for match in re.finditer(re.escape(password).encode('ascii'), log.read())]
        for position in [] if check else found:
            log.seek(position)
            log.write(b'*' * len(password))
    return bool(found)


def watch(deployment, client, master, conf_dir=CONF_DIR, anew=False):
    """Tell a sentinel to watch a Master; anew: it watches one, which it forgets first, with all that it knows of it.

    The password and all else come in one message: Sentinel connects within 0.1 s, and must not without the password
    (see drop_refused()).
    """
    name = deployment['sentinel']['master_name']
    options = [word for option in sentinel_options(deployment) if option[0] != 'quorum' for word in option]
    together = client.pipeline(transaction=False)
    if anew:
        together.execute_command('sentinel', 'remove', name)
    together.execute_command('sentinel', 'monitor', name, master.address, master.port, deployment['sentinel']['quorum'])
    together.execute_command('sentinel', 'set', name, 'auth-pass', password_at(deployment, master.address, conf_dir),
                             *options)
    # raise_on_error would quote the command, with the password.
    for reply in together.execute(raise_on_error=False):
        # Its start may have told it as well, beside a deployment.
        if isinstance(reply, redis.RedisError) and not str(reply).startswith('Duplicate'):
            raise reply


def apply_sentinel(deployment, check=False, conf_dir=CONF_DIR):
    """Bring this node's sentinel to the deployment; return the names of what changed (or would, with check).

    A sentinel that watches nothing is told the master that the running system has (SENTINEL MONITOR), never one out of
    a template: sentinels reset to a former master can not elect again. So is one that missed a failover alone. One that
    knows the password and was refused is told it again: since 6.2 it connects anew then. A quorum that it cannot be
    told is left to `apply peers`. Raises NotDone as apply_redis.
    """
    own, name = deployment['node']['address'], deployment['sentinel']['master_name']
    client = connect_sentinel(deployment, own)
    wait_for(lambda: answers(client), 0 if check else START_TIMEOUT, 'an answer of the sentinel here')
    changed, known = [], watched_master(deployment, own)
    master = missed_successor(deployment, known) if known else find_master(deployment, conf_dir)
    if master:
        changed.append('monitor')
        if check:
            return changed
        watch(deployment, client, master, conf_dir, anew=bool(known))
    known = wait_for(lambda: watched_master(deployment, own), 0 if check else START_TIMEOUT,
                     'a master watched by the sentinel here')
    changed += forget_itself(client, known, name, check)
    changes, password = sentinel_changes(known, deployment), password_at(deployment, known['ip'], conf_dir)
    if not sets_quorum(client):
        changes = [(option, value) for option, value in changes if option != 'quorum']
    refused = refused_servers(deployment, conf_dir)
    if refused or not knows_password(deployment, password, conf_dir):
        changes.insert(0, ('auth-pass', password))
    for option, value in changes:
        changed.append(option)
        if not check:
            sentinel_command(client, 'set', name, option, value)
    for server in [] if check else refused:
        drop_refused(server)
    if hide(password, log_of('sentinel.conf', conf_dir), check):
        changed.append('password in the log')
    return changed


def missed_successor(deployment, known):
    """Return the Master that the other sentinels have and this node's, which knows this one, will not hear of, or None.

    Sentinels meet by the servers that they watch: one that began to watch a master just before that one died meets
    nobody (2.8.4).
    """
    last = latest(watched_masters(deployment) or [known])
    meets = int(known['num-other-sentinels']) or last['ip'] == known['ip']
    if meets or int(last['config-epoch']) <= int(known['config-epoch']):
        return None
    return Master(last['ip'], int(last['port']), 'sentinel')


def forget_itself(sentinel, known, name, check):
    """Let a sentinel, a client, forget that the master it knows is its own replica; return ['replicas'] if it was.

    One that is killed at the end of a failover which it leads remembers the promoted server as both. Some seconds after
    its start it would make the master a replica of itself, for ever (2.8.17).
    """
    if (known['ip'], int(known['port'])) not in ends(sentinel_command(sentinel, 'slaves', name)):
        return []
    if not check:
        sentinel_command(sentinel, 'reset', name)
    return ['replicas']


def ends(reply):
    """Return the (address, port) of each instance in a sentinel's reply."""
    return set((found['ip'], int(found['port'])) for found in (pairs(instance) for instance in reply))


def handover(deployment):
    """Let another controller's redis server become master, if this node's is; return its address, or None if it is not.

    SENTINEL FAILOVER alone leaves the old master writable for 11 s (redis 7.0.15, six of six), two masters for clients
    with open connections; so it is made a replica, and its clients are cut off, as soon as the new one takes their
    place. Raises NotDone if no sentinel starts or ends the failover.
    """
    own = deployment['node']['address']
    server = replication(deployment, own)
    if not server or server['role'] != 'master' or not server['connected_slaves']:
        return None
    client = connect_redis(deployment, own)
    with accepting_writes(client):
        address = await_successor(deployment, start_failover(deployment), server['connected_slaves'])
        become_replica(deployment, client, address)
    return address


def follow(deployment):
    """Let this node's redis server follow the master that replaces it; return its address, or None if it stays.

    A master that was killed and is back while the sentinels replace it loses its replicas and refuses writes, and who
    is connected to it stays, until Sentinel makes it a replica (10 s later, redis 7.0.15). It stays master when all
    sentinels name it, have had its answer since this began, and replace nobody; its replicas say nothing, as they were
    seen to be back in the middle of a failover. Raises NotDone if neither is so within FOLLOW_TIMEOUT.
    """
    own, began = deployment['node']['address'], clock.uptime()

    def settled():
        # Before they are asked: an answer from before may be the killed one's.
        seconds = clock.uptime() - began
        server, watched = replication(deployment, own), watched_masters(deployment)
        if not server or server['role'] != 'master':
            return own
        named = latest(watched)['ip'] if watched else own
        if named != own:
            return named if is_master(deployment, named) else None
        content = [known for known in watched if is_content(known, own, seconds)]
        return own if len(content) == len(deployment['addresses']) else None

    address = wait_for(settled, FOLLOW_TIMEOUT, 'one redis master for all sentinels')
    if address == own:
        return None
    become_replica(deployment, connect_redis(deployment, own), address)
    return address


def is_content(known, address, seconds):
    """Return whether a sentinel names a master, had its answer within the last so many seconds, and replaces nobody."""
    return (known['ip'], known['flags']) == (address, 'master') and int(known['last-ok-ping-reply']) < 1000 * seconds


def is_master(deployment, address):
    """Return whether the redis server at an address calls itself master."""
    return (replication(deployment, address) or {}).get('role') == 'master'


def become_replica(deployment, client, address):
    """Make a client's redis server the replica of another one, and have its other clients look up the master."""
    client.execute_command('slaveof', address, deployment['redis']['port'])
    try:
        client.execute_command('client', 'kill', 'type', 'normal')
    except redis.ResponseError:
        # Before 2.8.12 each has to be named.
        kill(client, [found['addr'] for found in client.client_list() if found['flags'] == 'N'])


def kill(client, addresses):
    """Cut off the clients of a redis server that have these addresses."""
    for address in addresses:
        try:
            client.execute_command('client', 'kill', address)
        except redis.ResponseError:
            continue  # it has just ended


@contextlib.contextmanager
def accepting_writes(client):
    """A context in which a redis master accepts writes also when its replicas have left it for another one."""
    name = 'min-slaves-to-write'
    wanted = client.config_get(name)[name]
    client.config_set(name, 0)
    try:
        yield
    finally:
        client.config_set(name, wanted)


def await_successor(deployment, sentinel, replicas):
    """Return the address of the master that replaces this node's, which has so many replicas, when it is ready.

    That is when it takes writes, for which it needs a replica of its own, and all sentinels send clients to it: before,
    nobody could write for 5 s or 1.2 s. Raises NotDone if the sentinel names none.
    """
    def successor():
        address, _ = named_master(sentinel, deployment['sentinel']['master_name'])
        return address if address != deployment['node']['address'] else None

    address = wait_for(successor, HANDOVER_TIMEOUT, 'a new master named by the sentinels')
    try:
        wait_for(lambda: told_masters(deployment) == set([address]) and (
            replicas == 1 or takes_writes(deployment, address)), READY_TIMEOUT, 'a new master')
    except NotDone:
        pass  # it is one already, and needs the old one as its replica
    return address


def told_masters(deployment):
    """Return the addresses that python-redis is told as the master's by the sentinels that answer (SENTINEL MASTERS).

    The sentinel that leads a failover says the old one there until all replicas follow the new one, which it already
    names to those that ask it for the address.
    """
    told, name = set(), deployment['sentinel']['master_name']
    for address in deployment['addresses']:
        try:
            told.add(pairs(sentinel_command(connect_sentinel(deployment, address), 'master', name))['ip'])
        except redis.RedisError:
            continue
    return told


def takes_writes(deployment, address):
    """Return whether a redis master has the replicas without which it refuses writes; one that needs none says none."""
    server, wanted = replication(deployment, address), deployment['redis']['min_slaves_to_write']
    return server is not None and server.get('min_slaves_good_slaves', wanted) >= wanted


def start_failover(deployment):
    """Ask the sentinels, the own first, for a failover; return the client of the one that starts it."""
    refusals = []
    for address in own_first(deployment):
        client = connect_sentinel(deployment, address)
        try:
            sentinel_command(client, 'failover', deployment['sentinel']['master_name'])
            return client
        except redis.RedisError as refusal:
            if 'INPROG' in str(refusal):
                return client
            refusals.append('%s: %s' % (address, refusal))
    raise NotDone('no sentinel starts a failover (%s)' % '; '.join(refusals))


def status(deployment):
    """Return the store as seen from here: {'controllers': rows, 'master': address or None, 'problems': sentences}."""
    rows = at_once([functools.partial(controller_status, deployment, controller)
                    for controller in deployment['controllers']])
    masters = [row['address'] for row in rows if row['role'] == 'master']
    problems = ['%d redis masters: %s' % (len(masters), ', '.join(masters) or 'none')] if len(masters) != 1 else []
    for row in rows:
        problems.extend('%s: %s' % (row['name'], problem)
                        for problem in row_problems(row, rows, deployment['sentinel']['quorum']))
    return {'controllers': rows, 'master': masters[0] if len(masters) == 1 else None, 'problems': problems}


def controller_status(deployment, controller):
    """Return one controller's row: name, address, role, link and what its sentinel names, sees and can do."""
    address = controller['address']
    server = replication(deployment, address) or {}
    known = watched_master(deployment, address) or {}
    row = {'name': controller['name'], 'address': address, 'role': server.get('role'),
           'link': server.get('master_link_status'), 'sentinel_master': known.get('ip'),
           'sentinels': int(known['num-other-sentinels']) + 1 if known else None,
           'replicas': int(known['num-slaves']) if known else None,
           'quorum': int(known['quorum']) if known else None, 'can_fail_over': False, 'tilt': False, 'down': []}
    if known:
        row['can_fail_over'] = can_fail_over(deployment, address, row['quorum'])
        row['tilt'] = in_tilt(deployment, address)
        row['down'] = taken_for_down(deployment, address)
    return row


def can_fail_over(deployment, address, quorum):
    """Return whether the sentinel at an address, with this quorum, sees enough others to replace the master.

    What SENTINEL CKQUORUM says, which only 3.0 and later know: the quorum, and a majority of all that it knows.
    """
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        others = [set(pairs(other)['flags'].split(',')) for other in sentinel_command(client, 'sentinels', name)]
    except redis.RedisError:
        return False
    usable = 1 + len([flags for flags in others if not flags & UNUSABLE])
    return usable >= max(quorum, (len(others) + 1) // 2 + 1)


def in_tilt(deployment, address):
    """Return whether the sentinel at an address is in TILT: its clock jumped by 2 s or more, or went back."""
    try:
        return bool(connect_sentinel(deployment, address).info('sentinel').get('sentinel_tilt'))
    except redis.RedisError:
        return False


def taken_for_down(deployment, address):
    """Return the addresses of the redis servers that the sentinel at an address takes for down."""
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        servers = [sentinel_command(client, 'master', name)] + sentinel_command(client, 'slaves', name)
    except redis.RedisError:
        return []
    return [server['ip'] for server in map(pairs, servers) if 's_down' in server['flags'].split(',')]


def row_problems(row, rows, quorum):
    """Return sentences about what is wrong in one controller's row; rows are those of all controllers."""
    if row['role'] is None:
        yield 'no answer of redis'
    elif row['role'] == 'slave' and row['link'] != 'up':
        yield 'replica is not linked to its master'
    if row['sentinel_master'] is None:
        yield 'no answer of the sentinel, or it watches nothing'
        return
    for problem in sentinel_problems(row, rows, quorum):
        yield problem


def sentinel_problems(row, rows, quorum):
    """Return sentences about what is wrong with the sentinel of a row."""
    controllers, masters = len(rows), [other['address'] for other in rows if other['role'] == 'master']
    if masters and row['sentinel_master'] not in masters:
        yield 'sentinel names %s as master' % row['sentinel_master']
    # It would not make that one master, or vote to replace it; counts and CKQUORUM do not show that.
    for address in [other['address'] for other in rows if other['role'] and other['address'] in row['down']]:
        yield 'sentinel takes the redis server at %s for down, which answers' % address
    if row['sentinels'] != controllers:
        yield 'sentinel knows %d of %d sentinels' % (row['sentinels'], controllers)
    if row['replicas'] != controllers - 1:
        yield 'sentinel knows %d of %d replicas' % (row['replicas'], controllers - 1)
    if row['quorum'] != quorum:
        yield 'quorum is %d, not %d' % (row['quorum'], quorum)
    if controllers > 1 and not row['can_fail_over']:
        yield 'sentinel sees too few others for a failover'
    if row['tilt']:
        yield 'sentinel was paused or its clock was set: it does nothing for 30 s (TILT)'
