"""Key policies, and what is asked of a caller before a key is touched."""

from __future__ import annotations

import json

import pytest

from world import ACCOUNT, allow

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
LOCKED_OUT = "The new key policy will not allow you to update the key policy in the future."


def statement(principal, *actions, **more):
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": list(actions),
        "Resource": "*",
        **more,
    }


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def kms(world):
    return world.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def put(kms, key, *statements, **more):
    kms.put_key_policy(KeyId=key, Policy=policy(*statements), **more)


def test_a_policy_comes_back_as_it_was_written(kms, key):
    written = policy(statement(ROOT, "kms:*", Sid="All of it"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=written)
    answer = kms.get_key_policy(KeyId=key, PolicyName="default")
    assert (written, "default") == (answer["Policy"], answer["PolicyName"])


def test_without_the_account_identity_policies_are_void(world, kms, key, refused):
    admin = world.user("admin", allow("kms:*"))
    hers = world.client("kms", as_=admin)
    hers.encrypt(KeyId=key, Plaintext=b"x")
    put(kms, key, statement(ROOT, "kms:PutKeyPolicy", "kms:GetKeyPolicy"))
    message = refused("AccessDeniedException", hers.encrypt, KeyId=key, Plaintext=b"x")
    assert message == (
        f"User: {admin.arn} is not authorized to perform: kms:Encrypt on this resource because the"
        " resource does not exist in this Region, no resource-based policies allow access, or a"
        " resource-based policy explicitly denies access"
    )
    refused("AccessDeniedException", kms.encrypt, KeyId=key, Plaintext=b"x")
    kms.get_key_policy(KeyId=key)


def test_the_refusal_of_an_unnamed_key_names_none(world, kms, key, refused):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    bob = world.user("bob", allow("s3:*"))
    his = world.client("kms", as_=bob)
    message = refused("AccessDeniedException", his.decrypt, CiphertextBlob=blob)
    assert message == (
        f"User: {bob.arn} is not authorized to perform: kms:Decrypt on the resource associated with"
        " this ciphertext because no identity-based policy allows the kms:Decrypt action"
    )
    put(kms, key, statement(ROOT, "kms:PutKeyPolicy"))
    message = refused("AccessDeniedException", his.decrypt, CiphertextBlob=blob)
    assert message == (
        f"User: {bob.arn} is not authorized to perform: kms:Decrypt on the resource associated with"
        " this ciphertext because the resource does not exist in this Region, no resource-based"
        " policies allow access, or a resource-based policy explicitly denies access"
    )


def test_a_user_named_by_the_policy_needs_nothing_else(world, kms, key, refused):
    bob = world.user("bob")
    his = world.client("kms", as_=bob)
    refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")
    put(kms, key, statement(ROOT, "kms:*"), statement(bob.arn, "kms:Encrypt"))
    his.encrypt(KeyId=key, Plaintext=b"x")
    refused("AccessDeniedException", his.describe_key, KeyId=key)


def test_a_user_made_anew_is_not_the_one_that_was_named(world, kms, key, refused):
    bob = world.user("bob")
    put(kms, key, statement(ROOT, "kms:*"), statement(bob.arn, "kms:Encrypt"))
    assert bob.arn in kms.get_key_policy(KeyId=key)["Policy"]
    iam = world.client("iam")
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    iam.delete_user(UserName="bob")
    again = world.user("bob")
    his = world.client("kms", as_=again)
    refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")
    shown = kms.get_key_policy(KeyId=key)["Policy"]
    assert bob.arn not in shown
    assert "AIDA" in shown


def test_a_role_made_anew_is_not_the_one_that_was_named(world, kms, key, refused):
    iam = world.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    role = world.role("fn", trust)
    put(kms, key, statement(ROOT, "kms:*"), statement(role, "kms:Encrypt"))
    session = world.client("kms", as_=world.assume(role))
    session.encrypt(KeyId=key, Plaintext=b"x")
    unique = iam.get_role(RoleName="fn")["Role"]["RoleId"]
    iam.delete_role(RoleName="fn")
    shown = json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][1]["Principal"]
    assert unique == shown["AWS"]
    assert unique.startswith("AROA")
    assert role == world.role("fn", trust)
    session = world.client("kms", as_=world.assume(role))
    refused("AccessDeniedException", session.encrypt, KeyId=key, Plaintext=b"x")
    put(kms, key, statement(ROOT, "kms:*"), statement(role, "kms:Encrypt"))
    session.encrypt(KeyId=key, Plaintext=b"x")


