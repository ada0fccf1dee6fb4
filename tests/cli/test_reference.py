"""The reference page is what the commands say of themselves."""

import subprocess
import sys

from running import ROOT

# In a process of its own: click keeps a command's help option as it was first asked for.
PRINT = "from generate_cli_reference import page; print(page(), end='')"


def test_is_up_to_date():
    done = subprocess.run(
        [sys.executable, "-c", PRINT],
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tools'}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    page = ROOT / "docs" / "reference" / "cli.md"
    assert page.read_text() == done.stdout, "run `make generate`"
