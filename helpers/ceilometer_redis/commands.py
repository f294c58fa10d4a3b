"""The commands on the running system: apply, join, master, handover, follow, guard, withdraw, status."""
from __future__ import print_function

import json
import os
import sys

from ceilometer_redis import client, deployment
from ceilometer_redis.errors import BadInput, NotDone
from ceilometer_redis.fuel import plugin

APPLY = ('predecessor', 'resources', 'password', 'redis', 'sentinel', 'peers', 'agents', 'former-store')

#: What applies to any environment; the rest is about a store that was deployed here.
ANYWHERE = ('predecessor', 'agents', 'former-store')


def add_commands(subcommands):
    """Add the parsers of apply, join, master, handover, follow, guard, withdraw and status."""
    apply = add_command(subcommands, 'apply', run_apply, 'bring the running system to the deployment file')
    apply.add_argument('what', choices=APPLY, help='one of ' + ', '.join(APPLY))
    apply.add_argument('--check', action='store_true', help='change nothing; exit 1 if something would change')
    add_command(subcommands, 'join', run_join, 'prove that the agents here can coordinate, join an existing service')
    add_command(subcommands, 'master', run_master, 'print address and port of the redis master')
    add_command(subcommands, 'handover', run_handover, 'let another controller be redis master, if this one is')
    add_command(subcommands, 'follow', run_follow, 'follow the redis master that replaces this one, if one does')
    add_command(subcommands, 'guard', run_guard, 'guard the agents of this controller; a daemon, run by Pacemaker')
    withdraw = add_command(subcommands, 'withdraw', run_withdraw, 'take back what the plugin did on this controller')
    withdraw.add_argument('--check', action='store_true', help='change nothing; exit 1 if something would change')
    withdraw.add_argument('--switched-off', action='store_true', help="only if Fuel's data say that the plugin is off")
    status = add_command(subcommands, 'status', run_status, 'show the store as this controller sees it')
    status.add_argument('--json', action='store_true', help='for programs')


def add_command(subcommands, name, run, help):
    parser = subcommands.add_parser(name, help=help, description=help)
    parser.add_argument('--deployment', metavar='FILE', default=deployment.PATH, help='default: %(default)s')
    parser.set_defaults(run=lambda args: refused(run, args))
    return parser


# store and cluster are imported where they are used: they need python-redis, which the first task of a deployment, that
# writes the deployment file with this same program, can not have yet.

def refused(run, args):
    """Run a command; what a daemon refuses is an error like any other."""
    redis = client.load()
    try:
        return run(args)
    except redis.RedisError as refusal:
        raise NotDone('refused or lost by a daemon: %s' % refusal)


def run_apply(args):
    from ceilometer_redis import cluster, password, peers, predecessor, store, withdrawal
    functions = {'predecessor': predecessor.apply_predecessor, 'resources': cluster.apply_resources,
                 'password': password.apply_password, 'redis': store.apply_redis,
                 'sentinel': store.apply_sentinel, 'peers': peers.apply_peers,
                 'agents': cluster.apply_agents, 'former-store': withdrawal.apply_former_store}
    deployed = deployment.load(args.deployment) if args.what in ANYWHERE else with_store(args.deployment)
    changed = functions[args.what](deployed, check=args.check)
    for line in changed:
        print('%s: %s%s' % (args.what, 'would change: ' if args.check else '', line))
    if not changed:
        print('%s: nothing to change' % args.what)
    return 1 if args.check and changed else 0


def with_store(path):
    """The deployment in a file, if it has a store, if only a former one. Raises BadInput if there is none."""
    deployed = deployment.with_store(deployment.load(path))
    if not deployment.has_store(deployed):
        raise BadInput('store', 'deploy is allowed for this command: the environment uses %s'
                       % deployed['coordination']['service'])
    return deployed


def run_join(args):
    from ceilometer_redis import service_guard
    deployed = deployment.load(args.deployment, deployment.PARTS)
    service_guard.join(deployed)
    print('join: %s can be used by the agents here' % deployed.get('coordination', {}).get('service', 'the store'))
    return 0


def run_master(args):
    from ceilometer_redis import store
    master = store.find_master(with_store(args.deployment))
    print('%s %d' % (master.address, master.port))
    return 0


def run_handover(args):
    from ceilometer_redis import store
    address = store.handover(with_store(args.deployment))
    print('the redis master is now %s' % address if address else 'nothing to hand over: not a master with replicas')
    return 0


def run_follow(args):
    from ceilometer_redis import store
    address = store.follow(with_store(args.deployment))
    print('the redis server here follows %s' % address if address else 'nobody to follow: no master that is replaced')
    return 0


def run_guard(args):
    from ceilometer_redis import guard, service_guard
    guard.guard(service_guard.of(deployment.load(args.deployment)))
    return 1


def run_withdraw(args):
    from ceilometer_redis import withdrawal
    if not os.path.exists(args.deployment):
        print('withdraw: nothing to change, %s is not there' % args.deployment)
        return 0
    deployed = deployment.load(args.deployment, deployment.PARTS)
    on_controller = 'agents' in deployed
    if args.switched_off and not withdrawal.is_off():
        print('withdraw: nothing to change, the plugin is not switched off')
        return 0
    if args.check:
        found = withdrawal.check(deployed) if on_controller else withdrawal.check_compute()
        for line in found:
            print('withdraw: would change: %s' % line)
        if not found:
            print('withdraw: nothing to change')
        return 1 if found else 0
    if on_controller:
        withdrawal.withdraw(deployed, say, plugin.switched_off if args.switched_off else lambda: True)
    else:
        withdrawal.withdraw_compute(say)
    return 0


def say(sentence):
    print('withdraw: ' + sentence)
    # Others may be waited for now, and somebody may read this.
    sys.stdout.flush()


def run_status(args):
    from ceilometer_redis import guard, service_guard, store
    deployed = deployment.load(args.deployment)
    status = store.status(deployed) if deployment.has_store(deployed) else service_guard.status(deployed)
    if deployed['guard']:
        status['guard'] = guard.state()
        status['problems'] += guard.problems(status['guard'])
    print(json.dumps(status, indent=2, sort_keys=True) if args.json else table(status))
    return 1 if status['problems'] else 0


def table(status):
    """Return the status as lines for people."""
    if 'service' in status:
        return '\n'.join(['service: %s' % status['service']] + guard_lines(status) + verdict_lines(status))
    lines = ['%-12s %-16s %-7s %-5s %-16s %9s %8s' % ('controller', 'address', 'role', 'link', 'sentinel names',
                                                      'sentinels', 'replicas')]
    for row in status['controllers']:
        lines.append('%-12s %-16s %-7s %-5s %-16s %9s %8s' % tuple(
            '-' if row[key] is None else row[key]
            for key in ('name', 'address', 'role', 'link', 'sentinel_master', 'sentinels', 'replicas')))
    return '\n'.join(lines + guard_lines(status) + verdict_lines(status))


def guard_lines(status):
    return ['guard: %s: %s (%s)' % (service, seen['verdict'], seen['reason'])
            for service, seen in sorted(((status.get('guard') or {}).get('agents') or {}).items())]


def verdict_lines(status):
    return ['problem: ' + problem for problem in status['problems']] or ['healthy']
