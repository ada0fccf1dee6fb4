"""Make secrets, read and write values: what issue 2's story needs, and its edges."""

import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError

from lodekey.services.secretsmanager.secrets import read_id


@pytest.fixture(scope="module")
def secrets(shared_world):
    return shared_world.client("secretsmanager")


@pytest.fixture
def name():
    return f"app/{uuid.uuid4().hex[:12]}"


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


def token():
    return str(uuid.uuid4())


def test_a_text_comes_back_as_it_was_given(shared_world, secrets, name):
    value = f'{{"password": "{shared_world.sentinel} ü 🔑"}}'
    made = secrets.create_secret(Name=name, SecretString=value)
    assert re.fullmatch(
        rf"arn:aws:secretsmanager:us-east-1:\d{{12}}:secret:{name}-\w{{6}}", made["ARN"]
    )
    read = secrets.get_secret_value(SecretId=name)
    assert value == read["SecretString"]
    assert "SecretBinary" not in read
    assert (made["ARN"], name, made["VersionId"]) == (read["ARN"], read["Name"], read["VersionId"])
    assert ["AWSCURRENT"] == read["VersionStages"]


def test_bytes_come_back_as_they_were_given(secrets, name):
    value = bytes(range(256))
    secrets.create_secret(Name=name, SecretBinary=value)
    read = secrets.get_secret_value(SecretId=name)
    assert value == read["SecretBinary"]
    assert "SecretString" not in read


def test_64_kib_fit_and_no_more(secrets, name):
    secrets.create_secret(Name=name, SecretString="x" * 65_536)
    assert len(secrets.get_secret_value(SecretId=name)["SecretString"]) == 65_536
    secrets.put_secret_value(SecretId=name, SecretBinary=b"x" * 65_536)
    refused(
        "ValidationException", secrets.put_secret_value, SecretId=name, SecretString="x" * 65_537
    )
    # AWS counts characters in the model; the quota counts bytes.
    refused(
        "InvalidParameterException",
        secrets.put_secret_value,
        SecretId=name,
        SecretString="ü" * 65_536,
    )


def test_a_secret_without_a_value_has_none_to_read(secrets, name):
    made = secrets.create_secret(Name=name)
    assert "VersionId" not in made
    message = refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=name)
    assert (
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
        == message
    )
    described = secrets.describe_secret(SecretId=name)
    assert "VersionIdsToStages" not in described


def test_what_is_not_there_is_not_found(secrets):
    for call in (
        secrets.get_secret_value,
        secrets.describe_secret,
        secrets.delete_secret,
        secrets.restore_secret,
        secrets.get_resource_policy,
        secrets.list_secret_version_ids,
    ):
        message = refused("ResourceNotFoundException", call, SecretId="nowhere")
        assert message == "Secrets Manager can't find the specified secret."


@pytest.mark.parametrize("bad", ["with space", "semi;colon", "ümlaut", "a" * 257])
def test_names_have_rules(secrets, bad):
    assert "Invalid name." in refused("ValidationException", secrets.create_secret, Name=bad)


def test_a_name_is_taken_once(secrets, name):
    secrets.create_secret(Name=name, SecretString="a")
    message = refused("ResourceExistsException", secrets.create_secret, Name=name, SecretString="b")
    assert f"The operation failed because the secret {name} already exists." == message


def test_a_value_is_text_or_bytes_and_not_both(secrets, name):
    both = {"SecretString": "a", "SecretBinary": b"a"}
    refused("InvalidParameterException", secrets.create_secret, Name=name, **both)
    secrets.create_secret(Name=name)
    refused("InvalidParameterException", secrets.put_secret_value, SecretId=name, **both)
    refused("InvalidRequestException", secrets.put_secret_value, SecretId=name)


