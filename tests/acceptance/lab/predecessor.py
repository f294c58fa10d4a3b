# SPDX-License-Identifier: Apache-2.0
"""The state that version 1.0 of the plugin leaves on a 9.0 environment's controllers.

Its values and names on Debian 12's redis; its OCF agent, its sentinel's upstart job and trusty's init script of redis
are stood in for by ones of the same behaviour. Redis comes from the repository of the plugin that is installed, as
there is no other here.
"""

import concurrent.futures
import time

from lab import astute, cluster, master, waiting

MASTER = 'ceilometer_redis_master'
TREE = '/etc/fuel/plugins/ceilometer-redis-1.0'
PID = '/run/redis/redis-server.pid'

# Redis 2.8, which it was made for, had no protected mode.
REDIS = '''daemonize yes
pidfile {pid}
port 6379
bind {address}
protected-mode no
loglevel notice
logfile /var/log/redis/redis-server.log
dir /var/lib/redis
save 900 1
save 300 10
save 60 10000
slave-read-only no
'''
SENTINEL = '''daemonize yes
pidfile /run/redis-sentinel/redis-sentinel.pid
port 26379
protected-mode no
logfile /var/log/redis/redis-sentinel.log
sentinel monitor {name} {primary} 6379 2
sentinel down-after-milliseconds {name} {down_after}
sentinel failover-timeout {name} 60000
sentinel parallel-syncs {name} 2
'''
SENTINEL_UNIT = '''[Service]
Type=forking
User=redis
RuntimeDirectory=redis-sentinel
PIDFile=/run/redis-sentinel/redis-sentinel.pid
ExecStart=/usr/bin/redis-server /etc/redis/sentinel.conf --sentinel
Restart=always
[Install]
WantedBy=multi-user.target
'''
# As an init script, it knows the daemon by its pid file, whoever started it, and starts nothing that has ended.
REDIS_UNIT = '''[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=/usr/bin/install -d -o redis -g redis /run/redis
ExecStart=/sbin/start-stop-daemon --start --oknodo --pidfile {pid} --chuid redis --exec /usr/bin/redis-server \\
    -- /etc/redis/redis.conf
ExecStop=/sbin/start-stop-daemon --stop --oknodo --retry TERM/60 --pidfile {pid} --exec /usr/bin/redis-server
[Install]
WantedBy=multi-user.target
'''
# Looks at nothing but the pid file.
OCF = '''#!/bin/sh
. /usr/lib/ocf/lib/heartbeat/ocf-shellfuncs
PID={pid}
running() {{
	[ -f "$PID" ] && kill -0 "$(cat "$PID")" 2>/dev/null
}}
case "$1" in
meta-data)
	cat <<-END
		<?xml version="1.0"?>
		<resource-agent name="redis-server"><version>1.0</version>
		<longdesc lang="en">redis</longdesc><shortdesc lang="en">redis</shortdesc><parameters/>
		<actions><action name="start" timeout="20"/><action name="stop" timeout="20"/>
		<action name="monitor" timeout="30" interval="20"/><action name="meta-data" timeout="5"/></actions>
		</resource-agent>
	END
	;;
start)
	install -d -o redis -g redis /run/redis
	running || su redis -s /bin/sh -c 'redis-server /etc/redis/redis.conf' >/dev/null 2>&1
	until running; do sleep 1; done
	;;
stop)
	running || exit "$OCF_SUCCESS"
	old=$(cat "$PID")
	kill "$old"
	while kill -0 "$old" 2>/dev/null; do sleep 1; done
	;;
monitor) running || exit "$OCF_NOT_RUNNING" ;;
esac
'''
COORDINATION = '''[coordination]
backend_url = redis://{first}:26379?sentinel={name}{fallbacks}&timeout=10
heartbeat = 1.0
check_watchers = 10
'''
# Seconds from the first controller's deployment to the others': what Puppet takes there.
BETWEEN = 8
RULES = (('121 redis_port', 6379), ('122 redis_sentinel_port', 26379))
TIMES = 'op start interval=0 timeout=360 op stop interval=0 timeout=360'
CLONES = {'p_redis-server': f'ocf:fuel:redis-server op monitor interval=20 timeout=10 {TIMES}',
          **{name: f'systemd:{unit} op monitor interval=20 timeout=10 {TIMES} meta resource-stickiness=1'
             for name, unit in cluster.AGENTS.items()}}


