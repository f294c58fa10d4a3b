# SPDX-License-Identifier: Apache-2.0
"""A stand-in for Nailgun, Fuel's REST service: the few calls plugins are registered, configured and deployed with.

It reads an installed plugin's tree as Nailgun does and refuses at registration what some Nailgun of Fuel 7.0 to 11.0
refuses then or later (each check names its source). It has one environment, number 1, of release mitaka-9.0 with
Ceilometer, and serves of that environment's data only what comes from plugins. Runs on the lab's master, on its Python
and PyYAML alone.
"""

import functools
import http.server
import json
import pathlib
import re
import secrets
import string
import sys

import yaml

PLUGINS = pathlib.Path('/var/www/nailgun/plugins')
STATE = pathlib.Path('/var/lib/nailgun/state.json')
ADDRESS = ('', 8000)

RELEASE = 'mitaka-9.0'
# Newest package format that each release's Nailgun loads (its plugins' version mapping; 9.1 on loads 6 as well).
FORMATS = {'2015.1.0-7.0': 3, 'liberty-8.0': 5, 'mitaka-9.0': 5, 'newton-10.0': 6, 'ocata-11.0': 6}
# Nailgun's JSON schema of a plugin, and the lengths of its database columns.
REQUIRED = ('name', 'title', 'version', 'releases', 'package_version', 'fuel_version')
LENGTHS = {'name': 100, 'title': 100, 'version': 32, 'package_version': 32, 'description': 400}
# Deployment tasks that fuel-library has in every release from 7.0 to 11.0, in the order of the deploy stage.
CORE_TASKS = ('pre_deployment_start', 'pre_deployment_end', 'deploy_start', 'primary-controller', 'controller', 'hiera',
              'globals', 'fuel_pkgs', 'netconfig', 'firewall', 'hosts', 'cluster', 'virtual_ips', 'rabbitmq',
              'openstack-haproxy', 'openstack-haproxy-ceilometer', 'ceilometer-keystone', 'openstack-controller',
              'ceilometer-controller', 'ceilometer-compute', 'controller_remaining_tasks', 'enable_quorum',
              'deploy_end', 'post_deployment_start', 'post_deployment_end')


class Refused(Exception):
    """What Nailgun answers instead of doing it: an HTTP status and one line."""

    def __init__(self, message, status=400):
        super().__init__(message)
        self.status = status


def path_name(metadata):
    """Directory of a plugin of package format 2 and later: name and first two numbers of its version."""
    return '{0}-{1}'.format(metadata['name'], '.'.join(metadata['version'].split('.')[:2]))


def read_plugin(metadata, plugins=PLUGINS):
    """The installed plugin that ``metadata`` describes: its ``metadata``, ``attributes`` and ``tasks``.

    Raises Refused for everything a Nailgun of 7.0 to 11.0 would not take.
    """
    check_metadata(metadata)
    tree = plugins / path_name(metadata)
    if _yaml(tree / 'metadata.yaml') != metadata:
        raise Refused('{0}/metadata.yaml: has to be installed and equal to what is registered'.format(tree))
    for release in metadata['releases']:
        check_repository(tree, release)
    attributes = (_yaml(tree / 'environment_config.yaml') or {'attributes': {}}).get('attributes')
    check_attributes(attributes)
    tasks = _yaml(tree / 'deployment_tasks.yaml') or []
    check_tasks(tasks, _yaml(tree / 'tasks.yaml') or [])
    return {'metadata': metadata, 'attributes': attributes, 'tasks': tasks}


def check_metadata(metadata):
    """Nailgun's schema, its columns' lengths and the package formats that the named releases load."""
    for field in REQUIRED:
        if field not in metadata:
            raise Refused('{0}: required'.format(field))
    for field, limit in LENGTHS.items():
        if len(metadata.get(field, '')) > limit:
            raise Refused('{0}: at most {1} characters'.format(field, limit))
    package_format = int(metadata['package_version'].split('.')[0])
    if package_format < 3:
        raise Refused('package_version: this stand-in reads formats 3 and later')
    for release in metadata['releases']:
        newest = FORMATS.get(release['version'])
        if newest is None:
            raise Refused('releases: {0} is none of {1}'.format(release['version'], ', '.join(sorted(FORMATS))))
        if package_format > newest:
            raise Refused('package_version: {0} loads formats up to {1}'.format(release['version'], newest))
    # Nailgun 8.0 (fill_plugin_metadata, validate_allowed_attributes) refuses every later change of settings without it;
    # 9.0 and later lock an environment only while it is being deployed.
    if not metadata.get('is_hotpluggable'):
        raise Refused('is_hotpluggable: has to be true, Fuel 8.0 locks the settings otherwise')


