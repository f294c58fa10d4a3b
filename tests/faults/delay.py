# SPDX-License-Identifier: Apache-2.0
"""Holds packets back, each for a time of its own; runs on a controller.

The packets are those that iptables queues as number 0 (NFQUEUE): a stand-in for netem, which not every kernel has. Its
arguments are the least and the most seconds.
"""

import heapq
import random
import select
import socket
import struct
import sys
import time

NETFILTER, QUEUE, REQUEST = 12, 3 << 8, 1
PACKET, VERDICT, CONFIG = 0, 1, 2
ACCEPT = 1
# Of a packet no more than its number is wanted, and so many may wait.
COMMAND, PARAMETERS, LENGTH = (1, b'\1\0\0\0'), (2, b'\0\0\0\0\1'), (3, struct.pack('>I', 20000))


def send(kernel, kind, number, content):
    """Send an attribute of the protocol of the queue, number 0, to the kernel."""
    attribute = struct.pack('HH', 4 + len(content), number) + content
    attribute += bytes(-len(attribute) % 4)
    kernel.send(struct.pack('IHHIIBBH', 20 + len(attribute), QUEUE | kind, REQUEST, 0, 0, 0, 0, 0) + attribute)


def packets(answer):
    """The numbers of the packets that a message of the kernel tells of."""
    while len(answer) > 28:
        length, kind = struct.unpack_from('IH', answer)
        if kind == QUEUE | PACKET:
            # The header of the packet is the first attribute, its number the first word there.
            yield answer[24:28]
        answer = answer[length + -length % 4:]


def main():
    least, most = map(float, sys.argv[1:])
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
    for attribute in COMMAND, PARAMETERS, LENGTH:
        send(kernel, CONFIG, *attribute)
    held = []
    while True:
        now = time.monotonic()
        while held and held[0][0] <= now:
            send(kernel, VERDICT, 2, struct.pack('>I', ACCEPT) + heapq.heappop(held)[1])
        if select.select([kernel], [], [], held[0][0] - now if held else None)[0]:
            for packet in packets(kernel.recv(65536)):
                heapq.heappush(held, (time.monotonic() + random.uniform(least, most), packet))


if __name__ == '__main__':
    main()
