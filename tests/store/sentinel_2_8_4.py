# SPDX-License-Identifier: Apache-2.0
"""A stand-in for what Sentinel of Redis 2.8.4 alone does, which no registry has: a filter before a real, later one.

As a program: sentinel_2_8_4.py ADDRESS PORT SENTINELS_PORT. It answers as 2.8.4 does (sentinel.c of that tag): it is of
that version, knows no SENTINEL SET NAME quorum, and has no address of a master of which it has not read INFO yet.
Everything else is the real sentinel's.
"""

from __future__ import print_function

import re
import socket
import sys
import threading

#: What a connection turns to when it is no dialogue any more.
STREAMS = (b'subscribe', b'psubscribe', b'monitor')

DO_NOT_KNOW = b'-IDONTKNOW I have not enough information to reply. Please ask another Sentinel.\r\n'
UNKNOWN_OPTION = b"-ERR Unknown option 'quorum' for SENTINEL SET\r\n"

#: Milliseconds since the last INFO, as SENTINEL MASTER has them, if there was none: 0, or the time of day.
NEVER = 10 ** 12


class Wire(object):
    """One end of a connection, read in whole messages of Redis' protocol."""

    def __init__(self, connection):
        self.connection = connection
        self.stream = connection.makefile('rb')

    def read(self):
        """The bytes of the next message; b'' at the end."""
        line = self.stream.readline()
        kind, number = line[:1], line[1:].strip()
        if kind == b'$' and int(number) >= 0:
            return line + self.stream.read(int(number) + 2)
        if kind == b'*':
            return line + b''.join(self.read() for _ in range(int(number)))
        return line

    def ask(self, *words):
        """Send a command; returns the message that answers it."""
        self.connection.sendall(command(words))
        return self.read()


def command(words):
    return b'*%s\r\n' % str(len(words)).encode() + b''.join(
        b'$%s\r\n%s\r\n' % (str(len(word)).encode(), word) for word in words)


def words_of(message):
    """The bulk strings in a message."""
    return re.findall(br'\$[0-9]+\r\n(.*?)\r\n', message, re.DOTALL)


def answer(sentinel, words):
    """What 2.8.4 says to a command; sentinel: the Wire to the real one."""
    asked = [word.lower() for word in words[:2]]
    if asked == [b'sentinel', b'set'] and b'quorum' in words[3::2]:
        at = words.index(b'quorum')
        if at > 3:
            sentinel.ask(*words[:at])
        return UNKNOWN_OPTION
    if asked == [b'sentinel', b'get-master-addr-by-name']:
        known = words_of(sentinel.ask(b'sentinel', b'master', words[2]))
        if b'info-refresh' in known and not 0 < int(known[known.index(b'info-refresh') + 1]) < NEVER:
            return DO_NOT_KNOW
    said = sentinel.ask(*words)
    if asked[:1] == [b'info'] and said.startswith(b'$'):
        text = re.sub(br'redis_version:[0-9.]+', b'redis_version:2.8.4', said.partition(b'\r\n')[2][:-2])
        return b'$%s\r\n%s\r\n' % (str(len(text)).encode(), text)
    return said


def serve(client, sentinel):
    """Talk to one client until either end closes."""
    wire = Wire(client)
    try:
        while True:
            message = wire.read()
            if not message:
                break
            words = words_of(message)
            if words[0].lower() in STREAMS:
                sentinel.connection.sendall(message)
                stream(sentinel, client)
                break
            client.sendall(answer(sentinel, words))
    except EnvironmentError:
        pass
    for connection in (client, sentinel.connection):
        connection.close()


def stream(sentinel, client):
    for message in iter(sentinel.read, b''):
        client.sendall(message)


def main(address, port, sentinels_port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen(64)
    while True:
        client, _ = listener.accept()
        try:
            sentinel = Wire(socket.create_connection((address, int(sentinels_port))))
        except EnvironmentError:
            client.close()
            continue
        thread = threading.Thread(target=serve, args=(client, sentinel))
        thread.daemon = True
        thread.start()


if __name__ == '__main__':
    main(*sys.argv[1:])
