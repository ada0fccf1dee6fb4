"""What a hardened process gives away, beside a control that is not hardened."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource, sys
{harden}
with open("/proc/self/status") as status:
    locked = next(line.split()[1] for line in status if line.startswith("VmLck"))
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
print(resource.getrlimit(resource.RLIMIT_CORE)[0], locked, dumpable, flush=True)
sys.stdin.read()
"""
HARDEN = "from lodekey.crypto.hygiene import harden; harden()"


@pytest.fixture
def process(request):
    path = os.pathsep.join(one for one in sys.path if one)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(harden=request.param)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        yield process.pid, *map(int, process.stdout.readline().split())


@pytest.mark.parametrize("process", [HARDEN], indirect=True)
def test_no_core(process):
    assert process[1] == 0


@pytest.mark.parametrize("process", [HARDEN], indirect=True)
def test_memory_is_locked_where_it_may_be(process):
    if os.geteuid():
        pytest.skip("only root may be sure to lock memory")
    assert process[2] > 1000


@pytest.mark.parametrize("process", ["pass"], indirect=True)
def test_control_a_plain_process_locks_nothing(process):
    assert process[2] == 0


@pytest.mark.parametrize(("process", "expected"), [(HARDEN, 0), ("pass", 1)], indirect=["process"])
def test_no_peer_reads_the_memory(process, expected):
    """The kernel lets nobody but root look into what is not dumpable (ptrace(2))."""
    assert expected == process[3]
