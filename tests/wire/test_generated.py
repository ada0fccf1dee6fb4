"""What the generators write is what is committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import botocore
import pytest

from lodekey.wire.models import model

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", ["generate_models", "generate_shapes"])
def test_generated_files_are_what_their_generator_writes(tool: str) -> None:
    source = model("kms").metadata.source
    if source != f"botocore {botocore.__version__}":
        pytest.skip(f"the committed files were made from {source}, not {botocore.__version__}")
    command = [sys.executable, str(ROOT / "tools" / f"{tool}.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (run.returncode, run.stderr)
