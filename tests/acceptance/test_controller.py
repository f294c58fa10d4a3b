# SPDX-License-Identifier: Apache-2.0
"""What the plugin leaves on every controller, seen over ssh: in the lab, or in a real environment with --hosts=ssh://..."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from lab.lab import Lab

DAEMONS = ('redis-server', 'redis-sentinel')


@pytest.fixture(autouse=True)
def plugin(request):
    """The plugin is there already, or deployed on the lab."""
    if request.config.option.hosts == ','.join(f'ssh://{host.name}' for host in Lab().controllers):
        request.getfixturevalue('settled')


@pytest.fixture
def deployment(host):
    return yaml.safe_load(host.file('/etc/ceilometer-redis/deployment.yaml').content_string)


@pytest.fixture
def status(host):
    return json.loads(host.run('ceilometer-redis status --json').stdout)


@pytest.fixture
def pacemaker(host):
    # The older of crm_mon's words for it: Fuel's Pacemaker 1.1 knows no other.
    return ElementTree.fromstring(host.check_output('crm_mon --inactive --as-xml'))


def sentinel(host, deployment, command):
    port, name = deployment['sentinel']['port'], deployment['sentinel']['master_name']
    return host.check_output(f'redis-cli -h {deployment["node"]["address"]} -p {port} sentinel {command} {name}')


def test_there_is_one_master_and_every_other_is_its_linked_replica(status, deployment):
    roles = sorted(row['role'] for row in status['controllers'])
    assert roles == ['master'] + ['slave'] * (len(deployment['controllers']) - 1)
    assert {row['link'] for row in status['controllers'] if row['role'] == 'slave'} == {'up'}


def test_every_sentinel_names_that_master_and_sees_all_the_others(status, deployment):
    count = len(deployment['controllers'])
    seen = [(row['sentinel_master'], row['sentinels'], row['replicas'], row['quorum']) for row in status['controllers']]
    assert seen == [(status['master'], count, count - 1, count // 2 + 1)] * count


def test_the_sentinel_here_could_agree_on_a_failover(host, deployment):
    assert sentinel(host, deployment, 'ckquorum').startswith('OK ')


def test_status_finds_nothing_wrong(host):
    answer = host.run('ceilometer-redis status')
    assert (answer.rc, answer.stdout.splitlines()[0]) == (0, 'healthy')


def test_the_check_says_ok(host):
    answer = host.run('ceilometer-redis check')
    assert (answer.rc, answer.stdout.partition(' - ')[0]) == (0, 'CEILOMETER-REDIS OK')


def test_every_clone_runs_on_every_controller_and_nothing_has_failed(pacemaker, deployment):
    controllers = {controller['fqdn'] for controller in deployment['controllers']}
    for primitive in ['p_redis-server', 'p_redis-sentinel', *deployment['agents']]:
        instances = pacemaker.findall(f".//clone[@id='clone_{primitive}']/resource[@role='Started']")
        assert {instance.find('node').get('name') for instance in instances} == controllers, primitive
    assert [failure.attrib for failure in pacemaker.findall('failures/failure')] == []


@pytest.mark.parametrize('unit', DAEMONS)
def test_pacemaker_is_the_only_supervisor_of_a_daemon(host, unit):
    assert not host.service(unit).is_enabled
    assert not host.service(unit).is_running
    # The pid of the one process there is, is the one that Pacemaker's agent knows.
    processes = [process for process in host.process.filter(user='redis', comm='redis-server')
                 if ('[sentinel]' in process.args) == (unit == 'redis-sentinel')]
    assert [str(process.pid) for process in processes] == [host.file(f'/run/ceilometer-redis/{unit}.pid')
                                                           .content_string.strip()]


@pytest.mark.parametrize('path', ['/etc/ceilometer-redis/deployment.yaml', '/etc/ceilometer-redis/redis/redis.conf',
                                  '/etc/ceilometer-redis/redis/sentinel.conf', '/etc/ceilometer/ceilometer.conf',
                                  '/etc/aodh/aodh.conf'])
def test_a_file_with_the_password_is_not_for_everybody(host, path):
    assert host.file(path).mode & 0o007 == 0


def test_the_password_is_on_no_command_line_and_in_no_log(host):
    # It is read on the controller and passed on by the shell itself, so that this search does not find itself.
    found = host.run('bash -c %s', r'''
        password=$(sed -n 's/^requirepass //p' /etc/ceilometer-redis/redis/redis.conf | tr -d '"')
        [ ${#password} -ge 8 ] || echo "no password to look for"
        cat /proc/[0-9]*/cmdline 2>/dev/null | grep --text --only-matching --fixed-strings --file=<(echo "$password")
        grep --recursive --files-with-matches --fixed-strings --file=<(echo "$password") /var/log
        journalctl --no-pager --quiet | grep --only-matching --fixed-strings --file=<(echo "$password")
    ''')
    assert found.stdout == ''


def test_without_the_password_redis_gives_nothing(host, deployment):
    address, port = deployment['node']['address'], deployment['redis']['port']
    assert host.run(f'redis-cli -h {address} -p {port} keys "*"').stdout.startswith('NOAUTH')
