"""Aliases: names that move, and whose moving takes permissions on both sides."""

from __future__ import annotations

import pytest

from world import allow

ALIAS = "arn:aws:kms:us-east-1:111122223333:alias/"


@pytest.fixture
def kms(world):
    return world.client("kms")


def new_key(kms, **more):
    return kms.create_key(**more)["KeyMetadata"]


def given(kms, **request):
    """The aliases that have a key."""
    return [each for each in kms.list_aliases(**request)["Aliases"] if "TargetKeyId" in each]


def test_an_alias_is_made_listed_moved_and_deleted(kms, refused):
    one, two = new_key(kms), new_key(kms)
    kms.create_alias(AliasName="alias/a", TargetKeyId=one["KeyId"])
    kms.create_alias(AliasName="alias/b/c_d-e", TargetKeyId=one["Arn"])
    listed = given(kms)
    assert [each["AliasName"] for each in listed] == ["alias/a", "alias/b/c_d-e"]
    assert listed[0]["AliasArn"] == f"{ALIAS}a"
    assert listed[0]["TargetKeyId"] == one["KeyId"]
    assert listed[0]["CreationDate"] == listed[0]["LastUpdatedDate"]
    kms.update_alias(AliasName="alias/a", TargetKeyId=two["KeyId"])
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"] == two["KeyId"]
    his = kms.list_aliases(KeyId=one["KeyId"])["Aliases"]
    assert [each["AliasName"] for each in his] == ["alias/b/c_d-e"]
    kms.delete_alias(AliasName="alias/a")
    refused("NotFoundException", kms.describe_key, KeyId="alias/a")
    refused("NotFoundException", kms.delete_alias, AliasName="alias/a")
    refused("NotFoundException", kms.update_alias, AliasName="alias/a", TargetKeyId=two["KeyId"])
    message = refused(
        "AlreadyExistsException",
        kms.create_alias,
        AliasName="alias/b/c_d-e",
        TargetKeyId=two["KeyId"],
    )
    assert message == f"An alias with the name {ALIAS}b/c_d-e already exists"


def test_aliases_are_listed_in_pages(kms, refused):
    key = new_key(kms)["KeyId"]
    names = [f"alias/{n}" for n in range(5)]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    predefined = [f"alias/aws/{service}" for service in ("lambda", "s3", "secretsmanager", "ssm")]
    for request, expected in (({}, names + predefined), ({"KeyId": key}, names)):
        listed, marker = [], {}
        while True:
            page = kms.list_aliases(**request, Limit=2, **marker)
            assert len(page["Aliases"]) <= 2
            listed += [each["AliasName"] for each in page["Aliases"]]
            if not page["Truncated"]:
                break
            marker = {"Marker": page["NextMarker"]}
        assert expected == listed
    refused("InvalidMarkerException", kms.list_aliases, Marker="x")
    refused("ValidationException", kms.list_aliases, Limit=101)
    gone = "11111111-2222-3333-4444-555555555555"
    refused("NotFoundException", kms.list_aliases, KeyId=gone)


def test_names_that_no_customer_may_give(kms, refused):
    key = new_key(kms)["KeyId"]
    for code, name in (
        ("ValidationException", "nonsense"),
        ("InvalidAliasNameException", "alias/aws/mine"),
        ("InvalidAliasNameException", "alias/"),
        ("InvalidAliasNameException", "alias/a:b"),
    ):
        refused(code, kms.create_alias, AliasName=name, TargetKeyId=key)
    refused("InvalidArnException", kms.create_alias, AliasName="alias/x", TargetKeyId="alias/y")


