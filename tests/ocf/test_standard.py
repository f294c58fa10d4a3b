"""What the OCF standard and ClusterLabs' guide for developers want of every agent."""

import os
import re

import pytest

from controller import AGENTS, CONF, ENVIRONMENT, PROJECT

FILES = os.path.join(PROJECT, 'deployment_scripts', 'puppet', 'modules', 'ceilometer_redis', 'files', 'ocf')

#: Validates as ocf-tester calls it: few machines have the program, all with Pacemaker its library.
XMLLINT = """\
#!/usr/bin/python3
import ctypes, ctypes.util, sys
xml = ctypes.CDLL(ctypes.util.find_library('xml2'))
for name in ('xmlReadMemory', 'xmlParseDTD', 'xmlNewValidCtxt'):
    getattr(xml, name).restype = ctypes.c_void_p
text = sys.stdin.buffer.read()
pointers = [xml.xmlNewValidCtxt(), xml.xmlReadMemory(text, len(text), b'', None, 0),
            xml.xmlParseDTD(None, b'/usr/share/resource-agents/ra-api-1.dtd')]
sys.exit(not all(pointers) or xml.xmlValidateDtd(*map(ctypes.c_void_p, pointers)) != 1)
"""


@pytest.mark.any_redis
@pytest.mark.parametrize('agent', [*CONF, 'guard'])
def test_resource_agents_own_tester_finds_nothing(controller, agent):
    """Also that the meta-data are valid."""
    controller.write('/usr/local/bin/xmllint', XMLLINT)
    controller.shell('chmod 0755 /usr/local/bin/xmllint')
    words = ['-n', 'tested'] + (['-o', f'config={CONF[agent]}'] if agent in CONF else []) + [AGENTS + agent]
    tested = controller.run('env', '-i', f'PATH=/usr/local/bin:{ENVIRONMENT["PATH"]}', 'ocf-tester', *words)
    assert tested.code == 0, tested.said
    assert f'{AGENTS}{agent} passed all tests' in tested.said


@pytest.mark.alone
@pytest.mark.any_redis
@pytest.mark.parametrize('name', sorted(os.listdir(FILES)))
def test_a_file_says_whose_it_is_and_takes_no_name_of_the_environment(era, name):
    with open(os.path.join(FILES, name)) as content:
        text = content.read()
    assert '# Author:   ceilometer-redis contributors\n' in text
    assert '# SPDX-License-Identifier: Apache-2.0\n' in text
    shell = re.sub('<<-END.*?END', '', text, flags=re.DOTALL)
    assigned = set(re.findall(r'(?:^|[\s;({])([A-Za-z_]\w*)=|\bfor (\w+) in|\bread -r (\w+)', shell))
    names = set(name for group in assigned for name in group if not re.match('OCF_|[a-z_]*$', name))
    assert names <= {'LC_ALL'}
