"""How a function's process is confined, and how it is started unconfined where that was asked for.

In the sandbox (bubblewrap) a function has process, network, mount, IPC and host-name spaces of its
own, a file system of read-only mounts and two bounded ``tmpfs``, a system-call filter
(`lodekey.services.lambda_.seccomp`), no capabilities, and limits. Its network is a loopback that
nobody else is on: the server answers on three listening sockets that were opened *in* that network
(`lodekey.services.lambda_.launch`), so there is nothing else to reach and no relay inside.

A server that runs as root gives each worker a user id of its own. One that does not uses a user
namespace; then other functions run under the same id outside, and the process namespace is what
keeps them apart.

bubblewrap is started with an empty environment: its own process 1 keeps the environment that it was
started with, whatever it clears for its child.
"""

from __future__ import annotations

import ipaddress
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

LAUNCHER = Path(__file__).with_name("launch.py")

LOOPBACK = "127.0.0.1"
TASK, LAYERS, RUNTIME = "/var/task", "/opt", "/var/runtime"
LAUNCHER_INSIDE = "/var/runtime/launch.py"

RUNTIME_PORT = 9001
EXTENSION_PORT = 2773

LOWEST_PORT = 1024
"""The first port that anybody may open."""

ETC = (
    "/etc/ld.so.cache",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/alternatives",
    "/etc/localtime",
)
HOSTS = ("passwd", "group", "hosts", "nsswitch.conf")

USERS = 1_000
"""User ids of one server."""

_WIDE, _SERVERS = 1_900_000_000, 200_000
_NARROW = 64_000
USER_INSIDE = 993

MIB = 1024 * 1024
OPEN_FILES = 1024
PROCESSES = 1024
"""As on AWS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a function's process may see and use.

    Args:
        task: The directory of its code.
        layers: The directory of its layers, merged; None: it has none.
        mounts: Further read-only mounts, source by target (under ``/var/runtime`` or the same
            path): the runtime.
        links: Symbolic links, target by path.
        temporary: The size of ``/tmp``, bytes.
        data: The most private memory of one process, bytes.
        slot: Which of the user ids it runs under.
        endpoint_port: The port that the server is reached on.
        extension_port: The port of the Parameters and Secrets extension.
        granted: Addresses and ports of its own loopback that lead further.
    """

    task: Path
    layers: Path | None
    mounts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    temporary: int = 512 * MIB
    data: int = 1024 * MIB
    slot: int = 0
    endpoint_port: int = 4566
    extension_port: int = EXTENSION_PORT
    granted: tuple[tuple[str, int], ...] = ()

    def limits(self) -> dict[str, list[int]]:
        """Resource limits by name: soft and hard."""
        return {
            "RLIMIT_CORE": [0, 0],
            "RLIMIT_DATA": [self.data, self.data],
            "RLIMIT_NOFILE": [OPEN_FILES, OPEN_FILES],
            "RLIMIT_NPROC": [PROCESSES, PROCESSES],
            "RLIMIT_FSIZE": [self.temporary, self.temporary],
            "RLIMIT_MEMLOCK": [64 * 1024, 64 * 1024],
            "RLIMIT_MSGQUEUE": [0, 0],
        }


class Confinement(Protocol):
    """A way to start a function's process."""

    confined: bool

    def command(self, room: Room, control: int, filter_fd: int) -> list[str]:
        """The command that starts the launcher, which reads its plan from *control*."""

    def user(self, room: Room) -> int:
        """The user id that the launcher takes; zero: it stays who it is."""

    def ports(self, room: Room) -> list[tuple[str, int]]:
        """The addresses and ports that the launcher opens in the function's own network."""

    def place(self, room: Room, path: str) -> str:
        """Where ``/var/task``, ``/opt`` or ``/var/runtime`` is for the function."""


class Sandbox:
    """Starts functions in bubblewrap.

    Args:
        bwrap: The path of ``bwrap``.
        python: The interpreter that runs the launcher.
        hosts: A directory with the ``passwd``, ``group``, ``hosts`` and ``nsswitch.conf`` that
            functions see, as `write_hosts` writes it.
        first_user: The first of this server's user ids.
        root: Whether user ids can be given out; None: as root.
    """

    confined = True

    def __init__(
        self, bwrap: str, python: str, hosts: Path, first_user: int, *, root: bool | None = None
    ) -> None:
        self._bwrap = bwrap
        self._python = python
        self._hosts = hosts
        self._first_user = first_user
        self._root = os.geteuid() == 0 if root is None else root
        self._system = system_tree()

    def command(self, room: Room, control: int, filter_fd: int) -> list[str]:
        """The ``bwrap`` command line; it holds no secret."""
        low = any(port < LOWEST_PORT for _, port in room.granted)
        arguments = [self._bwrap, *self._spaces(low=low), "--seccomp", str(filter_fd)]
        mounts = {f"/etc/{name}": str(self._hosts / name) for name in HOSTS}
        mounts[TASK] = str(room.task)
        if room.layers is not None:
            mounts[LAYERS] = str(room.layers)
        mounts |= {**prefix_mounts(self._python), LAUNCHER_INSIDE: str(LAUNCHER), **room.mounts}
        mounts |= self._system.mounts
        arguments += directories(mounts)
        arguments += ["--proc", "/proc", "--dev", "/dev"]
        arguments += [*tmpfs("/dev/shm", 64 * MIB), "--remount-ro", "/dev"]  # noqa: S108
        arguments += tmpfs("/tmp", room.temporary)  # noqa: S108
        for target, source in mounts.items():
            arguments += ["--ro-bind", source, target]
        for path, target in {**self._system.links, **room.links}.items():
            arguments += ["--symlink", target, path]
        arguments += ["--remount-ro", "/", "--chdir", "/", "--"]
        return [*arguments, self._python, "-I", "-S", LAUNCHER_INSIDE, str(control)]

    def _spaces(self, *, low: bool) -> list[str]:
        """The spaces and privileges; *low*: the launcher opens ports that only root may."""
        shared = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        shared += ["--unshare-cgroup-try", "--hostname", "sandbox"]
        shared += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
        if self._root:
            shared += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
            return [*shared, "--cap-add", "CAP_NET_BIND_SERVICE"] if low else shared
        inside = str(USER_INSIDE)
        return [*shared, "--unshare-user", "--disable-userns", "--uid", inside, "--gid", inside]

    def user(self, room: Room) -> int:
        """A user id of the worker's own, where the server may give one."""
        return self._first_user + room.slot % USERS if self._root else 0

    def ports(self, room: Room) -> list[tuple[str, int]]:
        """The runtime's, the server's and the extension's; then those that were granted."""
        own = (RUNTIME_PORT, room.endpoint_port, room.extension_port)
        return [*((LOOPBACK, port) for port in own), *room.granted]

    def place(self, room: Room, path: str) -> str:
        """The path itself: it is what it is on AWS."""
        return path


