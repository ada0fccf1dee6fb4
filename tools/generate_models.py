"""Write the server's own service models from botocore's: ``python tools/generate_models.py``.

``src/lodekey/wire/models/SERVICE.json`` holds what the wire needs of a service and nothing else: no
documentation, no operation that is not offered (``tools/operations/SERVICE.txt``), no shape that no
offered operation reaches. The server reads these files and never imports botocore. The format is
described in ``lodekey.wire.models``. With ``--check`` nothing is written and the exit code tells
whether the files are what this tool would write.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import botocore
import botocore.loaders

ROOT = Path(__file__).parent.parent
MODELS = ROOT / "src" / "lodekey" / "wire" / "models"
METADATA = (
    "apiVersion",
    "endpointPrefix",
    "jsonVersion",
    "protocol",
    "serviceId",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
)
SHAPE = (
    "type",
    "required",
    "min",
    "max",
    "pattern",
    "enum",
    "sensitive",
    "flattened",
    "payload",
    "timestampFormat",
    "eventstream",
    "event",
    "streaming",
    "xmlNamespace",
    "exception",
    "fault",
    "error",
)
MEMBER = (
    "shape",
    "location",
    "locationName",
    "flattened",
    "streaming",
    "eventpayload",
    "xmlNamespace",
    "xmlAttribute",
    "timestampFormat",
)
WHOLE = ("shape", "locationName", "resultWrapper", "xmlNamespace")


def some(source: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The entries of *source* that are named, in the order of *names*."""
    return {name: source[name] for name in names if name in source}


def services() -> list[str]:
    """The services that have a list of operations."""
    return sorted(path.stem for path in (ROOT / "tools" / "operations").glob("*.txt"))


def offered(service: str, full: dict[str, Any]) -> list[str]:
    """The operations of *service* that are offered, in the model's order."""
    named = set((ROOT / "tools" / "operations" / f"{service}.txt").read_text().split())
    if "*" in named:
        return list(full["operations"])
    if unknown := named - set(full["operations"]):
        raise SystemExit(f"{service}: no such operations in the model: {sorted(unknown)}")
    return [name for name in full["operations"] if name in named]


def reached(full: dict[str, Any], starts: list[str]) -> list[str]:
    """The names of the shapes that *starts* lead to, themselves included, sorted."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        shape = full["shapes"][name]
        members = [*shape.get("members", {}).values()]
        members += [shape[part] for part in ("member", "key", "value") if part in shape]
        waiting += [member["shape"] for member in members]
    return sorted(found)


def trimmed_shape(shape: dict[str, Any]) -> dict[str, Any]:
    """A shape without its prose."""
    lean = some(shape, SHAPE)
    if "members" in shape:
        lean["members"] = {name: some(m, MEMBER) for name, m in shape["members"].items()}
    for part in ("member", "key", "value"):
        if part in shape:
            lean[part] = some(shape[part], MEMBER)
    return lean


def trimmed_operation(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation without its prose."""
    lean: dict[str, Any] = {
        "http": some(operation["http"], ("method", "requestUri", "responseCode"))
    }
    for part in ("input", "output"):
        if part in operation:
            lean[part] = some(operation[part], WHOLE)
    if "errors" in operation:
        lean["errors"] = [error["shape"] for error in operation["errors"]]
    return lean


def model(service: str) -> str:
    """The text of the model of *service*: JSON, an operation or shape a line."""
    full = botocore.loaders.Loader().load_service_model(service, "service-2")
    names = offered(service, full)
    starts = [name for name, shape in full["shapes"].items() if shape.get("exception")]
    for name in names:
        operation = full["operations"][name]
        starts += [operation[part]["shape"] for part in ("input", "output") if part in operation]
    operations = {name: trimmed_operation(full["operations"][name]) for name in names}
    shapes = {name: trimmed_shape(full["shapes"][name]) for name in reached(full, starts)}
    metadata = {**some(full["metadata"], METADATA), "source": f"botocore {botocore.__version__}"}
    others = sorted(set(full["operations"]) - set(names))
    return (
        f'{{"metadata":{line(metadata)},\n'
        f'"operations":{{\n{lines(operations)}\n}},\n'
        f'"others":{line(others)},\n'
        f'"shapes":{{\n{lines(shapes)}\n}}}}\n'
    )


def line(value: Any) -> str:
    """*value* as compact JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def lines(table: dict[str, Any]) -> str:
    """The entries of *table*, one a line."""
    return ",\n".join(f"{line(name)}:{line(value)}" for name, value in table.items())


def main() -> int:
    """Write or check every model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("services", nargs="*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    stale = 0
    MODELS.mkdir(exist_ok=True)
    for service in arguments.services or services():
        path = MODELS / f"{service}.json"
        text = model(service)
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"{path.relative_to(ROOT)} is not what the model says", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
