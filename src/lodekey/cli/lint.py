"""``lodekey lint``: what is wrong with policies, templates, scripts, and a live account."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lodekey.cli.client_word import Told, client_word
from lodekey.client import exit_codes, findings, lint_files, lint_live
from lodekey.client.failures import NotFound, Unusable
from lodekey.client.findings import Finding, in_policy

KINDS = ("identity", "resource", "key", "trust", "boundary", "session", "scp", "rcp", "endpoint")


@client_word("lint", short_help="find what is wrong with policies, templates and scripts")
@click.argument("words", nargs=-1, metavar="[FILE|DIRECTORY]... | rule [CODE]")
@click.option("--kind", type=click.Choice(KINDS), help="The files are policies of this kind.")
@click.option("--live", is_flag=True, help="Look over the account as it is.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Leave a rule out; repeatable.")
def command(
    told: Told, words: tuple[str, ...], *, kind: str | None, live: bool, ignore: tuple[str, ...]
) -> None:
    """Look over policies, templates (CloudFormation, SAM, Serverless), scripts and handlers.

    `lodekey lint rule CODE` explains a rule. The exit code is 6 where there are findings.
    """
    if words[:1] == ("rule",):
        _rules(told, words[1:])
        return
    if not words and not live:
        raise Unusable("nothing to look at", hint="give files or directories, or `--live`")
    count, found = 0, list[Finding]()
    paths = [Path(word) for word in words]
    if kind:
        for path in paths:
            text = lint_files.read(path)
            count, found = count + 1, found + in_policy(str(path), "", text, _kind(kind))
    else:
        count, found = lint_files.look(paths)
    if live:
        found += lint_live.look(told.connection, told.say)
    ignored = {code.upper() for code in ignore}
    found = [each for each in found if each.code not in ignored]
    told.answer([each.data for each in found], *map(str, found))
    if found:
        told.say(f"{len(found)} findings; `lodekey lint rule {found[0].code}` explains the first")
        sys.exit(exit_codes.FINDINGS)
    told.say(f"nothing found in {count} files" + (" and the account" if live else ""))


def _kind(kind: str) -> Any:
    return kind


def _rules(told: Told, codes: tuple[str, ...]) -> None:
    if not codes:
        known = findings.rules()
        told.answer(
            [{"code": code, "title": title} for code, title in known],
            *(f"{code}  {title}" for code, title in known),
        )
        return
    texts = []
    for code in codes:
        try:
            texts.append(findings.rule_text(code))
        except KeyError:
            raise NotFound(f"there is no rule `{code}`", hint="`lodekey lint rule`") from None
    rows = [{"code": code.upper(), "text": text} for code, text in zip(codes, texts, strict=True)]
    told.answer(rows, *(text.rstrip("\n") for text in texts))
