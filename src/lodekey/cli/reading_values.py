"""How a value gets in: a prompt, standard input, a file, a generator. Never an argument."""

from __future__ import annotations

import re
import secrets
import string
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from lodekey.client.failures import Failure, Unusable

ALPHABETS = {
    "text": string.ascii_letters + string.digits,
    "symbols": string.ascii_letters + string.digits + "!#%&()*+,-./:;<=>?@[]^_{|}~",
    "hex": "0123456789abcdef",
    "digits": string.digits,
}


def value_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a value comes from."""
    for option in (
        click.option("--value", "--secret-string", "--plaintext", "typed", hidden=True),
        click.option("--raw", is_flag=True, help="Keep the last newline of a file or a pipe."),
        click.option(
            "--alphabet", type=click.Choice(list(ALPHABETS)), default="text", show_default=True
        ),
        click.option(
            "--generate", type=click.IntRange(8, 4096), metavar="LENGTH", help="A random value."
        ),
        click.option(
            "--file", "file", type=click.Path(path_type=Path), help="Read the value from a file."
        ),
    ):
        function = option(function)
    return function


def refuse_arguments(word: str, name: str, unexpected: Sequence[str]) -> None:
    """Refuse a value on the command line, without repeating it: after the name, or `NAME=VALUE`.

    A secret's name may hold an equals sign, so one is left alone after ``sm:``.

    Raises:
        Unusable: There is one.
    """
    place, equals, _ = name.partition("=")
    if unexpected or (equals and not name.startswith(("sm:", "arn:"))):
        shown = name if unexpected and not equals else place
        raise Unusable(
            "a value is never an argument: the shell's history and `ps` would show it",
            hint=f"`lodekey {word} {shown}` asks for it; or add `< FILE`, `--file FILE` or "
            "`--generate 32`. The one you typed is in your shell's history now",
        )


def read_value(
    place: object, *, file: Path | None, generate: int | None, alphabet: str, raw: bool
) -> str | bytes:
    """The value: text where it is text, else bytes.

    Raises:
        Unusable: There is none, or two ways are asked for.
    """
    if file is not None and generate is not None:
        raise Unusable("`--file` and `--generate` exclude each other")
    if generate is not None:
        return generated(generate, alphabet)
    if file is not None:
        return _text_or_bytes(_file(file), raw=raw)
    if sys.stdin.isatty():
        return str(click.prompt(f"Value of {place}", hide_input=True, err=True))
    return _text_or_bytes(sys.stdin.buffer.read(), raw=raw)


def generated(length: int, alphabet: str = "text") -> str:
    """A random text from the operating system's generator."""
    letters = ALPHABETS[alphabet]
    return "".join(secrets.choice(letters) for _ in range(length))


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Failure(f"`{path}`: {error.strerror}") from None


def _text_or_bytes(octets: bytes, *, raw: bool) -> str | bytes:
    if not octets:
        raise Unusable("the value is empty")
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return octets
    return text if raw else re.sub(r"\r?\n\Z", "", text)
