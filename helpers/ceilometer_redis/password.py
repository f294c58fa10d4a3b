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

from ceilometer_redis import store
from ceilometer_redis.errors import NotDone

#: A redis server's own, by its names: for the master it follows, and for who connects.
PASSWORDS = ('masterauth', 'requirepass')


def apply_password(deployment, check=False, conf_dir=store.CONF_DIR):
    """Bring the redis servers and sentinels of all controllers to the deployment's password; return what changed.

    A controller that is off, or whose server takes none of the passwords known here, is left to its own deployment.
    Raises NotDone if the server here has no answer within START_TIMEOUT (at once with check) or one refuses the change.
    """
    store.own_redis(deployment, check, conf_dir)
    clients = [(address, store.connect_redis(deployment, address, conf_dir=conf_dir))
               for address in store.own_first(deployment)]
    forgets = not keeps(deployment, conf_dir)
    stale = [(address, client) for address, client in clients
             if is_stale(client, deployment) or (forgets and address == deployment['node']['address'])]
    if stale and not check:
        refusals = [refusal for refusal in [change(deployment, *server) for server in stale] if refusal]
        tell_sentinels(deployment)
        drop_refused(deployment, conf_dir)
        if refusals:
            raise NotDone('password: refused by %s' % '; '.join(refusals))
    return ['the redis server at %s' % address for address, _ in stale]


def keeps(deployment, conf_dir):
    """Return whether the redis server here would start with the deployment's password: a full disk may have kept it."""
    conf = store.read(os.path.join(conf_dir, 'redis.conf'))
    kept = dict(re.findall(r'^(masterauth|requirepass) "?([^"\s]+)', conf, re.MULTILINE))
    return all(kept.get(name) == deployment['redis']['password'] for name in PASSWORDS)


def is_stale(client, deployment):
    """Return whether a redis server that answers has another password than the deployment."""
    try:
        return any(client.config_get(name).get(name) != deployment['redis']['password'] for name in PASSWORDS)
    except redis.RedisError:
        return False


def change(deployment, address, client):
    """Give a redis server the deployment's password, kept over restarts; return its refusal, None if there is none."""
    try:
        for name in PASSWORDS:
            client.config_set(name, deployment['redis']['password'])
        client.execute_command('config', 'rewrite')
    except redis.RedisError as refusal:
        return '%s: %s' % (address, refusal)


def tell_sentinels(deployment):
    """Tell every sentinel that answers; the others are told by their controllers' `apply sentinel`."""
    for address in store.own_first(deployment):
        try:
            store.sentinel_command(store.connect_sentinel(deployment, address), 'set',
                                   deployment['sentinel']['master_name'], 'auth-pass', deployment['redis']['password'])
        except redis.RedisError:
            continue


def drop_refused(deployment, conf_dir):
    """Let sentinels and servers meet of which some were off during a change."""
    for address in store.own_first(deployment):
        try:
            store.drop_refused(store.connect_redis(deployment, address, conf_dir=conf_dir))
        except redis.RedisError:
            continue
