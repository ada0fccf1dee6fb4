"""``lodekey runtime``: what functions run with on this machine."""

from __future__ import annotations

import asyncio
import platform
import sys
import tempfile
from pathlib import Path

import click


@click.group("runtime", short_help="what functions run with, and how they are confined")
def command() -> None:
    """Python functions run on this Python, Node functions on the node of PATH."""


@command.command("install", short_help="install the @aws-sdk clients for Node functions")
def install() -> None:
    """Install the pinned @aws-sdk clients with npm, once, into the user's cache."""
    from lodekey.services.lambda_ import node_modules  # noqa: PLC0415 - not needed to say --help

    try:
        click.echo(node_modules.install())
    except node_modules.NotInstalled as error:
        click.echo(f"lodekey: the @aws-sdk clients are not installed: {error}", err=True)
        sys.exit(1)


@command.command("show", short_help="show what functions run with")
def show() -> None:
    """Show the interpreters, the clients, and whether the sandbox holds."""
    from lodekey.services.lambda_ import (  # noqa: PLC0415 - not needed to say --help
        confinement,
        node_modules,
        runtimes,
    )

    click.echo(
        f"python  {runtimes.interpreter()} ({platform.python_version()}) runs "
        f"{runtimes.PYTHON[0]} to {runtimes.PYTHON[-1]}, whichever is named"
    )
    try:
        program = runtimes.node_program()
        version = runtimes.node_version(program)
        click.echo(f"node    {program} ({version}) runs {runtimes.NODE[0]} to {runtimes.NODE[-1]}")
    except runtimes.NoRuntime as error:
        click.echo(f"node    {error}")
    click.echo(f"clients {node_modules.installed() or 'not installed: `lodekey runtime install`'}")
    with tempfile.TemporaryDirectory() as scratch:
        state = asyncio.run(confinement.find("sandbox", Path(scratch)))
    if state.confinement is None:
        click.echo(f"sandbox {state.reason}")
        sys.exit(1)
    click.echo(f"sandbox {', '.join(confinement.NEEDED.values())}")
