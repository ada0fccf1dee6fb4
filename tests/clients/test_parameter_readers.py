"""Libraries that read parameters, unmodified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from running import Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_powertools(running: Running, program: Callable[..., Any]) -> None:
    ssm = running.client("ssm")
    tree = {f"deep/{n:02d}": f"v{n}" for n in range(23)}
    for name, value, type_ in (
        ("plain", "p", "String"),
        ("secure", "s", "SecureString"),
        ("json", '{"a": [1]}', "String"),
        *((f"tree/{name}", value, "String") for name, value in tree.items()),
    ):
        ssm.put_parameter(Name=f"/powertools/{name}", Value=value, Type=type_)
    running.client("secretsmanager").create_secret(Name="powertools/secret", SecretString="hush")
    read = program("powertools", POWERTOOLS_SERVICE_NAME="test")
    assert (read["plain"], read["secure"], read["json"]) == ("p", "s", {"a": [1]})
    assert (read["version"], read["secret"], read["written"]["Version"]) == ("p", "hush", 2)
    assert read["several"] == tree
    assert read["by name"]["/powertools/secure"] == "s"
    assert read["by name"]["_errors"] == ["/powertools/none"]


def test_the_encryption_sdk_opens_an_advanced_parameter(
    running: Running, program: Callable[..., Any]
) -> None:
    ssm, kms = running.client("ssm"), running.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for value in ("short", "x" * 8192):
        ssm.put_parameter(
            Name="/sdk",
            Value=value,
            Type="SecureString",
            Tier="Advanced",
            KeyId=key,
            Overwrite=True,
        )
        sealed = ssm.get_parameter(Name="/sdk")["Parameter"]
        read = program("encryption_sdk", CIPHERTEXT=sealed["Value"], KEY_ARN=key)
        assert read["plaintext"] == value
        assert read["context"] == {"PARAMETER_ARN": sealed["ARN"]}
        assert read["suite"] == "AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
