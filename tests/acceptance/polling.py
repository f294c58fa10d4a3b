"""What the agents of the lab share and poll, as the tests ask it."""

import json
import time

from ceilometer_redis import audit
from lab import telemetry, waiting

GROUP = 'central-global'
AGENT = 'ceilometer-polling'


def judged(lab, since, until):
    """The audit's report of what was polled between two moments (seconds since the epoch)."""
    lines = lab.services.run(f'cat {telemetry.SAMPLES}').stdout.encode().splitlines()
    whole = [line for line in lines if line.endswith(b'}')]
    return audit.judge(audit.read(whole, telemetry.macs(lab.controllers)), telemetry.INTERVAL, since, until,
                       telemetry.IMAGES)


def cycles(lab, count, since=None):
    """The report of at least so many whole cycles from a moment on (now, by default); waits until they are over."""
    since = since or time.time()
    # One cycle is lost where the agents' rhythm is cut; the notification agent writes a sample a moment later.
    until = since + (count + 1) * telemetry.INTERVAL
    waiting.until(lambda: time.time() > until + 2, until + 5 - time.time(), 'the end of the cycles', interval=1)
    return judged(lab, since, until)


def all_polled_once(lab):
    """Whether the last two cycles were right."""
    now = time.time() - 2
    return judged(lab, now - 3 * telemetry.INTERVAL, now)['exactly_once']


def status(host):
    """What `ceilometer-redis status` says on a controller."""
    return json.loads(host.run('ceilometer-redis status --json', check=False).stdout or '{"problems": ["none"]}')


def redis(host, *commands):
    """The lines a controller's redis server answers; the password goes neither on a command line nor through here."""
    login = r'''awk '$1 == "requirepass" { gsub(/"/, ""); print "AUTH", $2 }' /etc/ceilometer-redis/redis/redis.conf'''
    answers = host.run(f'{{ {login}; cat; }} | redis-cli', input='\n'.join(commands) + '\n').stdout.split('\n')
    return [answer for answer in answers[1:] if answer]


def members(host):
    """The members of the central agents' group that beat, as a controller's redis server knows them."""
    grouped = [name for name in redis(host, f'HKEYS _tooz_group:{GROUP}') if not name.startswith('__')]
    beating = set(redis(host, 'KEYS _tooz_beats:*'))
    return [name for name in grouped if f'_tooz_beats:{name}' in beating]
