"""The demo's documents: the walk-through's handlers, its key policy, and the one that works."""

from __future__ import annotations

from typing import Any

REGION = "us-east-1"

PYTHON_HANDLER = """\
import base64, boto3
kms, ssm, sm = boto3.client("kms"), boto3.client("ssm"), boto3.client("secretsmanager")
def dec(b64):
    return kms.decrypt(CiphertextBlob=base64.b64decode(b64))["Plaintext"].decode()
def handler(event, context):
    parameter = ssm.get_parameter(Name="my-parameter-name", WithDecryption=True)
    secret = sm.get_secret_value(SecretId="my-secret")
    out = {"ssm": dec(parameter["Parameter"]["Value"]), "sm": dec(secret["SecretString"])}
    print("from parameters store:", out["ssm"]); print("from secrets manager:", out["sm"])
    return out
"""

NODE_HANDLER = """\
const { KMSClient, DecryptCommand } = require("@aws-sdk/client-kms");
const { SSMClient, GetParameterCommand } = require("@aws-sdk/client-ssm");
const { SecretsManagerClient, GetSecretValueCommand } = require("@aws-sdk/client-secrets-manager");
const kms = new KMSClient({}), ssm = new SSMClient({}), sm = new SecretsManagerClient({});
const dec = async (b64) => {
  const blob = Buffer.from(b64, "base64");
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
  return Buffer.from(Plaintext).toString();
};
exports.handler = async () => {
  const name = { Name: "my-parameter-name", WithDecryption: true };
  const parameter = (await ssm.send(new GetParameterCommand(name))).Parameter.Value;
  const secret = (await sm.send(new GetSecretValueCommand({ SecretId: "my-secret" }))).SecretString;
  const out = { ssm: await dec(parameter), sm: await dec(secret) };
  console.log("from parameters store:", out.ssm);
  console.log("from secrets manager:", out.sm);
  return out;
};
"""

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def wide_statements(account: str) -> dict[str, list[dict[str, Any]]]:
    """What IAM gives to each user of the story."""
    stores = ["ssm:*", "secretsmanager:*"]
    return {
        "admin": [{"Effect": "Allow", "Action": ["kms:*", *stores], "Resource": "*"}],
        "writer": [
            {
                "Effect": "Allow",
                "Action": ["ssm:PutParameter", "secretsmanager:CreateSecret"],
                "Resource": "*",
            }
        ],
        "stranger": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}],
    }


def seed_key_policy(account: str) -> dict[str, Any]:
    """The walk-through's key policy, as printed."""
    function = f"arn:aws:lambda:{REGION}:{account}:function:myfunction"
    return {
        "Version": "2012-10-17",
        "Id": "my-key-1",
        "Statement": [
            {
                "Sid": "Enable root user permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "Allow use of the key",
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["kms:Decrypt"],
                "Resource": f"arn:aws:kms:region:{account}:key/my-key-1",
                "Condition": {"StringEquals": {"kms:CallerArn": function}},
            },
        ],
    }


def right_key_policy(account: str) -> dict[str, Any]:
    """The key policy that does what the walk-through meant.

    The walk-through seals a value by hand before storing it, so the role decrypts both through the
    stores and directly, and the writer encrypts both ways.
    """
    role = f"arn:aws:iam::{account}:role/myfunction-role"
    writer = f"arn:aws:iam::{account}:user/writer"
    manage = ["Describe*", "Get*", "List*", "PutKeyPolicy", "CreateAlias", "DeleteAlias"]
    manage += ["EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"]
    data_plane = ["Decrypt", "Encrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "RootManages",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": [f"kms:{action}" for action in manage],
                "Resource": "*",
                "Condition": {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{account}:root"}},
            },
            {
                "Sid": "OneRoleOpens",
                "Effect": "Allow",
                "Principal": {"AWS": role},
                "Action": "kms:Decrypt",
                "Resource": "*",
            },
            {
                "Sid": "OneWriterSeals",
                "Effect": "Allow",
                "Principal": {"AWS": writer},
                "Action": ["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"],
                "Resource": "*",
            },
            {
                "Sid": "NobodyElse",
                "Effect": "Deny",
                "Principal": "*",
                "Action": [f"kms:{action}" for action in data_plane],
                "Resource": "*",
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": [role, writer]}},
            },
        ],
    }


def function_statements(account: str, key: str) -> list[dict[str, Any]]:
    """The function's role, made minimal."""
    return [
        {
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": f"arn:aws:ssm:{REGION}:{account}:parameter/my-parameter-name",
        },
        {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": f"arn:aws:secretsmanager:{REGION}:{account}:secret:my-secret-??????",
        },
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": f"arn:aws:kms:{REGION}:{account}:key/{key}",
        },
    ]
