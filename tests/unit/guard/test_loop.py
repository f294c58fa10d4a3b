"""What the guard decides at an existing service, and which guard an environment has."""

import json
import xml.etree.ElementTree as ElementTree

import pytest
from test_decision import RIGHT

from ceilometer_redis.guard import access, decision, loop
from ceilometer_redis.guard.members import Members
from ceilometer_redis.guard.tooz_members import ToozMembers
from ceilometer_redis.pacemaker import attributes, tools

NODE = 'node-1.example.com'
OWN = {'redis': {}, 'sentinel': {}, 'coordination': {'backend_url': 'redis://:S3cretS3cret@10.0.0.1:26379'}}


@pytest.mark.parametrize('what, view, verdict', [
    ('all is well', RIGHT, 'ok'),
    ('the agent does not run here', RIGHT._replace(running=None, missing=['g']), 'ok'),
    ('the service is away', RIGHT._replace(store_up=None, missing=['g']), 'wait'),
    ('the agent has just started', RIGHT._replace(running=3, member=None), 'wait'),
    ('the agent started when nobody could tell', RIGHT._replace(member=None, silent=600), 'restart'),
    ('the member has just ended, its parent not yet', RIGHT._replace(member=None), 'wait'),
    ('the service is just back from a long absence', RIGHT._replace(store_up=29, member=None, silent=600), 'wait'),
    ('nobody has known for a while', RIGHT._replace(member=None, silent=29), 'wait'),
    ('nobody has known for as long as one may', RIGHT._replace(running=30, store_up=30, member=None, silent=30),
     'restart'),
    ('one of its loops has ended', RIGHT._replace(ended=1), 'restart'),
    ('the service is just back', RIGHT._replace(store_up=3, missing=['g']), 'wait'),
    ('a living member is missing', RIGHT._replace(missing=['g']), 'restart'),
    ('one cycle failed on an unknown node', RIGHT._replace(unknown=1), 'ok'),
    ('two cycles failed on an unknown node', RIGHT._replace(unknown=2), 'restart'),
])
def test_the_verdict_at_a_service_when(what, view, verdict):
    assert decision.decide_by_groups(view)[0] == verdict, what


@pytest.mark.parametrize('url, former, uses, kind', [
    ('zookeeper://10.0.0.9:2181', None, None, access.ToozService),
    ('kazoo://10.0.0.9:2181', None, None, access.ToozService),
    ('memcached://10.0.0.9', None, None, access.ToozService),
    ('redis://10.0.0.9', None, None, access.ExistingRedis),
    ('memcached://10.0.0.9', OWN, 'memcached://10.0.0.9', access.ToozService),
    ('memcached://10.0.0.9', OWN, None, access.OwnStore),
    (OWN['coordination']['backend_url'], None, None, access.OwnStore),
])
def test_the_guard_is_that_of_the_store_which_the_agents_here_share(monkeypatch, url, former, uses, kind):
    pair = '<nvpair id="a" name="%s" value="%s"/>' % (attributes.SERVICE, uses) if uses else ''
    monkeypatch.setattr(tools, 'query', lambda: ElementTree.fromstring(
        '<cib><configuration><nodes><node id="1" uname="%s"><instance_attributes id="i">%s</instance_attributes></node>'
        '</nodes></configuration></cib>' % (NODE, pair)))
    deployment = {'node': {'fqdn': NODE}, 'controllers': [], 'agents': {}, 'services': [], 'guard': True,
                  'coordination': {'backend_url': url, 'service': url}}
    if former:
        deployment['former'] = former
    if url == OWN['coordination']['backend_url']:
        deployment.update(OWN)
    found = loop.of(deployment)
    assert type(found.access) is kind
    assert type(found.members) is (ToozMembers if kind is access.ToozService else Members)
    assert ('redis' in found.deployment) == (kind is access.OwnStore)


@pytest.mark.parametrize('service', ['aodh-evaluator', 'ceilometer-agent-notification (4711)'])
def test_a_member_of_an_agent_that_is_no_longer_guarded_is_forgotten(tmpdir, service):
    known = {service: {'process': [4711, 1], 'id': 'a', 'groups': {}}}
    tmpdir.join('members.json').write(json.dumps(known))
    agents = {'p_ceilometer-agent-central': {'service': 'ceilometer-agent-central', 'config': 'ceilometer'}}
    deployment = {'node': {'fqdn': NODE}, 'agents': agents, 'services': [],
                  'coordination': {'backend_url': 'memcached://10.0.0.9'}}
    found = ToozMembers(deployment, str(tmpdir), None)
    found.end_dead(None, {'ceilometer-agent-central': []})
    assert found.known == {}
    assert json.loads(tmpdir.join('members.json').read()) == {}
