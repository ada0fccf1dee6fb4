"""The system calls that a function may not make, as a filter for the kernel.

Everything that reaches out of a sandbox is refused: tracing and reading other processes, mounting,
entering or making namespaces, modules, keys, BPF, and sockets other than the internet's and Unix's.
Numbers above the newest that this list was checked against do not exist for a function, so what a
newer kernel adds is not let in by silence.

The filter is classic BPF over ``struct seccomp_data`` (number, architecture, instruction pointer,
six arguments), in the form that ``bwrap --seccomp`` reads.

Source: https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_ABOVE = 0x25  # BPF_JMP | BPF_JGT | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000

_NAMESPACES = 0x7E020000
"""``CLONE_NEWNS NEWCGROUP NEWUTS NEWIPC NEWUSER NEWPID NEWNET``."""

_X32 = 0x40000000
_FAMILIES = (1, 2, 10)
"""``AF_UNIX``, ``AF_INET``, ``AF_INET6``: no netlink, no vsock, no packets."""

_TERMINAL = (0x5412, 0x541C)
"""``TIOCSTI`` and ``TIOCLINUX`` type into somebody's terminal."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One architecture's numbers.

    Args:
        audit: Its ``AUDIT_ARCH_…`` value.
        newest: The highest number that the list was checked against.
        socket, clone, ioctl: The calls whose arguments count.
        denied: Refused with EPERM.
        absent: Answered with ENOSYS, so that libraries take their older way.
    """

    audit: int
    newest: int
    socket: int
    clone: int
    ioctl: int
    denied: Mapping[str, int]
    absent: Mapping[str, int]


_SINCE_5 = {
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "quotactl_fd": 443,
    "memfd_secret": 447,
    "statmount": 457,
    "listmount": 458,
}
"""Numbers from 424 on are the same on every architecture."""

_ABSENT = {"io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "clone3": 435}

X86_64 = Machine(
    audit=0xC000003E,
    newest=462,
    socket=41,
    clone=56,
    ioctl=16,
    denied={
        **_SINCE_5,
        "ptrace": 101,
        "syslog": 103,
        "uselib": 134,
        "personality": 135,
        "ustat": 136,
        "sysfs": 139,
        "vhangup": 153,
        "modify_ldt": 154,
        "pivot_root": 155,
        "_sysctl": 156,
        "adjtimex": 159,
        "chroot": 161,
        "acct": 163,
        "settimeofday": 164,
        "mount": 165,
        "umount2": 166,
        "swapon": 167,
        "swapoff": 168,
        "reboot": 169,
        "sethostname": 170,
        "setdomainname": 171,
        "iopl": 172,
        "ioperm": 173,
        "create_module": 174,
        "init_module": 175,
        "delete_module": 176,
        "get_kernel_syms": 177,
        "query_module": 178,
        "quotactl": 179,
        "nfsservctl": 180,
        "lookup_dcookie": 212,
        "clock_settime": 227,
        "mbind": 237,
        "set_mempolicy": 238,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "migrate_pages": 256,
        "unshare": 272,
        "move_pages": 279,
        "perf_event_open": 298,
        "fanotify_init": 300,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "clock_adjtime": 305,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "kcmp": 312,
        "finit_module": 313,
        "kexec_file_load": 320,
        "bpf": 321,
        "userfaultfd": 323,
    },
    absent=_ABSENT,
)

AARCH64 = Machine(
    audit=0xC00000B7,
    newest=462,
    socket=198,
    clone=220,
    ioctl=29,
    denied={
        **_SINCE_5,
        "lookup_dcookie": 18,
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "nfsservctl": 42,
        "chroot": 51,
        "vhangup": 58,
        "quotactl": 60,
        "acct": 89,
        "personality": 92,
        "unshare": 97,
        "kexec_load": 104,
        "init_module": 105,
        "delete_module": 106,
        "clock_settime": 112,
        "syslog": 116,
        "ptrace": 117,
        "reboot": 142,
        "sethostname": 161,
        "setdomainname": 162,
        "settimeofday": 170,
        "adjtimex": 171,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "swapon": 224,
        "swapoff": 225,
        "mbind": 235,
        "set_mempolicy": 237,
        "migrate_pages": 238,
        "move_pages": 239,
        "perf_event_open": 241,
        "fanotify_init": 262,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "clock_adjtime": 266,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "kcmp": 272,
        "finit_module": 273,
        "bpf": 280,
        "userfaultfd": 282,
        "kexec_file_load": 294,
    },
    absent=_ABSENT,
)

MACHINES = {"x86_64": X86_64, "aarch64": AARCH64}


def refuse(number: int) -> int:
    """The verdict that a system call fails with errno *number*."""
    return _ERRNO | number


class Program:
    """Instructions in order, each test deciding over the ones that follow it."""

    def __init__(self) -> None:
        self._code = bytearray()

    def load(self, offset: int) -> None:
        """Load a word of the call's description."""
        self._add(_LOAD, 0, 0, offset)

    def end(self, verdict: int) -> None:
        """Return *verdict*."""
        self._add(_RETURN, 0, 0, verdict)

    def end_if(self, test: int, value: int, verdict: int) -> None:
        """Return *verdict* where *test* holds, else go on."""
        self._add(test, 0, 1, value)
        self.end(verdict)

    def end_unless(self, test: int, value: int, verdict: int) -> None:
        """Return *verdict* where *test* does not hold, else go on."""
        self._add(test, 1, 0, value)
        self.end(verdict)

    def skip_unless(self, value: int, count: int) -> None:
        """Skip *count* instructions unless the word is *value*."""
        self._add(_EQUAL, 0, count, value)

    def bytes(self) -> bytes:
        """The program in the kernel's form: an array of ``struct sock_filter``."""
        return bytes(self._code)

    def _add(self, code: int, then: int, otherwise: int, value: int) -> None:
        self._code += struct.pack("=HBBI", code, then, otherwise, value)


def filter_for(machine: Machine) -> bytes:
    """The filter for *machine*."""
    program = Program()
    program.load(ARCHITECTURE)
    program.end_unless(_EQUAL, machine.audit, _KILL)
    program.load(NUMBER)
    program.end_if(_ANY_BIT, _X32, refuse(errno.ENOSYS))
    program.end_if(_ABOVE, machine.newest, refuse(errno.ENOSYS))
    for number in sorted(machine.absent.values()):
        program.end_if(_EQUAL, number, refuse(errno.ENOSYS))
    for number in sorted(machine.denied.values()):
        program.end_if(_EQUAL, number, refuse(errno.EPERM))
    program.skip_unless(machine.clone, 4)
    program.load(ARGUMENT)
    program.end_if(_ANY_BIT, _NAMESPACES, refuse(errno.EPERM))
    program.end(_ALLOW)
    program.skip_unless(machine.socket, 2 + 2 * len(_FAMILIES))
    program.load(ARGUMENT)
    for family in _FAMILIES:
        program.end_if(_EQUAL, family, _ALLOW)
    program.end(refuse(errno.EAFNOSUPPORT))
    program.skip_unless(machine.ioctl, 2 + 2 * len(_TERMINAL))
    program.load(ARGUMENT + 8)
    for request in _TERMINAL:
        program.end_if(_EQUAL, request, refuse(errno.EPERM))
    program.end(_ALLOW)
    program.end(_ALLOW)
    return program.bytes()


def own_filter() -> bytes | None:
    """The filter for this machine; None where its numbers are not known here."""
    machine = MACHINES.get(platform.machine())
    return None if machine is None else filter_for(machine)
