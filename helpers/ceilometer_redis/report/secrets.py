# SPDX-License-Identifier: Apache-2.0
"""The secrets of this node, and texts without them.

Two ways, as neither is enough: each secret that a file of this node has is taken out wherever it is, and what looks
like one, as a former password does in an old log, is taken out too.
"""

import base64
import json
import re
from xml.sax import saxutils

from ceilometer_redis.errors import TEXT, as_text
from ceilometer_redis.fuel import astute

try:
    from urllib.parse import quote, unquote  # novm
except ImportError:
    from urllib import quote, unquote  # novm

MASK = '***'

#: Names of what holds a secret, without what they begin with: options, keys of Fuel's data, parameters in the CIB,
#: directives.
ENDING = (r'(?:passw(?:or)?d|passphrase|secret|token|credential|requirepass|masterauth|auth-pass|'
          r'(?:[_.-]|\b)(?:pass|pwd)\b|[_-]keys?\b|authkey)[\w.-]{0,64}')
NAME = r'[\w.-]{0,64}' + ENDING
NAMED = re.compile(NAME + r'\Z', re.IGNORECASE)

#: Secrets of fewer characters are taken out where they are words, or a report would have no words left.
LONG = 8

#: Characters of a line that are kept.
WIDTH = 4000

#: A value, as JSON, Python 2, a shell and redis write it: in quotes, of which the last may be cut off, or a word.
QUOTED = r'(?:[bu]?"(?:[^"\\]|\\.)*(?:"|\Z)|[bu]?\'(?:[^\'\\]|\\.)*(?:\'|\Z))'
VALUE = r'(?:%s(?:\s*%s)*|[^\s,;&"\'\[\](){}]+(?:%s)?)' % (QUOTED, QUOTED, QUOTED)

#: A text in which somebody's secret stands, in three groups: before it, the secret, behind it.
LOOKS = [re.compile(pattern, re.IGNORECASE) for pattern in (
    r'(\bauth-pass["\']?\s+\S+\s+|\bauth-pass["\']?\s+)(%s)()' % VALUE,
    r'(\b(?:requirepass|masterauth|sentinel-pass)["\']?\s+)(%s)()' % VALUE,
    r'("auth"\s+)(%s)()' % QUOTED,
    r'(\bredis-cli\b[^|;]{0,200}?\s-a\s*|\bmysql\w*\b[^|;]{0,200}?\s-p)(%s)()' % VALUE,
    r'((?:\A|\s)--?(?:[a-z]{1,20}-){0,4}%s\s+)(%s)()' % (ENDING, VALUE),
    r'(\bauthorization["\']?\s*[=:]\s*[bu]?["\']?(?:\w{1,20}\s+)?)([^\s"\',]+)()',
    r'(^\s*user\s+\S+\s.*?[>#<!])(\S+)()',
    r'(://[^\s/@:\'"]{0,200}:)([^\s\'"<>]{1,500})(@)',
    r'(%%3A%%2F%%2F(?:(?!%%40|%%3A)[\w.%%-]){0,200}%%3A)((?:(?!%%40)[\w.%%-]){1,500})(%%40)'.replace('%%', '%'),
    r'(\bname="%s"[^<>]*?\bvalue=")([^"]*)(")' % NAME,
    r'(\bvalue=")([^"]*)("[^<>]*?\bname="%s")' % NAME,
    r'(%s["\']?\s*(?:[=:]>?|%%3d)\s*[\[({]*)(%s)()' % (ENDING, VALUE))]

#: What a line has in which one of these can be: most have none, and are many.
HINT = re.compile(r'pass|pwd|secret|token|credential|auth|_key|-key|user|://|%3a|redis-cli|mysql', re.IGNORECASE)

#: A line of a file with options, or of redis' and Sentinel's directives.
OPTION = re.compile(r'\s*(?:- )?(?:sentinel\s+)?["\']?(%s)["\']?(?:\s*[=:]\s*|\s+)(.+?)\s*\Z' % NAME, re.IGNORECASE)

