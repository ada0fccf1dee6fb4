"""PutParameter and the deletions: each rule, each error."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import World


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_exists(world: World) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="a", Value="1", Type="String")
    assert error_of(ssm.put_parameter, Name="a", Value="2", Type="String") == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the "
        "request to true.",
    )
    # One place, however it is spelt.
    assert error_of(ssm.put_parameter, Name="/a", Value="2", Type="String")[0] == (
        "ParameterAlreadyExists"
    )
    assert ssm.get_parameter(Name="/a")["Parameter"]["Name"] == "a"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({}, "ValidationException", "A parameter type is required when you create a parameter."),
        (
            {"Type": "String", "KeyId": "alias/aws/ssm"},
            "ValidationException",
            "KeyId is required for SecureString type parameter only.",
        ),
        (
            {"Type": "String", "Overwrite": True, "Tags": [{"Key": "a", "Value": "b"}]},
            "ValidationException",
            "Invalid request: tags and overwrite can't be used together. To create a parameter "
            "with tags, please remove overwrite flag. To update tags for an existing parameter, "
            "please use AddTagsToResource or RemoveTagsFromResource.",
        ),
        (
            {"Type": "String", "Value": "x{{ssm:other}}"},
            "ValidationException",
            'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
        ),
        (
            {"Type": "String", "Value": "x" * 4097},
            "ValidationException",
            "Standard tier parameters support a maximum parameter value of 4096 characters. To "
            "create a larger parameter value, upgrade the parameter to use the advanced-parameter "
            "tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/"
            "userguide/parameter-store-advanced-parameters.html",
        ),
        (
            {"Type": "String", "Value": "x" * 8193, "Tier": "Advanced"},
            "ValidationException",
            "Advanced tier parameters support a maximum parameter value of 8192 characters.",
        ),
        (
            {"Type": "String", "Value": "abc", "AllowedPattern": r"^\d+$"},
            "ParameterPatternMismatchException",
            r"Parameter value, cannot be validated against allowedPattern: ^\d+$",
        ),
        (
            {"Type": "String", "AllowedPattern": "(", "Value": "x"},
            "InvalidAllowedPatternException",
            "The allowed pattern is not a valid regular expression: (",
        ),
        (
            {"Type": "String", "DataType": "Text"},
            "ValidationException",
            "The following data type is not supported: Text (Data type names are all lowercase.)",
        ),
        (
            {"Type": "StringList", "DataType": "aws:ec2:image", "Value": "ami-12345678"},
            "UnsupportedParameterType",
            "The parameter type StringList isn't supported for the data type aws:ec2:image.",
        ),
        ({"Type": "String", "Value": ""}, "ValidationException", None),
        ({"Type": "Strange"}, "ValidationException", None),
        ({"Type": "String", "Name": "/aws/x"}, "AccessDeniedException", None),
        (
            {"Type": "String", "Name": "/a" * 16},
            "HierarchyLevelLimitExceededException",
            None,
        ),
        ({"Type": "String", "Policies": "[{}]"}, "", None),
        (
            {
                "Type": "String",
                "Policies": '[{"Type":"Expiration","Version":"1.0","Attributes":'
                '{"Timestamp":"2099-01-01T00:00:00Z"}}]',
                "Tier": "Standard",
            },
            "ValidationException",
            None,
        ),
        (
            {"Type": "String", "Tags": [{"Key": f"k{n}", "Value": ""} for n in range(51)]},
            "ValidationException",
            None,
        ),
    ],
)
def test_refusals(
    shared_world: World, request_: dict[str, Any], code: str, message: str | None
) -> None:
    ssm = shared_world.client("ssm")
    given = {"Name": "/refused", "Value": "v", **request_}
    if not code:
        ssm.put_parameter(**given)
        ssm.delete_parameter(Name="/refused")
        return
    got = error_of(ssm.put_parameter, **given)
    assert got[0] == code
    assert message is None or got[1] == message
    # Nothing came of it.
    assert error_of(ssm.get_parameter, Name="/refused")[0] == "ParameterNotFound"


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a|a)*$", "(?=(a+)+b)", "(?e)(?:abc){e<=9}" + "x" * 400, "(" * 900]
)
def test_a_pattern_cannot_hold_the_server(shared_world: World, pattern: str) -> None:
    code, _ = error_of(
        shared_world.client("ssm").put_parameter,
        Name="/slow",
        Value="a" * 4000 + "!",
        Type="String",
        AllowedPattern=pattern,
    )
    assert code in {"InvalidAllowedPatternException", "ParameterPatternMismatchException"}


def test_type_is_fixed_in_a_hierarchy(world: World) -> None:
    ssm = world.client("ssm")
    for name in ("/app/a", "flat"):
        ssm.put_parameter(Name=name, Value="1", Type="String")
    assert error_of(
        ssm.put_parameter, Name="/app/a", Value="1", Type="SecureString", Overwrite=True
    )[0] == ("HierarchyTypeMismatchException")
    ssm.put_parameter(Name="flat", Value="2", Type="SecureString", Overwrite=True)
    got = ssm.get_parameter(Name="flat", WithDecryption=True)["Parameter"]
    assert (got["Type"], got["Value"]) == ("SecureString", "2")
    assert ssm.get_parameter(Name="flat:1")["Parameter"]["Type"] == "String"


def test_what_is_left_unsaid_stays(world: World) -> None:
    ssm, kms = world.client("ssm"), world.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    ssm.put_parameter(
        Name="/p",
        Value="12",
        Type="SecureString",
        KeyId=key,
        Description="what it is",
        AllowedPattern=r"^\d+$",
        DataType="integer",
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    ssm.put_parameter(Name="/p", Value="13", Overwrite=True)
    [told] = ssm.describe_parameters()["Parameters"]
    assert told["KeyId"] == key
    assert told["Description"] == "what it is"
    assert told["AllowedPattern"] == r"^\d+$"
    assert told["DataType"] == "integer"
    assert told["LastModifiedUser"] == world.root.arn
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/p")["TagList"] == [
        {"Key": "team", "Value": "blue"}
    ]
    assert error_of(ssm.put_parameter, Name="/p", Value="x", Overwrite=True)[0] == (
        "ValidationException"
    )


def test_delete(world: World) -> None:
    ssm = world.client("ssm")
    for name in ("/a", "/b"):
        ssm.put_parameter(Name=name, Value="1", Type="String")
        ssm.put_parameter(Name=name, Value="2", Overwrite=True)
    assert error_of(ssm.delete_parameter, Name="/none")[0] == "ParameterNotFound"
    got = ssm.delete_parameters(Names=["/a", "/none", "/b"])
    assert got["DeletedParameters"] == ["/a", "/b"]
    assert got["InvalidParameters"] == ["/none"]
    # A new one begins at 1 and knows nothing of the old one.
    assert ssm.put_parameter(Name="/a", Value="3", Type="String")["Version"] == 1
    assert len(ssm.get_parameter_history(Name="/a")["Parameters"]) == 1


def test_lone_surrogates_are_refused(world: World) -> None:
    ssm = world.client("ssm")
    assert error_of(ssm.put_parameter, Name="/a", Value="\ud83d", Type="String")[0] in {
        "SerializationException",
        "ValidationException",
    }
