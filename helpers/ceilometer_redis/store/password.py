# SPDX-License-Identifier: Apache-2.0
"""The password of the store: changed on the daemons of all controllers at once, by the first deployment that has it.

Connections that are logged in outlive a change. A daemon that logs in anew, as in a failover, needs the other's
password, and a sentinel that was refused takes the server for down until it is told a password again: its connection
stays open and is never made anew (redis 7.0.15, down-after 5 s, watched for 5 min), before 6.2 not even then. Changed
controller by controller, with Fuel's tasks in between, the daemons would differ for minutes; so one controller changes
all of them within milliseconds. Two passwords at a time would need redis 6, which Fuel's controllers do not have.
"""

import os
import re

import redis

from ceilometer_redis.deployment.parts import addresses_own_first
from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store.connection import await_own_redis, connect_redis, connect_sentinel, sentinel_command
from ceilometer_redis.store.queries import is_deployed, master_state
from ceilometer_redis.store.sentinel import disconnect_refused_sentinels

#: A redis server's own, by its names: for the master it follows, and for who connects.
DIRECTIVES = ('masterauth', 'requirepass')


def apply_password(deployment, check=False, conf_dir=CONF_DIR):
    """Bring the redis servers and sentinels of all controllers to the deployment's password; return what changed.

    A controller that is off, or whose server takes none of the passwords known here, is left to its own deployment.

    Raises:
        NotDone: The server here has no answer within START_TIMEOUT (at once with check), or one refuses the change.
    """
    await_own_redis(deployment, check, conf_dir)
    clients = [(address, connect_redis(deployment, address, conf_dir=conf_dir))
               for address in addresses_own_first(deployment)]
    own = None if is_in_redis_conf(deployment, conf_dir) else deployment['node']['address']
    stale = [(address, client) for address, client in clients
             if has_other_password(deployment, client) or address == own]
    if stale and not check:
        refusals = [refusal for refusal in [set_password(deployment, *server) for server in stale] if refusal]
        tell_sentinels(deployment)
        reconnect_sentinels(deployment, conf_dir)
        if refusals:
            raise NotDone('password: refused by %s' % '; '.join(refusals))
    return ['the redis server at %s' % address for address, _ in stale]


def is_in_redis_conf(deployment, conf_dir):
    """Return whether the redis server here would start with the deployment's password.

    It keeps one in its redis.conf itself, which a full disk may have prevented.
    """
    conf = read_text(os.path.join(conf_dir, 'redis.conf'))
    kept = dict(re.findall(r'^(masterauth|requirepass) "?([^"\s]+)', conf, re.MULTILINE))
    return all(kept.get(name) == deployment['redis']['password'] for name in DIRECTIVES)


def has_other_password(deployment, client):
    """Return whether a client's redis server answers and has another password than the deployment."""
    try:
        return any(client.config_get(name).get(name) != deployment['redis']['password'] for name in DIRECTIVES)
    except redis.RedisError:
        return False


def set_password(deployment, address, client):
    """Give a client's redis server, at an address, the deployment's password, kept over restarts.

    Returns:
        Its refusal, as words; None usually.
    """
    try:
        for name in DIRECTIVES:
            client.config_set(name, deployment['redis']['password'])
        client.execute_command('config', 'rewrite')
    except redis.RedisError as refusal:
        return '%s: %s' % (address, refusal)


def tell_sentinels(deployment):
    """Tell the password every sentinel that answers, and watches one of the deployment's servers as master.

    The others are told by their controllers' `apply sentinel`: a sentinel sends what it is told to what it watches.
    """
    for address in addresses_own_first(deployment):
        state = master_state(deployment, address)
        if state is None or not is_deployed(deployment, state):
            continue
        try:
            sentinel_command(connect_sentinel(deployment, address), 'set', deployment['sentinel']['master_name'],
                             'auth-pass', deployment['redis']['password'])
        except redis.RedisError:
            continue


def reconnect_sentinels(deployment, conf_dir):
    """Let sentinels log in that a server refused: some of either may have been off during a change."""
    for address in addresses_own_first(deployment):
        try:
            disconnect_refused_sentinels(connect_redis(deployment, address, conf_dir=conf_dir))
        except redis.RedisError:
            continue