def check_repository(tree, release):
    """9.x fails a deployment over a repository without Packages.gz or Release, and pins by what Release says."""
    repository = tree / release['repository_path']
    for name in ('Packages.gz', 'Release'):
        if not (repository / name).is_file():
            raise Refused('{0}: has to have {1}'.format(repository, name))
    if not re.search(r'^Label: \S', (repository / 'Release').read_text(), re.MULTILINE):
        raise Refused('{0}/Release: has to have a Label'.format(repository))
    if not (tree / release['deployment_scripts_path']).is_dir():
        raise Refused('deployment_scripts_path: {0} is no directory'.format(release['deployment_scripts_path']))


def check_attributes(attributes):
    """8.0 fails on a configuration without ``attributes``; 7.0 formats every string outside of a ``regex``."""
    if attributes is None:
        raise Refused('environment_config.yaml: has to have the key attributes')
    # Nailgun 7.0 keeps it in the environment's settings (update_metadata) and asks nothing else when they are changed.
    if not attributes.get('metadata', {}).get('always_editable'):
        raise Refused('metadata.always_editable: has to be true, Fuel 7.0 locks the settings otherwise')
    for name, attribute in attributes.items():
        for field, text in attribute.items():
            if field != 'regex' and isinstance(text, str) and re.search('[{}]', text):
                raise Refused('{0}.{1}: no braces, Fuel 7.0 formats it'.format(name, field))


def check_tasks(tasks, legacy_tasks):
    """9.1 and later enable no plugin with a task below version 2.0.0; 7.0 fails an environment on unknown ids."""
    if legacy_tasks:
        raise Refused('tasks.yaml: has to be absent or empty, its tasks are legacy tasks')
    known = set(CORE_TASKS) | {task['id'] for task in tasks}
    for task in tasks:
        if task['type'] not in ('group', 'stage', 'skipped') and int(task.get('version', '1').split('.')[0]) < 2:
            raise Refused('{0}.version: at least 2.0.0, it is a legacy task otherwise'.format(task['id']))
        for field in ('requires', 'required_for'):
            for other in sorted(set(task.get(field, ())) - known):
                raise Refused('{0}.{1}: {2} is no task of every release'.format(task['id'], field, other))


def group(plugin, values, enabled):
    """A plugin's group of an environment's settings, as Nailgun 8.0 and later have it (its ``chosen_id`` version).

    ``values`` are settings an operator has saved, kept while the plugin is not ``enabled``. What nobody saved is
    generated anew each time, as there.
    """
    metadata, attributes = plugin['metadata'], dict(plugin['attributes'])
    own = dict(attributes.pop('metadata', {}), plugin_id=plugin['id'], plugin_version=metadata['version'])
    version = {name: dict(attribute, value=_value(attribute)) for name, attribute in attributes.items()}
    version['metadata'] = dict(own, hot_pluggable=metadata.get('is_hotpluggable', False))
    for name, value in values.items():
        version[name]['value'] = value
    return {'metadata': {'class': 'plugin', 'toggleable': True, 'weight': 70, 'label': metadata['title'],
                         'enabled': enabled, 'default': False, 'chosen_id': plugin['id'],
                         'versions': [version]}}


def saved_values(plugin, changed):
    """The values of a group that is PUT. Raises Refused for bad ones."""
    values = {name: attribute['value'] for name, attribute in changed['metadata']['versions'][0].items()
              if name != 'metadata'}
    for name, value in values.items():
        attribute = plugin['attributes'].get(name)
        if attribute is None:
            raise Refused('{0}: no setting of {1}'.format(name, plugin['metadata']['name']))
        if isinstance(value, bool) != (attribute['type'] == 'checkbox'):
            raise Refused('{0}: a {1} takes {2}'.format(name, attribute['type'], 'true or false'
                                                        if attribute['type'] == 'checkbox' else 'a string'))
        regex = attribute.get('regex')
        if regex and not re.search(regex['source'], value):
            raise Refused('{0}: {1}'.format(name, regex['error']))
    return values


