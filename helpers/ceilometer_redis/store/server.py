"""This node's redis server, brought to the deployment by CONFIG SET."""

from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.store.connection import await_own_redis, daemon_version
from ceilometer_redis.store.master import find_master

#: The first redis whose replicas take what their master sends whatever their min-slaves-to-write says (430bec346 of
#: redis/redis). With an older one, Ubuntu 14.04's, a replica that has it is empty when it is promoted.
SINCE_MIN_SLAVES = (2, 8, 10)


def differences(client, deployment):
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
    if daemon_version(server) < SINCE_MIN_SLAVES:
        return 0
    present = int(client.config_get('min-slaves-to-write')['min-slaves-to-write'])
    return min(wanted, max(present, server['connected_slaves'])) if server['role'] == 'master' else wanted


def apply_redis(deployment, check=False, conf_dir=CONF_DIR):
    """Bring this node's redis server to the deployment; return the names of what changed (or would, with check).

    Raises NotDone if the server has no answer within START_TIMEOUT (at once with check).
    """
    client = await_own_redis(deployment, check, conf_dir)
    changes, master = differences(client, deployment), missed_master(deployment, client.info(), conf_dir)
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
