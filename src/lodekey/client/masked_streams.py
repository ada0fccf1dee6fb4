"""What a child prints, on its way through a mask: by a pseudo-terminal, or by pipes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import termios
import tty
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from lodekey.client.masking import Mask

_STDIN, _STDOUT, _STDERR = 0, 1, 2


@dataclass(slots=True)
class _Stream:
    """One way out of the child.

    Args:
        source: Where its bytes come from.
        target: Where they go to.
        mask: What they pass.
    """

    source: int
    target: int
    mask: Mask


class Streams:
    """The ways between a child and the world.

    Args:
        mask: Makes a mask; each stream has one of its own.
    """

    def __init__(self, mask: Callable[[], Mask]) -> None:
        self._mask = mask
        self._open: list[_Stream] = []
        self._terminal = -1
        self._before: list[Any] | None = None

    @property
    def has_terminal(self) -> bool:
        """Whether the child has a terminal of its own."""
        return self._terminal >= 0

    def fork(self) -> int:
        """Fork; the child's output goes through the mask. Returns its process id, 0 in it."""
        return self._fork_on_terminal() if os.isatty(_STDOUT) else self._fork_on_pipes()

    def _fork_on_terminal(self) -> int:
        piped = os.dup(_STDIN)
        pid, self._terminal = pty.fork()
        if pid == 0:
            if not os.isatty(piped):
                os.dup2(piped, _STDIN)  # what is piped in stays a pipe
            return 0
        os.close(piped)
        self._open = [_Stream(self._terminal, _STDOUT, self._mask())]
        self.copy_size()
        return pid

    def _fork_on_pipes(self) -> int:
        pipes = {target: os.pipe() for target in (_STDOUT, _STDERR)}
        pid = os.fork()
        for target, (source, sink) in pipes.items():
            if pid == 0:
                os.dup2(sink, target)
            else:
                os.close(sink)
                self._open.append(_Stream(source, target, self._mask()))
        return pid

    def copy_size(self) -> None:
        """Give the child's terminal the size of ours."""
        if self.has_terminal:
            with contextlib.suppress(OSError):
                size = fcntl.ioctl(_STDOUT, termios.TIOCGWINSZ, b"\0" * 8)
                fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)

    def pump(self, patience: float) -> bool:
        """Copy what is there; False: nothing came."""
        typed = self._before is not None
        sources = [*(each.source for each in self._open), *([_STDIN] if typed else [])]
        ready, _, _ = select.select(sources, [], [], patience)
        for each in list(self._open):
            if each.source in ready:
                self._copy(each)
            elif not ready:
                _write(each.target, each.mask.idle())
        if typed and _STDIN in ready:
            with contextlib.suppress(OSError):
                os.write(self._terminal, os.read(_STDIN, 4096))
        return bool(ready)

    def _copy(self, stream: _Stream) -> None:
        try:
            piece = os.read(stream.source, 65536)
        except OSError:  # the other side of a pseudo-terminal is closed
            piece = b""
        if piece:
            _write(stream.target, stream.mask.feed(piece))
        else:
            self._close(stream)

    def _close(self, stream: _Stream) -> None:
        self._open.remove(stream)
        _write(stream.target, stream.mask.flush())
        os.close(stream.source)

    def __enter__(self) -> Self:
        """Let every key through, while the child has a terminal of its own."""
        if self.has_terminal and os.isatty(_STDIN):
            self._before = termios.tcgetattr(_STDIN)
            tty.setraw(_STDIN, termios.TCSADRAIN)  # keys typed early are kept
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Copy what the child left, and put the terminal back."""
        before, self._before = self._before, None
        if before is not None:
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
        while self._open and self.pump(0.0):
            pass
        for each in list(self._open):
            self._close(each)


def _write(target: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(target, piece) :]
