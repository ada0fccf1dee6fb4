"""The two CRCs that Python lacks: CRC-32C and CRC-64/NVME, and how CRCs of parts are joined.

A CRC is the remainder of the message, read as a polynomial over GF(2), by the generator. A byte at
a time Python does some 5 MB a second. Long messages are folded first: the front half, times what
the distance is worth (``x**m mod P``), is added to the back half, which Python's integers do with a
few dozen shifts a fold and at some 50 MB a second. Bits are reflected in both CRCs: the first bit
of the message is the lowest bit of the integer and the highest power of x.

Sources: RFC 3720, appendix B.4 (CRC-32C); NVM Express Base Specification 2.0, 5.2.1.3.4 (CRC-64).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_SHORT: Final = 2048
"""Bytes below which folding does not pay."""


class Crc:
    """One CRC, reflected, all ones before and after.

    Args:
        width: Its bits.
        polynomial: The generator, reflected, without its highest power.
    """

    def __init__(self, width: int, polynomial: int) -> None:
        self.width = width
        self._polynomial = polynomial
        self._ones = (1 << width) - 1
        self._table = [self._of_byte(byte) for byte in range(256)]
        self._power = lru_cache(maxsize=256)(self._power_of_x)

    def _of_byte(self, byte: int) -> int:
        for _ in range(8):
            byte = (byte >> 1) ^ (self._polynomial if byte & 1 else 0)
        return byte

    def of(self, data: bytes, before: int = 0) -> int:
        """The CRC of *data* after what had the CRC *before*."""
        register = before ^ self._ones
        if len(data) > _SHORT:
            data, register = self._folded(data, register), 0
        table = self._table
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return register ^ self._ones

    def joined(self, first: int, second: int, length: int) -> int:
        """The CRC of two messages, one after the other, of which the second has *length* bytes."""
        return self._times(first, self._power(8 * length)) ^ second

    def _folded(self, data: bytes, register: int) -> bytes:
        """A short message with the same remainder; the register is worked into its beginning."""
        bits = 8 * len(data)
        message = int.from_bytes(data, "little") ^ register
        while bits > 8 * _SHORT:
            back = (bits + self.width) // 2
            back += -back % 8
            front = bits - back
            head = message & ((1 << front) - 1)
            message >>= front
            worth = self._power(back)
            # A power k of x moves the head up by width - k, and all of it ends at the back's end.
            above = back - front - self.width
            total = 0
            for at in range(self.width):
                if worth >> at & 1:
                    total ^= head << (at + 1)
            message ^= total << above
            bits = back
        return message.to_bytes(bits // 8, "little")

    def _power_of_x(self, exponent: int) -> int:
        """``x**exponent mod P``, reflected: the highest bit is 1."""
        result, square = 1 << (self.width - 1), 1 << (self.width - 2)
        while exponent:
            if exponent & 1:
                result = self._times(result, square)
            square = self._times(square, square)
            exponent >>= 1
        return result

    def _times(self, left: int, right: int) -> int:
        """The product modulo the generator."""
        product = 0
        for at in range(self.width - 1, -1, -1):
            if left >> at & 1:
                product ^= right
            right = (right >> 1) ^ (self._polynomial if right & 1 else 0)
        return product


CRC32: Final = Crc(32, 0xEDB88320)
"""For joining only: zlib's is faster."""
CRC32C: Final = Crc(32, 0x82F63B78)
CRC64NVME: Final = Crc(64, 0x9A6C9329AC4BC9B5)
