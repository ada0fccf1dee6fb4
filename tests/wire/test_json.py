"""The JSON protocols, with botocore as the other half."""

from __future__ import annotations

import json

import pytest

from lodekey.errors import ApiError
from lodekey.wire.codec import codec
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import model
from lodekey.wire.routing import NoRoute, route


def request(target: str, body: bytes | str) -> HttpRequest:
    data = body.encode() if isinstance(body, str) else body
    return HttpRequest("POST", "/", "", {"x-amz-target": target, "host": "h"}, data)


def refusal(target: str, body: bytes | str) -> tuple[str, str]:
    http = request(target, body)
    found = route(http)
    with pytest.raises(ApiError) as caught:
        codec(found.service, found.operation).read(http, found.captures)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", ""),
        ("[]", "Start of list found where not expected"),
        ("1", "Unrecognized collection type class java.lang.Integer"),
        ('{"KeyId": NaN}', ""),
        ('{"KeyId": 1e999}', ""),
        ('{"KeyId": "\\ud800"}', ""),
        (b'{"KeyId": "\xff"}', ""),
        ("[" * 10_000, ""),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, ""),
        ('{"KeyId": ' + "9" * 10_000 + "}", ""),
        ('{"KeyId": 1}', "NUMBER_VALUE can not be converted to a String"),
        ('{"KeyId": true}', "TRUE_VALUE can not be converted to a String"),
        ('{"KeyId": ["a"]}', "Start of list found where not expected"),
        ('{"KeyId": {}}', "Start of structure or map found where not expected."),
        ('{"GrantTokens": "a"}', "Unrecognized collection type class java.lang.String"),
        ('{"Plaintext": 1}', "NUMBER_VALUE can not be converted to a Blob"),
        ('{"Plaintext": "no base64!"}', "STRING_VALUE can not be converted to a Blob"),
        ('{"DryRun": "yes"}', "STRING_VALUE can not be converted to a Boolean"),
    ],
)
def test_what_cannot_be_read_is_a_serialization_exception(body: str, message: str) -> None:
    assert ("SerializationException", message) == refusal("TrentService.Encrypt", body)


def test_an_integer_must_be_one() -> None:
    told = refusal("TrentService.ListKeys", '{"Limit": "5"}')
    assert ("SerializationException", "STRING_VALUE can not be converted to an Integer") == told
    told = refusal("TrentService.ListKeys", '{"Limit": 1e10}')
    assert ("SerializationException", "NUMBER_VALUE can not be converted to an Integer") == told


@pytest.mark.parametrize(
    ("target", "body", "message"),
    [
        (
            "TrentService.DescribeKey",
            {},
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "TrentService.DescribeKey",
            {"KeyId": None},
            "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "TrentService.DescribeKey",
            {"KeyId": ""},
            "1 validation error detected: Value '' at 'keyId' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "TrentService.ListKeys",
            {"Limit": 0},
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            "TrentService.Encrypt",
            {"KeyId": "k", "Plaintext": "QUFB" * 2000},
            "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
            "Member must have length less than or equal to 4096",
        ),
        (
            "TrentService.CreateKey",
            {"KeyUsage": "FUN", "Tags": [{"TagKey": "a", "TagValue": "b"}, {"TagKey": ""}]},
            "3 validation errors detected: Value 'FUN' at 'keyUsage' failed to satisfy constraint: "
            "Member must satisfy enum value set: "
            "[SIGN_VERIFY, ENCRYPT_DECRYPT, GENERATE_VERIFY_MAC, KEY_AGREEMENT, "
            "ENCAPSULATE_DECAPSULATE]; "
            "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1; "
            "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "AmazonSSM.GetParameters",
            {"Names": ["a", ""]},
            "1 validation error detected: Value '[a, ]' at 'names' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must have length less than or equal to 2048, "
            "Member must have length greater than or equal to 1, Member must not be null]",
        ),
        (
            "AmazonSSM.GetParameters",
            {"Names": []},
            "1 validation error detected: Value '[]' at 'names' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "secretsmanager.GetSecretValue",
            {"SecretId": "x" * 2049},
            f"1 validation error detected: Value '{'x' * 2049}' at 'secretId' failed to satisfy "
            "constraint: Member must have length less than or equal to 2048",
        ),
    ],
)
def test_what_does_not_fit_is_told_in_aws_words(target: str, body: object, message: str) -> None:
    assert ("ValidationException", message) == refusal(target, json.dumps(body))


