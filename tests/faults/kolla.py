# SPDX-License-Identifier: Apache-2.0
"""The state that kolla-ansible leaves: its values for Valkey and Sentinel (1a681814e, August 2026), its steps.

Redis stands in for Valkey, and a unit of systemd for a container and the unit that kolla has for it: started by nobody
else, started again 11 s after its end, its configuration copied over the former one at every start. kolla gives the
address of the store to Cinder, Designate and others, but not to Ceilometer and Aodh; here both have it.
"""

import concurrent.futures
import hashlib

from lab import cluster, predecessor

MASTER = 'kolla'
PASSWORD = 'K0llaPassw0rd'
REDIS, SENTINEL = '/etc/kolla/valkey-server/valkey.conf', '/etc/kolla/valkey-sentinel/valkey.conf'
DOWN_AFTER = 5000

REDIS_CONF = '''appendonly yes
bind {address}
dir /var/lib/redis
logfile /var/log/redis/redis-server.log
port 6379
requirepass {password}
masterauth {password}
'''
SENTINEL_CONF = '''bind {address}
port 26379
logfile /var/log/redis/redis-sentinel.log
sentinel myid {myid}
sentinel monitor {name} {primary} 6379 2
sentinel auth-pass {name} {password}
sentinel down-after-milliseconds {name} {down_after}
sentinel failover-timeout {name} 60000
sentinel parallel-syncs {name} 1
'''
# Restarted as a container is: after client_timeout / restart_retries - 1 seconds.
RESTART = '''[Unit]
StartLimitIntervalSec=120
StartLimitBurst=10
[Service]
Restart=always
RestartSec=11
'''
UNIT = RESTART + '''User=redis
RuntimeDirectory=%N
ExecStartPre=+/usr/bin/install -o redis -g redis -m 600 {pristine} /run/%N/valkey.conf
ExecStart=/usr/bin/redis-server /run/%N/valkey.conf {mode}
TimeoutStopSec=60
[Install]
WantedBy=multi-user.target
'''
URL = ('redis://default:{password}@{first}:26379?sentinel={name}{fallbacks}'
       '&db=0&socket_timeout=60&retry_on_timeout=yes')


def make(lab):
    """Bring the controllers of a lab without the plugin to it; the plugin's package, with redis in it, is installed on
    the master. Pacemaker has nothing to do."""
    for name in cluster.AGENTS:
        lab.controllers[0].run(f'pcs resource delete {name}', timeout=150)
    each(lab, lambda host: _make(lab, host))


def deploy(lab):
    """Deploy another down-after: a container whose configuration has changed is restarted, on all hosts at once."""
    each(lab, lambda host: _write(lab, host, DOWN_AFTER + 1000))
    each(lab, lambda host: host.run('systemctl restart kolla-sentinel'))


def each(lab, act):
    """Do it on all controllers at once."""
    with concurrent.futures.ThreadPoolExecutor(len(lab.controllers)) as pool:
        list(pool.map(act, lab.controllers))


def _make(lab, host):
    predecessor.install(lab, host)
    host.run('systemctl disable --now redis-server')
    _write(lab, host, DOWN_AFTER)
    for name, pristine, mode in (('server', REDIS, ''), ('sentinel', SENTINEL, '--sentinel')):
        host.run(f'cat >/etc/systemd/system/kolla-{name}.service', input=UNIT.format(pristine=pristine, mode=mode))
    fallbacks = ''.join(f'&sentinel_fallback={other.address}:26379' for other in lab.controllers[1:])
    url = URL.format(first=lab.controllers[0].address, name=MASTER, fallbacks=fallbacks, password=PASSWORD)
    predecessor.coordinate(host, f'[coordination]\nbackend_url = {url}\n')
    predecessor.open_ports(host)
    agents = cluster.AGENTS.values()
    for agent in agents:
        host.run(f'mkdir -p /etc/systemd/system/{agent}.service.d &&'
                 f' cat >/etc/systemd/system/{agent}.service.d/kolla.conf', input=RESTART)
    host.run(f'systemctl daemon-reload && systemctl enable --now kolla-server kolla-sentinel {" ".join(agents)}')


def _write(lab, host, down_after):
    """The daemons' pristine files."""
    values = {'address': host.address, 'primary': lab.controllers[0].address, 'name': MASTER, 'password': PASSWORD,
              'myid': hashlib.sha1(host.name.encode()).hexdigest(), 'down_after': down_after}
    replica = '' if host is lab.controllers[0] else 'replicaof {primary} 6379\n'
    for path, text in ((REDIS, REDIS_CONF + replica), (SENTINEL, SENTINEL_CONF)):
        host.run(f'umask 077 && mkdir -p $(dirname {path}) && cat >{path}', input=text.format(**values))
