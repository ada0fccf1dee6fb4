"""``lodekey up`` and its neighbours, as an operator types them."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from running import ROOT, Running


def lodekey(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a ``lodekey`` command."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "lodekey", *words],
        env={**kept, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Running:
    made = Running(tmp_path / "data")
    yield made  # type: ignore[misc]
    made.stop()


def test_the_first_start_makes_an_account_and_keeps_it(fresh: Running) -> None:
    identity = fresh.client("sts").get_caller_identity()
    assert re.fullmatch(r"\d{12}", identity["Account"])
    assert f"arn:aws:iam::{identity['Account']}:root" == identity["Arn"]
    key = fresh.client("kms").create_key()["KeyMetadata"]["KeyId"]
    assert fresh.stop() == 0
    fresh.start()
    assert identity["Account"] == fresh.client("sts").get_caller_identity()["Account"]
    assert key == fresh.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyId"]


def test_scripts_set_the_root_credentials(tmp_path: Path) -> None:
    given = {
        "LODEKEY_ROOT_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "LODEKEY_ROOT_SECRET_ACCESS_KEY": "a secret of the script's own",
        "LODEKEY_ACCOUNT_ID": "123456789012",
    }
    server = Running(tmp_path / "data", environment=given)
    key = (given["LODEKEY_ROOT_ACCESS_KEY_ID"], given["LODEKEY_ROOT_SECRET_ACCESS_KEY"])
    identity = server.client("sts", key=key).get_caller_identity()
    assert identity["Account"] == "123456789012"
    server.stop()


def test_env_prints_what_clients_need(fresh: Running) -> None:
    done = lodekey("env", "--data", str(fresh.data))
    assert done.returncode == 0
    script = done.stdout + "\nenv"
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    values = dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("AWS_"))
    key, secret = fresh.credentials()
    assert fresh.endpoint == values["AWS_ENDPOINT_URL"]
    assert (key, secret) == (values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"])
    assert values["AWS_DEFAULT_REGION"] == "us-east-1"


def test_env_without_a_server_says_what_to_do(tmp_path: Path) -> None:
    done = lodekey("env", "--data", str(tmp_path), "--wait", "0")
    assert done.returncode == 3
    assert "lodekey up" in done.stderr


def test_env_waits_for_a_server_that_is_being_started(tmp_path: Path) -> None:
    data = tmp_path / "data"
    waiting = subprocess.Popen(
        [sys.executable, "-m", "lodekey", "env", "--data", str(data), "--wait", "30"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        text=True,
    )
    server = Running(data)
    try:
        assert server.endpoint in waiting.communicate(timeout=40)[0]
    finally:
        waiting.kill()
        server.stop()
    done = lodekey("env", "--data", str(data), "--wait", "0")
    assert done.returncode == 0
    assert "nobody answers" in done.stderr


@pytest.mark.parametrize("path", ["/_lodekey/health", "/_localstack/health"])
def test_health(fresh: Running, path: str) -> None:
    with urllib.request.urlopen(fresh.endpoint + path) as answer:
        health = json.loads(answer.read())
    assert health["status"] == "running"
    assert health["services"]["kms"] == "available"


def test_sigterm_stops_in_good_order(fresh: Running) -> None:
    assert fresh.process is not None
    fresh.process.send_signal(signal.SIGTERM)
    assert fresh.process.wait(timeout=10) == 0


def test_the_files_are_the_owners_alone(fresh: Running) -> None:
    assert stat.S_IMODE(fresh.data.stat().st_mode) == 0o700
    for name in ("root.key", "credentials"):
        assert stat.S_IMODE((fresh.data / name).stat().st_mode) == 0o600


def test_no_magic_credentials_unless_development(fresh: Running, tmp_path: Path) -> None:
    sts = fresh.client("sts", key=("test", "test"))
    with pytest.raises(sts.exceptions.ClientError, match="InvalidClientTokenId"):
        sts.get_caller_identity()
    server = Running(tmp_path / "dev", "--dev")
    assert server.client("sts", key=("test", "test")).get_caller_identity()["Arn"].endswith("root")
    server.stop()


def test_development_listens_on_loopback_only(tmp_path: Path) -> None:
    done = lodekey("up", "--dev", "--host", "0.0.0.0", "--data", str(tmp_path / "d"))
    assert done.returncode == 2
    assert "loopback" in done.stderr


def test_accounts_are_made_and_live_apart(fresh: Running) -> None:
    done = lodekey("account", "create", "--data", str(fresh.data))
    assert done.returncode == 0, done.stderr
    key, secret, account = done.stdout.split()
    other = fresh.client("sts", key=(key, secret)).get_caller_identity()
    assert account == other["Account"]
    fresh.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    ssm = fresh.client("ssm", key=(key, secret))
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="p")
    named = lodekey("account", "create", "--json", "--data", str(fresh.data), "999988887777")
    assert json.loads(named.stdout)["AccountId"] == "999988887777"
    again = lodekey("account", "create", "--data", str(fresh.data), "999988887777")
    assert again.returncode == 1
    assert "999988887777" in again.stderr


def test_only_the_managing_account_makes_accounts(fresh: Running) -> None:
    done = lodekey("account", "create", "--data", str(fresh.data))
    key, secret, _ = done.stdout.split()
    stranger = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
    refused = lodekey("account", "create", "--data", str(fresh.data), **stranger)
    assert refused.returncode == 4
    assert "not authorized to perform: lodekey:CreateAccount" in refused.stderr


def test_reset_empties_the_callers_account_in_development(tmp_path: Path) -> None:
    server = Running(tmp_path / "dev", "--dev")
    server.client("ssm").put_parameter(Name="p", Value="v", Type="String")
    made = lodekey("account", "create", "--data", str(server.data))
    key, secret, _ = made.stdout.split()
    server.client("ssm", key=(key, secret)).put_parameter(Name="p", Value="v", Type="String")
    request = urllib.request.Request(server.endpoint + "/_lodekey/reset", method="POST")
    assert status_of(request) == 400
    signed_reset(server, server.credentials())
    assert server.client("ssm").describe_parameters()["Parameters"] == []
    assert len(server.client("ssm", key=(key, secret)).describe_parameters()["Parameters"]) == 1
    server.stop()


def status_of(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def signed_reset(server: Running, key: tuple[str, str]) -> None:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("POST", server.endpoint + "/_lodekey/reset", data=b"")
    SigV4Auth(Credentials(*key), "lodekey", "us-east-1").add_auth(request)
    raw = urllib.request.Request(request.url, b"", dict(request.headers.items()), method="POST")
    with urllib.request.urlopen(raw) as answer:
        assert answer.status == 200


def test_ready_within_two_seconds_is_not_hampered_by_a_hang(tmp_path: Path) -> None:
    """Not a timing test: only that a start does not wait for anything but itself."""
    server = Running(tmp_path / "data")
    began = time.monotonic()
    server.stop()
    server.start(patience=15)
    assert time.monotonic() - began < 15
    server.stop()