def files(lab, host, down_after=30000):
    """What it wrote on a controller: text and mode by path."""
    primary = lab.controllers[0]
    values = {'pid': PID, 'address': host.address, 'primary': primary.address, 'name': MASTER,
              'down_after': down_after}
    replica = '' if host is primary else f'slaveof {primary.address} 6379\n'
    return {
        '/etc/redis/redis.conf': (REDIS.format(**values) + replica, '644'),
        '/etc/redis/sentinel.conf': (SENTINEL.format(**values), '644'),
        '/etc/redis/sentinel.conf.puppet': (SENTINEL.format(**values), '644'),
        '/etc/systemd/system/redis-server.service': (REDIS_UNIT.format(**values), '644'),
        '/etc/systemd/system/redis-sentinel.service': (SENTINEL_UNIT, '644'),
        '/usr/lib/ocf/resource.d/fuel/redis-server': (OCF.format(**values), '755'),
        f'{TREE}/deployment_tasks.yaml': ('[]\n', '644'),
    }


def make(lab):
    """Bring the controllers of a lab without the plugin to it; the plugin's package is installed on the master."""
    with concurrent.futures.ThreadPoolExecutor(len(lab.controllers)) as pool:
        list(pool.map(lambda host: _prepare(lab, host), lab.controllers))
    first = lab.controllers[0]
    for name in cluster.AGENTS:
        first.run(f'pcs resource delete {name}', timeout=150)
    first.run('crm configure load update -', input=configuration(lab.controllers))
    for name in CLONES:
        waiting.until(lambda name=name: len(cluster.running_on(first, f'clone_{name}')) == 3, 90, f'{name} everywhere')


def configuration(controllers):
    """The commands for `crm configure` that make its clones."""
    lines = []
    for name, definition in CLONES.items():
        lines += [f'primitive {name} {definition}', f'clone clone_{name} {name} meta interleave=true']
        lines += [f'location clone_{name}-on-{host.fqdn} clone_{name} 100: {host.fqdn}' for host in controllers]
    return '\n'.join(lines) + '\n'


def deploy(lab):
    """Deploy another down-after as it does: on the first controller, then on the others.

    redis.conf is made anew where redis or Sentinel have written to it, and redis restarted; sentinel.conf always, with
    the first controller as the master.
    """
    first, *others = lab.controllers
    _redeploy(lab, first)
    time.sleep(BETWEEN)
    with concurrent.futures.ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(lambda host: _redeploy(lab, host), others))


def _redeploy(lab, host):
    wanted = files(lab, host, down_after=31000)
    if host.run('cat /etc/redis/redis.conf').stdout != wanted['/etc/redis/redis.conf'][0]:
        _write(host, {'/etc/redis/redis.conf': wanted['/etc/redis/redis.conf']})
        host.run('systemctl restart redis-server')
    _write(host, {'/etc/redis/sentinel.conf': wanted['/etc/redis/sentinel.conf']})
    host.run('systemctl restart redis-sentinel')


def _prepare(lab, host):
    install(lab, host)
    _write(host, files(lab, host))
    host.run('systemctl stop redis-server; systemctl daemon-reload &&'
             ' systemctl enable redis-sentinel redis-server && systemctl restart redis-sentinel redis-server')
    fallbacks = ''.join(f'&sentinel_fallback={other.address}:26379' for other in lab.controllers[1:])
    coordinate(host, COORDINATION.format(first=lab.controllers[0].address, name=MASTER, fallbacks=fallbacks))
    open_ports(host)


def install(lab, host):
    """Install redis from the repository of the plugin, as a deployment does."""
    editable = master.api(lab.master, 'clusters/1/attributes')['editable']
    delivered = master.api(lab.master, 'clusters/1/orchestrator/deployment')
    astute.prepare(host, astute.node_data(astute.recorded(host.name), lab, delivered, editable), lambda text: None)
    host.run('DEBIAN_FRONTEND=noninteractive apt-get install -y redis-server python3-redis', timeout=300)


def _write(host, wanted):
    for path, (text, mode) in wanted.items():
        host.run(f'mkdir -p $(dirname {path}) && cat >{path} && chmod {mode} {path}', input=text)
    host.run('chown -R redis:redis /etc/redis')


def coordinate(host, section):
    """Have this section in the agents' configuration, which has no options in it."""
    for path in ('/etc/ceilometer/ceilometer.conf', '/etc/aodh/aodh.conf'):
        host.run(f"sed -i '/^\\[coordination\\]/d' {path} && cat >>{path}", input=section)


def open_ports(host):
    """Let everybody reach the daemons."""
    for comment, port in RULES:
        host.run(f"iptables -I INPUT 4 -p tcp -m multiport --dports {port} -m comment --comment '{comment}' -j ACCEPT")
    host.run('netfilter-persistent save')
