"""Run a command as a child: its output masked, or restarted on rotation.

What it prints passes a pseudo-terminal where this process has a terminal, so that colors and
prompts stay; where it has none, it passes pipes, and the two output streams stay apart.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from lodekey.client import private_memory
from lodekey.client.failures import Failure
from lodekey.client.masked_streams import Streams
from lodekey.client.masking import Mask

PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
_NOTED = (signal.SIGWINCH, signal.SIGCHLD)
"""They end a wait early."""
_FROM_KERNEL = 0x80
"""SI_KERNEL of <asm-generic/siginfo.h>: a key of the terminal, and no process, sent it."""
GRACE = 10.0
"""Seconds between SIGTERM and SIGKILL when a command is restarted."""
_TURN = 0.1
"""Seconds between two looks at signals, output and the child's end."""


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
    with _signals_held():
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
        self._streams = Streams(lambda: Mask(masked.values())) if masked is not None else None
        ready, told = os.pipe()  # says why exec failed, if it did
        self._pid = self._streams.fork() if self._streams is not None else os.fork()
        if self._pid == 0:
            _exec(words, environ, told)
        os.close(told)
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
        with self._streams or contextlib.nullcontext():
            while not self._ended():
                self._turn()
                if changed is not None and time.monotonic() >= look_at:
                    new = changed()
                    if new is not None:
                        self._stop()
                        return new
                    look_at = time.monotonic() + every
        return None

    def _turn(self) -> None:
        """Wait a moment for signals and bytes, and pass them on."""
        if self._streams is not None:
            self._streams.pump(_TURN)
        patience = 0.0 if self._streams is not None else _TURN
        while caught := signal.sigtimedwait((*PASSED_ON, *_NOTED), patience):
            patience = 0.0
            if caught.si_signo == signal.SIGWINCH and self._streams is not None:
                self._streams.copy_size()
            elif caught.si_signo in PASSED_ON and not self._has_it(caught):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._pid, caught.si_signo)

    def _has_it(self, caught: signal.struct_siginfo) -> bool:
        """Whether the terminal sent the signal to the child, too: to all in the foreground."""
        own = self._streams is not None and self._streams.has_terminal
        return caught.si_code == _FROM_KERNEL and not own

    def _ended(self) -> bool:
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            self.code = code if code >= 0 else 128 - code
        return bool(pid)

    def _stop(self) -> None:
        os.kill(self._pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while not self._ended():
            self._turn()
            if time.monotonic() > deadline:
                os.kill(self._pid, signal.SIGKILL)


def _exec(words: list[str], environ: Mapping[str, str], told: int) -> None:
    """Become the command, or say why not."""
    try:
        private_memory.give_back()
        as_python_was_not_there()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (*PASSED_ON, *_NOTED))
        os.set_inheritable(told, False)  # noqa: FBT003 - the standard library's signature
        os.execvpe(words[0], words, dict(environ))  # noqa: S606 - what it is for
    except OSError as error:
        os.write(told, str(error.errno).encode())
    finally:
        os._exit(127)


def as_python_was_not_there() -> None:
    """Give the signals that Python ignores their meaning again; a command would inherit that."""
    for each in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(each, signal.SIG_DFL)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Signals wait until they are asked for, with who sent them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (*PASSED_ON, *_NOTED))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