def test_whoever_writes_a_policy_can_write_the_next(world, kms, key, refused):
    other = world.user("other", allow("kms:*"))
    write = policy(statement(other.arn, "kms:*"))
    message = refused(
        "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy=write
    )
    assert message == LOCKED_OUT
    message = refused("MalformedPolicyDocumentException", kms.create_key, Policy=write)
    assert message == LOCKED_OUT
    theirs = world.client("kms", as_=other)
    theirs.put_key_policy(KeyId=key, Policy=write)
    made = kms.create_key(Policy=write, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    refused("AccessDeniedException", kms.describe_key, KeyId=made)
    theirs.describe_key(KeyId=made)
    theirs.put_key_policy(
        KeyId=made, Policy=policy(statement(ROOT, "kms:*")), BypassPolicyLockoutSafetyCheck=True
    )
    kms.describe_key(KeyId=made)


def test_a_deny_counts_in_the_lockout_check(kms, key, refused):
    deny = {**statement("*", "kms:PutKeyPolicy"), "Effect": "Deny"}
    write = policy(statement(ROOT, "kms:*"), deny)
    message = refused(
        "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy=write
    )
    assert message == LOCKED_OUT


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "{}",
        policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}),
        policy(statement("arn:aws:iam::111122223333:user/nobody", "kms:*")),
        policy({**statement(ROOT, "kms:*"), "Effect": "allow"}),
    ],
)
def test_what_is_no_key_policy_is_refused(kms, key, refused, text):
    code = "MalformedPolicyDocumentException"
    refused(code, kms.put_key_policy, KeyId=key, Policy=text)
    refused(code, kms.create_key, Policy=text)


def test_a_principal_must_be_somebody(kms, key, refused):
    nobody = policy(statement("arn:aws:iam::111122223333:user/nobody", "kms:*"))
    message = refused(
        "MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, Policy=nobody
    )
    assert message == "Policy contains a statement with one or more invalid principals."


def test_a_policy_has_at_most_32_kilobytes(kms, key, refused):
    long = policy(statement(ROOT, "kms:*", Sid="x" * 32_768))
    refused("LimitExceededException", kms.put_key_policy, KeyId=key, Policy=long)


def test_other_policy_names(kms, key, refused):
    refused("NotFoundException", kms.get_key_policy, KeyId=key, PolicyName="AWS_RAM")
    write = {"KeyId": key, "Policy": policy(statement(ROOT, "kms:*"))}
    message = refused("ValidationException", kms.put_key_policy, **write, PolicyName="AWS_RAM")
    assert message == "The AWS_RAM policy can only be managed by the RAM service."
    refused("ValidationException", kms.put_key_policy, **write, PolicyName="other")
    refused("InvalidMarkerException", kms.list_key_policies, KeyId=key, Marker="x")


def test_an_alias_in_a_policy_governs_the_alias_alone(world, kms, key, refused):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    alias = "arn:aws:kms:us-east-1:111122223333:alias/a"
    user = world.user("by-alias", allow("kms:Encrypt", resource=alias))
    his = world.client("kms", as_=user)
    refused("AccessDeniedException", his.encrypt, KeyId="alias/a", Plaintext=b"x")


# -- condition keys

KEYS = [
    ("kms:EncryptionContext:team", "red", {"EncryptionContext": {"team": "red"}}, {}),
    (
        "kms:EncryptionContext:Team",
        "red",
        {"EncryptionContext": {"team": "red"}},
        {"EncryptionContext": {"team": "Red"}},
    ),
    ("kms:KeySpec", "SYMMETRIC_DEFAULT", {}, None),
    ("kms:KeyUsage", "ENCRYPT_DECRYPT", {}, None),
    ("kms:KeyOrigin", "AWS_KMS", {}, None),
    ("kms:MultiRegion", "false", {}, None),
    ("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT", {}, None),
    ("kms:CallerAccount", ACCOUNT, {}, None),
    ("aws:ResourceTag/team", "red", {}, None),
]


