"""Delete, restore, and what the clock does."""

import pytest
from botocore.exceptions import ClientError

DAY = 86_400
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


@pytest.fixture
def secrets(world):
    client = world.client("secretsmanager")
    client.create_secret(Name="s", SecretString="a")
    return client


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]
    return caught.value.response["Error"]["Message"]


def test_a_marked_secret_is_described_and_nothing_else(secrets):
    answer = secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    described = secrets.describe_secret(SecretId="s")
    assert answer["DeletionDate"] == described["DeletedDate"]
    assert described["VersionIdsToStages"]
    assert secrets.list_secret_version_ids(SecretId="s")["Versions"]
    calls = [
        (secrets.get_secret_value, {}),
        (secrets.put_secret_value, {"SecretString": "b"}),
        (secrets.update_secret, {"Description": "b"}),
        (secrets.update_secret, {"KmsKeyId": ""}),
        (secrets.delete_secret, {}),
        (secrets.tag_resource, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (secrets.untag_resource, {"TagKeys": ["a"]}),
        (secrets.get_resource_policy, {}),
        (secrets.put_resource_policy, {"ResourcePolicy": "{}"}),
        (secrets.delete_resource_policy, {}),
        (secrets.list_resource_policies, {}),
        (secrets.replicate_secret_to_regions, {"AddReplicaRegions": [{"Region": "eu-west-1"}]}),
        (secrets.rotate_secret, {}),
        (secrets.cancel_rotate_secret, {}),
        (secrets.update_secret_version_stage, {"VersionStage": "x", "MoveToVersionId": "x" * 32}),
    ]
    for call, more in calls:
        assert refused("InvalidRequestException", call, SecretId="s", **more) == MARKED
    message = refused("InvalidRequestException", secrets.create_secret, Name="s")
    assert message == (
        "You can't create this secret because a secret with this name is already scheduled "
        "for deletion."
    )
    secrets.restore_secret(SecretId="s")
    assert "DeletedDate" not in secrets.describe_secret(SecretId="s")
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_a_secret_goes_when_its_window_has_passed(world, secrets):
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    world.clock.advance(7 * DAY - 60)
    world.run_jobs()
    assert secrets.describe_secret(SecretId="s")
    world.clock.advance(120)
    world.run_jobs()
    refused("ResourceNotFoundException", secrets.describe_secret, SecretId="s")
    refused("ResourceNotFoundException", secrets.restore_secret, SecretId="s")
    assert secrets.create_secret(Name="s", SecretString="b")


def test_a_restored_secret_stays(world, secrets):
    secrets.delete_secret(SecretId="s", RecoveryWindowInDays=7)
    secrets.restore_secret(SecretId="s")
    secrets.restore_secret(SecretId="s")
    world.clock.advance(40 * DAY)
    world.run_jobs()
    assert secrets.get_secret_value(SecretId="s")["SecretString"] == "a"


def test_the_window_is_thirty_days_unless_said(world, secrets):
    now = world.clock()
    date = secrets.delete_secret(SecretId="s")["DeletionDate"].timestamp()
    assert abs(date - now - 30 * DAY) < 60


@pytest.mark.parametrize("days", [0, 6, 31])
def test_a_window_has_bounds(secrets, days):
    message = refused(
        "InvalidParameterException", secrets.delete_secret, SecretId="s", RecoveryWindowInDays=days
    )
    assert "between 7 and 30 days" in message


def test_a_forced_deletion_is_final(secrets):
    refused(
        "InvalidParameterException",
        secrets.delete_secret,
        SecretId="s",
        RecoveryWindowInDays=7,
        ForceDeleteWithoutRecovery=True,
    )
    old = secrets.describe_secret(SecretId="s")["ARN"]
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="s")
    refused("ResourceNotFoundException", secrets.restore_secret, SecretId="s")
    assert secrets.create_secret(Name="s")["ARN"] != old
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId=old)


def test_force_takes_what_is_marked_and_what_is_not_there(secrets):
    secrets.delete_secret(SecretId="s")
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    again = secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    assert again["Name"] == "s"
    refused("ResourceNotFoundException", secrets.delete_secret, SecretId="s")


def test_a_new_secret_of_the_same_name_does_not_see_the_old_versions(secrets):
    version = secrets.describe_secret(SecretId="s")["VersionIdsToStages"].popitem()[0]
    secrets.delete_secret(SecretId="s", ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name="s")
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="s", VersionId=version)
