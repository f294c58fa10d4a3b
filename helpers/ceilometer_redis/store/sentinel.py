"""This node's sentinel, brought to the deployment by SENTINEL MONITOR and SENTINEL SET."""

import os
import re

import redis

from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store.connection import (
    START_TIMEOUT,
    as_dict,
    connect_redis,
    connect_sentinel,
    daemon_version,
    disconnect_clients,
    endpoints,
    password_at,
    responds,
    sentinel_command,
)
from ceilometer_redis.store.master import Master, find_master, latest_view, redis_info, sentinel_view, sentinel_views
from ceilometer_redis.waiting import wait_for

#: The first Sentinel that knows SENTINEL SET NAME quorum.
SINCE_SET_QUORUM = (2, 8, 5)

#: The last command of a sentinel's connection that redis refused to log in; one that is logged in has a name besides.
SENTINEL_COMMANDS = ('ping', 'info', 'publish', 'subscribe')


def can_set_quorum(sentinel):
    """Return whether a sentinel, a client, can be told a quorum (SENTINEL SET). Otherwise it has to watch anew."""
    return daemon_version(sentinel.info()) >= SINCE_SET_QUORUM


def differing_options(known, deployment):
    """Return [(option, value)] for SENTINEL SET that differ between known, a SENTINEL MASTER, and the deployment."""
    return [(option, value) for option, value in wanted_options(deployment) if known[option] != value]


def wanted_options(deployment):
    """Return [(option, value)] of SENTINEL SET and SENTINEL MASTER."""
    names = (('quorum', 'quorum'), ('down-after-milliseconds', 'down_after'), ('failover-timeout', 'failover_timeout'),
             ('parallel-syncs', 'parallel_syncs'))
    return [(option, str(deployment['sentinel'][name])) for option, name in names]


def wrongly_down_servers(deployment, conf_dir=CONF_DIR):
    """Return clients of the redis servers that this node's sentinel takes for down and that answer the helper."""
    down = servers_down(deployment, deployment['node']['address'])
    return [connect_redis(deployment, address, conf_dir=conf_dir) for address in down
            if redis_info(deployment, address, conf_dir)]


def disconnect_refused(client):
    """Cut off the sentinels that a redis server has refused, so that they log in with what they were told since.

    Before 6.2 Sentinel keeps such a connection, and takes the server for down, for ever (6.0.16).
    """
    disconnect_clients(client, [found['addr'] for found in client.client_list()
                                if not found.get('name') and found['cmd'] in SENTINEL_COMMANDS])


def knows_password(deployment, password, conf_dir=CONF_DIR):
    """Return whether this node's sentinel was told a password, which it shows nobody but its configuration file."""
    known = r'^sentinel auth-pass %s "?%s"?$' % (re.escape(deployment['sentinel']['master_name']), re.escape(password))
    return bool(re.search(known, read_text(os.path.join(conf_dir, 'sentinel.conf')), re.MULTILINE))


def logfile(name, conf_dir=CONF_DIR):
    """Return the path of the log that a daemon's configuration file names; '' if it names none."""
    found = re.search(r'^logfile "?([^"\s]+)', read_text(os.path.join(conf_dir, name)), re.MULTILINE)
    return found.group(1) if found else ''


def mask_password(password, path, check=False):
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


def monitor(deployment, client, master, conf_dir=CONF_DIR, anew=False):
    """Tell a sentinel to watch a Master; anew: it watches one, which it forgets first, with all that it knows of it.

    The password and all else come in one message: Sentinel connects within 0.1 s, and must not without the password
    (see drop_refused()).
    """
    name = deployment['sentinel']['master_name']
    options = [word for option in wanted_options(deployment) if option[0] != 'quorum' for word in option]
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
    wait_for(lambda: responds(client), 0 if check else START_TIMEOUT, 'an answer of the sentinel here')
    changed, known = [], sentinel_view(deployment, own)
    master = missed_successor(deployment, known) if known else find_master(deployment, conf_dir)
    if master:
        changed.append('monitor')
        if check:
            return changed
        monitor(deployment, client, master, conf_dir, anew=bool(known))
    known = wait_for(lambda: sentinel_view(deployment, own), 0 if check else START_TIMEOUT,
                     'a master watched by the sentinel here')
    changed += forget_itself(client, known, name, check)
    changes, password = differing_options(known, deployment), password_at(deployment, known['ip'], conf_dir)
    if not can_set_quorum(client):
        changes = [(option, value) for option, value in changes if option != 'quorum']
    refused = wrongly_down_servers(deployment, conf_dir)
    if refused or not knows_password(deployment, password, conf_dir):
        changes.insert(0, ('auth-pass', password))
    for option, value in changes:
        changed.append(option)
        if not check:
            sentinel_command(client, 'set', name, option, value)
    for server in [] if check else refused:
        disconnect_refused(server)
    if mask_password(password, logfile('sentinel.conf', conf_dir), check):
        changed.append('password in the log')
    return changed


def missed_successor(deployment, known):
    """Return the Master that the other sentinels have and this node's, which knows this one, will not hear of, or None.

    Sentinels meet by the servers that they watch: one that began to watch a master just before that one died meets
    nobody (2.8.4).
    """
    last = latest_view(sentinel_views(deployment) or [known])
    meets = int(known['num-other-sentinels']) or last['ip'] == known['ip']
    if meets or int(last['config-epoch']) <= int(known['config-epoch']):
        return None
    return Master(last['ip'], int(last['port']), 'sentinel')


def forget_itself(sentinel, known, name, check):
    """Let a sentinel, a client, forget that the master it knows is its own replica; return ['replicas'] if it was.

    One that is killed at the end of a failover which it leads remembers the promoted server as both. Some seconds after
    its start it would make the master a replica of itself, for ever (2.8.17).
    """
    if (known['ip'], int(known['port'])) not in endpoints(sentinel_command(sentinel, 'slaves', name)):
        return []
    if not check:
        sentinel_command(sentinel, 'reset', name)
    return ['replicas']


def servers_down(deployment, address):
    """Return the addresses of the redis servers that the sentinel at an address takes for down."""
    client, name = connect_sentinel(deployment, address), deployment['sentinel']['master_name']
    try:
        servers = [sentinel_command(client, 'master', name)] + sentinel_command(client, 'slaves', name)
    except redis.RedisError:
        return []
    return [server['ip'] for server in map(as_dict, servers) if 's_down' in server['flags'].split(',')]
