"""Tags, and what policies make of them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import World, allow


def code_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def on(name: str, **more: Any) -> dict[str, Any]:
    return {"ResourceType": "Parameter", "ResourceId": name, **more}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def test_tags(world: World) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/p", Value="v", Type="String", Tags=tags(b="1"))
    ssm.add_tags_to_resource(**on("/p", Tags=tags(a="2", b="3")))
    assert ssm.list_tags_for_resource(**on("/p"))["TagList"] == tags(a="2", b="3")
    ssm.remove_tags_from_resource(**on("/p", TagKeys=["b", "none"]))
    assert ssm.list_tags_for_resource(**on("p"))["TagList"] == tags(a="2")
    many = tags(**{f"k{number}": "v" for number in range(50)})
    assert code_of(ssm.add_tags_to_resource, **on("/p", Tags=many)) == "TooManyTagsError"
    assert code_of(ssm.list_tags_for_resource, **on("/none")) == "InvalidResourceId"
    assert code_of(ssm.list_tags_for_resource, **on("a b")) == "InvalidResourceId"
    assert (
        code_of(ssm.list_tags_for_resource, ResourceType="Document", ResourceId="x")
        == "InvalidResourceType"
    )


@pytest.mark.parametrize("key", ["ssm:resourceTag/team", "aws:ResourceTag/team"])
def test_reading_by_tag(world: World, key: str) -> None:
    root = world.client("ssm")
    for team in ("blue", "red"):
        root.put_parameter(Name=f"/t/{team}", Value="v", Type="String", Tags=tags(team=team))
    reader = world.user(
        "reader",
        [
            allow("ssm:GetParameter*", Condition={"StringEquals": {key: "blue"}}),
            allow("ssm:GetParametersByPath"),
        ],
    )
    ssm = world.client("ssm", as_=reader)
    assert ssm.get_parameter(Name="/t/blue")["Parameter"]["Value"] == "v"
    assert code_of(ssm.get_parameter, Name="/t/red") == "AccessDeniedException"
    assert code_of(ssm.get_parameters, Names=["/t/blue", "/t/red"]) == "AccessDeniedException"
    # A path is read by its own name: tags do not guard it.
    assert len(ssm.get_parameters_by_path(Path="/t")["Parameters"]) == 2


def test_tagging_at_creation_takes_its_own_permission(world: World) -> None:
    writer = world.user("writer", [allow("ssm:PutParameter")])
    tagger = world.user(
        "tagger",
        [
            allow("ssm:PutParameter"),
            allow(
                "ssm:AddTagsToResource",
                Condition={"StringEquals": {"aws:RequestTag/team": "blue"}},
            ),
        ],
    )
    new = {"Value": "v", "Type": "String"}
    assert (
        code_of(
            world.client("ssm", as_=writer).put_parameter, Name="/a", Tags=tags(team="blue"), **new
        )
        == "AccessDeniedException"
    )
    ssm = world.client("ssm", as_=tagger)
    ssm.put_parameter(Name="/a", Tags=tags(team="blue"), **new)
    assert (
        code_of(ssm.put_parameter, Name="/b", Tags=tags(team="red"), **new)
        == "AccessDeniedException"
    )
    assert (
        code_of(ssm.add_tags_to_resource, **on("/a", Tags=tags(team="red")))
        == "AccessDeniedException"
    )


@pytest.mark.parametrize(
    ("key", "allowed", "refused"),
    [
        ("ssm:Overwrite", {}, {"Overwrite": True}),
        ("ssm:Policies", {}, {"Policies": "[]"}),
    ],
)
def test_put_keys(world: World, key: str, allowed: dict[str, Any], refused: dict[str, Any]) -> None:
    writer = world.user(
        "writer", [allow("ssm:PutParameter", Condition={"StringEquals": {key: "false"}})]
    )
    ssm = world.client("ssm", as_=writer)
    new = {"Value": "v", "Type": "String"}
    ssm.put_parameter(Name="/a", **new, **allowed)
    assert code_of(ssm.put_parameter, Name="/a", **new, **refused) == "AccessDeniedException"


def test_recursive_key(world: World) -> None:
    reader = world.user(
        "reader",
        [
            allow("ssm:GetParametersByPath"),
            {
                "Effect": "Deny",
                "Action": "ssm:GetParametersByPath",
                "Resource": "*",
                "Condition": {"StringEquals": {"ssm:Recursive": "true"}},
            },
        ],
    )
    ssm = world.client("ssm", as_=reader)
    assert ssm.get_parameters_by_path(Path="/a")["Parameters"] == []
    assert code_of(ssm.get_parameters_by_path, Path="/a", Recursive=True) == (
        "AccessDeniedException"
    )


def test_a_path_is_authorised_alone(world: World) -> None:
    world.client("ssm").put_parameter(Name="/a/b/c", Value="v", Type="String")
    reader = world.user(
        "reader",
        [
            allow("ssm:*"),
            {
                "Effect": "Deny",
                "Action": "ssm:Get*",
                "Resource": "arn:aws:ssm:*:*:parameter/a/b*",
            },
        ],
    )
    ssm = world.client("ssm", as_=reader)
    assert code_of(ssm.get_parameter, Name="/a/b/c") == "AccessDeniedException"
    assert code_of(ssm.get_parameters_by_path, Path="/a/b") == "AccessDeniedException"
    [found] = ssm.get_parameters_by_path(Path="/a", Recursive=True)["Parameters"]
    assert found["Value"] == "v"
