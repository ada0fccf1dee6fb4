"""Write the pages that only repeat what the code says.

Operations and members that are not honored, from the catalog; the list of decision records, from
their titles.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lodekey.app.registry import services
from lodekey.gate.operation import AnyOperation, Service

DOCS = Path(__file__).parents[1] / "docs"
OPERATIONS = DOCS / "reference" / "operations.md"
IGNORED = DOCS / "compatibility" / "ignored.md"
DECISIONS = DOCS / "adr" / "README.md"

_OPERATIONS = """# Operations

Generated from the catalog by `tools/generate_reference.py`.

Every operation that is served, with the action that it takes and, where it asks for more, the
further actions. *Reveals* are the operations whose answer holds a secret value; *writes* those that
change something. What is not listed is refused as unknown, in the service's words.
"""
_IGNORED = """# Members that are accepted and not honored

Generated from the catalog by `tools/generate_reference.py`.

A request may bring these members; nothing comes of them. Why, each service's own page says where it
matters. Every other member of a model does what AWS documents, or is refused.
"""

_DECISIONS = """# Decision records

Each larger decision, with the options that were refused. Generated from the titles by
`tools/generate_reference.py`.

"""


def _is(fact: bool) -> str:  # noqa: FBT001
    return "yes" if fact else ""


def _action(op: AnyOperation) -> str:
    return "none" if op.open_to_all else f"`{op.action}`"


def _row(op: AnyOperation) -> str:
    also = ", ".join(f"`{action}`" for action in op.also)
    cells = (op.name, _action(op), also, _is(op.reveals), _is(op.writes))
    return "| " + " | ".join(cells) + " |\n"


def _operations(service: Service) -> Iterator[str]:
    yield f"\n## {service.name}\n\n{len(service.operations)} operations.\n\n"
    yield "| operation | action | also | reveals | writes |\n|---|---|---|---|---|\n"
    yield from (_row(op) for op in sorted(service.operations, key=lambda op: op.name))


def _ignored(service: Service) -> Iterator[str]:
    some = sorted((op for op in service.operations if op.ignores), key=lambda op: op.name)
    if not some:
        return
    yield f"\n## {service.name}\n\n| operation | members |\n|---|---|\n"
    for op in some:
        members = ", ".join(f"`{name}`" for name in op.ignores)
        yield f"| {op.name} | {members} |\n"


def _decisions() -> Iterator[str]:
    for path in sorted(DECISIONS.parent.glob("[0-9]*.md")):
        title = path.read_text().partition("\n")[0].removeprefix("# ")
        yield f"- [{title}]({path.name})\n"


def pages() -> dict[Path, str]:
    """Each page's whole text."""
    offered = [service for service in services() if service.operations]
    operations = (part for service in offered for part in _operations(service))
    ignored = (part for service in offered for part in _ignored(service))
    return {
        OPERATIONS: _OPERATIONS + "".join(operations),
        IGNORED: _IGNORED + "".join(ignored),
        DECISIONS: _DECISIONS + "".join(_decisions()),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text)
