"""The click group behind ``lodekey``: finds a word's module when the word is used."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from lodekey import __version__
from lodekey.cli.leaving import leave
from lodekey.cli.main import WORDS
from lodekey.client import exit_codes


class Words(click.Group):
    """Loads each command's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every word, in the order of the table."""
        return list(WORDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command for a word."""
        if cmd_name not in WORDS:
            return None
        module, _ = WORDS[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,
    ) -> Any:
        """Run; a command line that is wrong is told as every other failure is."""
        words = list(sys.argv[1:] if args is None else args)
        run: Callable[..., Any] = functools.partial(
            super().main, words, prog_name, complete_var, **extra
        )
        if not standalone_mode:
            return run(standalone_mode=False)
        as_json = "--json" in (words[: words.index("--")] if "--" in words else words)
        try:
            result: object = run(standalone_mode=False)
        except click.ClickException as error:
            _tell(error, as_json=as_json)
        except click.Abort:
            leave("given up", as_json=as_json)
        sys.exit(result if isinstance(result, int) else exit_codes.OK)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the words without loading their modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(word, help_) for word, (_, help_) in WORDS.items()])


def _tell(error: click.ClickException, *, as_json: bool) -> NoReturn:
    """Say what is wrong with the command line; an argument too many may be a value."""
    message = error.format_message()
    if message.startswith("Got unexpected extra argument"):
        message = "an argument too many (a value is never an argument)"
        error = click.UsageError(message, getattr(error, "ctx", None))
    if as_json:
        leave(message, code=error.exit_code, as_json=True)
    error.show()
    sys.exit(error.exit_code)


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lodekey")
def cli() -> None:
    """Keep a value behind a private key, and prove who can open it."""
