# SPDX-License-Identifier: Apache-2.0
"""This node's sentinel, brought to the deployment by SENTINEL MONITOR and SENTINEL SET."""

import os
import re
import stat

import redis

from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store.connection import (
    START_TIMEOUT,
    connect_redis,
    connect_sentinel,
    disconnect_clients,
    password_in_use,
    responds,
    sentinel_command,
)
from ceilometer_redis.store.master import RUNNING, Master, find_master
from ceilometer_redis.store.queries import (
    daemon_version,
    endpoints,
    is_deployed,
    latest_state,
    master_state,
    master_states,
    redis_info,
    subjectively_down,
)
from ceilometer_redis.waiting import wait_for

#: The first Sentinel that knows SENTINEL SET NAME quorum.
SINCE_SET_QUORUM = (2, 8, 5)

#: What a sentinel may run, as the user redis; the plugin has none, and Sentinel up to 4 takes any that exists.
SCRIPTS = ('notification-script', 'client-reconfig-script')

#: The last command of a sentinel's connection that redis refused to log in; one that is logged in has a name besides.
SENTINEL_COMMANDS = ('ping', 'info', 'publish', 'subscribe')


def can_set_quorum(client):
    """Return whether a client's sentinel can be told a quorum (SENTINEL SET). Otherwise it has to watch anew."""
    return daemon_version(client.info()) >= SINCE_SET_QUORUM


def differing_options(state, deployment):
    """Return [(option, value)] for SENTINEL SET of what a sentinel has otherwise, by its master_state()."""
    scripts = [(option, '') for option in SCRIPTS if state.get(option)]
    return [(option, value) for option, value in wanted_options(deployment) if state[option] != value] + scripts


def wanted_options(deployment):
    """Return [(option, value)] of the deployment, by the names that SENTINEL SET and SENTINEL MASTER use."""
    names = (('quorum', 'quorum'), ('down-after-milliseconds', 'down_after'), ('failover-timeout', 'failover_timeout'),
             ('parallel-syncs', 'parallel_syncs'))
    return [(option, str(deployment['sentinel'][name])) for option, name in names]


def servers_wrongly_down(deployment, conf_dir=CONF_DIR):
    """Return the addresses of the redis servers that this node's sentinel takes for down and that answer the helper."""
    return [address for address in subjectively_down(deployment, deployment['node']['address'])
            if redis_info(deployment, address, conf_dir)]


def disconnect_refused_sentinels(client):
    """Cut off the sentinels that a client's redis server has refused: they log in with what they were told since.

    Before 6.2 Sentinel keeps such a connection, and takes the server for down, for ever (6.0.16).
    """
    disconnect_clients(client, [found['addr'] for found in client.client_list()
                                if not found.get('name') and found['cmd'] in SENTINEL_COMMANDS])


def knows_password(deployment, password, conf_dir=CONF_DIR):
    """Return whether this node's sentinel was told a password, which it shows nobody but its configuration file."""
    told = r'^sentinel auth-pass %s "?%s"?$' % (re.escape(deployment['sentinel']['master_name']), re.escape(password))
    return bool(re.search(told, read_text(os.path.join(conf_dir, 'sentinel.conf')), re.MULTILINE))


def logfile(name, conf_dir=CONF_DIR):
    """Return the path of the log that a daemon's configuration file names; '' if it names none."""
    found = re.search(r'^logfile "?([^"\s]+)', read_text(os.path.join(conf_dir, name)), re.MULTILINE)
    return found.group(1) if found else ''


def mask_password(password, path, check=False, owner=None):
    """Overwrite a password in a log with as many asterisks; with check it stays. Return whether it was there.

    Sentinel of Redis 3.0 to 6.2 writes there what it is told. In place, as it appends at any time: no line is lost.
    The path is the daemon's word, so what is no file of its user is left alone.

    Args:
        password: The one to hide.
        path: Of the log.
        check: Whether it is only to be said.
        owner: The uid whose file it has to be; None if anybody's will do.
    """
    try:
        handle = os.open(path, (os.O_RDONLY if check else os.O_RDWR) | os.O_NONBLOCK | os.O_NOFOLLOW)
    except EnvironmentError:
        return False
    with os.fdopen(handle, 'rb' if check else 'r+b') as log:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or owner not in (None, status.st_uid):
            return False
        found = [match.start() for match in re.finditer(re.escape(password).encode('ascii'), log.read())]
        for position in [] if check else found:
            log.seek(position)
            log.write(b'*' * len(password))
    return bool(found)