@pytest.mark.parametrize(("name", "value", "fits", "fails"), KEYS)
def test_conditions_on_encrypt(world, kms, refused, name, value, fits, fails):
    tags = [{"TagKey": "team", "TagValue": "red"}]
    key = kms.create_key(Tags=tags)["KeyMetadata"]["Arn"]
    good = world.user("good", allow("kms:Encrypt", Condition={"StringEquals": {name: value}}))
    bad = world.user("bad", allow("kms:Encrypt", Condition={"StringEquals": {name: "other"}}))
    request = {"KeyId": key, "Plaintext": b"x"}
    world.client("kms", as_=good).encrypt(**request, **fits)
    refused("AccessDeniedException", world.client("kms", as_=bad).encrypt, **request, **fits)
    if fails is not None:
        refused("AccessDeniedException", world.client("kms", as_=good).encrypt, **request, **fails)


def test_conditions_on_the_names_of_the_context(world, kms, key, refused):
    when = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]},
            "Null": {"kms:EncryptionContextKeys": "false"}}  # fmt: skip
    call = world.client("kms", as_=world.user("u", allow("kms:Encrypt", Condition=when))).encrypt
    call(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1"})
    for context in ({}, {"a": "1", "c": "2"}):
        refused("AccessDeniedException", call, KeyId=key, Plaintext=b"x", EncryptionContext=context)


OPERATIONS = [
    ("sign", "kms:SigningAlgorithm", "ECDSA_SHA_256", {"Message": b"x"}),
    ("sign", "kms:MessageType", "RAW", {"Message": b"x"}),
    ("schedule_key_deletion", "kms:ScheduleKeyDeletionPendingWindowInDays", "30", {}),
    ("tag_resource", "aws:RequestTag/a", "1", {"Tags": [{"TagKey": "a", "TagValue": "1"}]}),
    ("untag_resource", "aws:TagKeys", "a", {"TagKeys": ["a"]}),
    ("get_key_policy", "kms:PolicyName", "default", {}),
]


@pytest.mark.parametrize(("call", "name", "value", "members"), OPERATIONS)
def test_conditions_on_other_operations(world, kms, refused, call, name, value, members):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    test = "ForAnyValue:StringEquals" if name == "aws:TagKeys" else "StringEquals"
    if call == "sign":
        members = {**members, "SigningAlgorithm": "ECDSA_SHA_256"}
    bad = world.user("bad", allow("kms:*", Condition={test: {name: "other"}}))
    refused(
        "AccessDeniedException", getattr(world.client("kms", as_=bad), call), KeyId=key, **members
    )
    good = world.user("good", allow("kms:*", Condition={test: {name: value}}))
    getattr(world.client("kms", as_=good), call)(KeyId=key, **members)


def test_conditions_on_create_key(world, refused):
    when = {"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT"},
            "Bool": {"kms:MultiRegion": "false"}}  # fmt: skip
    call = world.client(
        "kms", as_=world.user("u", allow("kms:CreateKey", Condition=when))
    ).create_key
    call()
    refused("AccessDeniedException", call, MultiRegion=True)
    refused("AccessDeniedException", call, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")


def test_the_bypass_can_be_forbidden(world, kms, key, refused):
    deny = {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
            "Condition": {"Bool": {"kms:BypassPolicyLockoutSafetyCheck": "true"}}}  # fmt: skip
    call = world.client("kms", as_=world.user("u", [allow("kms:*"), deny])).put_key_policy
    write = {"KeyId": key, "Policy": policy(statement(ROOT, "kms:*"))}
    call(**write)
    refused("AccessDeniedException", call, **write, BypassPolicyLockoutSafetyCheck=True)


def test_grant_conditions(world, kms, key, refused):
    bob = world.user("bob")
    when = {
        "ForAllValues:StringEquals": {"kms:GrantOperations": ["Encrypt"]},
        "StringEquals": {
            "kms:GranteePrincipal": bob.arn,
            "kms:GrantConstraintType": "EncryptionContextSubset",
        },
        "Bool": {"kms:GrantIsForAWSResource": "false"},
    }
    maker = world.user("maker", allow("kms:CreateGrant", Condition=when))
    call = world.client("kms", as_=maker).create_grant
    constraints = {"EncryptionContextSubset": {"a": "b"}}
    good = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    call(**good, Constraints=constraints)
    refused("AccessDeniedException", call, **good)
    wider = {**good, "Operations": ["Encrypt", "Decrypt"]}
    refused("AccessDeniedException", call, **wider, Constraints=constraints)
    other = {**good, "GranteePrincipal": maker.arn}
    refused("AccessDeniedException", call, **other, Constraints=constraints)


def test_retiring_can_depend_on_the_constraint(world, kms, key, refused):
    bob = world.user("bob")
    request = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    red, blue = (
        kms.create_grant(**request, Constraints={"EncryptionContextSubset": {"team": team}})
        for team in ("red", "blue")
    )
    when = {
        "StringEquals": {
            "kms:EncryptionContext:team": "red",
            "kms:GrantConstraintType": "EncryptionContextSubset",
        }
    }
    user = world.user("retires", allow("kms:RetireGrant", Condition=when))
    call = world.client("kms", as_=user).retire_grant
    refused("AccessDeniedException", call, GrantToken=blue["GrantToken"])
    call(GrantToken=red["GrantToken"])


@pytest.mark.parametrize("call", ["disable_key", "schedule_key_deletion"])
def test_a_key_in_use_can_be_kept(world, kms, key, refused, call):
    """Nobody may end a key that was used in the last thirty days."""
    when = {"NumericGreaterThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "30"}}
    user = world.user("u", allow("kms:*", Condition=when))
    end = getattr(world.client("kms", as_=user), call)
    refused("AccessDeniedException", end, KeyId=key)
    world.clock.advance(31 * 86_400)
    kms.encrypt(KeyId=key, Plaintext=b"x")
    refused("AccessDeniedException", end, KeyId=key)
    world.run_jobs()
    world.clock.advance(31 * 86_400)
    end(KeyId=key)


# -- across accounts


def test_another_account_needs_both_sides(world, kms, key, refused):
    other = world.account()
    user = world.user("theirs", allow("kms:Encrypt", "kms:Decrypt"), as_=other)
    none = world.user("none", allow("s3:*"), as_=other)
    request = {"KeyId": key, "Plaintext": b"x"}
    call = world.client("kms", as_=user)
    refused("AccessDeniedException", call.encrypt, **request)
    put(kms, key, statement(ROOT, "kms:*"), statement(other.arn, "kms:Encrypt", "kms:Decrypt"))
    blob = call.encrypt(**request)["CiphertextBlob"]
    assert call.decrypt(CiphertextBlob=blob)["KeyId"] == key
    short = key.rpartition("/")[2]
    assert call.decrypt(CiphertextBlob=blob, KeyId=short)["Plaintext"] == b"x"
    refused("AccessDeniedException", world.client("kms", as_=none).encrypt, **request)
    refused("AccessDeniedException", call.describe_key, KeyId=key)


@pytest.mark.parametrize(
    ("call", "members"),
    [
        ("disable_key", {}),
        ("get_key_policy", {}),
        ("schedule_key_deletion", {}),
        ("tag_resource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        ("enable_key_rotation", {}),
    ],
)
def test_some_operations_never_cross(world, kms, key, refused, call, members):
    """ "Cross-account use: No": whatever the key policy says."""
    other = world.account()
    put(kms, key, statement(ROOT, "kms:*"), statement(other.arn, "kms:*"))
    theirs = world.client("kms", as_=other)
    theirs.describe_key(KeyId=key)
    refused("AccessDeniedException", getattr(theirs, call), KeyId=key, **members)


# -- AWS managed keys


def test_an_aws_managed_key_serves_its_service_alone(world, kms, refused):
    from lodekey.services.kms.managed_keys import managed_key

    with world.gate.store.transaction(write=True) as tx:
        key = managed_key(tx, ACCOUNT, "us-east-1", "ssm", world.clock())
        assert managed_key(tx, ACCOUNT, "us-east-1", "ssm", world.clock()) == key
    told = kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    assert len(json.loads(kms.get_key_policy(KeyId=key.id)["Policy"])["Statement"]) == 2
    assert kms.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"]
    refused("AccessDeniedException", kms.encrypt, KeyId="alias/aws/ssm", Plaintext=b"x")
    own = kms.create_key()["KeyMetadata"]["KeyId"]
    for call, request in (
        (kms.disable_key, {"KeyId": key.id}),
        (kms.schedule_key_deletion, {"KeyId": key.id}),
        (kms.put_key_policy, {"KeyId": key.id, "Policy": policy(statement(ROOT, "kms:*"))}),
        (kms.tag_resource, {"KeyId": key.id, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        (kms.create_alias, {"AliasName": "alias/mine", "TargetKeyId": key.id}),
        (kms.update_alias, {"AliasName": "alias/aws/ssm", "TargetKeyId": own}),
        (kms.delete_alias, {"AliasName": "alias/aws/ssm"}),
        (kms.disable_key_rotation, {"KeyId": key.id}),
        (kms.rotate_key_on_demand, {"KeyId": key.id}),
    ):
        refused("AccessDeniedException", call, **request)
