# SPDX-License-Identifier: Apache-2.0
"""What is in a report: what commands say, configuration, and the logs of two hours; each a file, without secrets."""

import functools
import glob
import os
import re
import subprocess
import sys
import time

import ceilometer_redis
from ceilometer_redis.deployment import document
from ceilometer_redis.errors import one_line
from ceilometer_redis.files import CONF_DIR, open_regular, read_bytes
from ceilometer_redis.fuel import astute
from ceilometer_redis.history import daemon_logs, journal
from ceilometer_redis.report.secrets import Secrets
from ceilometer_redis.waiting import in_parallel, within

#: Seconds of which the logs are collected.
RECENT = 2 * 3600

#: Seconds that a command may take, after which it is ended.
PATIENCE = 20

#: Bytes that are kept of a file or an answer: the last ones.
MOST = 2 * 1024 * 1024

#: Files that one pattern may stand for.
MANY = 50

#: The programs whose words are collected, by the file that they go into. Which of them a node has differs.
COMMANDS = (
    ('cib.xml', ['cibadmin', '--query']),
    ('crm_mon.txt', ['crm_mon', '--one-shot', '--inactive', '--failcounts', '--show-node-attributes']),
    ('processes.txt', ['ps', '-eww', '-o', 'pid,ppid,user,lstart,stat,args']),
    ('sockets.txt', ['ss', '-tnlp']),
    ('journal.txt', ['journalctl', '--no-pager', '--quiet', '--since=-2h', '--lines=20000']),
    ('disks.txt', ['df', '-h']),
    ('versions.txt', ['sh', '-c', """
        uname -a; cat /etc/os-release /etc/fuel_build_id /etc/fuel_release 2>/dev/null; uptime; date -u
        redis-server --version; pacemakerd --version; corosync -v; puppet --version; python --version; python3 --version
        dpkg-query -W 'redis*' 'python*-redis' 'python*-tooz' 'ceilometer*' 'aodh*' 'pacemaker*' 'corosync*' \\
            'resource-agents*' 'python*-ceilometer' 'python*-aodh' 'rsyslog' 'puppet*'"""]),
)

#: The helper's own commands.
OWN = (('status.txt', ['status']), ('status.json', ['status', '--json']), ('check.txt', ['check']),
       ('master.txt', ['master']), ('url.txt', ['url']), ('history.json', ['history', '--json']))

#: Configuration of the store, and of the guard.
CONFIGURATION = (document.PATH, document.PATH + '.previous', '/etc/ceilometer-redis/options.yaml',
                 '/etc/ceilometer-redis/redis.conf', '/etc/ceilometer-redis/sentinel.conf',
                 os.path.join(CONF_DIR, 'redis.conf'), os.path.join(CONF_DIR, 'sentinel.conf'),
                 '/run/ceilometer-redis-guard/*.json', '/run/ceilometer-redis-guard/guard.err',
                 '/etc/logrotate.d/redis-*', '/etc/rsyslog.d/*ceilometer-redis*')

#: Files that are read for their secrets alone.
SECRET_FILES = ('/etc/ceilometer/*.conf', '/etc/aodh/*.conf', astute.ASTUTE, os.path.join(astute.HIERA, '*.yaml'),
                os.path.join(astute.HIERA, '*', '*.yaml'), '/etc/ceilometer-redis.*/*.yaml',
                '/etc/ceilometer-redis.*/*.conf', '/etc/ceilometer-redis.*/redis/*.conf')

#: Logs, also those of a node of Fuel's.
LOGS = ('/var/log/syslog', '/var/log/messages', '/var/log/daemon.log', '/var/log/user.log', '/var/log/lrmd.log',
        '/var/log/pacemaker.log', '/var/log/pacemaker/pacemaker.log', '/var/log/corosync.log',
        '/var/log/corosync/corosync.log', '/var/log/puppet.log', '/var/log/ceilometer-all.log', '/var/log/aodh-all.log',
        '/var/log/ceilometer/*.log', '/var/log/aodh/*.log', journal.PATH, daemon_logs.DIRECTORY + '/*.log')

#: How lines of logs begin: as syslog, pacemaker, redis, OpenStack and the journal write the time, in local time or UTC.
MONTH = '(%s)' % '|'.join(daemon_logs.MONTHS)
SYSLOG = re.compile(r'(?:\[[0-9]+\] |[0-9]+:[A-Z] )?(?:([0-9]{1,2}) %s|%s +([0-9]{1,2})) '
                    r'(?:[0-9]{4} )?([0-9]{2}):([0-9]{2}):([0-9]{2})' % (MONTH, MONTH))
ISO = re.compile(r'([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})')


