"""What the client writes is read by what it is written for: cfn-lint, HCL, python-dotenv."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lodekey.client import formats
from lodekey.client.places import parse
from lodekey.client.plan import Plan
from lodekey.client.plan_formats import as_cloudformation, as_terraform

pytestmark = [pytest.mark.clients, pytest.mark.slow]
ACCOUNT = "111122223333"
ALPHABET = "ab \n\t\"'\\$`{}#=!é"


def plan(function: str, *places: str) -> Plan:
    user = f"arn:aws:iam::{ACCOUNT}:user/{{}}"
    return Plan(
        name="app",
        account=ACCOUNT,
        region="us-east-1",
        reader=f"arn:aws:iam::{ACCOUNT}:role/fn",
        function=function,
        writers=(user.format("writer"),),
        admins=(user.format("admin"), f"arn:aws:iam::{ACCOUNT}:root"),
        places=tuple(map(parse, places)),
    )


PLANS = {
    "both": plan("", "ssm:/app/db", "sm:app/db"),
    "wild": plan("", "ssm:/app/*", "sm:app/*"),
    "function": plan(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f", "sm:a", "sm:b", "ssm:/c"),
}


def values() -> dict[str, str]:
    """Values of every kind of quote, among them all that no notation has in common."""
    chosen = random.Random(7)
    texts = ("".join(chosen.choices(ALPHABET, k=chosen.randint(0, 7))) for _ in range(300))
    return {f"V{number}": text for number, text in enumerate(texts)}


def test_the_programs_read_them(program: Callable[..., Any], tmp_path: Path) -> None:
    for name, each in PLANS.items():
        (tmp_path / f"{name}.template").write_text(as_cloudformation(each))
        (tmp_path / f"{name}.tf").write_text(as_terraform(each))
    texts = values()
    alike = {name: texts[name] for name in texts.keys() - formats.read_differently(texts)}
    (tmp_path / "v.env").write_text(formats.write_dotenv(alike))
    (tmp_path / "broken.template").write_text("Resources: {Key: {Type: AWS::KMS::Kye}}\n")
    got = program("files", needs="clients-files", FILES=str(tmp_path))
    assert got["broken.template"], "cfn-lint looks"
    assert {f"{name}.template": [] for name in PLANS} == {
        name: said for name, said in got.items() if name in {f"{each}.template" for each in PLANS}
    }
    assert got["both.tf"] == [
        "aws_kms_key",
        "aws_kms_alias",
        "aws_iam_role_policy",
        "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_policy",
    ]
    assert got["function.tf"].count("aws_secretsmanager_secret") == 2
    assert len(alike) > 200
    assert alike == got["v.env"]


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not on this machine")
def test_terraform_would_write_them_so(tmp_path: Path) -> None:
    for name, each in PLANS.items():
        (tmp_path / f"{name}.tf").write_text(as_terraform(each))
    run = subprocess.run(
        ["terraform", "fmt", "-check", "-diff", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
