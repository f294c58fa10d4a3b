# SPDX-License-Identifier: Apache-2.0
"""Everything that is to be known of the store, the cluster and the agents, asked at once and once."""

import functools
import time

import redis

from ceilometer_redis import clock
from ceilometer_redis.coordination import coordinator, service
from ceilometer_redis.deployment.parts import has_store
from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import CONF_DIR
from ceilometer_redis.guard import notes
from ceilometer_redis.health import members, ring
from ceilometer_redis.pacemaker import daemons, guard, tools, view
from ceilometer_redis.store import existing, inspection
from ceilometer_redis.store.connection import connect_redis
from ceilometer_redis.store.queries import NO_ANSWER
from ceilometer_redis.waiting import within

#: Seconds for one answer of a daemon, and for all of them: what is off costs no more.
TIMEOUT, BOUND = 0.7, 1.0

#: Seconds for which tooz may take to join an existing service: its Python has to start, and its driver to connect.
SERVICE_BOUND = 8


def take(deployment, conf_dir=CONF_DIR, run=notes.RUN, service_bound=SERVICE_BOUND):
    """Return the snapshot of this moment.

    Args:
        deployment: Of this node.
        conf_dir: Where this node's redis.conf is.
        run: Where the guard here has its notes.
        service_bound: Seconds for an existing service, which counts as away after them.

    Returns:
        `deployment`; `now`, in seconds since the epoch; `controllers`: of each `name`, `fqdn`, `address`, `redis` (as
        inspection.redis_server() has it, None of an existing service) and `sentinel` (as inspection.sentinel() has it);
        `cluster`: view.view(), None while Pacemaker does not answer; `guard`: None or `age`, in seconds, and `agents`
        of its last word; `store`: members.read(), None while nobody knows; `shares`: {service: ring.shares()};
        `service`: None or why the existing service cannot be joined, '' if it can.
    """
    own = has_store(deployment)
    questions = {'cluster': functools.partial(_cluster, deployment), 'guard': functools.partial(_guard, run)}
    if own:
        for address in deployment['addresses']:
            questions['redis', address] = functools.partial(inspection.redis_server, deployment, address, TIMEOUT,
                                                            conf_dir)
            # Apart from that, as a client of the store may have put there what takes long to read.
            questions['store', address] = functools.partial(_store, deployment, address, conf_dir)
            questions['sentinel', address] = functools.partial(inspection.sentinel, deployment, address, TIMEOUT)
    else:
        questions['service'] = functools.partial(_service, deployment, service_bound)
        questions['store', None] = functools.partial(_existing_redis, deployment)
    answers = dict(zip(questions, within(BOUND if own else service_bound, list(questions.values()))))
    stores = [answers[name] for name in questions if name[0] == 'store' and answers[name] is not None]
    store = stores[0] if len(stores) == 1 else None
    return {'deployment': deployment, 'now': time.time(), 'cluster': answers['cluster'], 'guard': answers['guard'],
            'store': store, 'shares': _shares(store, deployment),
            'service': None if own else _late(answers['service'], service_bound),
            'controllers': [_controller(controller, answers, own) for controller in deployment['controllers']]}


def _controller(controller, answers, own):
    """Return one of `controllers`; own: whether the store is deployed on them."""
    found = dict((key, controller[key]) for key in ('name', 'fqdn', 'address'))
    address = controller['address']
    return dict(found, redis=(answers['redis', address] or {'refusal': 'no answer'}) if own else None,
                sentinel=answers.get(('sentinel', address)))


def _cluster(deployment):
    primitives = sorted(deployment['agents']) + [guard.PRIMITIVE] * deployment['guard']
    primitives += list(daemons.PRIMITIVES) if has_store(deployment) else []
    try:
        return view.view(tools.query(), deployment, primitives)
    except (NotDone, EnvironmentError):
        return None


def _guard(run):
    said = notes.state(run)
    return None if said is None else {'age': max(0, clock.uptime() - said['uptime']), 'agents': said['agents']}


def _store(deployment, address, conf_dir):
    """Return what the redis server at an address says of the groups if it is master, else None."""
    try:
        client = connect_redis(deployment, address, decode=False, conf_dir=conf_dir, timeout=TIMEOUT)
        return members.read(client, deployment) if client.info('replication').get('role') == 'master' else None
    except NO_ANSWER:
        return None


def _service(deployment, bound):
    """Return why the existing service cannot be joined, '' if it can."""
    try:
        coordinator.check(deployment['coordination']['backend_url'], bound)
        return ''
    except NotDone as refusal:
        return '%s' % refusal


def _late(refusal, bound):
    return 'no answer within %g s' % bound if refusal is None else refusal


def _existing_redis(deployment):
    url = deployment['coordination']['backend_url']
    if service.driver(url) != 'redis':
        return None
    try:
        return members.read(existing.connect(url), deployment)
    except redis.RedisError:
        return None


def _shares(store, deployment):
    """Return {service: {member: its share}} of the groups that everybody of a service is in."""
    found = {}
    for name in members.services(deployment) if store else ():
        groups = [group for group in store['groups'] if members.is_of(name, group, deployment)]
        if groups:
            together = max(groups, key=lambda group: len(store['groups'][group]))
            found[name] = ring.shares(name, [member for member in store['groups'][together] if member in store['left']])
    return found