#: The secrets of URLs: up to the last @, of one of several hosts (`rabbit://u:secret@a,u:secret@b`), in an option.
URL_SECRETS = [re.compile(pattern, re.IGNORECASE) for pattern in (
    r'://[^\s/@:]*:([^\s/]+)@', r'[/,][^\s/@:,]*:([^\s/@,]+)@', r'[?&]%s=([^&\s"\'#]+)' % NAME)]


class Secrets(object):
    """The secrets that are known."""

    def __init__(self):
        self.found = set()

    def add(self, value):
        """Know a secret, quoted or not, and what it is in a URL."""
        text = as_text(value)
        if not text or not text.strip():
            return
        for line in [text] + text.splitlines():
            line = line.strip().strip('"\'')
            if line.lower() not in ('', 'true', 'false', 'none', 'null', MASK):
                self.found.update(_forms(line))

    def learn_text(self, text):
        """Learn those of a file with options or directives, a line each."""
        for line in text.splitlines():
            option = OPTION.match(line)
            if option:
                # Of `sentinel auth-pass NAME PASSWORD` the last word is one.
                self.add(option.group(2))
                self.add(option.group(2).split()[-1])
            self.learn_urls(line)

    def learn_urls(self, text):
        """Learn those of the URLs in a text."""
        for pattern in URL_SECRETS:
            for secret in pattern.findall(text):
                self.add(secret)

    def learn_yaml(self, path, content):
        """Learn those of a file of YAML; of one that is none, as of any other file.

        Args:
            path: The file, for the parser.
            content: Its bytes.
        """
        try:
            self._learn(astute.parse(path, content), False)
        except Exception:  # a report is made where something is broken
            pass
        self.learn_text(content.decode('utf-8', 'replace'))

    def _learn(self, value, secret):
        if isinstance(value, dict):
            for key, inner in value.items():
                named = isinstance(key, TEXT) and bool(NAMED.match(key))
                self._learn(inner, secret or named)
        elif isinstance(value, list):
            for inner in value:
                self._learn(inner, secret)
        elif secret:
            self.add(value)
        elif isinstance(value, TEXT):
            self.learn_urls(value)

    def hide(self, text):
        """Return a text without secrets, its lines cut where they are very long."""
        # A longer one may have another in it.
        for secret in sorted(self.found, key=len, reverse=True):
            if len(secret) >= LONG:
                text = text.replace(secret, MASK)
            elif secret in text:
                text = re.sub(r'(?<![A-Za-z0-9])%s(?![A-Za-z0-9])' % re.escape(secret), MASK, text)
        # Cut after that, or half of one is left, and before what takes long with lines that somebody made long.
        return '\n'.join(_without_looks(line[:WIDTH]) for line in text.split('\n'))


def _without_looks(line):
    for look in LOOKS if HINT.search(line) else ():
        line = look.sub(r'\g<1>' + MASK + r'\g<3>', line)
    return line


def _forms(secret):
    """Return a secret as URLs, XML, JSON, oslo.config and base64 write it."""
    encoded = secret.encode('utf-8')
    forms = set([secret, unquote(secret), json.dumps(secret)[1:-1], secret.replace('$', '$$'),
                 saxutils.escape(secret), saxutils.escape(secret, {'"': '&quot;', "'": '&apos;'})])
    for safe in ('', '/', '~', '/~'):
        quoted = quote(encoded, safe=safe)
        forms.update([quoted, quoted.replace('%20', '+'), re.sub('%..', lambda code: code.group().lower(), quoted)])
    for form in _in_base64(encoded) if len(encoded) >= LONG else ():
        forms.update([form, quote(form, safe='')])
    return set(form for form in forms if form)


def _in_base64(secret):
    """Yield what bytes are in base64, wherever they stand in what is encoded: the characters that are theirs alone."""
    for before in range(3):
        whole = base64.b64encode(b'.' * before + secret).decode('ascii')
        own = whole[(8 * before + 5) // 6:8 * (before + len(secret)) // 6]
        yield own
        yield own.replace('+', '-').replace('/', '_')
