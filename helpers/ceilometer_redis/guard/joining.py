# SPDX-License-Identifier: Apache-2.0
"""The proof that the agents of a node can coordinate, before anything of them is changed."""

import os
import threading
import uuid

import redis

from ceilometer_redis.coordination import agents_python, coordinator, service
from ceilometer_redis.deployment.parts import COMPUTE_URL
from ceilometer_redis.errors import BadInput
from ceilometer_redis.guard import groups, processes
from ceilometer_redis.store import existing

#: The program of an agent has the name of its service.
PROGRAMS = '/usr/bin/'

#: Seconds in which a redis server shows a beat.
LISTEN = 3


def join(deployment):
    """Prove that the agents of a controller or a compute node can coordinate, before anything of them is changed.

    Their Pythons are asked, without a connection: a store of ours may refuse writes now. A controller joins an existing
    service.

    Raises:
        BadInput: A Python cannot serve, or the service cannot be guarded.
        NotDone: The service cannot be joined.
    """
    url = agents_url(deployment)
    agents = [agent['service'] for agent in deployment.get('agents', {}).values()] + deployment['services']
    for python in agents_python.interpreters(PROGRAMS + name for name in sorted(agents)):
        coordinator.prove(url, python)
    if 'service' in deployment.get('coordination', {}):
        coordinator.check(url)
        if service.driver(url) == 'redis' and deployment['guard']:
            check_identification(url)


def agents_url(deployment):
    """Return the agents' URL, which a compute node has among its options.

    Raises:
        BadInput: The agents use none.
    """
    if 'coordination' in deployment:
        return deployment['coordination']['backend_url']
    if COMPUTE_URL not in deployment['options']:
        raise BadInput('coordinate_compute', 'be on for this command', advice='the agent here does not coordinate')
    return deployment['options'][COMPUTE_URL]['value'].replace('$$', '$')


def check_identification(url):
    """Prove that the guard can find out at a redis server who of its members is here.

    It wants MONITOR, which an operator may have taken away, and the addresses that connections have here.

    Raises:
        BadInput: It cannot.
    """
    probe, refusal = 'ceilometer-redis-%s' % uuid.uuid4(), None
    try:
        listener, writer = existing.connect(url), existing.connect(url)
        writer.ping()
        own = processes.local_endpoints(processes.Process(os.getpid(), 0))
        timer = threading.Timer(0.5, writer.psetex, (groups.BEAT + probe, 1000, 'alive'))
        timer.start()
        if groups.listen(listener, {'own': own}, LISTEN) != {'own': probe}:
            refusal = 'it shows no MONITOR, or other addresses than the controllers have'
        timer.join()
    except redis.RedisError as error:
        refusal = '%s' % error
    if refusal:
        raise BadInput('guard', 'be off with %s' % service.identity(url), advice=service.hide(refusal, url))
