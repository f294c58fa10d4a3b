# SPDX-License-Identifier: Apache-2.0
"""What the agents of the lab share and poll, as the tests ask it."""

import io
import json
import math
import time

from ceilometer_redis.audit import judge
from ceilometer_redis.audit.samples import read
from ceilometer_redis.health.problems import CRITICAL, PROBLEMS, WARNING
from lab import cluster, telemetry, waiting
from lab.failure import Failure

GROUP = 'central-global'
METER = 'image.size'
AGENT = 'ceilometer-polling'
EVALUATOR = 'aodh-evaluator'
REDIS, SENTINEL = 'redis-server .*:6379', 'redis-server .*sentinel'
GUARD = 'ceilometer-redis guard'
GUARD_SAYS = '/run/ceilometer-redis-guard/guard.json'

# Exit codes of the check.
CODES = {WARNING: 1, CRITICAL: 2}

# Seconds until the notification agent has surely written the sample of a poll.
WRITTEN = 2


def polled(lab):
    """Every poll of an image in this lab, as the audit reads it."""
    # The last line may be half of one: it is left out.
    lines = lab.services.run(f'cat {telemetry.SAMPLES}').stdout.encode()
    return list(read(io.BytesIO(lines), telemetry.macs(lab.hosts.values()), [METER]))


def judged(samples, since, until, resources=telemetry.IMAGES):
    """The audit's report of what was polled of so many resources between two moments (seconds since the epoch)."""
    return judge.judge(samples, telemetry.INTERVAL, since, until, resources)


def cycles(lab, count, since=None, samples=polled, resources=telemetry.IMAGES):
    """The report of at least so many whole cycles from a moment on (now, by default); waits until they are over.

    ``samples`` reads those of so many resources; by default they are of the images.
    """
    since = since or time.time()
    # One cycle is lost where the agents' rhythm is cut.
    until = since + (count + 1) * telemetry.INTERVAL
    pass_time(until + WRITTEN)
    return judged(samples(lab), since, until, resources)


def recovery(lab, since, within, count=3, samples=polled, resources=telemetry.IMAGES):
    """Seconds from a moment to the start of the first cycle from which on each resource (as above) is polled once.

    Known when at least so many cycles in a row were right; infinite when they were not within so many seconds.
    """
    def first_right():
        found, until = samples(lab), time.time() - WRITTEN
        moment = since
        while moment < until - (count + 1) * telemetry.INTERVAL:
            report = judged(found, moment, until, resources)
            if report['exactly_once']:
                return report['cycles'][0]['start']
            moment += 1
        return None
    try:
        return waiting.until(first_right, since + within - time.time(), 'each resource polled once', 2) - since
    except Failure:
        return math.inf


def all_polled_once(lab, intervals=3):
    """Whether every whole cycle of the last so many intervals was right."""
    now = time.time() - WRITTEN
    return judged(polled(lab), now - intervals * telemetry.INTERVAL, now)['exactly_once']


def pass_time(until):
    """Wait for a moment (seconds since the epoch)."""
    waiting.until(lambda: time.time() > until, until + 5 - time.time(), 'the time', interval=1)


def pids(lab, *patterns):
    """The pids of the processes that match each pattern, by the name of the controller.

    Of the guard the first: a child of it looks like it until it is another program.
    """
    return {host.name: [host.pids(pattern)[:1 if pattern == GUARD else None] for pattern in patterns]
            for host in lab.controllers if host.pid()}


def status(host):
    """What `ceilometer-redis status` says on a controller."""
    return parsed(host.run('ceilometer-redis status --json', check=False).stdout)


def parsed(answer):
    """What a status has said, as JSON."""
    return json.loads(answer or '{"problems": [{"name": "no answer", "where": "", "what": ""}], "master": null}')


def problems(host):
    """The short names of what a controller's status finds wrong."""
    return names_in(status(host))


def names_in(said):
    """The short names of what a status, as ``parsed``, finds wrong."""
    return {problem['name'] for problem in said['problems']}


def check(host):
    """(exit code, line) of a controller's `ceilometer-redis check`."""
    answer = host.run('ceilometer-redis check', check=False)
    return answer.returncode, answer.stdout.strip()


