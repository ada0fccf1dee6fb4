"""The click group behind ``lodekey``: finds a word's module when the word is used."""

from __future__ import annotations

import importlib

import click

from lodekey import __version__
from lodekey.cli.main import WORDS


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the words without loading their modules."""
        with formatter.section("Commands"):
            formatter.write_dl([(word, help_) for word, (_, help_) in WORDS.items()])


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lodekey")
def cli() -> None:
    """Keep a value behind a private key, and prove who can open it."""
