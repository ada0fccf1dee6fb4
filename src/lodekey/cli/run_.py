"""``lodekey run -- CMD``: values in the environment of one command."""

from __future__ import annotations

import os
import sys

import click

from lodekey.cli.client_word import PAIR, PLACE, Told, client_word
from lodekey.client import private_memory, starting
from lodekey.client.failures import Failure, Unusable


@client_word(
    "run",
    short_help="run a command with values in its environment",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--from", "prefixes", multiple=True, type=PLACE, help="All values under a prefix; repeatable."
)
@click.option(
    "--set",
    "pairs",
    multiple=True,
    type=PAIR,
    metavar="NAME=PLACE",
    help="One value; repeatable.",
)
@click.option(
    "--only", is_flag=True, help="Pass on nothing of this environment but PATH, HOME, TERM."
)
@click.option("--mask", is_flag=True, help="Show ******** where the command prints a value.")
@click.option("--watch", is_flag=True, help="Restart the command when a value changes.")
@click.option(
    "--every",
    default=30.0,
    show_default=True,
    type=click.FloatRange(0.2),
    help="Seconds, with --watch.",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD [ARG]...")
def command(
    told: Told,
    words: tuple[str, ...],
    *,
    prefixes: tuple[str, ...],
    pairs: tuple[str, ...],
    only: bool,
    mask: bool,
    watch: bool,
    every: float,
) -> None:
    """Run CMD with values in its environment, and nowhere else.

    Without --from and --set these are the values that .lodekey.toml expects. Variables of this
    environment whose whole text is a reference (DB_URL=sm://db#url) are resolved too.

    CMD replaces this process: signals, terminal and exit code are its own. With --mask or --watch
    it is a child, and signals are passed on.
    """
    wanted = starting.wanted(
        told.project, told.chosen, told.stores, prefixes=prefixes, pairs=pairs, environ=os.environ
    )
    values = starting.resolve(told.stores, wanted)
    surroundings = dict(os.environ)
    if only:
        kept = ("PATH", "HOME", "TERM", "LANG", "TZ", "USER")
        surroundings = {name: surroundings[name] for name in kept if name in surroundings}
    environ = {**surroundings, **values}
    try:
        from lodekey.client import supervising  # noqa: PLC0415 - signals and ptys, for this word

        if not (mask or watch):
            sys.stdout.flush()
            sys.stderr.flush()
            private_memory.give_back()
            supervising.as_python_was_not_there()
            os.execvpe(words[0], list(words), environ)  # noqa: S606 - what the command is for
        sys.exit(
            supervising.run(
                list(words),
                surroundings,
                values,
                mask=mask,
                again=(lambda: starting.resolve(told.stores, wanted)) if watch else None,
                every=every,
            )
        )
    except FileNotFoundError:
        raise Unusable(f"there is no command `{words[0]}`") from None
    except OSError as error:
        raise Failure(f"`{words[0]}` cannot be executed: {error.strerror}") from None
