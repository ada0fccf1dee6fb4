"""``lodekey demo``: the walk-through, told on a throw-away server.

Every step is a line that a person could type, run by the real AWS CLI through the wire; nothing is
recorded beforehand.
"""

from __future__ import annotations

import sys

import click


@click.command("demo", short_help="tell the walk-through on a throw-away server")
@click.option("--plain", is_flag=True, help="No colors.")
@click.option("--keep", is_flag=True, help="Leave the server's files for a look, and say where.")
@click.option("--unsafe-functions", is_flag=True, help="Run the functions without the sandbox.")
def command(*, plain: bool, keep: bool, unsafe_functions: bool) -> None:
    """Seal a value, store it twice, and let one function open it; show who is refused, and why."""
    from lodekey.cli.demo_story import tell  # noqa: PLC0415 - the story needs the server's parts

    colored = not plain and sys.stdout.isatty()
    sys.exit(tell(colored=colored, keep=keep, unsafe_functions=unsafe_functions))
