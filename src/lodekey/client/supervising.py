"""Run a command as a child: its output masked by a pseudo-terminal, or restarted on rotation."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator, Mapping
from types import FrameType

from lodekey.client.failures import Failure
from lodekey.client.masking import Mask

PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL when a command is restarted."""
_STDIN, _STDOUT = 0, 1


def run(
    words: list[str],
    surroundings: Mapping[str, str],
    values: Mapping[str, str],
    *,
    mask: bool,
    again: Callable[[], dict[str, str]] | None = None,
    every: float = 30.0,
) -> int:
    """Run *words* until it ends by itself.

    Args:
        words: The command.
        surroundings: The environment without the values.
        values: The values.
        mask: Whether what it prints passes a mask.
        again: Reads the values anew; the command is restarted when they differ. None: never.
        every: Seconds between two readings.

    Returns:
        Its exit code, or 128 and the signal's number.
    """
    current = dict(values)
    while True:
        child = _Child(words, {**surroundings, **current}, current if mask else None)
        changed = child.attend(_changes(current, again) if again else None, every)
        if changed is None:
            return child.code
        current = changed


def _changes(
    current: Mapping[str, str], again: Callable[[], dict[str, str]]
) -> Callable[[], dict[str, str] | None]:
    def look() -> dict[str, str] | None:
        try:
            new = again()
        except Failure as failure:
            sys.stderr.write(f"lodekey: {failure.message}; the command keeps its values\n")
            return None
        return new if new != current else None

    return look


class _Child:
    """One run of the command."""

    def __init__(
        self, words: list[str], environ: Mapping[str, str], masked: Mapping[str, str] | None
    ) -> None:
        self.code = 0
        self._mask = Mask(masked.values()) if masked is not None else None
        self._terminal = -1
        ready, told = os.pipe()  # says why exec failed, if it did
        piped = os.dup(_STDIN)
        if self._mask is not None:
            self._pid, self._terminal = pty.fork()
        else:
            self._pid = os.fork()
        if self._pid == 0:
            if self._mask is not None and not os.isatty(piped):
                os.dup2(piped, _STDIN)  # what is piped in stays a pipe
            _exec(words, environ, told)
        os.close(piped)
        os.close(told)
        self._copy_size()
        failed = os.read(ready, 16)
        os.close(ready)
        if failed:
            os.waitpid(self._pid, 0)
            raise OSError(int(failed), os.strerror(int(failed)), words[0])

    def attend(
        self, changed: Callable[[], dict[str, str] | None] | None, every: float
    ) -> dict[str, str] | None:
        """Pass signals and bytes until the child ends (None), or its values change (the new)."""
        look_at = time.monotonic() + every
        with _passing_on(self._pid, self._copy_size), _raw_terminal(self._terminal):
            while not self._ended(0.2 if self._terminal < 0 else 0.0):
                if self._terminal >= 0:
                    self._pump(0.2)
                if changed is not None and time.monotonic() >= look_at:
                    new = changed()
                    if new is not None:
                        self._stop()
                        return new
                    look_at = time.monotonic() + every
            self._drain()
        return None

    def _ended(self, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while True:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.code = code if code >= 0 else 128 - code
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)

    def _pump(self, patience: float) -> bool:
        """Copy what is there both ways; False: the child's side is closed."""
        sources = [self._terminal, *([_STDIN] if os.isatty(_STDIN) else [])]
        ready, _, _ = select.select(sources, [], [], patience)
        if self._mask is not None and not ready:
            _write(self._mask.flush())  # a prompt must not wait for what may never come
        if self._terminal in ready:
            try:
                piece = os.read(self._terminal, 65536)
            except OSError:
                return False
            if not piece:
                return False
            _write(self._mask.feed(piece) if self._mask else piece)
        if _STDIN in ready:
            with contextlib.suppress(OSError):
                os.write(self._terminal, os.read(_STDIN, 65536))
        return bool(ready)

    def _drain(self) -> None:
        if self._terminal < 0:
            return
        while self._pump(0.0):
            pass
        if self._mask is not None:
            _write(self._mask.flush())
        os.close(self._terminal)

    def _stop(self) -> None:
        os.kill(self._pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while not self._ended(0.1):
            if self._terminal >= 0:
                self._pump(0.0)
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)
        self._drain()

    def _copy_size(self) -> None:
        """Give the pseudo-terminal the size of ours."""
        if self._terminal >= 0:
            with contextlib.suppress(OSError):
                size = fcntl.ioctl(_STDOUT, termios.TIOCGWINSZ, b"\0" * 8)
                fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, size)


def _exec(words: list[str], environ: Mapping[str, str], told: int) -> None:
    """Become the command, or say why not."""
    try:
        os.set_inheritable(told, False)  # noqa: FBT003 - the standard library's signature
        os.execvpe(words[0], words, dict(environ))  # noqa: S606 - what it is for
    except OSError as error:
        os.write(told, str(error.errno).encode())
    finally:
        os._exit(127)


def _write(piece: bytes) -> None:
    while piece:
        piece = piece[os.write(_STDOUT, piece) :]


@contextlib.contextmanager
def _passing_on(pid: int, resized: Callable[[], None]) -> Iterator[None]:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    before = {each: signal.signal(each, pass_on) for each in PASSED_ON}
    before[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, lambda *_: resized())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _raw_terminal(terminal: int) -> Iterator[None]:
    """Our terminal lets every key through, while the child has one of its own."""
    if terminal < 0 or not os.isatty(_STDIN):
        yield
        return
    before = termios.tcgetattr(_STDIN)
    tty.setraw(_STDIN, termios.TCSADRAIN)  # keys typed early are kept
    try:
        yield
    finally:
        termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