def for_nodes(settings_group):
    """What the nodes get of a settings group: each setting's bare value, and the metadata flattened."""
    metadata = dict(settings_group['metadata'])
    version = dict(metadata.pop('versions')[0])
    metadata.pop('chosen_id'), metadata.pop('default')
    metadata.update(version.pop('metadata'))
    return dict({name: attribute['value'] for name, attribute in version.items()}, metadata=metadata)


def delivery(metadata, master):
    """Where nodes get a plugin from: its entry in their ``plugins`` (9.0 and later)."""
    path = path_name(metadata)
    release = next(release for release in metadata['releases'] if release['version'] == RELEASE)
    repository = release['repository_path'].rstrip('/')
    return {'name': metadata['name'],
            'scripts': [{'remote_url': 'rsync://{0}:/plugins/{1}/{2}'.format(
                master, path, release['deployment_scripts_path']),
                         'local_path': '/etc/fuel/plugins/{0}/'.format(path)}],
            'repositories': [{'name': path, 'type': 'deb', 'suite': '/', 'section': '', 'priority': 1100,
                              'uri': 'http://{0}:8080/plugins/{1}/{2}'.format(master, path, repository)}]}


def _value(attribute):
    value = attribute['value']
    if not isinstance(value, dict):
        return value
    if value['generator'] != 'password':
        raise Refused('generator: this stand-in knows password only')
    alphabet = string.ascii_letters + string.digits
    return ''.join(secrets.choice(alphabet) for _ in range(int(value.get('generator_arg', 24))))


def _yaml(path):
    return yaml.safe_load(path.read_text()) if path.is_file() else None


class Nailgun:
    """What is registered and configured; every change is kept in a file, so that a restart forgets nothing."""

    def __init__(self, plugins=PLUGINS, state=STATE):
        self.plugins_path, self.state_file = plugins, state
        self.plugins, self.values, self.enabled, self.ceilometer = [], {}, [], True
        if state.exists():
            vars(self).update(json.loads(state.read_text()))

    def save(self):
        """Write the state, readable for root alone: the plugins' passwords are in it."""
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        self.state_file.touch(mode=0o600)
        self.state_file.write_text(json.dumps({name: getattr(self, name)
                                               for name in ('plugins', 'values', 'enabled', 'ceilometer')}))

    def list(self):
        """Every registered plugin: its metadata and number."""
        return [dict(plugin['metadata'], id=plugin['id']) for plugin in self.plugins]

    def create(self, metadata):
        """Register an installed plugin."""
        for known in self.list():
            if (known['name'], known['version']) == (metadata.get('name'), metadata.get('version')):
                raise Refused(json.dumps({'id': known['id']}), 409)
        plugin = dict(read_plugin(metadata, self.plugins_path),
                      id=max((plugin['id'] for plugin in self.plugins), default=0) + 1)
        self.plugins.append(plugin)
        return dict(metadata, id=plugin['id'])

    def update(self, metadata, number):
        """Read a registered plugin's tree anew, with the metadata given (those known, when None)."""
        plugin = self._plugin(number)
        plugin.update(read_plugin(metadata or plugin['metadata'], self.plugins_path))
        return dict(plugin['metadata'], id=plugin['id'])

    def delete(self, _, number):
        """Forget a plugin that is not enabled."""
        plugin = self._plugin(number)
        if plugin['metadata']['name'] in self.enabled:
            raise Refused("Can't delete plugin which is enabled for some environment.")
        self.plugins.remove(plugin)
        self.values.pop(plugin['metadata']['name'], None)

    def sync(self, body):
        """Read the trees of all plugins, or of those in ``ids``, anew."""
        for plugin in self.plugins:
            if plugin['id'] in (body or {}).get('ids', [plugin['id']]):
                self.update(None, plugin['id'])

    def attributes(self):
        """The environment's settings: the plugins' groups and the one component that they depend on."""
        editable = {name: group(plugin, self.values.get(name, {}), name in self.enabled)
                    for plugin in self.plugins for name in [plugin['metadata']['name']]}
        editable['additional_components'] = {'ceilometer': {'type': 'checkbox', 'value': self.ceilometer}}
        return {'editable': editable}

    def save_attributes(self, body):
        """Save the settings groups in ``editable``."""
        for name, changed in body['editable'].items():
            if name == 'additional_components':
                self.ceilometer = changed['ceilometer']['value']
                continue
            plugin = next((plugin for plugin in self.plugins if plugin['metadata']['name'] == name), None)
            if plugin is None:
                raise Refused('{0}: no such settings'.format(name))
            # As there, the settings of a plugin that is switched off stay those last saved while it was on.
            if changed['metadata']['enabled']:
                self.values[name] = saved_values(plugin, changed)
            self.enabled = sorted(set(self.enabled) - {name} | ({name} if changed['metadata']['enabled'] else set()))
        return self.attributes()

    def tasks(self):
        """The deployment tasks of the enabled plugins, ``cwd`` filled in."""
        return [dict(task, parameters=dict(
            {'cwd': '/etc/fuel/plugins/{0}/'.format(path_name(plugin['metadata']))}, **task.get('parameters', {})))
                for plugin in self._enabled() for task in plugin['tasks']]

    def node_data(self, master):
        """What every node's data hold of the enabled plugins."""
        editable = self.attributes()['editable']
        data = {plugin['metadata']['name']: for_nodes(editable[plugin['metadata']['name']])
                for plugin in self._enabled()}
        data['plugins'] = [delivery(plugin['metadata'], master) for plugin in self._enabled()]
        return data

    def _enabled(self):
        return [plugin for plugin in self.plugins if plugin['metadata']['name'] in self.enabled]

    def _plugin(self, number):
        for plugin in self.plugins:
            if plugin['id'] == int(number):
                return plugin
        raise Refused('Plugin {0} not found'.format(number), 404)