def test_the_same_token_and_value_make_one_version(secrets, name):
    one, two = token(), token()
    first = secrets.create_secret(Name=name, SecretString="a", ClientRequestToken=one)
    again = secrets.create_secret(Name=name, SecretString="a", ClientRequestToken=one)
    assert (first["ARN"], one) == (again["ARN"], again["VersionId"])
    for _ in range(3):
        put = secrets.put_secret_value(SecretId=name, SecretString="b", ClientRequestToken=two)
        assert two == put["VersionId"]
        assert ["AWSCURRENT"] == put["VersionStages"]
    assert {one: ["AWSPREVIOUS"], two: ["AWSCURRENT"]} == secrets.describe_secret(SecretId=name)[
        "VersionIdsToStages"
    ]


def test_the_same_token_and_another_value_is_refused(secrets, name):
    one = token()
    arn = secrets.create_secret(Name=name, SecretString="a", ClientRequestToken=one)["ARN"]
    for value in ({"SecretString": "b"}, {"SecretBinary": b"a"}):
        message = refused(
            "ResourceExistsException",
            secrets.put_secret_value,
            SecretId=name,
            ClientRequestToken=one,
            **value,
        )
        assert message == (
            f"You can't use ClientRequestToken {one} because that value is already in use for a "
            f"version of secret {arn}."
        )
        refused(
            "ResourceExistsException",
            secrets.update_secret,
            SecretId=name,
            ClientRequestToken=one,
            **value,
        )
    refused(
        "ResourceExistsException",
        secrets.create_secret,
        Name=name,
        ClientRequestToken=one,
        SecretString="b",
    )
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "a"


def test_update_changes_what_it_says_and_nothing_else(secrets, name):
    secrets.create_secret(Name=name, SecretString="a", Description="first")
    plain = secrets.update_secret(SecretId=name, Description="second")
    assert "VersionId" not in plain
    updated = secrets.update_secret(SecretId=name, SecretString="b")
    read = secrets.get_secret_value(SecretId=name)
    assert ("b", updated["VersionId"]) == (read["SecretString"], read["VersionId"])
    described = secrets.describe_secret(SecretId=name)
    assert described["Description"] == "second"
    assert sorted(map(tuple, described["VersionIdsToStages"].values())) == [
        ("AWSCURRENT",),
        ("AWSPREVIOUS",),
    ]


def test_a_description_has_no_value_members(secrets, name):
    made = secrets.create_secret(Name=name, SecretString="a")
    described = secrets.describe_secret(SecretId=name)
    described.pop("ResponseMetadata")
    assert set(described) == {
        "ARN",
        "Name",
        "CreatedDate",
        "LastChangedDate",
        "VersionIdsToStages",
    }
    assert described["ARN"] == made["ARN"]


def test_a_secret_is_found_by_name_and_by_whole_or_partial_arn(secrets, name):
    arn = secrets.create_secret(Name=name, SecretString="a")["ARN"]
    for secret_id in (name, arn, arn[:-7]):
        assert arn == secrets.get_secret_value(SecretId=secret_id)["ARN"]
    wrong = arn[:-6] + "zzzzzz"
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=wrong)
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=elsewhere)
    refused("ValidationException", secrets.get_secret_value, SecretId="arn:aws:s3:::bucket")
    refused("ValidationException", secrets.get_secret_value, SecretId="arn:aws:secret")


def test_a_partial_arn_that_looks_complete_counts_as_complete(secrets):
    tricky = f"odd{uuid.uuid4().hex[:6]}-abcdef"
    arn = secrets.create_secret(Name=tricky, SecretString="a")["ARN"]
    assert arn == secrets.describe_secret(SecretId=tricky)["ARN"]
    assert arn == secrets.describe_secret(SecretId=arn)["ARN"]
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId=arn[:-7])
    assert read_id(arn[:-7], "1", "r").suffix == "abcdef"


