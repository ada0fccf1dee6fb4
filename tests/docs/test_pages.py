"""The pages are reachable, name nothing that is missing, and repeat the code faithfully."""

from __future__ import annotations

import importlib
import re
import sys
import tomllib
from pathlib import Path

import click
import pytest

from conventions.sources import ROOT, SRC
from lodekey.app.registry import services
from lodekey.cli.main import WORDS

DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
# In backticks: what looks like a file of this repository.
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|sh|txt|toml|json))`")
PATH = re.compile(r"`((?:src|tests|tools|docs|bench|examples)/[\w./-]*)`")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|`|[$(] ?)lodekey ((?:[a-z-]+ ?)+)", re.MULTILINE)
MAKE = re.compile(r"(?:^\$ |`)make (\w+)", re.MULTILINE)
EXTRA = re.compile(r"lodekey\[([\w,]+)\]")
# Files that users or the server make.
MADE = {".lodekey.toml", "organization.json", "serverless.yml", "tools/operations/SERVICE.txt"}


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def links(page: Path) -> set[Path]:
    """The files of this repository that a page links to."""
    targets = (link for link in LINK.findall(page.read_text()) if "://" not in link)
    return {(page.parent / target).resolve() for target in targets}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    assert [] == [str(target) for target in links(page) if not target.exists()]


def test_every_page_can_be_reached() -> None:
    seen: set[Path] = set()
    ahead = {DOCS / "README.md"}
    while ahead:
        page = ahead.pop()
        seen.add(page)
        ahead |= {link for link in links(page) if link.suffix == ".md"} - seen
    assert set() == {named(page) for page in PAGES} - {named(page) for page in seen} - {
        "README.md",
        "CHANGELOG.md",
    }
    assert DOCS / "README.md" in links(ROOT / "README.md")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_that_are_named_are_there(page: Path) -> None:
    text = page.read_text()
    there = (ROOT, SRC, page.parent)
    names = set(FILE.findall(text)) | set(PATH.findall(text))
    missing = [
        name
        for name in names - MADE
        if not any((top / name).exists() for top in there)
        and not ("/" not in name and any(ROOT.glob(f"[a-z]*/**/{name}")))
    ]
    assert [] == missing


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_are_there(page: Path) -> None:
    text = page.read_text()
    for line in COMMAND.findall("\n".join(CODE.findall(text))):
        word, *more = line.split()
        assert word in WORDS, line
        command = importlib.import_module(WORDS[word][0]).command
        if isinstance(command, click.Group) and more:
            assert more[0] in command.commands, line
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(MAKE.findall(text)) <= targets
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {extra for found in EXTRA.findall(text) for extra in found.split(",")}
    assert extras <= set(project["optional-dependencies"])


def test_the_changelog_says_what_there_is() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    unreleased = text.partition("## Unreleased")[2].partition("\n## ")[0]
    said = [word for word in WORDS if re.search(rf"`(lodekey )?{word}\b", unreleased)]
    assert list(WORDS) == said
    spoken = {service.name: service for service in services() if service.operations}
    names = {"ssm": "Parameter Store", "secretsmanager": "Secrets Manager", "lodekey": "lodekey"}
    lacking = [name for name in spoken if names.get(name, name).lower() not in unreleased.lower()]
    assert [] == lacking


def test_the_code_names_pages_that_are_there() -> None:
    """A docstring that says where more stands must not send its reader nowhere."""
    pages = re.compile(r"docs/[\w./-]+\.md")
    found = {
        f"{named(source)}: {page}"
        for folder in (SRC, ROOT / "bench", ROOT / "tools")
        for source in folder.rglob("*.py")
        for page in pages.findall(source.read_text())
        if not (ROOT / page).exists()
    }
    assert set() == found


def test_decision_records_have_numbers_of_their_own() -> None:
    numbers = [path.name[:4] for path in (DOCS / "adr").glob("[0-9]*.md")]
    assert sorted(set(numbers)) == sorted(numbers)


def test_generated_pages_are_what_their_generator_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this fails: `make generate`."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    pages = importlib.import_module("generate_reference").pages()
    assert [] == [named(path) for path, text in pages.items() if path.read_text() != text]
