"""Look files over, each as what its name says it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from lodekey.client import lint_scripts, lint_templates
from lodekey.client.failures import Failure
from lodekey.client.findings import Finding

_SHELL = frozenset({".sh", ".bash", ".zsh"})
_CODE = frozenset({".py", ".js", ".mjs", ".cjs", ".ts"})
_TEMPLATES = frozenset({".json", ".yaml", ".yml", ".template"})
_SKIPPED = frozenset(
    {"node_modules", "cdk.out", "dist", "build", "__pycache__", "package-lock.json"}
)
_SHELL_FENCES = frozenset({"bash", "sh", "shell", "console", "zsh"})
_CODE_FENCES = frozenset({"python", "py", "js", "javascript", "ts", "typescript"})
LARGEST = 4_000_000
"""Bytes; what is larger was not written by a person."""


def look(paths: list[Path]) -> tuple[int, list[Finding]]:
    """Look over files, and directories' files; returns how many, and what was found.

    Raises:
        Failure: A named file cannot be read.
    """
    findings: list[Finding] = []
    count = 0
    for path in paths:
        for file in _files(path):
            count += 1
            findings += look_at(str(file), read(file), file.suffix)
    return count, findings


def read(file: Path) -> str:
    """A file's text.

    Raises:
        Failure: It cannot be read.
    """
    try:
        return file.read_text(errors="replace")
    except OSError as error:
        raise Failure(f"`{file}`: {error.strerror}") from None


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for each in sorted(path.iterdir()):
        if each.name in _SKIPPED or each.name.startswith(".") or each.is_symlink():
            continue
        if each.is_dir():
            yield from _files(each)
        elif each.suffix in _SHELL | _CODE | _TEMPLATES and each.stat().st_size <= LARGEST:
            yield each


def look_at(file: str, text: str, suffix: str) -> list[Finding]:
    """Look one text over."""
    if suffix in _TEMPLATES:
        return lint_templates.look(file, text)
    if suffix in _CODE:
        return lint_scripts.look_at_code(file, text)
    if suffix == ".md":
        return list(_markdown(file, text))
    if suffix in _SHELL or text.startswith("#!"):
        return lint_scripts.look_at_shell(file, text)
    return lint_templates.look(file, text)


def _markdown(file: str, text: str) -> Iterator[Finding]:
    for kind, block, line in lint_scripts.fenced(text):
        if kind in _SHELL_FENCES:
            yield from lint_scripts.look_at_shell(file, block, line)
        elif kind in _CODE_FENCES:
            yield from lint_scripts.look_at_code(file, block, line)
        elif kind in {"yaml", "yml", "json"}:
            yield from lint_templates.look(f"{file}:{line}", textwrap.dedent(block))
