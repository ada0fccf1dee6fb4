"""Versions, history, labels, and the rule of 100."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import World


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def write(ssm: Any, count: int, name: str = "/p") -> None:
    for number in range(1, count + 1):
        ssm.put_parameter(Name=name, Value=f"v{number}", Type="String", Overwrite=True)


def test_selectors(world: World) -> None:
    ssm = world.client("ssm")
    write(ssm, 3)
    ssm.label_parameter_version(Name="/p", ParameterVersion=2, Labels=["prod"])
    for selector, expected in (("", "v3"), (":1", "v1"), (":3", "v3"), (":prod", "v2")):
        got = ssm.get_parameter(Name=f"/p{selector}")["Parameter"]
        assert got["Value"] == expected
        assert got.get("Selector", "") == selector
        assert got["Name"] == "/p"
    arn = "arn:aws:ssm:us-east-1:111122223333:parameter/p"
    assert ssm.get_parameter(Name=f"{arn}:2")["Parameter"]["Value"] == "v2"
    assert error_of(ssm.get_parameter, Name="/p:4") == (
        "ParameterVersionNotFound",
        "Systems Manager could not find version 4 of /p. Verify the version and try again.",
    )
    assert error_of(ssm.get_parameter, Name="/p:none")[0] == "ParameterVersionNotFound"
    assert error_of(ssm.get_parameter, Name="/p:" + "9" * 40)[0] == "ParameterVersionNotFound"
    got = ssm.get_parameters(Names=["/p:prod", "/p:9", "/none", "/p"])
    assert [one["Value"] for one in got["Parameters"]] == ["v2", "v3"]
    assert got["InvalidParameters"] == ["/p:9", "/none"]


def test_history(world: World) -> None:
    ssm = world.client("ssm")
    write(ssm, 5)
    ssm.label_parameter_version(Name="/p", ParameterVersion=2, Labels=["a", "b"])
    pages = ssm.get_paginator("get_parameter_history").paginate(
        Name="/p", PaginationConfig={"PageSize": 2}
    )
    found = [page["Parameters"] for page in pages]
    assert [len(page) for page in found] == [2, 2, 1]
    entries = [one for page in found for one in page]
    assert [one["Version"] for one in entries] == [1, 2, 3, 4, 5]
    assert [one["Value"] for one in entries] == ["v1", "v2", "v3", "v4", "v5"]
    assert entries[1]["Labels"] == ["a", "b"]
    assert error_of(ssm.get_parameter_history, Name="/none")[0] == "ParameterNotFound"
    token = ssm.get_parameter_history(Name="/p", MaxResults=1)["NextToken"]
    write(ssm, 1, "/q")
    for bad in (token, "rubbish", token[:-6] + "AAAAA="):
        name = "/q" if bad == token else "/p"
        assert error_of(ssm.get_parameter_history, Name=name, NextToken=bad)[0] == (
            "InvalidNextToken"
        )


def test_hundred_versions(world: World) -> None:
    ssm = world.client("ssm")
    write(ssm, 101)
    numbers = [
        one["Version"]
        for page in ssm.get_paginator("get_parameter_history").paginate(Name="/p")
        for one in page["Parameters"]
    ]
    assert numbers == list(range(2, 102))
    assert error_of(ssm.get_parameter, Name="/p:1")[0] == "ParameterVersionNotFound"
    ssm.label_parameter_version(Name="/p", ParameterVersion=2, Labels=["keep"])
    assert error_of(ssm.put_parameter, Name="/p", Value="x", Overwrite=True) == (
        "ParameterMaxVersionLimitExceeded",
        "You attempted to create a new version of /p by calling the PutParameter API with the "
        "overwrite flag. Version 2, the oldest version, can't be deleted because it has a label "
        "associated with it. Move the label to another version of the parameter, and try again.",
    )
    ssm.label_parameter_version(Name="/p", ParameterVersion=3, Labels=["keep"])
    assert ssm.put_parameter(Name="/p", Value="x", Overwrite=True)["Version"] == 102


def test_labels(world: World) -> None:
    ssm = world.client("ssm")
    write(ssm, 2)
    wrong = ["1st", "awsome", "SSM-x", "a b", "a/b"]
    got = ssm.label_parameter_version(Name="/p", Labels=["good", *wrong])
    assert (got["ParameterVersion"], got["InvalidLabels"]) == (2, wrong)
    # A label is on one version; it moves.
    ssm.label_parameter_version(Name="/p", ParameterVersion=1, Labels=["good"])
    assert ssm.get_parameter(Name="/p:good")["Parameter"]["Version"] == 1
    ssm.label_parameter_version(
        Name="/p", ParameterVersion=1, Labels=[f"l{number}" for number in range(9)]
    )
    assert error_of(
        ssm.label_parameter_version, Name="/p", ParameterVersion=1, Labels=["more"]
    ) == (
        "ParameterVersionLabelLimitExceeded",
        "A parameter version can have maximum 10 labels."
        "Move one or more labels to another version and try again.",
    )
    got = ssm.unlabel_parameter_version(
        Name="/p", ParameterVersion=1, Labels=["good", "none", "l0"]
    )
    assert (got["RemovedLabels"], got["InvalidLabels"]) == (["good", "l0"], ["none"])
    got = ssm.unlabel_parameter_version(Name="/p", ParameterVersion=2, Labels=["l1"])
    assert (got["RemovedLabels"], got["InvalidLabels"]) == ([], ["l1"])
    for call in (ssm.label_parameter_version, ssm.unlabel_parameter_version):
        assert error_of(call, Name="/none", ParameterVersion=1, Labels=["a"])[0] == (
            "ParameterNotFound"
        )
        assert error_of(call, Name="/p", ParameterVersion=7, Labels=["a"]) == (
            "ParameterVersionNotFound",
            "Systems Manager could not find version 7 of /p. Verify the version and try again.",
        )
