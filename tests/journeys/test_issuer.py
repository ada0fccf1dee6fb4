"""``lodekey issuer keys``: an issuer's keys handed in, and an SDK that comes with its token."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from running import ROOT, Running

ISSUER = "https://issuer.example"


def lodekey(running: Running, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "lodekey", *words, "--data", str(running.data)],
        env={**environment, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_sdk_comes_in_with_a_token(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    keys = tmp_path / "jwks.json"
    public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    keys.write_text(json.dumps({"keys": [public]}))

    gone = lodekey(running, "issuer", "keys", ISSUER, str(keys))
    assert (3, True) == (gone.returncode, "no OpenID Connect provider" in gone.stderr)

    iam = running.client("iam")
    provider = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
    done = lodekey(running, "issuer", "keys", ISSUER, str(keys))
    assert (0, f"1 key of {ISSUER}\n") == (done.returncode, done.stdout), done.stderr

    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"issuer.example:sub": "me"}},
    }
    role = iam.create_role(
        RoleName="from-outside",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": "me", "iat": now, "exp": now + 600}
    token = tmp_path / "token"
    token.write_text(jwt.encode(claims, key, algorithm="ES256"))

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ROLE_ARN", role)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "sdk")
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.endpoint)
    who = boto3.Session(region_name="us-east-1").client("sts").get_caller_identity()
    assert who["Arn"].endswith("assumed-role/from-outside/sdk")
