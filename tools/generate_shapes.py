"""Write each service room's ``shapes.py`` from botocore's model.

The operations offered are named in ``tools/operations/SERVICE.txt``, one a line; a line ``*`` means
all that the model has. With ``--check`` nothing is written and the exit code tells whether the
files are what this tool would write.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import botocore.session

ROOT = Path(__file__).parent.parent
ROOMS = {"lambda": "lambda_"}
PLAIN = {
    "string": "str",
    "blob": "bytes",
    "integer": "int",
    "long": "int",
    "boolean": "bool",
    "float": "float",
    "double": "float",
    "timestamp": "float",
    "character": "str",
    "bigdecimal": "float",
}
OUTSIDE = "Generated from the service model by ``tools/generate_shapes.py``: do not edit."


AT_RUN_TIME = """
else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
"""


def offered(service: str) -> list[str]:
    """The operations of *service* that are offered, in the model's order."""
    lines = (ROOT / "tools" / "operations" / f"{service}.txt").read_text().split()
    names = list(model_of(service).operation_names)
    if "*" in lines:
        return names
    unknown = set(lines) - set(names)
    if unknown:
        raise SystemExit(f"{service}: no such operations in the model: {sorted(unknown)}")
    return [name for name in names if name in set(lines)]


def model_of(service: str) -> Any:
    """Botocore's model of *service*."""
    return botocore.session.get_session().get_service_model(service)


class Writer:
    """Collects the types of one service, each once, in an order that Python can read."""

    def __init__(self) -> None:
        self._done: dict[str, str] = {}

    def reference(self, shape: Any) -> str:
        """The type expression for *shape*."""
        if shape.type_name == "structure":
            self.structure(shape)
            return f'"{shape.name}"' if self._done[shape.name] == "" else str(shape.name)
        if shape.type_name == "list":
            return f"list[{self.reference(shape.member)}]"
        if shape.type_name == "map":
            return f"dict[str, {self.reference(shape.value)}]"
        return PLAIN[shape.type_name]

    def structure(self, shape: Any) -> None:
        """Write *shape* as a ``TypedDict``, in call form: member names may be keywords."""
        if shape.name in self._done:
            return
        self._done[shape.name] = ""
        rows = []
        for name, member in shape.members.items():
            kind = self.reference(member)
            optional = name not in shape.required_members
            rows.append((name, f"NotRequired[{kind}]" if optional else kind))
        if all(name.isidentifier() and name not in KEYWORDS for name, _ in rows):
            body = "".join(f"    {name}: {kind}\n" for name, kind in rows) or "    pass\n"
            text = f"class {shape.name}(TypedDict):\n{body}\n\n"
        else:
            body = "".join(f'        "{name}": {kind},\n' for name, kind in rows)
            text = f'{shape.name} = TypedDict(\n    "{shape.name}",\n    {{\n{body}    }},\n)\n\n'
        self._done.pop(shape.name)
        self._done[shape.name] = text

    def text(self) -> str:
        """All types written so far."""
        return "".join(self._done.values()).rstrip("\n") + "\n"


KEYWORDS = {"None", "from", "import", "class", "global", "lambda", "in", "is", "as", "with", "def"}


def shapes(service: str) -> str:
    """The text of the room's ``shapes.py``."""
    writer = Writer()
    model = model_of(service)
    for name in offered(service):
        operation = model.operation_model(name)
        for shape in (operation.input_shape, operation.output_shape):
            if shape is not None:
                writer.structure(shape)
    head = (
        f'"""Requests and responses of {service}.\n\n{OUTSIDE}\n"""\n\n'
        "from __future__ import annotations\n\n"
        "from typing import TYPE_CHECKING, Any\n\n"
        "if TYPE_CHECKING:\n    from typing import NotRequired, TypedDict\n\n"
    )
    return formatted(head + indent(writer.text(), "    ") + AT_RUN_TIME)


def formatted(text: str) -> str:
    """*text* as the formatter leaves it, so that what is committed is both formatted and equal."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "shapes.py", "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT)
    return run.stdout


def main() -> int:
    """Write or check every room's shapes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    known = sorted(path.stem for path in (ROOT / "tools" / "operations").glob("*.txt"))
    stale = 0
    for service in arguments.services or known:
        path = ROOT / "src/lodekey/services" / ROOMS.get(service, service) / "shapes.py"
        text = shapes(service)
        if arguments.check:
            if not path.exists() or path.read_text() != text:
                print(f"{path.relative_to(ROOT)} is not what the model says", file=sys.stderr)
                stale = 1
        else:
            path.write_text(text)
    return stale


if __name__ == "__main__":
    sys.exit(main())
