"""GetParametersByPath and DescribeParameters: levels, filters, pages."""

from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from lodekey.services.ssm import listing, parameters
from lodekey.services.ssm.parameters import PARAMETERS, Parameter, Version
from world import ACCOUNT, REGION, World

TREE = ("flat", "/a", "/a/b", "/a/b/c", "/a/b/d", "/a/z", "/a-b/c", "/b/c")


@pytest.fixture(scope="module")
def tree(shared_world: World) -> Any:
    ssm = shared_world.client("ssm")
    for name in TREE:
        ssm.put_parameter(
            Name=name,
            Value=name,
            Type="SecureString" if name.endswith("c") else "String",
            Tier="Advanced" if name == "/a/z" else "Standard",
            DataType="text",
            Tags=[{"Key": "depth", "Value": str(name.count("/"))}],
        )
    ssm.put_parameter(Name="/a/b/d", Value="two", Overwrite=True)
    ssm.label_parameter_version(Name="/a/b/d", ParameterVersion=1, Labels=["prod"])
    return ssm


def by_path(ssm: Any, path: str, **more: Any) -> list[str]:
    return [one["Name"] for one in ssm.get_parameters_by_path(Path=path, **more)["Parameters"]]


@pytest.mark.parametrize(
    ("path", "recursive", "expected"),
    [
        ("/", False, ["/a", "flat"]),
        ("/", True, ["/a", "/a-b/c", "/a/b", "/a/b/c", "/a/b/d", "/a/z", "/b/c", "flat"]),
        ("/a", False, ["/a/b", "/a/z"]),
        ("/a/", False, ["/a/b", "/a/z"]),
        ("/a", True, ["/a/b", "/a/b/c", "/a/b/d", "/a/z"]),
        ("/a/b", False, ["/a/b/c", "/a/b/d"]),
        ("/a/b/c", True, []),
        ("/none", True, []),
    ],
)
def test_levels(tree: Any, path: str, recursive: bool, expected: list[str]) -> None:
    assert by_path(tree, path, Recursive=recursive) == expected


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"Key": "Type", "Values": ["SecureString"]}, ["/a/b/c"]),
        ({"Key": "Type", "Option": "BeginsWith", "Values": ["S"]}, "all"),
        ({"Key": "KeyId", "Option": "BeginsWith", "Values": ["alias/aws"]}, ["/a/b/c"]),
        ({"Key": "Label", "Values": ["prod", "test"]}, ["/a/b/d"]),
        ({"Key": "Label", "Option": "Equals", "Values": ["test"]}, []),
    ],
)
def test_filters_by_path(tree: Any, filter_: dict[str, Any], expected: Any) -> None:
    found = by_path(tree, "/a", Recursive=True, ParameterFilters=[filter_])
    assert found == (["/a/b", "/a/b/c", "/a/b/d", "/a/z"] if expected == "all" else expected)


def test_label_filter_gives_the_labelled_version(tree: Any) -> None:
    [found] = tree.get_parameters_by_path(
        Path="/a/b", ParameterFilters=[{"Key": "Label", "Values": ["prod"]}]
    )["Parameters"]
    assert (found["Value"], found["Version"], found["Selector"]) == ("/a/b/d", 1, ":prod")


