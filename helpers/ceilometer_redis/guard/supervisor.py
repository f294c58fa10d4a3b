# SPDX-License-Identifier: Apache-2.0
"""Which processes are the agents here: those that their supervisor started, and what these started, with their users.

A command line, or the title that a process gives itself, is anybody's choice: it only says which processes are asked
about. Pacemaker's word is the pid file of Fuel's OCF agents (files/fuel-ha-utils/ocf of fuel-library: the agent itself,
started by su, is in HA_RSCTMP/NAME/NAME.pid unless the primitive's parameter pid names another file). systemd's is the
control group of a unit, which nobody but root puts a process into, and upstart's what initctl says. No process is
started for it at each look: initctl is asked only when the process that it named last has ended.
"""

import os
import pwd
import re
import subprocess

from ceilometer_redis.errors import NotDone
from ceilometer_redis.files import open_regular
from ceilometer_redis.guard import processes
from ceilometer_redis.pacemaker import tools
from ceilometer_redis.waiting import bounded

#: HA_RSCTMP of resource-agents.
PID_FILES = '/var/run/resource-agents'

#: There while systemd runs, and where it finds units; where upstart finds jobs.
SYSTEMD = '/run/systemd/system'
UNITS = ('/etc/systemd/system', SYSTEMD, '/run/systemd/generator.late', '/lib/systemd/system')
JOBS = '/etc/init'

#: Seconds initctl may take: a guard asks it in a look.
PATIENCE = 5

#: The user of a service that is not ceilometer's.
USERS = {'aodh-evaluator': 'aodh'}


class Supervisors(object):
    """The supervisors of this controller's agents.

    parameters: {service: those of its primitive} of the services that Pacemaker runs. main: {service: the Process that
    a supervisor named last}. unsupervised: the services about which no supervisor has a word, whose processes are known
    by their user and an executable of root's.
    """

    def __init__(self, parameters):
        self.parameters = parameters
        self.main = {}
        self.unsupervised = set()

    def living(self, services):
        """Return {service: its living Processes}, from one look at the host."""
        found = processes.of_services(services)
        return dict((service, self.own(service, found[service])) for service in found)

    def own(self, service, candidates):
        """Return those of the Processes with the words of a service that are its own."""
        users = self.users(service)
        candidates = [process for process in candidates if _is_of(process, users)]
        self.unsupervised.discard(service)
        main = self.find_main(service, candidates, users)
        if main is not None:
            return [process for process in candidates if main.pid in processes.lineage(process.pid)]
        if has_unit(service):
            return [process for process in candidates if is_in_unit(process.pid, service)]
        if os.path.isdir(os.path.dirname(self.pid_file(service))) or has_job(service):
            return []
        self.unsupervised.add(service)
        return [process for process in candidates if _is_of_root(process.pid)]

    def parameter(self, service, name):
        """Return a parameter of a service's primitive; None of a plain service, and where none is set."""
        return self.parameters.get(service, {}).get(name)

    def users(self, service):
        """Return the user ids that processes of a service may have: root's, and its user's if there is one."""
        name = self.parameter(service, 'user') or USERS.get(service, 'ceilometer')
        try:
            return set([0, pwd.getpwnam(name).pw_uid])
        except KeyError:
            return set([0])

    def pid_file(self, service):
        """Return the path of the pid file that Fuel's OCF agent has for a service."""
        return self.parameter(service, 'pid') or os.path.join(PID_FILES, service, service + '.pid')

    def find_main(self, service, candidates, users):
        """Return the Process that the pid file or upstart names, one of the candidates; None if neither names any.

        One that was named stays it while it lives: a pid file that was removed is no end.
        """
        pids = dict((process.pid, process) for process in candidates)
        named = pids.get(pid_in(self.pid_file(service), users))
        if named is None and self.main.get(service) in candidates:
            return self.main[service]
        if named is None and candidates and has_job(service):
            named = pids.get(pid_of_job(service))
        self.main[service] = named
        return named


def parameters(agents):
    """Return {service: the parameters of its primitive} of a deployment's agents; {} if Pacemaker does not answer."""
    try:
        primitives = dict((element.get('id'), element) for element in tools.query().iter('primitive'))
    except NotDone:
        return {}
    return dict((agent['service'], dict((pair.get('name'), pair.get('value')) for pair in
                                        primitives[primitive].findall('instance_attributes/nvpair')))
                for primitive, agent in agents.items() if primitive in primitives)


def pid_in(path, users):
    """Return the number in a pid file of one of these users, None if there is none.

    The OCF agent gives its directory to the agent's user, who may put anything there.
    """
    try:
        with os.fdopen(open_regular(path), 'rb') as file:
            return int(file.read(32)) if os.fstat(file.fileno()).st_uid in users else None
    except (EnvironmentError, ValueError):
        return None


def has_unit(service):
    """Return whether systemd runs and has a unit of a service."""
    return os.path.isdir(SYSTEMD) and any(
        os.path.exists(os.path.join(folder, service + '.service')) for folder in UNITS)


def is_in_unit(pid, service):
    """Return whether a process is in the control group of a unit of the system's.

    Those of a user or a container are below a service or a scope: user@1000.service, docker-1234.scope.
    """
    root = re.sub('/init.scope$', '', processes.control_group(1)).rstrip('/')
    unit = '%s(/[^/]+[.]slice)+/%s[.]service(/|$)' % (re.escape(root), re.escape(service))
    return re.match(unit, processes.control_group(pid)) is not None


def has_job(service):
    """Return whether upstart runs and has a job of a service."""
    return not os.path.isdir(SYSTEMD) and os.path.exists(os.path.join(JOBS, service + '.conf'))


def pid_of_job(service):
    """Return the pid of upstart's job of a service, None if it does not run."""
    with open(os.devnull, 'r+') as nothing:
        asked = subprocess.Popen(bounded(['initctl', 'status', service], PATIENCE), stdin=nothing,
                                 stdout=subprocess.PIPE, stderr=nothing, close_fds=True)
    found = re.search(br'/running, process ([0-9]+)', asked.communicate()[0])
    return int(found.group(1)) if found else None


def _is_of(process, users):
    """Return whether a Process is on this host itself, and of no other than these users, whatever program it runs."""
    try:
        return (processes.namespace(process.pid, 'pid') == processes.namespace('self', 'pid')
                and processes.users(process.pid) <= users)
    except EnvironmentError:
        return False  # it has just ended


def _is_of_root(pid):
    """Return whether the executable of a process is root's, of this host and not of a container."""
    try:
        return (processes.namespace(pid, 'mnt') == processes.namespace('self', 'mnt')
                and os.stat('/proc/%s/exe' % pid).st_uid == 0)
    except EnvironmentError:
        return False