def monitor(deployment, client, master, conf_dir=CONF_DIR, anew=False):
    """Tell a client's sentinel to watch a Master.

    The password and all else come in one message: Sentinel connects within 0.1 s, and must not without the password
    (see disconnect_refused_sentinels()).

    Args:
        deployment: Of this node.
        client: That of the sentinel.
        master: A Master.
        conf_dir: Where this node's redis.conf is.
        anew: Whether it watches one already, which it is to forget first, with all that it knows of it.

    Raises:
        redis.RedisError: The sentinel does not do it.
    """
    name = deployment['sentinel']['master_name']
    options = [word for option in wanted_options(deployment) if option[0] != 'quorum' for word in option]
    together = client.pipeline(transaction=False)
    if anew:
        together.execute_command('sentinel', 'remove', name)
    together.execute_command('sentinel', 'monitor', name, master.address, master.port, deployment['sentinel']['quorum'])
    password = password_in_use(deployment, master.address, conf_dir)
    together.execute_command('sentinel', 'set', name, 'auth-pass', password, *options)
    # raise_on_error would quote the command, with the password.
    for reply in together.execute(raise_on_error=False):
        # Its start may have told it as well, beside a deployment.
        if isinstance(reply, redis.RedisError) and not str(reply).startswith('Duplicate'):
            raise reply


def apply_sentinel(deployment, check=False, conf_dir=CONF_DIR, patience=START_TIMEOUT):
    """Bring this node's sentinel to the deployment; return the names of what changed (or would, with check).

    A sentinel that watches nothing is told the master that the running system has (SENTINEL MONITOR), never one out of
    a template: sentinels reset to a former master can not elect again. So is one that missed a failover alone. One that
    knows the password and was refused is told it again: since 6.2 it connects anew then. A quorum that it cannot be
    told is left to `apply peers`. One whose master is no controller's, which any local user can tell it, is told the
    one that runs.

    Args:
        deployment: Of this node.
        check: Whether it is only to be said.
        conf_dir: Where this node's redis.conf and sentinel.conf are.
        patience: For how many seconds the sentinel may be silent or name nobody; 0 with check.

    Raises:
        NotDone: The sentinel does not answer, or watches nothing, or what it watches is no controller's and no master
            runs, within the patience.
    """
    own, name, patience = deployment['node']['address'], deployment['sentinel']['master_name'], 0 if check else patience
    client = connect_sentinel(deployment, own)
    wait_for(lambda: responds(client), patience, 'an answer of the sentinel here')
    changed, state = [], master_state(deployment, own)
    is_foreign = state is not None and not is_deployed(deployment, state)
    if check and is_foreign:
        return ['monitor']
    if is_foreign:
        master = wait_for(lambda: running_master(deployment, conf_dir), patience,
                          'a redis master at a controller, in place of %(ip)s port %(port)s' % state)
    else:
        master = missed_successor(deployment, state) if state else find_master(deployment, conf_dir)
    if master:
        changed.append('monitor')
        if check:
            return changed
        monitor(deployment, client, master, conf_dir, anew=bool(state))
    state = wait_for(lambda: master_state(deployment, own), patience, 'a master watched by the sentinel here')
    changed += forget_master_as_replica(client, state, name, check)
    password = password_in_use(deployment, state['ip'], conf_dir)
    changes = settable(client, differing_options(state, deployment))
    wrongly_down = servers_wrongly_down(deployment, conf_dir)
    in_file = differing_in_file(deployment, password, conf_dir)
    if wrongly_down and ('auth-pass', password) not in in_file:
        in_file.insert(0, ('auth-pass', password))
    for words in in_file + changes:
        changed.append(words[0])
        if not check:
            sentinel_command(client, 'set', name, *words)
    for address in [] if check else wrongly_down:
        disconnect_refused_sentinels(connect_redis(deployment, address, conf_dir=conf_dir))
    if mask_password(password, logfile('sentinel.conf', conf_dir), check, os.stat(conf_dir).st_uid):
        changed.append('password in the log')
    return changed


