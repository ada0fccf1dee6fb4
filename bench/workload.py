"""What is asked of the servers: the data that is there, and the requests of each operation."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from servers import Server
from signing import KMS, SECRETS, SSM, Kind, signed

NAMES = 100
"""Parameters and secrets that requests are spread over."""
VALUE = "v" * 40
CONTEXT = {"tenant": "bench"}


class Data(NamedTuple):
    """What `prepare` made on a server."""

    key: str
    signing_key: str
    blobs: list[str]
    caller: tuple[str, str]
    stranger: tuple[str, str] | None


def prepare(server: Server, *, people: bool) -> Data:
    """Make keys, parameters, secrets and ciphertexts through boto3.

    Args:
        server: Where.
        people: Whether to make two users, one allowed and one allowed nothing; else the server's
            given credentials call.
    """
    kms, ssm, secrets = (server.client(name) for name in ("kms", "ssm", "secretsmanager"))
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    spec = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    signing_key = kms.create_key(**spec)["KeyMetadata"]["KeyId"]
    blobs = []
    for number in range(NAMES):
        given = {"Plaintext": b"x" * 63 + bytes([number]), "EncryptionContext": CONTEXT}
        blob = kms.encrypt(KeyId=key, **given)["CiphertextBlob"]
        blobs.append(base64.b64encode(blob).decode())
        ssm.put_parameter(Name=f"/bench/p{number}", Value=VALUE, Type="SecureString", KeyId=key)
        secrets.create_secret(Name=f"bench/s{number}", SecretString=VALUE, KmsKeyId=key)
    if not people:
        return Data(key, signing_key, blobs, server.keys, None)
    return Data(key, signing_key, blobs, _user(server, "reader"), _user(server, "stranger"))


def _user(server: Server, name: str) -> tuple[str, str]:
    iam = server.client("iam")
    iam.create_user(UserName=name)
    if name == "reader":
        statements = [
            {"Effect": "Allow", "Action": actions, "Resource": "*"}
            for actions in (
                ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:Sign"],
                ["ssm:GetParameter*", "ssm:PutParameter"],
                ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
                ["secretsmanager:PutSecretValue", "secretsmanager:ListSecrets"],
            )
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="bench", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


class Operation(NamedTuple):
    """One row of the report.

    Args:
        title: As the report calls it.
        kind: The service.
        name: The operation.
        body: The n-th request's members.
        once: Whether each request may be sent only once: writes.
        denied: Whether a stranger asks, and is refused.
    """

    title: str
    kind: Kind
    name: str
    body: Callable[[int], dict[str, Any]]
    once: bool = False
    denied: bool = False

    def requests(self, server: Server, data: Data, count: int) -> list[bytes]:
        """*count* raw requests."""
        keys = data.stranger if self.denied else data.caller
        return signed(server, self.kind, self.name, map(self.body, range(count)), keys)


def operations(data: Data) -> list[Operation]:
    """Every operation that is measured, on what `prepare` made."""

    def plain(number: int) -> str:
        return base64.b64encode(f"{number:064d}".encode()).decode()

    def parameter(number: int) -> str:
        return f"/bench/p{number % NAMES}"

    def secret(number: int) -> str:
        return f"bench/s{number % NAMES}"

    def get_parameter(number: int) -> dict[str, Any]:
        return {"Name": parameter(number), "WithDecryption": True}

    return [
        Operation(
            "Encrypt",
            KMS,
            "Encrypt",
            lambda n: {"KeyId": data.key, "Plaintext": plain(n), "EncryptionContext": CONTEXT},
        ),
        Operation(
            "Decrypt",
            KMS,
            "Decrypt",
            lambda n: {"CiphertextBlob": data.blobs[n % NAMES], "EncryptionContext": CONTEXT},
        ),
        Operation(
            "GenerateDataKey",
            KMS,
            "GenerateDataKey",
            lambda _: {"KeyId": data.key, "KeySpec": "AES_256", "EncryptionContext": CONTEXT},
        ),
        Operation(
            "Sign (P-256)",
            KMS,
            "Sign",
            lambda n: {
                "KeyId": data.signing_key,
                "Message": plain(n),
                "SigningAlgorithm": "ECDSA_SHA_256",
            },
        ),
        Operation("GetParameter (SecureString)", SSM, "GetParameter", get_parameter),
        Operation("GetSecretValue", SECRETS, "GetSecretValue", lambda n: {"SecretId": secret(n)}),
        Operation(
            "BatchGetSecretValue (10)",
            SECRETS,
            "BatchGetSecretValue",
            lambda n: {"SecretIdList": [secret(n + i) for i in range(10)]},
        ),
        Operation(
            "PutParameter (String)",
            SSM,
            "PutParameter",
            lambda n: {
                "Name": f"/bench/w{n % 5000}",
                "Value": f"{n:040d}",
                "Type": "String",
                "Overwrite": True,
            },
            once=True,
        ),
        Operation(
            "PutSecretValue",
            SECRETS,
            "PutSecretValue",
            lambda n: {
                "SecretId": secret(n),
                "SecretString": f"{n:040d}",
                "ClientRequestToken": str(uuid.uuid4()),
            },
            once=True,
        ),
        Operation("GetParameter, denied", SSM, "GetParameter", get_parameter, denied=True),
    ]
