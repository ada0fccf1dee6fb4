"""Versions and their labels, through the API."""

import uuid

import pytest
from botocore.exceptions import ClientError

CUR, PREV, PEND = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
DAY = 86_400


@pytest.fixture
def secrets(world):
    return world.client("secretsmanager")


def token(letter):
    return letter * 32


def stages(secrets):
    found = secrets.describe_secret(SecretId="s").get("VersionIdsToStages", {})
    return {version[0]: set(labels) for version, labels in found.items()}


def put(secrets, letter, *labels):
    more = {"VersionStages": list(labels)} if labels else {}
    return secrets.put_secret_value(
        SecretId="s", SecretString=letter, ClientRequestToken=token(letter), **more
    )


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


def test_a_life_of_labels(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    assert stages(secrets) == {"a": {CUR}}
    put(secrets, "b")
    assert stages(secrets) == {"a": {PREV}, "b": {CUR}}
    put(secrets, "c", PEND)
    assert stages(secrets) == {"a": {PREV}, "b": {CUR}, "c": {PEND}}
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage=CUR, RemoveFromVersionId=token("b"), MoveToVersionId=token("c")
    )
    assert stages(secrets) == {"b": {PREV}, "c": {PEND, CUR}}
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage=PEND, RemoveFromVersionId=token("c")
    )
    assert stages(secrets) == {"b": {PREV}, "c": {CUR}}
    put(secrets, "d", "mine", CUR)
    assert stages(secrets) == {"c": {PREV}, "d": {"mine", CUR}}
    put(secrets, "e", "mine")
    assert stages(secrets) == {"c": {PREV}, "d": {CUR}, "e": {"mine"}}
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "d"
    assert secrets.get_secret_value(SecretId="s", VersionStage=PREV)["SecretString"] == "c"
    assert secrets.get_secret_value(SecretId="s", VersionStage="mine")["SecretString"] == "e"
    # deprecated, but not yet gone
    old = secrets.get_secret_value(SecretId="s", VersionId=token("a"))
    assert old["SecretString"] == "a"
    assert "VersionStages" not in old


def test_the_first_version_is_current_whatever_its_labels(secrets):
    secrets.create_secret(Name="s")
    answer = put(secrets, "a", "mine")
    assert set(answer["VersionStages"]) == {"mine", CUR}


def test_id_and_stage_must_agree(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    put(secrets, "b")
    read = secrets.get_secret_value(SecretId="s", VersionId=token("b"), VersionStage=CUR)
    assert read["SecretString"] == "b"
    message = refused(
        "InvalidRequestException",
        secrets.get_secret_value,
        SecretId="s",
        VersionId=token("a"),
        VersionStage=CUR,
    )
    assert (
        message == "You provided a VersionStage that is not associated to the provided VersionId."
    )


def test_what_is_not_there_is_named(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    message = refused(
        "ResourceNotFoundException", secrets.get_secret_value, SecretId="s", VersionStage="no"
    )
    assert message.endswith("for staging label: no")
    message = refused(
        "ResourceNotFoundException", secrets.get_secret_value, SecretId="s", VersionId=token("z")
    )
    assert message.endswith(f"for VersionId: {token('z')}")
    refused(
        "ResourceNotFoundException",
        secrets.update_secret_version_stage,
        SecretId="s",
        VersionStage="x",
        MoveToVersionId=token("z"),
    )


def test_a_move_must_know_where_the_label_is(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    put(secrets, "b")
    message = refused(
        "InvalidParameterException",
        secrets.update_secret_version_stage,
        SecretId="s",
        VersionStage=CUR,
        MoveToVersionId=token("a"),
    )
    assert message == (
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently "
        f"attached to version {token('b')}, so you must explicitly reference that version in "
        "RemoveFromVersionId."
    )
    refused(
        "InvalidParameterException",
        secrets.update_secret_version_stage,
        SecretId="s",
        VersionStage=CUR,
        RemoveFromVersionId=token("b"),
    )
    assert stages(secrets) == {"a": {PREV}, "b": {CUR}}


def test_versions_are_listed_with_their_keys_and_labels(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    put(secrets, "b")
    put(secrets, "c")
    listed = secrets.list_secret_version_ids(SecretId="s")
    assert listed["Name"] == "s"
    shown = {each["VersionId"][0]: each for each in listed["Versions"]}
    assert set(shown) == {"b", "c"}
    assert shown["c"]["VersionStages"] == [CUR]
    assert shown["c"]["KmsKeyIds"] == ["DefaultEncryptionKey"]
    every = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True)["Versions"]
    assert [each["VersionId"][0] for each in every] == ["a", "b", "c"]
    assert "VersionStages" not in every[0]
    pages = []
    more = {}
    while True:
        page = secrets.list_secret_version_ids(
            SecretId="s", IncludeDeprecated=True, MaxResults=1, **more
        )
        pages += [each["VersionId"][0] for each in page["Versions"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert pages == ["a", "b", "c"]
    refused(
        "InvalidNextTokenException",
        secrets.list_secret_version_ids,
        SecretId="s",
        NextToken="made-up",
    )


def test_old_unlabeled_versions_beyond_a_hundred_go(world, secrets):
    secrets.create_secret(Name="s", SecretString="first", ClientRequestToken=token("a"))
    secrets.update_secret_version_stage(
        SecretId="s", VersionStage="keep", MoveToVersionId=token("a")
    )
    for n in range(104):
        secrets.put_secret_value(SecretId="s", SecretString=str(n))
    assert count(secrets) == 105
    world.clock.advance(DAY + 60)
    secrets.put_secret_value(SecretId="s", SecretString="last")
    assert count(secrets) == 100
    assert secrets.get_secret_value(SecretId="s", VersionStage="keep")["SecretString"] == "first"
    assert secrets.get_secret_value(SecretId="s", VersionStage=PREV)["SecretString"] == "103"
    for n in range(3):
        secrets.put_secret_value(SecretId="s", SecretString=f"new {n}")
    assert count(secrets) == 100


def count(secrets):
    found, more = 0, {}
    while True:
        page = secrets.list_secret_version_ids(SecretId="s", IncludeDeprecated=True, **more)
        found += len(page["Versions"])
        if "NextToken" not in page:
            return found
        more = {"NextToken": page["NextToken"]}


def test_no_more_than_twenty_labels(secrets):
    secrets.create_secret(Name="s", SecretString="a", ClientRequestToken=token("a"))
    put(secrets, "b", *[f"l{n}" for n in range(19)])
    refused(
        "LimitExceededException",
        secrets.update_secret_version_stage,
        SecretId="s",
        VersionStage="one-more",
        MoveToVersionId=token("b"),
    )


def test_retries_make_one_version(secrets):
    """The torture suite does it ten thousand times."""
    secrets.create_secret(Name="s", SecretString="a")
    retry(secrets, 300)


@pytest.mark.torture
def test_ten_thousand_retries_make_one_version(secrets):
    secrets.create_secret(Name="s", SecretString="a")
    retry(secrets, 10_000)


def retry(secrets, times):
    once = str(uuid.uuid4())
    for _ in range(times):
        secrets.put_secret_value(SecretId="s", SecretString="b", ClientRequestToken=once)
    assert count(secrets) == 2
    assert secrets.get_secret_value(SecretId="s")["VersionId"] == once