def test_regions_and_accounts_do_not_see_each_other(shared_world, secrets, name):
    arn = secrets.create_secret(Name=name, SecretString="a")["ARN"]
    west = shared_world.client("secretsmanager", region="eu-west-1")
    refused("ResourceNotFoundException", west.get_secret_value, SecretId=name)
    other = shared_world.client("secretsmanager", as_=shared_world.account())
    refused("ResourceNotFoundException", other.get_secret_value, SecretId=name)
    refused("AccessDeniedException", other.get_secret_value, SecretId=arn)
    assert west.create_secret(Name=name, SecretString="b")["ARN"] != arn


def test_a_bare_request_must_bring_a_token(shared_world, secrets, name):
    def drop(params, **_):
        body = json.loads(params["body"])
        del body["ClientRequestToken"]
        params["body"] = json.dumps(body).encode()

    secrets.meta.events.register("before-call.secretsmanager.CreateSecret", drop)
    try:
        message = refused(
            "InvalidRequestException", secrets.create_secret, SecretString="a", Name=name
        )
    finally:
        secrets.meta.events.unregister("before-call.secretsmanager.CreateSecret", drop)
    assert message == "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    assert secrets.create_secret(SecretString="a", Name=name)["VersionId"]


def test_managed_external_secrets_are_refused_and_not_pretended(secrets, name):
    refused("InvalidParameterException", secrets.create_secret, Name=name, Type="Salesforce")
    secrets.create_secret(Name=name)
    refused("InvalidParameterException", secrets.update_secret, SecretId=name, Type="Salesforce")
    refused(
        "InvalidParameterException",
        secrets.rotate_secret,
        SecretId=name,
        ExternalSecretRotationRoleArn="arn:aws:iam::111122223333:role/r",
    )


def test_random_passwords(secrets):
    assert len(secrets.get_random_password()["RandomPassword"]) == 32
    assert (
        secrets.get_random_password()["RandomPassword"]
        != secrets.get_random_password()["RandomPassword"]
    )
    digits = secrets.get_random_password(
        PasswordLength=12, ExcludeLowercase=True, ExcludeUppercase=True, ExcludePunctuation=True
    )["RandomPassword"]
    assert digits.isdecimal()
    refused("InvalidParameterException", secrets.get_random_password, PasswordLength=2)
    refused(
        "InvalidRequestException",
        secrets.get_random_password,
        ExcludeLowercase=True,
        ExcludeUppercase=True,
        ExcludePunctuation=True,
        ExcludeNumbers=True,
    )


def test_tags(secrets, name):
    secrets.create_secret(Name=name, Tags=[{"Key": "a", "Value": "1"}])
    secrets.tag_resource(
        SecretId=name, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    )
    tags = secrets.describe_secret(SecretId=name)["Tags"]
    assert tags == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}]
    secrets.untag_resource(SecretId=name, TagKeys=["a", "never-there"])
    assert secrets.describe_secret(SecretId=name)["Tags"] == [{"Key": "b", "Value": ""}]
    refused(
        "InvalidParameterException",
        secrets.tag_resource,
        SecretId=name,
        Tags=[{"Key": "aws:x", "Value": "1"}],
    )
    refused(
        "InvalidParameterException",
        secrets.tag_resource,
        SecretId=name,
        Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)],
    )


def test_the_sentinel_is_nowhere_in_the_data_directory(world):
    secrets = world.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString=world.sentinel)
    secrets.put_secret_value(SecretId="s", SecretBinary=world.sentinel.encode())
    secrets.update_secret(SecretId="s", SecretString=f"again {world.sentinel}")
    assert world.sentinel in secrets.get_secret_value(SecretId="s")["SecretString"]
    assert (
        world.sentinel
        in secrets.batch_get_secret_value(SecretIdList=["s"])["SecretValues"][0]["SecretString"]
    )
    for path in world.data.rglob("*"):
        if path.is_file():
            assert world.sentinel.encode() not in path.read_bytes(), path
    assert world.sentinel not in repr(world.events())
