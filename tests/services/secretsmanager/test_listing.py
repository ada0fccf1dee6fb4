"""List secrets, and read several at once."""

import pytest
from botocore.exceptions import ClientError

from world import World, allow

DAY = 86_400


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("listing") / "data")
    secrets = made.client("secretsmanager")
    for at, name in enumerate(("prod/web", "prod/db", "test/web", "test/db", "zulu")):
        secrets.create_secret(
            Name=name,
            SecretString=f"value of {name}",
            Description=f"The {name} of ours" if at else "",
            Tags=[{"Key": "Stage", "Value": name.split("/")[0]}],
        )
        made.clock.advance(60)
    secrets.create_secret(Name="gone", SecretString="x")
    secrets.delete_secret(SecretId="gone")
    made.clock.advance(60)
    secrets.update_secret(SecretId="prod/db", Description="changed last")
    yield made
    made.close()


@pytest.fixture(scope="module")
def secrets(world):
    return world.client("secretsmanager")


def names(answer):
    return [each["Name"] for each in answer["SecretList"]]


def test_secrets_are_listed_by_age_without_the_marked(secrets):
    assert names(secrets.list_secrets()) == ["prod/web", "prod/db", "test/web", "test/db", "zulu"]
    with_marked = secrets.list_secrets(IncludePlannedDeletion=True)
    assert names(with_marked)[-1] == "gone"
    assert "DeletedDate" in with_marked["SecretList"][-1]


def test_an_entry_says_what_a_description_says(secrets):
    entry = secrets.list_secrets()["SecretList"][1]
    assert entry["SecretVersionsToStages"]
    assert entry["Tags"] == [{"Key": "Stage", "Value": "prod"}]
    assert entry["Description"] == "changed last"
    assert "SecretString" not in str(entry)


@pytest.mark.parametrize(
    ("by", "order", "first"),
    [
        ("name", "asc", "prod/db"),
        ("name", "desc", "zulu"),
        ("created-date", "desc", "zulu"),
        ("last-changed-date", "desc", "prod/db"),
        ("last-changed-date", "asc", "prod/web"),
    ],
)
def test_order(secrets, by, order, first):
    assert first == names(secrets.list_secrets(SortBy=by, SortOrder=order))[0]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_make_the_whole(secrets, order, size):
    whole = names(secrets.list_secrets(SortBy="name", SortOrder=order))
    pages = secrets.get_paginator("list_secrets").paginate(
        SortBy="name", SortOrder=order, PaginationConfig={"PageSize": size}
    )
    assert whole == [name for page in pages for name in names(page)]


def test_a_page_token_is_bound_to_its_listing(world, secrets):
    token = secrets.list_secrets(MaxResults=1)["NextToken"]
    assert names(secrets.list_secrets(MaxResults=1, NextToken=token)) == ["prod/db"]
    refused("InvalidNextTokenException", secrets.list_secrets, NextToken=token, SortOrder="desc")
    refused("InvalidNextTokenException", secrets.list_secrets, NextToken="made-up")
    west = world.client("secretsmanager", region="eu-west-1")
    refused("InvalidNextTokenException", west.list_secrets, NextToken=token)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("name", "prod/")], {"prod/web", "prod/db"}),
        ([("name", "!prod/")], {"test/web", "test/db", "zulu"}),
        ([("all", "WEB")], {"prod/web", "test/web"}),
        ([("tag-value", "test"), ("all", "db")], {"test/db"}),
        ([("tag-key", "Stage")], {"prod/web", "prod/db", "test/web", "test/db", "zulu"}),
        ([("tag-key", "stage")], set()),
        ([("description", "Changed")], {"prod/db"}),
        ([("owning-service", "rds")], set()),
        ([("primary-region", "us-")], {"prod/web", "prod/db", "test/web", "test/db", "zulu"}),
    ],
)
def test_filters(secrets, filters, expected):
    given = [{"Key": key, "Values": [value]} for key, value in filters]
    assert expected == set(names(secrets.list_secrets(Filters=given)))


