"""A policy document: parsed and compiled once, asked often.

`parse` keeps what it made by text, so that callers may parse at every request. A `Document` keeps
its statements by action: of a policy with forty statements a decision sees the two that speak of
``kms:Decrypt``.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

from functools import lru_cache

from lodekey.policy.grammar import validate
from lodekey.policy.reading import MalformedPolicy, read
from lodekey.policy.statement import Kind, Statement, compile_statement, keys_read

__all__ = ["Document", "Kind", "MalformedPolicy", "Placed", "among", "parse", "validate"]

_PARSED = 16384
_INDEXED = 4096
VARIABLES_SINCE = "2012-10-17"


class Document:
    """A policy: its name, its text, and its compiled statements.

    Attributes:
        name: How decisions and explanations call it (an ARN, ``inline`` and its name).
        text: The JSON that it was parsed from.
        kind: What it is.
        statements: In the order of the text.
        reads_function: Whether it reads ``lambda:SourceFunctionArn``.
    """

    __slots__ = ("_index", "kind", "name", "reads_function", "statements", "text")

    def __init__(self, name: str, text: str, kind: Kind, statements: tuple[Statement, ...]) -> None:
        self.name = name
        self.text = text
        self.kind = kind
        self.statements = statements
        self.reads_function = any(SOURCE_FUNCTION in keys_read(each) for each in statements)
        self._index: dict[str, tuple[tuple[Statement, ...], tuple[Statement, ...]]] = {}

    def __repr__(self) -> str:
        return f"Document({self.name!r}, {self.kind!r}, {len(self.statements)} statements)"

    def on(self, action: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
        """The statements that speak of *action*: those that deny, and those that allow."""
        found = self._index.get(action)
        if found is None:
            folded = action.lower()
            about = [each for each in self.statements if each.acts(folded)]
            found = (
                tuple(each for each in about if not each.allows),
                tuple(each for each in about if each.allows),
            )
            if len(self._index) >= _INDEXED:
                self._index.clear()
            self._index[action] = found
        return found


SOURCE_FUNCTION = "lambda:sourcefunctionarn"

Placed = tuple[Document, Statement]
"""A statement and the document that it stands in."""


@lru_cache(maxsize=_PARSED)
def among(
    documents: tuple[Document, ...], action: str
) -> tuple[tuple[Placed, ...], tuple[Placed, ...]]:
    """The statements of all *documents* on *action*: those that deny, and those that allow."""
    found = [(document, *document.on(action)) for document in documents]
    return (
        tuple((document, each) for document, denying, _ in found for each in denying),
        tuple((document, each) for document, _, allowing in found for each in allowing),
    )


@lru_cache(maxsize=_PARSED)
def parse(text: str, *, name: str = "", kind: Kind = "identity") -> Document:
    """Parse and compile policy *text*; the same arguments give the same document.

    It takes whatever `validate` accepts and asks no more than it needs: a stored document is
    believed to have been validated when it was written.

    Raises:
        MalformedPolicy: *text* is not a policy at all.
    """
    return Document(name, text, kind, _compiled(text, kind))


@lru_cache(maxsize=_PARSED)
def _compiled(text: str, kind: Kind) -> tuple[Statement, ...]:
    body = read(text)
    statements = body.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(each, dict) for each in statements):
        raise MalformedPolicy("Syntax errors in policy.")
    variables = body.get("Version") == VARIABLES_SINCE
    try:
        return tuple(
            compile_statement(index, each, kind, variables=variables)
            for index, each in enumerate(statements)
        )
    except (KeyError, AttributeError, TypeError):
        raise MalformedPolicy("Syntax errors in policy.") from None
