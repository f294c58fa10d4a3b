# SPDX-License-Identifier: Apache-2.0
"""What the kernel tells of queued packets, and what it is told: the protocol of NFQUEUE."""

import struct

import delay


def told(number):
    """A message of the kernel about a packet: two headers, the packet's own as the first attribute, another one."""
    content = struct.pack('HH', 11, 1) + struct.pack('>IHBx', number, 0, 0) + struct.pack('HHI', 8, 5, 2)
    return struct.pack('IHHIIBBH', 20 + len(content), 3 << 8, 0, 0, 0, 2, 0, 0) + content


def test_the_numbers_of_all_packets_in_a_message_are_read():
    assert list(delay.packets(told(7) + told(70000))) == [struct.pack('>I', 7), struct.pack('>I', 70000)]


def test_what_is_no_packet_is_passed_over():
    assert list(delay.packets(struct.pack('IHHIIi12x', 32, 2, 0, 0, 0, -1) + told(7))) == [struct.pack('>I', 7)]


def test_an_attribute_is_sent_whole_and_padded():
    class Kernel:
        def send(self, message):
            self.message = message
    kernel = Kernel()
    delay.send(kernel, delay.CONFIG, *delay.PARAMETERS)
    length, kind = struct.unpack_from('IH', kernel.message)
    assert (length, kind, len(kernel.message) % 4) == (len(kernel.message), 3 << 8 | 2, 0)
