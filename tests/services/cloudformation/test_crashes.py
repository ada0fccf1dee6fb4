"""A server that dies after any of its commits goes on where it was: nothing twice, nothing lost."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from lodekey.services.cloudformation.deeds import JOURNAL
from lodekey.services.cloudformation.stacks import BUSY
from services.cloudformation.stacking import describe, failures, settle, template


class Killed(BaseException):
    """The machine lost its power just after a commit."""


@pytest.fixture
def power(world, monkeypatch):
    """``power(n)``: dies after the n-th commit from now; ``power(None)``: holds."""
    left: list[int | None] = [None]
    store = world.gate.store
    begin = store.transaction

    @contextmanager
    def transaction(*, write):
        with begin(write=write) as tx:
            yield tx
        if write and left[0] is not None:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed

    monkeypatch.setattr(store, "transaction", transaction)

    def set_(number):
        left[0] = number

    return set_


def dies_after(world, power, number, begin):
    """Begin something, die after so many commits, and come back; whether it died at all."""
    begin()
    power(number)
    settle(world)
    power(None)
    with world.gate.store.transaction(write=False) as tx:
        died = any(True for _ in BUSY.scan(tx))
    world.run_jobs()
    with world.gate.store.transaction(write=False) as tx:
        assert [] == list(BUSY.scan(tx))
        assert [] == list(JOURNAL.scan(tx))
    return died


def resources(number, text):
    """A key with two calls to its creation, and things that hang on it."""
    return {
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"Description": f"{text} {number}", "EnableKeyRotation": True},
        },
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": f"alias/k{number}", "TargetKeyId": {"Ref": "Key"}},
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": {}, "Description": f"{text} {number}"},
        },
    }


def described(world, text):
    """The keys whose description is *text*."""
    kms = world.client("kms")
    keys = [each["KeyId"] for each in kms.list_keys(Limit=1000)["Keys"]]
    found = [kms.describe_key(KeyId=each)["KeyMetadata"] for each in keys]
    return [each["KeyId"] for each in found if each["Description"] == text]


def test_creation_update_and_deletion_survive_death_after_every_commit(world, power):
    cfn = world.client("cloudformation")
    number = 0
    while True:
        number += 1
        name, body = f"stack{number}", template(resources(number, "one"))

        def make(name=name, body=body):
            cfn.create_stack(StackName=name, TemplateBody=body)

        died = dies_after(world, power, number, make)
        assert describe(world, name)["StackStatus"] == "CREATE_COMPLETE", failures(world, name)
        assert len(described(world, f"one {number}")) == 1

        changed = template(resources(number, "two"))

        def change(name=name, changed=changed):
            cfn.update_stack(StackName=name, TemplateBody=changed)

        died |= dies_after(world, power, number, change)
        assert describe(world, name)["StackStatus"] == "UPDATE_COMPLETE", failures(world, name)
        assert len(described(world, f"two {number}")) == 1
        secrets = world.client("secretsmanager").list_secrets()["SecretList"]
        assert [each["Description"] for each in secrets] == [f"two {number}"]

        arn = describe(world, name)["StackId"]
        died |= dies_after(world, power, number, lambda name=name: cfn.delete_stack(StackName=name))
        assert describe(world, arn)["StackStatus"] == "DELETE_COMPLETE", failures(world, arn)
        assert world.client("secretsmanager").list_secrets()["SecretList"] == []
        if not died:
            break
    assert number > 10


def test_rolling_back_survives_death_after_every_commit(world, power):
    cfn = world.client("cloudformation")
    number = 0
    while True:
        number += 1
        name = f"stack{number}"
        parts = resources(number, "one")
        bad = {
            **resources(number, "two"),
            "Bad": {
                "Type": "AWS::KMS::Alias",
                "DependsOn": ["Key", "Secret"],
                "Properties": {"AliasName": "none", "TargetKeyId": {"Ref": "Key"}},
            },
        }
        body = template(bad)
        died = dies_after(
            world,
            power,
            number,
            lambda name=name, body=body: cfn.create_stack(StackName=name, TemplateBody=body),
        )
        assert describe(world, name)["StackStatus"] == "ROLLBACK_COMPLETE"
        assert world.client("secretsmanager").list_secrets()["SecretList"] == []
        cfn.delete_stack(StackName=name)
        settle(world)
        cfn.create_stack(StackName=name, TemplateBody=template(parts))
        settle(world)
        died |= dies_after(
            world,
            power,
            number,
            lambda name=name, body=body: cfn.update_stack(StackName=name, TemplateBody=body),
        )
        assert describe(world, name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert len(described(world, f"one {number}")) == 1
        secrets = world.client("secretsmanager").list_secrets()["SecretList"]
        assert [each["Description"] for each in secrets] == [f"one {number}"]
        cfn.delete_stack(StackName=name)
        settle(world)
        if not died:
            break
    assert number > 10