def described(ssm: Any, *filters: dict[str, Any], **more: Any) -> list[str]:
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=list(filters), **more
    )
    return [one["Name"] for page in pages for one in page["Parameters"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([], ["/a", "/a-b/c", "/a/b", "/a/b/c", "/a/b/d", "/a/z", "/b/c", "flat"]),
        ([{"Key": "Name", "Values": ["/a/b", "flat", "/none"]}], ["/a/b", "flat"]),
        ([{"Key": "Name", "Values": ["/flat", "a"]}], ["/a", "flat"]),
        (
            [{"Key": "Name", "Option": "BeginsWith", "Values": ["/a/b"]}],
            ["/a/b", "/a/b/c", "/a/b/d"],
        ),
        ([{"Key": "Name", "Option": "BeginsWith", "Values": ["fl"]}], ["flat"]),
        (
            [{"Key": "Name", "Option": "BeginsWith", "Values": ["/b", "/a-"]}],
            ["/a-b/c", "/b/c"],
        ),
        ([{"Key": "Name", "Option": "Contains", "Values": ["b/d", "la"]}], ["/a/b/d", "flat"]),
        ([{"Key": "Path", "Values": ["/a"]}], ["/a/b", "/a/z"]),
        (
            [{"Key": "Path", "Option": "Recursive", "Values": ["/a/b", "/b"]}],
            ["/a/b/c", "/a/b/d", "/b/c"],
        ),
        ([{"Key": "Path", "Option": "OneLevel", "Values": ["/b", "/a-b"]}], ["/a-b/c", "/b/c"]),
        ([{"Key": "Type", "Values": ["SecureString"]}], ["/a-b/c", "/a/b/c", "/b/c"]),
        ([{"Key": "Tier", "Values": ["Advanced"]}], ["/a/z"]),
        ([{"Key": "DataType", "Values": ["aws:ec2:image"]}], []),
        ([{"Key": "KeyId", "Values": ["alias/aws/ssm"]}], ["/a-b/c", "/a/b/c", "/b/c"]),
        ([{"Key": "tag:depth", "Values": ["0", "3"]}], ["/a/b/c", "/a/b/d", "flat"]),
        ([{"Key": "tag:depth", "Option": "BeginsWith", "Values": ["3"]}], ["/a/b/c", "/a/b/d"]),
        ([{"Key": "tag:none"}], []),
        (
            [
                {"Key": "Path", "Option": "Recursive", "Values": ["/a"]},
                {"Key": "Type", "Values": ["SecureString"]},
            ],
            ["/a/b/c"],
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 50])
def test_filters(tree: Any, filters: list[dict[str, Any]], expected: list[str], size: int) -> None:
    assert described(tree, *filters, PaginationConfig={"PageSize": size}) == expected


def test_deprecated_filters(tree: Any) -> None:
    got = tree.describe_parameters(Filters=[{"Key": "Name", "Values": ["/a/b/"]}])
    assert [one["Name"] for one in got["Parameters"]] == ["/a/b/c", "/a/b/d"]


def test_shared_lists_nothing(tree: Any) -> None:
    assert tree.describe_parameters(Shared=True)["Parameters"] == []


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ([{"Key": "Label", "Values": ["x"]}], "InvalidFilterKey"),
        ([{"Key": "Strange", "Values": ["x"]}], "ValidationException"),
        ([{"Key": "Type", "Values": ["x"]}] * 2, "InvalidFilterKey"),
        ([{"Key": "Type", "Option": "Contains", "Values": ["x"]}], "InvalidFilterOption"),
        ([{"Key": "Path", "Option": "Equals", "Values": ["/x"]}], "InvalidFilterOption"),
        ([{"Key": "Path", "Values": ["x"]}], "ValidationException"),
        ([{"Key": "Name"}], "InvalidFilterValue"),
        ([{"Key": "Name", "Values": ["x"] * 51}], "ValidationException"),
    ],
)
def test_bad_filters(tree: Any, filters: list[dict[str, Any]], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        tree.describe_parameters(ParameterFilters=filters)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("key", ["Name", "Path", "Tier", "DataType", "tag:x"])
def test_filters_that_paths_do_not_have(tree: Any, key: str) -> None:
    with pytest.raises(tree.exceptions.InvalidFilterKey):
        tree.get_parameters_by_path(Path="/", ParameterFilters=[{"Key": key, "Values": ["x"]}])


def test_both_kinds_of_filters(tree: Any) -> None:
    with pytest.raises(ClientError, match="either Filters or ParameterFilters"):
        tree.describe_parameters(
            Filters=[{"Key": "Name", "Values": ["x"]}],
            ParameterFilters=[{"Key": "Name", "Values": ["x"]}],
        )


@pytest.mark.parametrize("token", ["rubbish", "AAAA", ""])
def test_bad_tokens(tree: Any, token: str) -> None:
    for call in (
        lambda: tree.describe_parameters(NextToken=token),
        lambda: tree.get_parameters_by_path(Path="/", NextToken=token),
    ):
        with pytest.raises(tree.exceptions.InvalidNextToken):
            call()


def plant(world: World, names: list[str]) -> None:
    """Put many parameters at once, past the wire."""
    version = Version(number=1, type="String", value=b"v", modified=1.0, modified_by="nobody")
    with world.gate.store.transaction(write=True) as tx:
        for name in names:
            parameters.store(
                tx, Parameter(account=ACCOUNT, region=REGION, name=name, newest=version)
            )


def test_ten_thousand_in_a_tree(world: World) -> None:
    names = sorted(f"/t/{n % 100:02d}/{n // 100:03d}" for n in range(10_000))
    plant(world, names)
    ssm = world.client("ssm")
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = ssm.get_parameters_by_path(Path="/t", Recursive=True, MaxResults=10, **token)
        found += [one["Name"] for one in page["Parameters"]]
        if len(found) == 500:
            # What comes and goes behind and before a token does not move it.
            ssm.put_parameter(Name="/t/00/0000", Value="new", Type="String")
            ssm.delete_parameter(Name=names[-1])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == names[:-1]


def test_one_level_does_not_walk_what_is_below(world: World) -> None:
    plant(world, [f"/t/deep{n % 3}/{n:05d}" for n in range(3_000)] + ["/t/a", "/t/deep1", "/t/z"])
    with world.gate.store.transaction(write=False) as tx:
        below = listing.Below(ACCOUNT, REGION, "/t/", deep=False)
        walked = [one.name if one else "over" for _, one in below.walk(tx, None)]
    assert walked == ["/t/a", "over", "/t/deep1", "over", "over", "/t/z"]
    assert by_path(world.client("ssm"), "/t") == ["/t/a", "/t/deep1", "/t/z"]


def test_a_listing_ends_early_rather_than_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "EXAMINED", 100)
    plant(world, [f"/t/{n:04d}" for n in range(1_000)])
    ssm = world.client("ssm")
    got = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Tier", "Values": ["Advanced"]}], MaxResults=1
    )
    assert got["Parameters"] == []
    assert "NextToken" in got
    assert described(ssm, {"Key": "Tier", "Values": ["Advanced"]}) == []
    assert len(described(ssm, {"Key": "Tier", "Values": ["Standard"]})) == 1_000
    plant(world, [f"/d/{n:03d}/x" for n in range(50)] + ["/d/z"])
    first = ssm.get_parameters_by_path(Path="/d")
    assert first["Parameters"] == []
    found = ssm.get_paginator("get_parameters_by_path").paginate(Path="/d")
    assert [one["Name"] for page in found for one in page["Parameters"]] == ["/d/z"]


def test_record_of_a_plain_parameter_is_small() -> None:
    version = Version(number=1, type="String", value=b"v", modified=1.0, modified_by="nobody")
    record = Parameter(account=ACCOUNT, region=REGION, name="/p", newest=version)
    assert len(msgspec.msgpack.encode(record)) < 160
    assert PARAMETERS.prefix == "ssm/parameter"
