"""Every operation on a key in every state, against AWS's own table."""

from __future__ import annotations

import os

import pytest

from services.kms.test_import import Importer
from world import ACCOUNT

# What the operation does to a symmetric key in each state: "+" it succeeds, else the error.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
OFF, STATE, KIND = "DisabledException", "KMSInvalidStateException", "UnsupportedOperationException"
COLUMNS = ("Enabled", "Disabled", "PendingDeletion", "PendingImport")
TABLE = {
    "cancel_key_deletion": (STATE, STATE, "+", STATE),
    "create_alias": ("+", "+", STATE, "+"),
    "create_grant": ("+", OFF, STATE, STATE),
    "decrypt": ("+", OFF, STATE, STATE),
    "delete_alias": ("+", "+", "+", "+"),
    "delete_imported_key_material": (KIND, KIND, KIND, "+"),
    "describe_key": ("+", "+", "+", "+"),
    "disable_key": ("+", "+", STATE, STATE),
    "disable_key_rotation": ("+", OFF, STATE, KIND),
    "enable_key": ("+", "+", STATE, STATE),
    "enable_key_rotation": ("+", OFF, STATE, KIND),
    "encrypt": ("+", OFF, STATE, STATE),
    "generate_data_key": ("+", OFF, STATE, STATE),
    "generate_data_key_pair": ("+", OFF, STATE, STATE),
    "generate_data_key_pair_without_plaintext": ("+", OFF, STATE, STATE),
    "generate_data_key_without_plaintext": ("+", OFF, STATE, STATE),
    "get_key_policy": ("+", "+", "+", "+"),
    "get_key_rotation_status": ("+", "+", "+", "+"),
    "get_parameters_for_import": (KIND, KIND, KIND, "+"),
    "list_grants": ("+", "+", "+", "+"),
    "list_key_policies": ("+", "+", "+", "+"),
    "list_key_rotations": ("+", "+", "+", "+"),
    "list_resource_tags": ("+", "+", "+", "+"),
    "put_key_policy": ("+", "+", "+", "+"),
    "re_encrypt": ("+", OFF, STATE, STATE),
    "rotate_key_on_demand": ("+", OFF, STATE, STATE),
    "schedule_key_deletion": ("+", "+", STATE, "+"),
    "tag_resource": ("+", "+", STATE, "+"),
    "untag_resource": ("+", "+", STATE, "+"),
    "update_alias": ("+", "+", STATE, "+"),
    "update_key_description": ("+", "+", STATE, "+"),
    "get_key_last_usage": ("+", "+", "+", "+"),
}


class Scene:
    """One key in a state, and everything that the operations want to be told."""

    def __init__(self, world, state):
        self.kms = world.client("kms")
        external = state == "PendingImport"
        made = self.kms.create_key(Origin="EXTERNAL" if external else "AWS_KMS")
        self.key = made["KeyMetadata"]["KeyId"]
        self.other = self.kms.create_key()["KeyMetadata"]["KeyId"]
        if external:
            Importer(self.kms)(self.key, os.urandom(32))
        self.blob = self.kms.encrypt(KeyId=self.key, Plaintext=b"x")["CiphertextBlob"]
        self.kms.create_alias(AliasName="alias/has", TargetKeyId=self.key)
        self.kms.create_alias(AliasName="alias/other", TargetKeyId=self.other)
        if state == "Disabled":
            self.kms.disable_key(KeyId=self.key)
        elif state == "PendingDeletion":
            self.kms.schedule_key_deletion(KeyId=self.key)
        elif external:
            self.kms.delete_imported_key_material(KeyId=self.key)

    def request(self, operation):
        tags = [{"TagKey": "a", "TagValue": "b"}]
        special = {
            "create_alias": {"AliasName": "alias/new", "TargetKeyId": self.key},
            "update_alias": {"AliasName": "alias/other", "TargetKeyId": self.key},
            "delete_alias": {"AliasName": "alias/has"},
            "re_encrypt": {"CiphertextBlob": self.blob, "DestinationKeyId": self.other},
        }
        members = {
            "create_grant": {
                "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root",
                "Operations": ["Encrypt"],
            },
            "decrypt": {"CiphertextBlob": self.blob},
            "encrypt": {"Plaintext": b"x"},
            "generate_data_key": {"KeySpec": "AES_256"},
            "generate_data_key_without_plaintext": {"KeySpec": "AES_256"},
            "generate_data_key_pair": {"KeyPairSpec": "ECC_NIST_P256"},
            "generate_data_key_pair_without_plaintext": {"KeyPairSpec": "ECC_NIST_P256"},
            "get_parameters_for_import": {
                "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
                "WrappingKeySpec": "RSA_2048",
            },
            "tag_resource": {"Tags": tags},
            "untag_resource": {"TagKeys": ["a"]},
            "update_key_description": {"Description": "x"},
            "put_key_policy": {},
        }
        if operation == "put_key_policy":
            policy = self.kms.get_key_policy(KeyId=self.key)["Policy"]
            return {"KeyId": self.key, "Policy": policy}
        return special.get(operation) or {"KeyId": self.key, **members.get(operation, {})}


@pytest.mark.parametrize("column", range(len(COLUMNS)), ids=COLUMNS)
def test_each_operation_in_each_state(world, refused, column):
    for number, operation in enumerate(TABLE):
        scene = Scene(world, COLUMNS[column])
        call, request = getattr(scene.kms, operation), scene.request(operation)
        expected = TABLE[operation][column]
        if expected == "+":
            call(**request)
        else:
            refused(expected, call, **request)
        for name in ("alias/has", "alias/other", "alias/new"):
            if number >= 0 and any(
                each["AliasName"] == name for each in scene.kms.list_aliases()["Aliases"]
            ):
                scene.kms.delete_alias(AliasName=name)


PAIRS = [
    ("sign", {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
    (
        "verify",
        {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": b"x"},
    ),
    ("get_public_key", {}),
]


@pytest.mark.parametrize(("operation", "members"), PAIRS)
def test_a_key_pair_in_each_state(world, refused, operation, members):
    kms = world.client("kms")
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    key = made["KeyMetadata"]["KeyId"]
    call = getattr(kms, operation)
    kms.disable_key(KeyId=key)
    refused(OFF, call, KeyId=key, **members)
    kms.schedule_key_deletion(KeyId=key)
    refused(STATE, call, KeyId=key, **members)
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")
    refused(STATE, call, KeyId=made["KeyMetadata"]["KeyId"], **members)
