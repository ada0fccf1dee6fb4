"""``lodekey demo`` tells the whole story on a server of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from running import ROOT


@pytest.fixture(scope="module")
def told() -> str:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LODEKEY_"))},
        "PYTHONPATH": str(ROOT / "src"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "lodekey", "demo"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_it_ends_with_the_two_log_lines(told: str) -> None:
    assert "from parameters store: my precious value" in told
    assert "from secrets manager: my precious value" in told


def test_node_too_where_node_is(told: str) -> None:
    assert shutil.which("node"), "the suite always tests both languages"
    assert 2 == len(
        re.findall(r"^ +\S.*INFO.*from secrets manager: my precious", told, re.MULTILINE)
    ) + (len(re.findall(r"^ +from secrets manager: my precious value", told, re.MULTILINE)))


@pytest.mark.parametrize("who", ["stranger", "admin"])
def test_refusals_are_in_awss_words(told: str, who: str) -> None:
    said = [line for line in told.splitlines() if f"user/{who} is not authorized" in line]
    assert said or "Access to KMS is not allowed" in told


def test_the_seeds_policy_is_taken_apart(told: str) -> None:
    assert "kms:CallerArn" in told
    assert "opened, against all intention" in told


def test_nothing_is_left_behind(told: str) -> None:
    assert "lodekey-demo-" not in told
