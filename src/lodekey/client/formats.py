"""Names and values as files: dotenv, JSON, YAML, tfvars and shell, quoted so that they come back.

What is written is read back as it was, whatever the value: quotes, dollars, newlines.
"""

from __future__ import annotations

import importlib
import json
import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lodekey.client.failures import Unusable
from lodekey.client.masking import member_text

_PLAIN = re.compile(r"[\w./:@%+,=-]*", re.ASCII)
_ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>(?!["'])[^\n]*?))
    [ \t]*(?:(?<=[ \t"'=])\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "`": "`", "\n": ""}
_TF_ASSIGNMENT = re.compile(
    r'^[ \t]*([\w-]+)[ \t]*=[ \t]*("(?:[^"\\\n]|\\.)*"|true|false|-?[\d.]+)[ \t]*(?:(?:#|//).*)?$',
    re.MULTILINE,
)
_HCL = {"\\b": "\\u0008", "\\f": "\\u000c"}
"""What JSON escapes with a letter and HCL does not know."""


def write_dotenv(values: Mapping[str, str]) -> str:
    """Lines of ``NAME="value"``, read alike by dotenv readers and POSIX shells where that can be.

    Raises:
        Unusable: A name or a value cannot be written.
    """
    return "".join(
        f"{_variable(name, value)}={_dotenv_quoted(value)}\n" for name, value in values.items()
    )


def read_differently(values: Mapping[str, str]) -> list[str]:
    """The names whose values no notation of dotenv gives to shells and dotenv readers alike."""
    return [name for name, value in values.items() if not _is_portable(value)]


def _is_portable(value: str) -> bool:
    """Whether python-dotenv, npm's dotenv and a shell read what is written for it alike."""
    if "\r" in value or "${" in value:
        return False
    return _fits_single_quotes(value) or not re.search(r"[$`]", value)


def _fits_single_quotes(value: str) -> bool:
    return not re.search(r"['\r]|\\\\|\\\Z", value)


def _dotenv_quoted(value: str) -> str:
    """As it is; else in single quotes, which nobody looks into; else in double quotes.

    A dotenv reader takes a backslash before a backslash or a quote as an escape even in single
    quotes, so such a value goes into double ones.
    """
    if value and _PLAIN.fullmatch(value):
        return value
    if _fits_single_quotes(value):
        return f"'{value}'"
    escaped = re.sub(r'([\\"$`])', r"\\\1", value)
    return '"' + escaped.replace("\r", "\\r") + '"'


def _variable(name: str, value: str) -> str:
    """The name of a variable, which a shell will run lines of.

    Raises:
        Unusable: It is none, or the value cannot be one's.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
        raise Unusable(f"`{name}` is no name of a variable", hint="`--format json` takes any name")
    if "\0" in value:
        raise Unusable(f"`{name}` holds a NUL, which no variable can")
    return name


def read_dotenv(text: str) -> dict[str, str]:
    """The names and values of a dotenv file.

    Raises:
        Unusable: A line is none; it is told by its number.
    """
    _must_be_all(_ASSIGNMENT, text)
    found = {}
    for match in _ASSIGNMENT.finditer(text):
        if match["double"] is not None:
            value = re.sub(
                r"\\(.)",
                lambda each: _ESCAPES.get(each[1], each[0]),
                match["double"],
                flags=re.DOTALL,
            )
        else:
            value = match["single"] if match["single"] is not None else match["bare"]
        found[match["name"]] = value
    return found


def _must_be_all(pattern: re.Pattern[str], text: str) -> None:
    """Refuse a file of which a line would be lost.

    Raises:
        Unusable: With the line's number.
    """
    rest = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    for number, line in enumerate(rest.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            raise Unusable(f"line {number} is no plain assignment")


def write_shell(values: Mapping[str, str]) -> str:
    """Lines that a POSIX shell evaluates."""
    return "".join(
        f"export {_variable(name, value)}={shlex.quote(value)}\n" for name, value in values.items()
    )


def write_json(values: Mapping[str, str]) -> str:
    """A JSON object."""
    return json.dumps(dict(values), indent=2, ensure_ascii=False) + "\n"


def read_json(text: str) -> dict[str, str]:
    """The members of a JSON object; nested ones as JSON text."""
    return _members(json.loads(text))


def write_yaml(values: Mapping[str, str]) -> str:
    """A YAML mapping; every value in double quotes, so none becomes a number or a truth."""
    return "".join(_yaml_member(name, value) for name, value in values.items()) or "{}\n"


def _yaml_member(name: str, value: str) -> str:
    """One line; two where the name is longer than a reader looks ahead for the colon."""
    key, text = yaml_quoted(name), yaml_quoted(value)
    return f"? {key}\n: {text}\n" if len(key) > 1000 else f"{key}: {text}\n"


def yaml_quoted(value: str) -> str:
    """A text as a YAML string in double quotes, in ASCII."""
    shown = json.dumps(value, ensure_ascii=False)
    return "".join(
        each
        if " " <= each <= "~"
        else f"\\U{ord(each):08X}"
        if each > "\uffff"
        else f"\\u{ord(each):04X}"
        for each in shown
    )


def read_yaml(text: str) -> dict[str, str]:
    """The members of a YAML mapping."""
    return _members(yaml().safe_load(text) or {})


def yaml() -> Any:
    """The YAML library.

    Raises:
        Unusable: It is not installed.
    """
    try:
        return importlib.import_module("yaml")
    except ModuleNotFoundError:
        raise Unusable("YAML needs PyYAML", hint="pip install 'lodekey[yaml]'") from None


def write_tfvars(values: Mapping[str, str]) -> str:
    """Terraform's variable definitions; ``${`` and ``%{`` are escaped as HCL wants it.

    Raises:
        Unusable: Two names become one.
    """
    names = {name: _tf_name(name) for name in values}
    if len(set(names.values())) < len(names):
        raise Unusable("two names become one variable of Terraform's")
    return "".join(f"{names[name]} = {tf_quoted(value)}\n" for name, value in values.items())


def tf_quoted(value: str) -> str:
    """A text as an HCL string."""
    quoted = json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    return re.sub(r"\\(\\|[bf])", lambda each: _HCL.get(each[0], each[0]), quoted)


def _tf_name(name: str) -> str:
    plain = re.sub(r"[^\w-]", "_", name)
    return plain if re.match(r"[^\W\d]", plain) else f"_{plain}"


def read_tfvars(text: str) -> dict[str, str]:
    """The plain assignments of a variable definitions file.

    Raises:
        Unusable: Something is a list, a map or a here-document, or no assignment at all.
    """
    _must_be_all(_TF_ASSIGNMENT, text)
    found = {}
    for name, value in _TF_ASSIGNMENT.findall(text):
        read = json.loads(value, strict=False) if value.startswith('"') else value
        found[name] = read.replace("$${", "${").replace("%%{", "%{")
    return found


def _members(read: object) -> dict[str, str]:
    if not isinstance(read, dict):
        raise Unusable("the file is no mapping of names to values")
    return {str(name): member_text(member) for name, member in read.items()}


WRITERS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "dotenv": write_dotenv,
    "json": write_json,
    "yaml": write_yaml,
    "tfvars": write_tfvars,
    "shell": write_shell,
}
READERS: dict[str, Callable[[str], dict[str, str]]] = {
    "dotenv": read_dotenv,
    "json": read_json,
    "yaml": read_yaml,
    "tfvars": read_tfvars,
}
_SUFFIXES = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".tfvars": "tfvars"}


def format_of(path: Path) -> str:
    """The format that a file's name says; dotenv where it says none."""
    return _SUFFIXES.get(path.suffix, "dotenv")


def read_file(path: Path, text: str, form: str = "") -> dict[str, str]:
    """Names and values of a file.

    Raises:
        Unusable: The text is not in that format. The message does not quote it.
    """
    chosen = form or format_of(path)
    try:
        return READERS[chosen](text)
    except Unusable as unusable:
        raise Unusable(f"`{path}`: {unusable.message}", hint=unusable.hint) from None
    except Exception as error:  # noqa: BLE001 - any reader, any trouble
        raise Unusable(f"`{path}` is not {chosen}: {type(error).__name__}") from None