def test_an_alias_moves_only_among_keys_of_a_kind(kms, refused):
    key = new_key(kms)["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    for spec, usage in (("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "SIGN_VERIFY")):
        other = new_key(kms, KeySpec=spec, KeyUsage=usage)["KeyId"]
        refused("ValidationException", kms.update_alias, AliasName="alias/a", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["KeyId"] == key


def test_a_key_has_at_most_fifty_aliases(kms, refused):
    key, other = new_key(kms)["KeyId"], new_key(kms)["KeyId"]
    for n in range(50):
        kms.create_alias(AliasName=f"alias/{n}", TargetKeyId=key)
    kms.create_alias(AliasName="alias/other", TargetKeyId=other)
    refused("LimitExceededException", kms.create_alias, AliasName="alias/x", TargetKeyId=key)
    refused("LimitExceededException", kms.update_alias, AliasName="alias/other", TargetKeyId=key)


def test_a_key_that_awaits_deletion_gets_no_alias(kms, refused):
    key, doomed = new_key(kms)["KeyId"], new_key(kms)["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    kms.create_alias(AliasName="alias/b", TargetKeyId=doomed)
    kms.schedule_key_deletion(KeyId=doomed)
    code = "KMSInvalidStateException"
    refused(code, kms.create_alias, AliasName="alias/c", TargetKeyId=doomed)
    refused(code, kms.update_alias, AliasName="alias/a", TargetKeyId=doomed)
    kms.update_alias(AliasName="alias/b", TargetKeyId=key)
    kms.delete_alias(AliasName="alias/b")


@pytest.mark.parametrize(
    ("operation", "needs"),
    [("CreateAlias", 2), ("UpdateAlias", 3), ("DeleteAlias", 2)],
)
def test_alias_and_keys_are_both_asked(world, kms, refused, operation, needs):
    """Each of the permissions is needed, and all together are enough."""
    has, gets = new_key(kms), new_key(kms)
    if operation != "CreateAlias":
        kms.create_alias(AliasName="alias/a", TargetKeyId=has["KeyId"])
    target = has if operation == "CreateAlias" else gets
    resources = [f"{ALIAS}a", has["Arn"], gets["Arn"]][:needs]
    request = {"AliasName": "alias/a"}
    if operation != "DeleteAlias":
        request["TargetKeyId"] = target["KeyId"]
    method = {"CreateAlias": "create_alias", "UpdateAlias": "update_alias"}.get(
        operation, "delete_alias"
    )
    for missing in resources:
        allowed = [arn for arn in resources if arn != missing]
        name = f"without-{resources.index(missing)}"
        user = world.user(name, allow(f"kms:{operation}", resource=allowed))
        call = getattr(world.client("kms", as_=user), method)
        assert missing in refused("AccessDeniedException", call, **request)
    user = world.user("with-all", allow(f"kms:{operation}", resource=resources))
    getattr(world.client("kms", as_=user), method)(**request)


def test_a_policy_may_ask_for_the_alias(world, kms, refused):
    key = new_key(kms)["KeyId"]
    kms.create_alias(AliasName="alias/blue", TargetKeyId=key)
    kms.create_alias(AliasName="alias/red", TargetKeyId=key)
    when = {"StringEquals": {"kms:RequestAlias": "alias/blue"}}
    by_name = world.user("by-name", allow("kms:Encrypt", Condition=when))
    call = world.client("kms", as_=by_name).encrypt
    call(KeyId="alias/blue", Plaintext=b"x")
    call(KeyId=f"{ALIAS}blue", Plaintext=b"x")
    refused("AccessDeniedException", call, KeyId="alias/red", Plaintext=b"x")
    refused("AccessDeniedException", call, KeyId=key, Plaintext=b"x")
    when = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/red"}}
    by_alias = world.user("by-alias", allow("kms:Encrypt", Condition=when))
    call = world.client("kms", as_=by_alias).encrypt
    call(KeyId=key, Plaintext=b"x")
    kms.delete_alias(AliasName="alias/red")
    refused("AccessDeniedException", call, KeyId=key, Plaintext=b"x")


def test_regions_and_accounts_have_their_own_names(world, kms, refused):
    key = new_key(kms)
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    west = world.client("kms", region="us-west-2")
    refused("NotFoundException", west.describe_key, KeyId="alias/a")
    other = world.client("kms", as_=world.account())
    refused("NotFoundException", other.describe_key, KeyId="alias/a")
    assert given(other) == []
    refused("AccessDeniedException", other.describe_key, KeyId=f"{ALIAS}a")
    refused("AccessDeniedException", other.describe_key, KeyId=f"{ALIAS}none")
    own = new_key(other)["KeyId"]
    refused(
        "AccessDeniedException", other.create_alias, AliasName="alias/x", TargetKeyId=key["Arn"]
    )
    other.create_alias(AliasName="alias/a", TargetKeyId=own)


def test_a_predefined_alias_gets_its_key_when_it_is_described(world, kms, refused):
    listed = {each["AliasName"]: each for each in kms.list_aliases()["Aliases"]}
    assert listed["alias/aws/ssm"] == {
        "AliasName": "alias/aws/ssm",
        "AliasArn": f"{ALIAS}aws/ssm",
    }
    nobody = world.client("kms", as_=world.user("nobody"))
    refused("AccessDeniedException", nobody.describe_key, KeyId="alias/aws/ssm")
    assert given(kms) == []
    told = kms.describe_key(KeyId=f"{ALIAS}aws/ssm")["KeyMetadata"]
    assert told["KeyManager"] == "AWS"
    assert kms.describe_key(KeyId="alias/aws/ssm")["KeyMetadata"] == told
    assert [each["TargetKeyId"] for each in given(kms)] == [told["KeyId"]]
    refused("NotFoundException", kms.describe_key, KeyId="alias/aws/none")
    refused("NotFoundException", kms.get_public_key, KeyId="alias/aws/lambda")