def contents(root='/'):
    """Return what is in a report.

    Args:
        root: The directory below which this node's files are.

    Returns:
        {name of a file: its text}, without secrets.
    """
    began, secrets = time.time(), Secrets()
    configuration = found(CONFIGURATION, root)
    for path in configuration + found(SECRET_FILES, root):
        content = whole(path)
        if path.endswith(('.yaml', '.previous')):
            secrets.learn_yaml(path, content)
        else:
            secrets.learn_text(text(content))
    files = dict((name_of(path, root), text(read(path))) for path in configuration)
    for path in found(LOGS, root):
        files[name_of(path, root)] = recent(text(read(path)), began - RECENT)
    questions = [(name, command) for name, command in COMMANDS] + [(name, own(words)) for name, words in OWN]
    answers = in_parallel([functools.partial(answer, command, name.endswith('.json')) for name, command in questions])
    files.update(zip([name for name, _ in questions], answers))
    return dict((secrets.hide(name), secrets.hide(content)) for name, content in files.items())


def found(patterns, root):
    """Return the paths that are there of patterns, each once, and not too many: others can make files, too."""
    paths = []
    for pattern in patterns:
        there = sorted(glob.glob(os.path.join(root, pattern.lstrip('/'))))
        paths.extend(path for path in there[:MANY] if path not in paths)
    return paths


def whole(path):
    """Return the bytes of a file, also by a link, of which nothing is shown; none if it cannot be read."""
    try:
        return read_bytes(path)
    except EnvironmentError:
        return b''


def name_of(path, root):
    """Return the name that a file of this node has in a report."""
    return os.path.relpath(path, root).replace('/', '_')


def read(path):
    """Return the last bytes of a file. What cannot be read says why; a link or what blocks is no file.

    One that is neither root's nor its directory's owner's is a second name of another file.
    """
    try:
        descriptor = open_regular(path)
        with os.fdopen(descriptor, 'rb') as content:
            status, directory = os.fstat(descriptor), os.stat(os.path.dirname(path))
            if directory.st_uid not in (0, os.geteuid(), status.st_uid):
                return b'(not of the owner of its directory)\n'
            content.seek(max(0, status.st_size - MOST))
            return content.read(MOST)
    except EnvironmentError as error:
        return ('(%s)\n' % error.strerror).encode('ascii', 'replace')


def text(content):
    """Return bytes as text."""
    return content.decode('utf-8', 'replace')


def recent(lines, since):
    """Return those lines of a log that are younger, as far as that can be seen; the first may be half of one.

    Args:
        lines: The text of the log.
        since: Seconds since the epoch.
    """
    kept, wanted = [], False
    for line in lines.split('\n'):
        seconds = time_of(line, since + RECENT)
        wanted = wanted if seconds is None else seconds >= since
        if wanted:
            kept.append(line)
    return '\n'.join(kept)


def time_of(line, now):
    """Return the seconds since the epoch of a line, None if it shows no time; without a year it is of the last one."""
    syslog, iso = SYSLOG.match(line), ISO.match(line)
    try:
        if iso:
            parts = [int(part) for part in iso.groups()]
            local = time.mktime(tuple(parts) + (0, 0, -1))
            # One in UTC is at most a few hours off, and taken for younger.
            return max(local, local - time.timezone, local - time.altzone)
        if syslog:
            before, month, alike, behind, hour, minute, second = syslog.groups()
            year, number = time.localtime(now).tm_year, daemon_logs.MONTHS.index(month or alike) + 1
            found = [time.mktime((year - ago, number, int(before or behind), int(hour),
                                  int(minute), int(second), 0, 0, -1)) for ago in (0, 1)]
            # One of tomorrow is of a clock that was set.
            return found[0] if found[0] <= now + 86400 else found[1]
    except (OverflowError, ValueError):
        pass
    return None


def own(words):
    """Return the command line of a command of this helper."""
    place = os.path.abspath(os.path.dirname(os.path.dirname(ceilometer_redis.__file__)))
    return ['env', 'PYTHONPATH=' + place, sys.executable, '-m', 'ceilometer_redis'] + words


def answer(command, alone=False):
    """Return what a command says, and its exit code unless that is to be alone; it is ended after PATIENCE.

    Not in the directory where root happens to be, perhaps somebody else's: Python imports from there.
    """
    try:
        process = subprocess.Popen(['timeout', '--kill-after=2', '%d' % PATIENCE] + command, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, close_fds=True, cwd='/',
                                   env=dict(os.environ, LC_ALL='C.UTF-8'))
    except EnvironmentError as error:
        return '(%s)\n' % one_line(error)
    process.stdin.close()
    said = bytearray()
    # Also where what it started in the background keeps the pipe open.
    within(PATIENCE + 3, [functools.partial(collect, process, said)])
    return text(bytes(said)) + ('' if alone else '(exit code %s)\n' % process.poll())


def collect(process, said):
    """Add what a process says to a bytearray, of which the last MOST bytes are kept, until it is at its end."""
    for piece in iter(lambda: os.read(process.stdout.fileno(), 65536), b''):
        said.extend(piece)
        del said[:-MOST]
    process.wait()
