# SPDX-License-Identifier: Apache-2.0
"""Everything that can be wrong: its name, how bad it is, what it means, what to do.

The names are for monitoring systems and do not change. CRITICAL is that the promise is broken, WARNING what would let a
second failure break it. The table in doc/troubleshooting.rst is this one.
"""

import collections

CRITICAL, WARNING = 'critical', 'warning'

#: A problem: its name, its severity, what it means, what to do.
Problem = collections.namedtuple('Problem', 'name severity means do')

#: In the order in which they are shown: what explains the others comes first.
TABLE = tuple(Problem(*row) for row in (
    ('no-quorum', CRITICAL,
     'This controller sees too few others, so Pacemaker has stopped everything here: nothing is polled here.',
     'bring one back, or mend the network between them'),
    ('service-away', CRITICAL,
     'The existing service through which the agents share their work cannot be joined: they poll nothing.',
     'mend that service; the agents go on by themselves'),
    ('two-redis-masters', CRITICAL,
     'More than one redis server calls itself master: agents may be in two groups, and poll twice.',
     "wait half a minute for Sentinel; if it lasts, run 'ceilometer-redis follow' on the one that the "
     'sentinels do not name'),
    ('electing-a-master', CRITICAL,
     'No redis server is master, and enough sentinels live to elect one. Nothing is polled until then.',
     'wait 10 s; if it lasts for a minute, read /var/log/redis/redis-sentinel.log on each controller'),
    ('no-redis-master', CRITICAL,
     'No redis server is master, and the sentinels cannot elect one: nothing is polled.',
     "read in 'crm_mon -1' why those that do not answer are down, mend that, then: "
     "'crm_resource --cleanup --resource p_redis-server'; the same with 'p_redis-sentinel'"),
    ('no-writes', CRITICAL,
     'The redis master refuses writes: agents lose their membership within a minute, and poll nothing.',
     'remove the reason that is named (replicas: bring them back); the agents go on by themselves'),
    ('nothing-is-polled', CRITICAL,
     'No central agent is a member of its group: nobody polls.',
     "read in 'crm_mon -1' why, mend that, then: 'crm_resource --cleanup --resource p_ceilometer-agent-central'"),
    ('no-alarms', CRITICAL,
     'No alarm evaluator is a member of its group: no alarm is evaluated.',
     "read in 'crm_mon -1' why, mend that, then: 'crm_resource --cleanup --resource p_aodh-evaluator' (Fuel "
     '7.0, 8.0: p_ceilometer-alarm-evaluator)'),
    ('maintenance', WARNING,
     'Pacemaker was told to leave everything alone: what ends stays down.',
     "delete what is named when the work is done: 'crm_attribute --name maintenance-mode --delete'"),
    ('pacemaker-away', WARNING,
     'Pacemaker does not answer on this controller: nothing here is restarted, and to the others it is off.',
     "start it: 'service corosync start'; 'service pacemaker start'"),
    ('controller-offline', WARNING,
     'A controller is off, or does not reach the others.',
     'switch it on, or mend its network; until then one more failure may stop everything'),
    ('controller-joining', WARNING,
     'A controller is on its way into the cluster.',
     'wait a minute'),
    ('controller-standby', WARNING,
     'A controller was put on standby: nothing runs there.',
     "end it when the work is done: 'crm node online NAME'"),
    ('controller-in-maintenance', WARNING,
     'Pacemaker was told to leave a controller alone: what ends there stays down.',
     "end it when the work is done: 'crm node ready NAME'"),
    ('controller-withdrawn', WARNING,
     'A controller of the environment has no place in the store: the plugin was withdrawn there, or never deployed.',
     'deploy that controller, or withdraw the others'),
    ('controller-leaving', WARNING,
     'A controller waits for the others to withdraw the plugin; its agents have stopped.',
     "run 'ceilometer-redis withdraw' on the others, or deploy again to keep it"),
    ('unmanaged', WARNING,
     'Pacemaker was told to leave a resource alone: if it ends, it stays down.',
     "end it when the work is done: 'crm resource manage NAME'"),
    ('redis-down', WARNING,
     'A redis server does not answer. Its data are on the others.',
     "read in 'crm_mon -1', and there in /var/log/redis/redis-server.log, why; mend that, then: "
     "'crm_resource --cleanup --resource p_redis-server'"),
    ('replica-not-linked', WARNING,
     'A replica does not get what the master writes, and cannot take its place.',
     "run 'ceilometer-redis apply password' and 'ceilometer-redis apply redis' there; if it lasts, read "
     '/var/log/redis/redis-server.log there'),
    ('replica-behind', WARNING,
     'A replica is so far behind that the master does not count it.',
     'look for what slows down that controller or its network'),
    ('no-candidate', WARNING,
     'Every replica has replica-priority 0: if the master ends, nobody takes its place.',
     "wait for the guards; without them run 'ceilometer-redis apply redis' on each controller"),
    ('data-not-saved', WARNING,
     'A redis server cannot write its data to the disk. As a master it would refuse writes.',
     'make room on the disk of /var/lib/ceilometer-redis there; if there is, read /var/log/redis/redis-server.log'),
    ('memory-nearly-full', WARNING,
     'A redis server has used nine tenths of its maxmemory. When it is full it refuses writes.',
     "raise maxmemory there ('CONFIG SET maxmemory 0' in redis-cli: no limit), or remove what fills it"),
    ('clients-near-limit', WARNING,
     'A redis server has nine tenths of the clients that it takes.',
     "look there for who they are ('CLIENT LIST' in redis-cli) and end those that are not needed, or raise maxclients"),
    ('sentinel-down', WARNING,
     'A sentinel does not answer, or watches nothing: it has no vote.',
     "run 'ceilometer-redis apply sentinel' there if it runs; else read in 'crm_mon -1', and there in "
     '/var/log/redis/redis-sentinel.log, why; mend that, then: '
     "'crm_resource --cleanup --resource p_redis-sentinel'"),
    ('foreign-master', WARNING,
     "A sentinel names a master that is no controller's: somebody told it, and it misleads its agents.",
     "wait for the guard, or run 'ceilometer-redis apply sentinel' there; find out who did it"),
    ('sentinel-disagrees', WARNING,
     'A sentinel names another master than the one that is.',
     "wait half a minute; if it lasts, run 'ceilometer-redis apply sentinel' there"),
    ('sentinel-blind', WARNING,
     'A sentinel thinks that a redis server is down, though it answers: it has no good vote about it.',
     "run 'ceilometer-redis apply sentinel' there; if it lasts, look at the firewall between the two"),
    ('phantom-sentinel', WARNING,
     "A sentinel counts one that is no controller's: with it, the others may be too few to elect a master.",
     "run 'ceilometer-redis apply peers' on each controller, one after another"),
    ('sentinel-miscounts', WARNING,
     'A sentinel does not know all other sentinels or replicas.',
     "wait half a minute; if it lasts, run 'ceilometer-redis apply peers' there"),
    ('sentinel-settings', WARNING,
     "A sentinel has other settings than the deployment's: it elects late, or alone, or not at all.",
     "run 'ceilometer-redis apply sentinel' there"),
    ('no-failover', WARNING,
     'A sentinel sees too few others: if the master ends now, it cannot be replaced.',
     'start the sentinels that are down, or open their port between the controllers'),
    ('sentinel-paused', WARNING,
     'A sentinel was paused or its clock was set: it does nothing for 30 s (TILT).',
     'wait half a minute; if it comes back, look for what stops that controller'),
    ('guard-down', WARNING,
     'A guard does not run, and without it no agent runs there.',
     "read in 'crm_mon -1' why, mend that, then: 'crm_resource --cleanup --resource p_ceilometer-redis-guard'"),
    ('guard-silent', WARNING,
     'A guard has not looked lately: agents that poll nothing there are not found.',
     'wait two minutes, as Pacemaker restarts one that hangs; if it lasts, there: '
     "'grep ceilometer-redis-guard /var/log/syslog'"),
    ('agent-down', WARNING,
     'An agent does not run: the others have its share.',
     "read in 'crm_mon -1' why, mend that, then: "
     "'crm_resource --cleanup --resource p_ceilometer-agent-central' (or that of the evaluator)"),
    ('agent-idle', WARNING,
     'An agent runs and is no member of its group: it polls nothing.',
     'wait two minutes for the guard, which puts it back or restarts it; without a guard end its process there'),
    ('guard-acts', WARNING,
     'The guard here finds something wrong with an agent, and acts or waits.',
     "wait two minutes; if it lasts: 'grep ceilometer-redis-guard /var/log/syslog'"),
    ('stranger-member', WARNING,
     "A member of a group is no controller's agent: nobody knows who it is, and its share may be polled by nobody.",
     'wait a minute, as the beat of a dead one expires; if it lasts, look for an agent elsewhere that uses '
     'this store, and end it'),
    ('uneven-share', WARNING,
     'One agent has more than twice its part of the work, by chance: polling cycles take that much longer.',
     "end it: Pacemaker starts another, which gets another share; 'ceilometer-redis status' shows all shares"),
))

#: By name.
PROBLEMS = dict((problem.name, problem) for problem in TABLE)

#: Places in the table, by name.
PLACES = dict((problem.name, place) for place, problem in enumerate(TABLE))
