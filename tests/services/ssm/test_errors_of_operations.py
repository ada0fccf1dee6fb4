"""Errors that an operation's model declares and that no other test provokes in that operation.

`tests/services/test_declared_errors.py` compares all that the suite provokes with the models.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import ACCOUNT, World

NONE = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/none"
NO_PARAMETER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:document/d"
POLICY = {"PolicyId": "x", "PolicyHash": "x"}
TAG = {"add_tags_to_resource": {"Tags": []}, "remove_tags_from_resource": {"TagKeys": ["a"]}}


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def ssm(shared_world: World) -> Any:
    return shared_world.client("ssm")


def test_a_key_that_is_off(ssm: Any, shared_world: World) -> None:
    kms = shared_world.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    value = shared_world.sentinel
    ssm.put_parameter(Name="/off/p", Value=value, Type="SecureString", KeyId=key)
    reads: list[tuple[Any, dict[str, Any]]] = [
        (ssm.get_parameter, {"Name": "/off/p"}),
        (ssm.get_parameters, {"Names": ["/off/p"]}),
        (ssm.get_parameter_history, {"Name": "/off/p"}),
        (ssm.get_parameters_by_path, {"Path": "/off"}),
    ]
    for call, request in reads:
        assert value in str(call(**request, WithDecryption=True))
    kms.disable_key(KeyId=key)
    for call, request in reads:
        assert code_of(call, **request, WithDecryption=True) == "InvalidKeyId"
        assert value not in str(call(**request))


@pytest.mark.parametrize("operation", TAG)
def test_what_cannot_be_tagged(ssm: Any, operation: str) -> None:
    call, more = getattr(ssm, operation), TAG[operation]
    on = {"ResourceType": "Parameter", "ResourceId": "/none"}
    assert code_of(call, **on, **more) == "InvalidResourceId"
    on = {"ResourceType": "Document", "ResourceId": "d"}
    assert code_of(call, **on, **more) == "InvalidResourceType"


@pytest.mark.parametrize(
    ("operation", "more"), [("delete_resource_policy", POLICY), ("get_resource_policies", {})]
)
def test_what_is_not_shared(ssm: Any, operation: str, more: dict[str, str]) -> None:
    call = getattr(ssm, operation)
    assert code_of(call, ResourceArn=NONE, **more) == "ResourceNotFoundException"
    assert code_of(call, ResourceArn=NO_PARAMETER, **more) == (
        "ResourcePolicyInvalidParameterException"
    )


@pytest.mark.parametrize("operation", ["get_service_setting", "reset_service_setting"])
def test_a_setting_that_is_none(ssm: Any, operation: str) -> None:
    call = getattr(ssm, operation)
    assert code_of(call, SettingId="/ssm/documents/none") == "ServiceSettingNotFound"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Key": "Type", "Option": "Contains", "Values": ["String"]}, "InvalidFilterOption"),
        ({"Key": "Type"}, "InvalidFilterValue"),
        ({"Key": "Name", "Values": ["x"]}, "InvalidFilterKey"),
    ],
)
def test_filters_of_a_path(ssm: Any, wrong: dict[str, Any], code: str) -> None:
    assert code_of(ssm.get_parameters_by_path, Path="/", ParameterFilters=[wrong]) == code
