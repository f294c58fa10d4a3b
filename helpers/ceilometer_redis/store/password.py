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

from ceilometer_redis.deployment.parts import own_first
from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR, read_text
from ceilometer_redis.store import sentinel
from ceilometer_redis.store.connection import await_own_redis, connect_redis, connect_sentinel, sentinel_command

#: A redis server's own, by its names: for the master it follows, and for who connects.
DIRECTIVES = ('masterauth', 'requirepass')


def apply_password(deployment, check=False, conf_dir=CONF_DIR):
    """Bring the redis servers and sentinels of all controllers to the deployment's password; return what changed.

    A controller that is off, or whose server takes none of the passwords known here, is left to its own deployment.
    Raises NotDone if the server here has no answer within START_TIMEOUT (at once with check) or one refuses the change.
    """
    await_own_redis(deployment, check, conf_dir)
    clients = [(address, connect_redis(deployment, address, conf_dir=conf_dir))
               for address in own_first(deployment)]
    forgets = not is_kept(deployment, conf_dir)
    stale = [(address, client) for address, client in clients
             if is_stale(client, deployment) or (forgets and address == deployment['node']['address'])]
    if stale and not check:
        refusals = [refusal for refusal in [change(deployment, *server) for server in stale] if refusal]
        tell_sentinels(deployment)
        disconnect_refused(deployment, conf_dir)
        if refusals:
            raise NotDone('password: refused by %s' % '; '.join(refusals))
    return ['the redis server at %s' % address for address, _ in stale]


def is_kept(deployment, conf_dir):
    """Return whether the redis server here would start with the deployment's password: a full disk may have kept it."""
    conf = read_text(os.path.join(conf_dir, 'redis.conf'))
    kept = dict(re.findall(r'^(masterauth|requirepass) "?([^"\s]+)', conf, re.MULTILINE))
    return all(kept.get(name) == deployment['redis']['password'] for name in DIRECTIVES)


def is_stale(client, deployment):
    """Return whether a redis server that answers has another password than the deployment."""
    try:
        return any(client.config_get(name).get(name) != deployment['redis']['password'] for name in DIRECTIVES)
    except redis.RedisError:
        return False


def change(deployment, address, client):
    """Give a redis server the deployment's password, kept over restarts; return its refusal, None if there is none."""
    try:
        for name in DIRECTIVES:
            client.config_set(name, deployment['redis']['password'])
        client.execute_command('config', 'rewrite')
    except redis.RedisError as refusal:
        return '%s: %s' % (address, refusal)


def tell_sentinels(deployment):
    """Tell every sentinel that answers; the others are told by their controllers' `apply sentinel`."""
    for address in own_first(deployment):
        try:
            sentinel_command(connect_sentinel(deployment, address), 'set',
                                   deployment['sentinel']['master_name'], 'auth-pass', deployment['redis']['password'])
        except redis.RedisError:
            continue


def disconnect_refused(deployment, conf_dir):
    """Let sentinels and servers meet of which some were off during a change."""
    for address in own_first(deployment):
        try:
            sentinel.disconnect_refused(connect_redis(deployment, address, conf_dir=conf_dir))
        except redis.RedisError:
            continue
