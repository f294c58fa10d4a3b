# SPDX-License-Identifier: Apache-2.0
"""Two controllers that change Pacemaker's configuration at once lose nothing."""

from concurrent import futures

UPDATES = 20

# By the helper's own function, out of its file. What it prints: how often it computed an update.
WRITER = '''
import sys
sys.path.insert(0, '/usr/local/bin/ceilometer-redis')
from ceilometer_redis.pacemaker import attributes, tools
node, action, tries = sys.argv[1], sys.argv[2], []
for number in range({updates}):
    def change(cib):
        tries.append(number)
        name = 'update-%d' % number
        changed = attributes.put(cib, node, name, '1') if action == 'put' else attributes.remove(cib, node, name)
        return [name] if changed else []
    tools.update(change)
print(len(tries))
'''.format(updates=UPDATES)


def write(host, action):
    python = 'python=$(command -v python2.7 || command -v python3)'
    return int(host.run(f'{python}; $python - {host.fqdn} {action}', input=WRITER, timeout=300).stdout)


def there(host):
    """How many of the attributes Pacemaker has."""
    return host.run('cibadmin --query --scope nodes').stdout.count('name="update-')


def test_updates_of_two_controllers_at_once_are_all_there(settled):
    writers = settled.controllers[:2]
    with futures.ThreadPoolExecutor() as pool:
        try:
            tries = sum(pool.map(lambda host: write(host, 'put'), writers))
            assert [there(host) for host in settled.controllers] == [2 * UPDATES] * len(settled.controllers)
            assert tries > 2 * UPDATES, 'neither overtook the other'
        finally:
            for host in writers:
                write(host, 'remove')
    assert there(writers[0]) == 0