class Unconfined:
    """Starts functions as plain children, for ``--unsafe-functions``: they can do what we can."""

    confined = False

    def __init__(self, python: str, runtime: Path) -> None:
        self._python = python
        self._runtime = runtime

    def command(self, room: Room, control: int, filter_fd: int) -> list[str]:
        """The launcher, by itself."""
        return [self._python, "-I", "-S", str(LAUNCHER), str(control)]

    def user(self, room: Room) -> int:
        """Nobody else."""
        return 0

    def ports(self, room: Room) -> list[tuple[str, int]]:
        """None: the server opens them itself."""
        return []

    def place(self, room: Room, path: str) -> str:
        """The real directory."""
        places = {TASK: room.task, LAYERS: room.layers or room.task / "opt", RUNTIME: self._runtime}
        return str(places[path])


def tmpfs(path: str, size: int) -> list[str]:
    """An empty directory that everybody may write to, of at most *size* bytes."""
    return ["--perms", "1777", "--size", str(size), "--tmpfs", path]


class Tree(NamedTuple):
    """A part of a file system: read-only mounts, source by target, and links, target by path."""

    mounts: dict[str, str]
    links: dict[str, str]


def system_tree() -> Tree:
    """The system's programs and libraries, and no more of ``/etc`` than they need."""
    mounts, links = {"/usr": "/usr"}, {}
    for path in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if Path(path).is_symlink():
            links[path] = str(Path(path).readlink())
        elif Path(path).exists():
            mounts[path] = path
    mounts.update({path: path for path in ETC if Path(path).exists()})
    return Tree(mounts, links)


def prefix_mounts(*programs: str) -> dict[str, str]:
    """The trees that *programs* belong to, where they lie outside ``/usr``: source by target."""
    trees = [Path(program).resolve().parent.parent for program in programs]
    return {
        str(tree): str(tree)
        for tree in trees
        if not tree.is_relative_to("/usr") and tree != Path("/")
    }


def directories(targets: Iterable[str]) -> list[str]:
    """Make every directory above *targets*, for everybody to pass: bubblewrap's own are private."""
    above = {str(parent) for target in targets for parent in Path(target).parents}
    arguments = []
    for path in sorted(above - {"/"}):
        arguments += ["--dir", path]
    return arguments


def inner_port(port: int) -> int:
    """The port of the function's own loopback that leads to *port* of the server.

    The same, save for those that only root may open.
    """
    return port if port >= LOWEST_PORT else port + 10_000


def is_name(host: str) -> bool:
    """Whether *host* is a name, and no address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host)
    return False


def first_user(seed: str) -> int:
    """The first of a server's user ids: its own on this machine, as far as there are enough.

    The kernel counts tasks by user, so two servers should not share an id.

    Args:
        seed: Tells servers apart.

    Source: https://systemd.io/UIDS-GIDS/ (1879048192 to 2147483647 belong to nobody)
    """
    ranges = Path("/proc/self/uid_map").read_text().splitlines()
    mapped = sum(int(line.split()[2]) for line in ranges)
    if mapped < _WIDE + _SERVERS * USERS:
        return _NARROW
    return _WIDE + zlib.crc32(seed.encode()) % _SERVERS * USERS


def write_hosts(directory: Path, first: int, host: str = "", granted: Iterable[str] = ()) -> Path:
    """Write the few files of ``/etc`` that functions see into *directory*.

    Args:
        directory: Made if it is not there.
        first: The first of this server's user ids.
        host: What leads to the function's own loopback, where it is a name.
        granted: Lines of ``hosts`` for what functions may reach further.
    """
    names = [f"{LOOPBACK} localhost", *([f"{LOOPBACK} {host}"] if is_name(host) else [])]
    directory.mkdir(mode=0o755, exist_ok=True)
    ids = [USER_INSIDE, *range(first, first + USERS)]
    texts = {
        "passwd": [f"sbx_user{each}:x:{each}:{each}::/tmp:/sbin/nologin" for each in ids],
        "group": [f"sbx_user{each}:x:{each}:" for each in ids],
        "hosts": [*names, *(line for line in granted if line not in names)],
        "nsswitch.conf": ["passwd: files", "group: files", "hosts: files"],
    }
    for name, lines in texts.items():
        path = directory / name
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o644)
    return directory