def settable(client, changes):
    """Return those of [(option, value)] that a client's sentinel can be told by SENTINEL SET."""
    lacking = [] if can_set_quorum(client) else ['quorum']
    return [(option, value) for option, value in changes if option not in lacking]


def differing_in_file(deployment, password, conf_dir=CONF_DIR):
    """Return the words for SENTINEL SET, in tuples, of what a sentinel has otherwise and shows nobody but its file.

    A user to log in as (since 6.2) keeps it from all servers, another name of a command (since 5.0) from a failover.
    """
    own = r'^sentinel %%s %s (\S+)' % re.escape(deployment['sentinel']['master_name'])
    conf = read_text(os.path.join(conf_dir, 'sentinel.conf'))
    changes = [] if knows_password(deployment, password, conf_dir) else [('auth-pass', password)]
    changes += [('auth-user', '') for _ in re.findall(own % 'auth-user', conf, re.MULTILINE)]
    return changes + [('rename-command', name, name) for name in re.findall(own % 'rename-command', conf, re.MULTILINE)]


def running_master(deployment, conf_dir=CONF_DIR):
    """Return the Master by the word of a sentinel or a redis server; None if neither knows one."""
    master = find_master(deployment, conf_dir)
    return master if master.source in RUNNING else None


def why_strange(deployment, conf_dir=CONF_DIR, with_file=True):
    """Return what somebody else told this node's sentinel, as words; None if all is as `apply sentinel` leaves it.

    Three questions to a daemon of this node and its file, so that it can be asked often.

    Args:
        deployment: Of this node.
        conf_dir: Where this node's redis.conf and sentinel.conf are.
        with_file: Whether what its file alone shows counts.
    """
    client = connect_sentinel(deployment, deployment['node']['address'])
    if not responds(client):
        return None
    state = master_state(deployment, deployment['node']['address'])
    if state is None:
        return 'it watches nothing'
    if not is_deployed(deployment, state):
        return 'it names %(ip)s port %(port)s as master, which is no controller\'s' % state
    changes = differing_options(state, deployment)
    changes = settable(client, changes) if changes else []
    if int(state['num-other-sentinels']) + 1 != len(deployment['addresses']):
        # Controllers come or go: until all are there, another quorum may be one that the sentinels have not.
        changes = [(option, value) for option, value in changes if option != 'quorum']
    if with_file:
        changes += differing_in_file(deployment, password_in_use(deployment, state['ip'], conf_dir), conf_dir)
    return 'it has another %s' % ', '.join(words[0] for words in changes) if changes else None


def missed_successor(deployment, state):
    """Return the Master of which the other sentinels know and this node's will not hear; None usually.

    Sentinels meet by the servers that they watch: one that began to watch a master just before that one died meets
    nobody (2.8.4).

    Args:
        deployment: Of this node.
        state: The master_state() that this node's sentinel has.
    """
    latest = latest_state(master_states(deployment) or [state])
    meets = int(state['num-other-sentinels']) or latest['ip'] == state['ip']
    if meets or int(latest['config-epoch']) <= int(state['config-epoch']):
        return None
    return Master(latest['ip'], int(latest['port']), 'sentinel')


def forget_master_as_replica(client, state, name, check):
    """Let a sentinel forget its replicas if it takes the master for one of them.

    One that is killed at the end of a failover which it leads remembers the promoted server as both. Some seconds after
    its start it would make the master a replica of itself, for ever (2.8.17).

    Args:
        client: That of the sentinel.
        state: Its master_state().
        name: That of the master.
        check: Whether it is only to be said.

    Returns:
        What changed: ['replicas'], [] usually.
    """
    if (state['ip'], int(state['port'])) not in endpoints(sentinel_command(client, 'slaves', name)):
        return []
    if not check:
        sentinel_command(client, 'reset', name)
    return ['replicas']
