"""Read files as the programs do that they are for; print what they say."""

import json
import os
from pathlib import Path

import hcl2
from cfnlint.api import lint_all
from dotenv import dotenv_values

home = Path(os.environ["FILES"])
found = {}
for file in sorted(home.iterdir()):
    if file.suffix == ".template":
        found[file.name] = [
            str(each) for each in lint_all(file.read_text()) if each.rule.id[0] in "EW"
        ]
    elif file.suffix == ".tf":
        blocks = hcl2.loads(file.read_text())["resource"]
        found[file.name] = [kind.strip('"') for block in blocks for kind in block]
    elif file.suffix == ".env":
        found[file.name] = dict(dotenv_values(file))
print(json.dumps(found))