def test_logs_calls_it_by_another_name() -> None:
    code, message = refusal("Logs_20140328.CreateLogGroup", '{"logGroupName": "a b"}')
    assert "InvalidParameterException" == code
    assert message.endswith(r"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+")


def test_a_sensitive_value_is_not_echoed() -> None:
    secret = "pReCiOuS" * 10_000
    body = json.dumps({"SecretId": "s", "SecretString": secret})
    code, message = refusal("secretsmanager.PutSecretValue", body)
    assert "ValidationException" == code
    assert "Value at 'secretString' failed" in message
    assert "pReCiOuS" not in message


def test_unknown_members_are_ignored() -> None:
    http = request("TrentService.DescribeKey", '{"KeyId": "k", "Colour": {"deep": [1]}}')
    assert {"KeyId": "k"} == codec("kms", "DescribeKey").read(http, {})


@pytest.mark.parametrize(
    "target", ["TrentService.Nothing", "Nobody.Decrypt", "Decrypt", "", ".", "a" * 100_000]
)
def test_an_unknown_target_is_an_unknown_operation(target: str) -> None:
    http = request(target, "{}")
    with pytest.raises(NoRoute) as caught:
        route(http)
    assert "UnknownOperationException" == caught.value.error.code
    assert "json" == caught.value.protocol


def test_an_operation_that_is_known_but_not_offered_is_unknown() -> None:
    assert "SendCommand" in model("ssm").others
    with pytest.raises(NoRoute) as caught:
        route(request("AmazonSSM.SendCommand", "{}"))
    assert "UnknownOperationException" == caught.value.error.code
    assert "ssm" == caught.value.service


def test_there_is_no_container_repository() -> None:
    target = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
    with pytest.raises(NoRoute) as caught:
        route(request(target, "{}"))
    assert "RepositoryNotFoundException" == caught.value.error.code


def test_an_error_is_named_in_the_body() -> None:
    class NotFoundException(ApiError):
        pass

    shapes = codec("kms", "Decrypt")
    response = shapes.write_error(NotFoundException("Key 'x' does not exist"), "an-id")
    assert 400 == response.status
    assert {
        "__type": "NotFoundException",
        "message": "Key 'x' does not exist",
    } == json.loads(response.body)
    assert "an-id" == response.headers["x-amzn-RequestId"]


def test_a_fault_has_status_500() -> None:
    class KMSInternalException(ApiError):
        pass

    assert 500 == codec("kms", "Decrypt").write_error(KMSInternalException(), "an-id").status


def test_the_trail_sees_no_secret() -> None:
    shapes = codec("ssm", "PutParameter")
    shown = shapes.redact({"Name": "/a", "Value": "pReCiOuS", "Type": "SecureString"})
    assert {"name": "/a", "type": "SecureString"} == shown
    shapes = codec("ssm", "GetParameters")
    shown = shapes.redact_answer(
        {"Parameters": [{"Name": "/a", "Value": "pReCiOuS", "LastModifiedDate": 0.0}]}
    )
    assert {"parameters": [{"name": "/a", "lastModifiedDate": "1970-01-01T00:00:00Z"}]} == shown
    shapes = codec("kms", "Encrypt")
    request_ = {"KeyId": "k", "Plaintext": b"pReCiOuS", "EncryptionContext": {"A": "b"}}
    assert {"keyId": "k", "encryptionContext": {"A": "b"}} == shapes.redact(request_)
    shown = codec("logs", "PutLogEvents").redact(
        {"logGroupName": "g", "logEvents": [{"timestamp": 1, "message": "pReCiOuS"}]}
    )
    assert {"logGroupName": "g", "logEvents": [{"timestamp": 1}]} == shown
