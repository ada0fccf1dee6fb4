"""`pip install lodekey` brings boto3 and click; the client needs nothing else."""

import subprocess
import sys

from running import ROOT

PROGRAM = """
import importlib, importlib.abc, pathlib, sys

KNOWN = {"lodekey", "boto3", "botocore", "click", "s3transfer", "jmespath", "dateutil", "urllib3",
         "six", *sys.stdlib_module_names}
SERVER = ("lodekey.app", "lodekey.services", "lodekey.gate", "lodekey.store", "lodekey.identity",
          "lodekey.audit", "lodekey.crypto", "lodekey.wire")

class Only(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in KNOWN or name.startswith(SERVER):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Only())
import lodekey
for name in lodekey.__all__:
    getattr(lodekey, name)
for file in pathlib.Path(lodekey.__file__).parent.joinpath("client").glob("*.py"):
    importlib.import_module(f"lodekey.client.{file.stem}")
from lodekey.cli.main import WORDS
for word in "%s".split():
    importlib.import_module(WORDS[word][0])
print("alone")
"""
WORDS = (
    "init seal set get list log diff rollback undo copy import export inject edit run check rotate "
    "rewrap audit lint doctor"
)


def test_the_client_loads_without_the_server_and_its_packages():
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM % WORDS],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "alone\n", run.stderr


def test_import_lodekey_loads_no_client():
    program = "import lodekey, sys; print('boto3' in sys.modules, 'click' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "False False\n"
