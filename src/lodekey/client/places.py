"""Where a value is: ``ssm:/path`` or ``sm:name``, with a field and a version where one is meant.

As a reference inside a file the same is written as a URL: ``ssm:///app/db``,
``sm://db#password@AWSPREVIOUS``. A ``@`` or ``#`` that belongs to a name is written ``%40`` or
``%23``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote, unquote

from lodekey.client.failures import Unusable

Scheme = Literal["ssm", "sm"]

REFERENCE = re.compile(
    r"(?:ssm:///[\w./%-]+|sm://[\w/+=.%-]+)(?:#[\w.%-]+)?(?:@[\w.%-]+)?", re.ASCII
)
"""A reference inside other text."""

_SSM_ARN = re.compile(r"arn:[\w-]+:ssm:[\w-]*:\d*:parameter(/.+)")
_FORM = re.compile(r"(?P<name>[^#@]+)(?:#(?P<field>[^@]+))?(?:@(?P<version>.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where one value is.

    Args:
        scheme: ``ssm`` or ``sm``: Parameter Store or Secrets Manager.
        name: The parameter's or secret's name (or a secret's ARN).
        field: The member of the value's JSON object that is meant; empty: the whole value.
        version: A version, label or stage; empty: the current one.
    """

    scheme: Scheme
    name: str
    field: str = ""
    version: str = ""

    def __str__(self) -> str:
        text = f"{self.scheme}:{quote(self.name, safe='/+=.:*')}"
        if self.field:
            text += f"#{quote(self.field, safe='')}"
        return f"{text}@{quote(self.version, safe='')}" if self.version else text

    @property
    def whole(self) -> Place:
        """The same value without the field."""
        return replace(self, field="")

    @property
    def current(self) -> Place:
        """The same place without field and version."""
        return replace(self, field="", version="")

    @property
    def last(self) -> str:
        """The last part of what it names: the field, or the name after its last slash."""
        return self.field or self.name.rpartition("/")[2]


def parse(text: str) -> Place:
    """Read a place as people write it.

    ``ssm:/a/b``, ``sm:name#field@AWSPREVIOUS``, their forms with ``//``, ARNs, or a bare ``/path``
    (Parameter Store).

    Raises:
        Unusable: It is no place.
    """
    scheme, rest = _scheme(text)
    form = _FORM.fullmatch(rest)
    if form is None:
        raise Unusable(f"`{text}` names no value", hint="write `ssm:/path` or `sm:name`")
    name, field, version = (unquote(form[part] or "") for part in ("name", "field", "version"))
    return Place(scheme, name, field, version)


def _scheme(text: str) -> tuple[Scheme, str]:
    parameter = _SSM_ARN.fullmatch(text)
    if parameter is not None:
        return "ssm", parameter[1]
    if text.startswith("arn:"):
        return "sm", text
    if text.startswith("/"):
        return "ssm", text
    scheme, separator, rest = text.partition(":")
    rest = rest.removeprefix("//")
    if separator and rest and scheme == "ssm":
        return "ssm", rest
    if separator and rest and scheme == "sm":
        return "sm", rest
    raise Unusable(f"`{text}` names no store", hint="write `ssm:/path` or `sm:name`")


def under(prefix: Place, name: str) -> Place:
    """The place of *name* under a prefix, with one slash between them."""
    return Place(prefix.scheme, f"{prefix.name.rstrip('/')}/{name.lstrip('/')}".lstrip())


def variable_name(place: Place) -> str:
    """The environment variable that a value is offered under: ``ssm:/app/db-url`` → ``DB_URL``."""
    name = re.sub(r"\W", "_", place.last, flags=re.ASCII).upper()
    return f"_{name}" if name[:1].isdigit() else name