class Handler(http.server.BaseHTTPRequestHandler):
    """One request; ``self.nailgun`` answers it."""

    ROUTES = (
        ('GET', r'/version', lambda self, _: {'release': '9.2', 'api': '1.0', 'auth_required': False}),
        ('GET', r'/plugins', lambda self, _: self.nailgun.list()),
        ('POST', r'/plugins', lambda self, body: self.nailgun.create(body)),
        ('POST', r'/plugins/sync', lambda self, body: self.nailgun.sync(body)),
        ('PUT', r'/plugins/(\d+)', lambda self, body, number: self.nailgun.update(body, number)),
        ('DELETE', r'/plugins/(\d+)', lambda self, body, number: self.nailgun.delete(body, number)),
        ('GET', r'/clusters/1/attributes', lambda self, _: self.nailgun.attributes()),
        ('PUT', r'/clusters/1/attributes', lambda self, body: self.nailgun.save_attributes(body)),
        ('GET', r'/clusters/1/deployment_tasks', lambda self, _: self.nailgun.tasks()),
        ('GET', r'/clusters/1/orchestrator/deployment',
         lambda self, _: self.nailgun.node_data(self.headers['Host'].rpartition(':')[0])),
    )

    def __init__(self, nailgun, *arguments):
        self.nailgun = nailgun
        super().__init__(*arguments)

    def answer(self):
        """Do what is asked and send the answer, in JSON either way."""
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        try:
            result = self._route()(json.loads(body) if body else None)
            if self.command != 'GET':
                self.nailgun.save()
            status = {'POST': 201, 'DELETE': 204}.get(self.command, 200)
        except Refused as refused:
            status, result = refused.status, {'message': str(refused), 'errors': []}
        content = b'' if status == 204 else json.dumps(result).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def _route(self):
        path = self.path.partition('?')[0].rstrip('/')
        for method, pattern, act in self.ROUTES:
            match = re.fullmatch('/api/v1' + pattern, path)
            if match and method == self.command:
                return lambda body: act(self, body, *match.groups())
        raise Refused('{0} {1}: this stand-in has no such call'.format(self.command, path), 404)


def server(nailgun, address=ADDRESS):
    """A server of the API, not yet serving. One request at a time: the state needs no lock."""
    return http.server.HTTPServer(address, functools.partial(Handler, nailgun))


if __name__ == '__main__':
    sys.exit(server(Nailgun()).serve_forever())
