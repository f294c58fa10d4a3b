# SPDX-License-Identifier: Apache-2.0
"""What is in a file or comes through a pipe: unpacked where it is gzip's, and cut into lines."""

import zlib

from ceilometer_redis.errors import BadInput

#: Bytes that are read at once.
CHUNK = 1 << 18

#: Bytes of a line or a sample: those of ceilometer have one or two thousand. What is longer is cut, and then no sample.
LONGEST = 1 << 20

MAGIC = b'\x1f\x8b'
BYTE_ORDER_MARK = b'\xef\xbb\xbf'


def chunks(stream):
    """Yield what is in a stream, in pieces. Gzip is known by its first bytes, not by the name of a file.

    Raises:
        BadInput: It begins as gzip does and is none.
    """
    piece = stream.read(CHUNK)
    if piece.startswith(MAGIC):
        for unpacked in _unpacked(piece, stream):
            yield unpacked
        return
    if piece.startswith(BYTE_ORDER_MARK):
        piece = piece[len(BYTE_ORDER_MARK):]
    while piece:
        yield piece
        piece = stream.read(CHUNK)


def lines(pieces):
    """Yield the lines of what comes in pieces, without their ends."""
    rest = b''
    for piece in pieces:
        found = (rest + piece).split(b'\n')
        rest = found.pop()[:LONGEST]
        for line in found:
            yield line
    if rest:
        yield rest


def _unpacked(piece, stream):
    """Yield what was packed. Logs that were appended to each other have several members; one may still be written."""
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    while piece:
        try:
            unpacked = member.decompress(piece, CHUNK)
        except zlib.error as error:
            raise BadInput('input', 'be whole gzip data', advice=error)
        if unpacked:
            yield unpacked
        if member.unused_data.strip(b'\0'):
            piece, member = member.unused_data.lstrip(b'\0'), zlib.decompressobj(zlib.MAX_WBITS | 16)
        else:
            piece = member.unconsumed_tail or stream.read(CHUNK)
    yield member.flush()
