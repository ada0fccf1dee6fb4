"""What a function writes: its standard output and error, and the messages of its runtime's log.

Output comes in lines. A runtime's log comes in frames, so that a message may hold several lines:
four bytes of type, four of length, eight of time, then the message, big-endian.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

MOST_EVENT = 256 * 1024
"""Bytes in one log event; a longer line or message is cut into several."""

MOST_FRAME = 6 * 1024 * 1024
"""Bytes of one message; a longer one ends the reading of its pipe."""

_READ = 64 * 1024
_HEAD = 16
_MAGIC = 0xA55A0000


class Pipe:
    """One pipe from a function: the server reads, without waiting, what the child wrote.

    Args:
        take: Gets the bytes.
    """

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._read, self.write = os.pipe()
        os.set_blocking(self._read, False)
        self._open = True
        self._paused = False
        asyncio.get_running_loop().add_reader(self._read, self._readable)

    def started(self) -> None:
        """Let go of the writing end: the child has its own."""
        os.close(self.write)
        self.write = -1

    def _readable(self) -> None:
        if not self._some():
            self.close()

    def _some(self) -> bool:
        try:
            chunk = os.read(self._read, _READ)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if chunk:
            self._take(chunk)
        return bool(chunk)

    def drain(self, most: int = 64) -> None:
        """Read what is there now, at most *most* chunks: some children never stop writing."""
        while self._open and most:
            most -= 1
            try:
                chunk = os.read(self._read, _READ)
            except BlockingIOError:
                return
            except OSError:
                return
            if not chunk:
                return
            self._take(chunk)

    def pause(self) -> None:
        """Stop reading: a child that writes faster than its log takes has to wait."""
        if self._open and not self._paused:
            self._paused = True
            asyncio.get_running_loop().remove_reader(self._read)

    def resume(self) -> None:
        """Read on."""
        if self._open and self._paused:
            self._paused = False
            asyncio.get_running_loop().add_reader(self._read, self._readable)

    def close(self) -> None:
        """End."""
        if not self._open:
            return
        self._open = False
        if not self._paused:
            asyncio.get_running_loop().remove_reader(self._read)
        os.close(self._read)
        if self.write != -1:
            self.started()


class Lines:
    """Cuts bytes into lines."""

    def __init__(self, event: Callable[[str], None]) -> None:
        self._event = event
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        """Take some bytes."""
        *lines, rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._event(text_of(line))
        while len(rest) >= MOST_EVENT:
            self._event(text_of(rest[:MOST_EVENT]))
            rest = rest[MOST_EVENT:]
        self._rest = rest

    def flush(self) -> None:
        """Take what is left as a line."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._event(text_of(rest))


class Frames:
    """Cuts bytes into the messages of a runtime's log."""

    def __init__(self, event: Callable[[str], None]) -> None:
        self._event = event
        self._rest = b""
        self._lost = False

    def take(self, chunk: bytes) -> None:
        """Take some bytes; what is no frame ends the reading of this pipe's frames."""
        if self._lost:
            return
        data = self._rest + chunk
        while len(data) >= _HEAD:
            kind, length = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
            if kind & 0xFFFF0000 != _MAGIC or length > MOST_FRAME:
                self._lost = True
                data = b""
                break
            if len(data) < _HEAD + length:
                break
            message = data[_HEAD : _HEAD + length]
            data = data[_HEAD + length :]
            for start in range(0, max(length, 1), MOST_EVENT):
                self._event(text_of(message[start : start + MOST_EVENT].rstrip(b"\n")))
        self._rest = data

    def flush(self) -> None:
        """Forget half a frame: its writer is gone."""
        self._rest = b""


def text_of(raw: bytes) -> str:
    """The text of what a function wrote, whatever it wrote."""
    return raw.decode("utf-8", "replace")


class Output:
    """All that one worker writes.

    Args:
        event: Gets one log event's text.
    """

    def __init__(self, event: Callable[[str], None]) -> None:
        self._lines, self._frames = Lines(event), Frames(event)
        self.plain = Pipe(self._lines.take)
        self.log = Pipe(self._frames.take)

    def started(self) -> None:
        """Let go of the writing ends."""
        self.plain.started()
        self.log.started()

    def drain(self) -> None:
        """Take what was written up to now."""
        self.plain.drain()
        self.log.drain()
        self._lines.flush()

    def pause(self) -> None:
        """Let the child wait."""
        self.plain.pause()
        self.log.pause()

    def resume(self) -> None:
        """Read on."""
        self.plain.resume()
        self.log.resume()

    def close(self) -> None:
        """Take the last of it, and end."""
        self.drain()
        self._frames.flush()
        self.plain.close()
        self.log.close()
