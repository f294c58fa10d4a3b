# SPDX-License-Identifier: Apache-2.0
"""A stand-in for Keystone and Swift: as much of both as the pollster storage.objects asks, with a slow Swift."""

import collections
import http.server
import json
import re
import threading
import time

#: Seconds that Swift takes to say what an account holds, however many ask.
SLOW = .05

#: What was asked: when, by which agent (its user), the project of an account, or None where a cycle begins.
Asked = collections.namedtuple('Asked', 'begun ended agent project')


class Cloud:
    """Serves projects on 127.0.0.1 until its end; asked: all that was."""

    def __init__(self, count):
        self.asked = []
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.cloud = self
        self.url = 'http://127.0.0.1:%d' % self.server.server_port
        self.projects = ['%032x' % number for number in range(count)]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    def token(self, user):
        """Of a user, whose name it is; each agent asks for one as its cycle begins."""
        services = {'identity': self.url + '/v3', 'object-store': self.url + '/v1'}
        return {'token': {
            'methods': ['password'], 'issued_at': '2017-01-01T00:00:00.000000Z',
            'expires_at': '2100-01-01T00:00:00.000000Z', 'roles': [{'id': 'admin', 'name': 'admin'}],
            'user': {'id': user, 'name': user, 'domain': {'id': 'default', 'name': 'Default'}},
            'project': {'id': 'services', 'name': 'services', 'domain': {'id': 'default', 'name': 'Default'}},
            'catalog': [{'id': kind, 'name': kind, 'type': kind, 'endpoints': [
                {'id': kind, 'interface': 'public', 'region': 'one', 'region_id': 'one', 'url': url}]}
                for kind, url in services.items()]}}


class Handler(http.server.BaseHTTPRequestHandler):
    """One request."""

    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        user = asked['auth']['identity']['password']['user']['name']
        self.note(time.monotonic(), user, None)
        self.answer(201, self.server.cloud.token(user), {'X-Subject-Token': user})

    def do_GET(self):
        cloud = self.server.cloud
        if self.path.startswith('/v3/domains'):
            self.answer(200, {'domains': [{'id': 'default', 'name': 'Default', 'enabled': True}]})
        elif self.path.startswith('/v3/projects'):
            self.answer(200, {'projects': [{'id': project, 'name': project, 'domain_id': 'default', 'enabled': True}
                                           for project in cloud.projects]})
        else:
            self.answer(200, {'version': {'id': 'v3.14', 'status': 'stable', 'links': [
                {'rel': 'self', 'href': cloud.url + '/v3/'}]}})

    def do_HEAD(self):
        begun = time.monotonic()
        time.sleep(SLOW)
        self.note(begun, self.headers['X-Auth-Token'], re.search('AUTH_(.*)', self.path).group(1))
        self.answer(204, None, {'X-Account-Object-Count': '1', 'X-Account-Bytes-Used': '1',
                                'X-Account-Container-Count': '1'})

    def note(self, begun, agent, project):
        self.server.cloud.asked.append(Asked(begun, time.monotonic(), agent, project))

    def answer(self, code, content, headers=()):
        body = b'' if content is None else json.dumps(content).encode()
        self.send_response(code)
        for name, value in {**dict(headers), 'Content-Type': 'application/json',
                            'Content-Length': str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        """Nothing: what was asked is noted."""
