"""Versions and aliases."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import archive

ARN = "arn:aws:lambda:us-east-1:111122223333:function"


def refusal(call, *arguments, **named):
    with pytest.raises(ClientError) as error:
        call(*arguments, **named)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def change(lambdas, name, value):
    text = f"def handler(event, context):\n    return {value}\n"
    return lambdas.update_function_code(FunctionName=name, ZipFile=archive({"h.py": text}))


def test_a_version_stays_as_it_was(lambdas, make):
    make("v-stays", Description="first")
    one = lambdas.publish_version(FunctionName="v-stays", Description="one")
    assert ("1", f"{ARN}:v-stays:1", "one") == (
        one["Version"],
        one["FunctionArn"],
        one["Description"],
    )
    change(lambdas, "v-stays", 2)
    lambdas.update_function_configuration(FunctionName="v-stays", Timeout=9)
    again = lambdas.get_function_configuration(FunctionName="v-stays", Qualifier="1")
    assert (one["CodeSha256"], 3) == (again["CodeSha256"], again["Timeout"])


def test_nothing_new_is_no_new_version(lambdas, make):
    make("v-same")
    one = lambdas.publish_version(FunctionName="v-same")
    assert one["Version"] == lambdas.publish_version(FunctionName="v-same")["Version"]
    lambdas.update_function_configuration(FunctionName="v-same", MemorySize=256)
    assert "2" == lambdas.publish_version(FunctionName="v-same")["Version"]


def test_a_new_function_may_be_published_at_once(lambdas, make):
    made = make("v-publish", Publish=True)
    assert ("1", f"{ARN}:v-publish:1") == (made["Version"], made["FunctionArn"])
    changed = lambdas.update_function_code(
        FunctionName="v-publish", ZipFile=archive({"h.py": "x = 1\n"}), Publish=True
    )
    assert "2" == changed["Version"]


def test_a_version_is_of_the_code_that_was_meant(lambdas, make):
    made = make("v-meant")
    code, message = refusal(
        lambdas.publish_version, FunctionName="v-meant", CodeSha256="AAAA", RevisionId=""
    )
    assert "InvalidParameterValueException" == code
    assert made["CodeSha256"] in message
    code, _ = refusal(lambdas.publish_version, FunctionName="v-meant", RevisionId="old")
    assert "PreconditionFailedException" == code


def test_versions_are_listed_oldest_first(lambdas, make):
    make("v-list")
    for memory in range(128, 140):
        lambdas.update_function_configuration(FunctionName="v-list", MemorySize=memory)
        lambdas.publish_version(FunctionName="v-list")
    pages = lambdas.get_paginator("list_versions_by_function").paginate(
        FunctionName="v-list", PaginationConfig={"PageSize": 5}
    )
    numbers = [[each["Version"] for each in page["Versions"]] for page in pages]
    assert [
        ["$LATEST", "1", "2", "3", "4"],
        ["5", "6", "7", "8", "9"],
        ["10", "11", "12"],
    ] == numbers


def test_a_version_can_be_deleted_unless_an_alias_uses_it(lambdas, make):
    make("v-delete", Publish=True)
    lambdas.create_alias(FunctionName="v-delete", Name="live", FunctionVersion="1")
    code, message = refusal(lambdas.delete_function, FunctionName="v-delete", Qualifier="1")
    assert "ResourceConflictException" == code
    assert "live" in message
    lambdas.delete_alias(FunctionName="v-delete", Name="live")
    lambdas.delete_function(FunctionName="v-delete:1")
    assert (
        "ResourceNotFoundException" == refusal(lambdas.get_function, FunctionName="v-delete:1")[0]
    )
    lambdas.update_function_configuration(FunctionName="v-delete", Timeout=5)
    assert "2" == lambdas.publish_version(FunctionName="v-delete")["Version"]
    assert (
        "InvalidParameterValueException"
        == refusal(lambdas.delete_function, FunctionName="v-delete", Qualifier="$LATEST")[0]
    )


def test_an_alias_names_a_version(lambdas, make):
    make("a-names", Publish=True)
    made = lambdas.create_alias(
        FunctionName="a-names", Name="live", FunctionVersion="1", Description="d"
    )
    assert (f"{ARN}:a-names:live", "1", "d") == (
        made["AliasArn"],
        made["FunctionVersion"],
        made["Description"],
    )
    assert (
        made["RevisionId"] == lambdas.get_alias(FunctionName="a-names", Name="live")["RevisionId"]
    )
    got = lambdas.get_function_configuration(FunctionName="a-names", Qualifier="live")
    assert ("1", f"{ARN}:a-names:live") == (got["Version"], got["FunctionArn"])
    code, message = refusal(
        lambdas.create_alias, FunctionName="a-names", Name="live", FunctionVersion="1"
    )
    assert ("ResourceConflictException", f"Alias already exists: {ARN}:a-names:live") == (
        code,
        message,
    )
    code, message = refusal(
        lambdas.create_alias, FunctionName="a-names", Name="next", FunctionVersion="9"
    )
    assert ("ResourceNotFoundException", f"Function not found: {ARN}:a-names:9") == (code, message)
    assert (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {ARN}:a-names:none",
    ) == refusal(lambdas.get_alias, FunctionName="a-names", Name="none")


def test_an_alias_changes_with_its_revision(lambdas, make):
    make("a-changes", Publish=True)
    made = lambdas.create_alias(FunctionName="a-changes", Name="live", FunctionVersion="1")
    changed = lambdas.update_alias(
        FunctionName="a-changes", Name="live", FunctionVersion="$LATEST", Description="x"
    )
    assert ("$LATEST", "x") == (changed["FunctionVersion"], changed["Description"])
    assert (
        "PreconditionFailedException"
        == refusal(
            lambdas.update_alias,
            FunctionName="a-changes",
            Name="live",
            RevisionId=made["RevisionId"],
        )[0]
    )


def test_aliases_are_listed_by_version(lambdas, make):
    make("a-list", Publish=True)
    for name, version in (("b", "1"), ("a", "$LATEST"), ("c", "1")):
        lambdas.create_alias(FunctionName="a-list", Name=name, FunctionVersion=version)

    def names(**more):
        found = lambdas.list_aliases(FunctionName="a-list", **more)["Aliases"]
        return [each["Name"] for each in found]

    assert ["a", "b", "c"] == names()
    assert ["b", "c"] == names(FunctionVersion="1")


@pytest.mark.parametrize(
    ("weights", "version"),
    [({"2": 0.5, "3": 0.1}, "1"), ({"2": 1.5}, "1"), ({"1": 0.5}, "1"), ({"2": 0.5}, "$LATEST")],
)
def test_weights_have_rules(lambdas, make, weights, version):
    name = f"w-rules-{len(weights)}-{version.strip('$')}-{'-'.join(weights)}"
    make(name, Publish=True)
    for memory in (256, 512):
        lambdas.update_function_configuration(FunctionName=name, MemorySize=memory)
        lambdas.publish_version(FunctionName=name)
    code, _ = refusal(
        lambdas.create_alias,
        FunctionName=name,
        Name="live",
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )
    assert code in {"InvalidParameterValueException", "ValidationException"}


@pytest.mark.slow
def test_an_invocation_runs_what_the_qualifier_names(lambdas, make):
    make("q-runs", Publish=True)
    change(lambdas, "q-runs", 2)
    lambdas.create_alias(FunctionName="q-runs", Name="live", FunctionVersion="1")
    answer = lambdas.invoke(FunctionName="q-runs", Qualifier="live")
    payload = json.loads(answer["Payload"].read())
    assert ("1", "1", f"{ARN}:q-runs:live") == (
        answer["ExecutedVersion"],
        payload["version"],
        payload["arn"],
    )
    assert b"2" == lambdas.invoke(FunctionName="q-runs")["Payload"].read()
    assert b"2" == lambdas.invoke(FunctionName=f"{ARN}:q-runs:$LATEST")["Payload"].read()
    code, message = refusal(lambdas.invoke, FunctionName="q-runs:live", Qualifier="1")
    assert "InvalidParameterValueException" == code
    assert "derived qualifier" in message


@pytest.mark.slow
def test_weights_divide_the_invocations(lambdas, make):
    make("w-divide", Publish=True)
    change(lambdas, "w-divide", 2)
    lambdas.publish_version(FunctionName="w-divide")
    lambdas.create_alias(
        FunctionName="w-divide",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    ran = Counter(
        lambdas.invoke(FunctionName="w-divide", Qualifier="live")["ExecutedVersion"]
        for _ in range(40)
    )
    assert {"1", "2"} == set(ran)
    assert min(ran.values()) > 5
