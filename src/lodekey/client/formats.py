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
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\n]*?))
    [ \t]*(?:(?<=[ \t"'=])\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "`": "`", "\n": ""}
_TF_ASSIGNMENT = re.compile(
    r'^\s*([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|true|false|[\d.]+)\s*$', re.MULTILINE
)


def write_dotenv(values: Mapping[str, str]) -> str:
    """Lines of ``NAME="value"`` as dotenv readers and ``docker --env-file``'s kin read them."""
    return "".join(f"{name}={_dotenv_quoted(value)}\n" for name, value in values.items())


def _dotenv_quoted(value: str) -> str:
    if value and _PLAIN.fullmatch(value):
        return value
    if "'" not in value and "\n" not in value and "\r" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("`", "\\`").replace("\n", "\\n").replace("\r", "\\r") + '"'


def read_dotenv(text: str) -> dict[str, str]:
    """The names and values of a dotenv file."""
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


def write_shell(values: Mapping[str, str]) -> str:
    """Lines that a POSIX shell evaluates."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def write_json(values: Mapping[str, str]) -> str:
    """A JSON object."""
    return json.dumps(dict(values), indent=2, ensure_ascii=False) + "\n"


def read_json(text: str) -> dict[str, str]:
    """The members of a JSON object; nested ones as JSON text."""
    return _members(json.loads(text))


def write_yaml(values: Mapping[str, str]) -> str:
    """A YAML mapping; every value in double quotes, so none becomes a number or a truth."""
    return "".join(f"{yaml_quoted(name)}: {yaml_quoted(value)}\n" for name, value in values.items())


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
    """Terraform's variable definitions; ``${`` and ``%{`` are escaped as HCL wants it."""
    return "".join(f"{_tf_name(name)} = {tf_quoted(value)}\n" for name, value in values.items())


def tf_quoted(value: str) -> str:
    """A text as an HCL string."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _tf_name(name: str) -> str:
    return re.sub(r"[^\w-]", "_", name)


def read_tfvars(text: str) -> dict[str, str]:
    """The plain assignments of a variable definitions file."""
    found = {}
    for name, value in _TF_ASSIGNMENT.findall(text):
        read = json.loads(value) if value.startswith('"') else value
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
    except Unusable:
        raise
    except Exception as error:  # noqa: BLE001 - any reader, any trouble
        raise Unusable(f"`{path}` is not {chosen}: {type(error).__name__}") from None