def test_listing_takes_permission_on_everything(world):
    hers = world.client(
        "secretsmanager", as_=world.user("ann", allow("secretsmanager:ListSecrets"))
    )
    assert hers.list_secrets()["SecretList"]
    his = world.client(
        "secretsmanager",
        as_=world.user(
            "ben",
            allow("secretsmanager:ListSecrets", resource="arn:aws:secretsmanager:*:*:secret:*"),
        ),
    )
    refused("AccessDeniedException", his.list_secrets)


# -- batches


def test_a_batch_by_name(secrets):
    answer = secrets.batch_get_secret_value(SecretIdList=["prod/db", "nowhere", "gone", "zulu"])
    assert [each["SecretString"] for each in answer["SecretValues"]] == [
        "value of prod/db",
        "value of zulu",
    ]
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [
        ("nowhere", "ResourceNotFoundException"),
        ("gone", "InvalidRequestException"),
    ]


def test_a_batch_by_filter_has_pages(secrets):
    found = []
    more = {}
    while True:
        page = secrets.batch_get_secret_value(
            Filters=[{"Key": "tag-value", "Values": ["prod", "test"]}], MaxResults=3, **more
        )
        found += [each["Name"] for each in page["SecretValues"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert found == ["prod/web", "prod/db", "test/web", "test/db"]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"SecretIdList": ["zulu"], "Filters": [{"Key": "name", "Values": ["z"]}]},
        {"SecretIdList": ["zulu"], "MaxResults": 2},
    ],
)
def test_a_batch_is_by_name_or_by_filter(secrets, request_):
    refused("InvalidParameterException", secrets.batch_get_secret_value, **request_)


def test_a_batch_is_authorised_and_recorded_secret_by_secret(world):
    carl = world.user(
        "carl",
        [
            allow("secretsmanager:BatchGetSecretValue"),
            allow(
                "secretsmanager:GetSecretValue", resource="arn:aws:secretsmanager:*:*:secret:prod/*"
            ),
        ],
    )
    his = world.client("secretsmanager", as_=carl)
    answer = his.batch_get_secret_value(SecretIdList=["prod/db", "test/db"])
    assert [each["Name"] for each in answer["SecretValues"]] == ["prod/db"]
    assert answer["Errors"][0]["ErrorCode"] == "AccessDeniedException"
    reads = [
        event.get("errorCode", "")
        for event in world.events()
        if event["eventName"] == "GetSecretValue"
        and event["userIdentity"].get("userName") == "carl"
    ]
    assert reads == ["", "AccessDenied"]
    refused(
        "AccessDeniedException",
        his.batch_get_secret_value,
        Filters=[{"Key": "name", "Values": ["p"]}],
    )


# -- the day of the last read


def test_a_read_shows_as_a_day_and_is_no_change(world, secrets):
    secrets.create_secret(Name="zulu2", SecretString="x")
    before = secrets.describe_secret(SecretId="zulu2")
    assert "LastAccessedDate" not in before
    secrets.get_secret_value(SecretId="zulu2")
    after = secrets.describe_secret(SecretId="zulu2")
    day = after["LastAccessedDate"].timestamp()
    assert day == world.clock() // DAY * DAY
    world.run_jobs()
    flushed = secrets.describe_secret(SecretId="zulu2")
    assert flushed["LastAccessedDate"] == after["LastAccessedDate"]
    assert flushed["LastChangedDate"] == before["LastChangedDate"]
    version = secrets.list_secret_version_ids(SecretId="zulu2")["Versions"][0]
    assert version["LastAccessedDate"] == after["LastAccessedDate"]
    newest = secrets.list_secrets(
        SortBy="last-accessed-date", SortOrder="desc", Filters=[{"Key": "name", "Values": ["zulu"]}]
    )
    assert names(newest)[0] == "zulu2"
    secrets.delete_secret(SecretId="zulu2", ForceDeleteWithoutRecovery=True)


def test_a_refused_read_is_no_access(world, secrets):
    secrets.create_secret(Name="aside", SecretString="x")
    nobody = world.client("secretsmanager", as_=world.user("nobody"))
    refused("AccessDeniedException", nobody.get_secret_value, SecretId="aside")
    world.run_jobs()
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId="aside")
    secrets.delete_secret(SecretId="aside", ForceDeleteWithoutRecovery=True)