def look(host):
    """({short names of what is wrong}, exit code of the check) of a controller, both asked at once: some of it is soon
    over."""
    both = 'ceilometer-redis status --json & ceilometer-redis check >/dev/null; code=$?; wait; exit $code'
    answer = host.run(both, check=False)
    return names_in(parsed(answer.stdout)), answer.returncode


def says(host, *names, code=None, within=30):
    """Wait until a controller's status finds all these wrong and its check is as bad as the worst of them.

    ``code`` is the check's where what else is wrong then is worse, and chance.
    """
    code = code or max(CODES[PROBLEMS[name].severity] for name in names)
    seen = set(), None

    def said():
        nonlocal seen
        seen = look(host)
        return set(names) <= seen[0] and seen[1] == code
    try:
        waiting.until(said, within, f'{" and ".join(names)} of {host.name}, whose check ends with {code}')
    except Failure as failure:
        raise Failure(f'{failure}; last seen: {", ".join(sorted(seen[0])) or "nothing"}, {seen[1]}') from None


def master(lab):
    """The controller with the redis master; None while nobody knows, or several say they are."""
    address = status(next(host for host in lab.controllers if host.pid()))['master']
    return next((host for host in lab.controllers if host.address == address), None)


def writable(lab):
    """Whether the store takes writes."""
    return any(redis(host, 'SET lab:written 1 EX 1') == ['OK'] for host in lab.controllers if host.pid())


def redis(host, *commands, conf='/etc/ceilometer-redis/redis/redis.conf'):
    """The lines a controller's redis server, whose file is ``conf``, answers; none when it is away or hangs.

    The password, if it has one, goes neither on a command line nor through here.
    """
    script = fr'''conf={conf}
    {{ awk '$1 == "requirepass" {{ gsub(/"/, ""); word = $2 }} END {{ print word ? "AUTH " word : "PING" }}' $conf
       cat; }} | timeout 5 redis-cli -h {host.address} -p "$(awk '$1 == "port" {{ print $2 }}' $conf)"'''
    answers = host.run(script, input='\n'.join(commands) + '\n', check=False).stdout.split('\n')
    return [answer for answer in answers[1:] if answer]


def switch_on(lab):
    """Have all controllers on and in the cluster; a test may have left one without power."""
    for host in lab.controllers:
        if not host.pid():
            host.boot()
    names = {host.fqdn for host in lab.controllers}
    waiting.until(lambda: set(cluster.online(lab.controllers[0])) == names, 90, 'all controllers online')


def await_health(host, *but):
    """Wait until a controller finds nothing wrong but these."""
    # A look is half a second of a processor, which the controllers that start could use.
    waiting.until(lambda: problems(host) <= set(but), 120, 'a healthy store', 2)


def await_rest(lab, guarded=True, intervals=3):
    """Wait until all controllers are on, the store is healthy, all agents are members and have polled each image once
    for so many intervals."""
    switch_on(lab)
    first, names = lab.controllers[0], {host.fqdn for host in lab.controllers}
    for clone in ('clone_p_ceilometer-agent-central', *(['clone_p_ceilometer-redis-guard'] if guarded else [])):
        waiting.until(lambda clone=clone: set(cluster.running_on(first, clone)) == names, 90, f'{clone} everywhere', 1)
    waiting.until(lambda: len(members(first)) == len(names), 90, f'{len(names)} members of {GROUP}', 1)
    await_health(first)
    if guarded:
        waiting.until(lambda: {known(host) for host in lab.controllers} == set(members(first)), 90,
                      'guards that know their members', 2)
    waiting.until(lambda: all_polled_once(lab, intervals), 120, 'each image polled once per cycle', 1)


def known(host):
    """The member that a controller's guard takes for its central agent; None while it knows none."""
    # Not the status: that is half a second of a processor, and this is asked while agents start.
    said = host.run(f'cat {GUARD_SAYS}', check=False).stdout
    return json.loads(said or '{"agents": {}}')['agents'].get('ceilometer-agent-central', {}).get('member')


def members(host, group=GROUP):
    """The members of a group, the central agents' by default, that beat, as a controller's redis server knows them."""
    grouped = [name for name in redis(host, f'HKEYS _tooz_group:{group}') if not name.startswith('__')]
    beating = set(redis(host, 'KEYS _tooz_beats:*'))
    return [name for name in grouped if f'_tooz_beats:{name}' in beating]
