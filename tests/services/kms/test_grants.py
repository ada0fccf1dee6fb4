"""Grants: given, used within their constraints, handed on, listed, retired, revoked."""

from __future__ import annotations

import pytest

from world import allow

NOBODY = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
WITHOUT_CONTEXT = ("DescribeKey", "RetireGrant", "CreateGrant")


@pytest.fixture
def kms(world):
    return world.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def bob(world):
    """Somebody whom no policy allows anything."""
    return world.user("bob", NOBODY)


def test_a_grant_allows_its_operations_to_its_grantee(world, kms, key, bob, refused):
    his = world.client("kms", as_=bob)
    message = refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")
    assert message == (
        f"User: {bob.arn} is not authorized to perform: kms:Encrypt on resource: {key}"
        " because no identity-based policy allows the kms:Encrypt action"
    )
    given = kms.create_grant(KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"])
    assert len(given["GrantId"]) == 64
    blob = his.encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[given["GrantToken"]])
    assert his.encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    refused("AccessDeniedException", his.decrypt, CiphertextBlob=blob["CiphertextBlob"])
    other = world.client("kms", as_=world.user("other", NOBODY))
    refused("AccessDeniedException", other.encrypt, KeyId=key, Plaintext=b"x")


def test_a_deny_beats_a_grant(world, kms, key, refused):
    eve = world.user("eve", {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"})
    kms.create_grant(KeyId=key, GranteePrincipal=eve.arn, Operations=["Encrypt", "DescribeKey"])
    hers = world.client("kms", as_=eve)
    assert hers.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    refused("AccessDeniedException", hers.encrypt, KeyId=key, Plaintext=b"x")


def test_a_false_token_is_refused(kms, key, refused):
    for token in ("nonsense", "AAAA"):
        refused(
            "InvalidGrantTokenException",
            kms.encrypt,
            KeyId=key,
            Plaintext=b"x",
            GrantTokens=[token],
        )
        refused("InvalidGrantTokenException", kms.retire_grant, GrantToken=token)


@pytest.mark.parametrize(
    ("kind", "fits", "fails"),
    [
        (
            "EncryptionContextEquals",
            [{"Team": "red"}, {"team": "red"}],
            [{}, {"Team": "Red"}, {"Team": "red", "more": "x"}],
        ),
        (
            "EncryptionContextSubset",
            [{"Team": "red"}, {"team": "red", "more": "x"}],
            [{}, {"Team": "blue"}, {"more": "x"}],
        ),
    ],
)
def test_a_constraint_binds_the_context(world, kms, key, bob, refused, kind, fits, fails):
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=bob.arn,
        Operations=["Encrypt", "DescribeKey"],
        Constraints={kind: {"Team": "red"}},
    )
    his = world.client("kms", as_=bob)
    his.describe_key(KeyId=key)
    for context in fits:
        his.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)
    for context in fails:
        refused(
            "AccessDeniedException",
            his.encrypt,
            KeyId=key,
            Plaintext=b"x",
            EncryptionContext=context,
        )


def test_a_source_is_demanded_where_the_grant_says_so(world, kms, key, bob, refused):
    source = "arn:aws:s3:::a-bucket-in-111122223333"
    refused(
        "ValidationException",
        kms.create_grant,
        KeyId=key,
        GranteePrincipal=bob.arn,
        Operations=["Encrypt"],
        Constraints={"SourceArn": source},
    )
    source = "arn:aws:lambda:us-east-1:111122223333:function:f"
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=bob.arn,
        Operations=["Encrypt"],
        Constraints={"SourceArn": source},
    )
    his = world.client("kms", as_=bob)
    refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")


def test_a_grant_is_handed_on_no_wider_than_it_is(world, kms, key, bob, refused):
    kms.create_grant(
        KeyId=key,
        GranteePrincipal=bob.arn,
        Operations=["CreateGrant", "Encrypt"],
        Constraints={"EncryptionContextSubset": {"team": "red"}},
    )
    carol = world.user("carol", NOBODY)
    his = world.client("kms", as_=bob)
    narrow = {"EncryptionContextSubset": {"team": "red", "x": "y"}}
    asked = {"KeyId": key, "GranteePrincipal": carol.arn}
    his.create_grant(**asked, Operations=["Encrypt"], Constraints=narrow)
    exact = {"EncryptionContextEquals": {"Team": "red"}}
    his.create_grant(**asked, Operations=["Encrypt"], Constraints=exact)
    for operations, constraints in (
        (["Encrypt", "Decrypt"], narrow),
        (["Encrypt"], {}),
        (["Encrypt"], {"EncryptionContextSubset": {"x": "y"}}),
        (["Encrypt"], {"EncryptionContextEquals": {"team": "blue"}}),
    ):
        refused(
            "AccessDeniedException",
            his.create_grant,
            **asked,
            Operations=operations,
            Constraints=constraints,
        )
    hers = world.client("kms", as_=carol)
    context = {"team": "red", "x": "y"}
    assert hers.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)


def test_a_named_grant_is_made_once(kms, key, bob):
    request = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"], "Name": "n"}
    one, again = kms.create_grant(**request), kms.create_grant(**request)
    assert one["GrantId"] == again["GrantId"]
    assert one["GrantToken"] != again["GrantToken"]
    other = kms.create_grant(**{**request, "Operations": ["Decrypt"]})
    assert other["GrantId"] != one["GrantId"]
    unnamed = {name: value for name, value in request.items() if name != "Name"}
    assert kms.create_grant(**unnamed)["GrantId"] != kms.create_grant(**unnamed)["GrantId"]


def test_grants_are_listed(world, kms, key, bob, refused):
    carol = world.user("carol")
    for who in (bob, bob, carol):
        kms.create_grant(
            KeyId=key,
            GranteePrincipal=who.arn,
            RetiringPrincipal=carol.arn,
            Operations=["Decrypt", "Encrypt"],
            Constraints={"EncryptionContextSubset": {"a": "b"}},
        )
    page = kms.list_grants(KeyId=key, Limit=2)
    assert page["Truncated"]
    rest = kms.list_grants(KeyId=key, Marker=page["NextMarker"])
    listed = page["Grants"] + rest["Grants"]
    assert len({grant["GrantId"] for grant in listed}) == 3
    expected = {
        "KeyId": key,
        "Name": "",
        "RetiringPrincipal": carol.arn,
        "IssuingAccount": "arn:aws:iam::111122223333:root",
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    }
    assert all(expected.items() <= grant.items() for grant in listed)
    his = kms.list_grants(KeyId=key, GranteePrincipal=bob.arn)["Grants"]
    assert [grant["GranteePrincipal"] for grant in his] == [bob.arn, bob.arn]
    one = kms.list_grants(KeyId=key, GrantId=his[0]["GrantId"])["Grants"]
    assert one == his[:1]
    retirable = kms.list_retirable_grants(RetiringPrincipal=carol.arn, Limit=2)
    more = kms.list_retirable_grants(RetiringPrincipal=carol.arn, Marker=retirable["NextMarker"])
    assert len(retirable["Grants"] + more["Grants"]) == 3
    assert kms.list_retirable_grants(RetiringPrincipal=bob.arn)["Grants"] == []
    refused("InvalidMarkerException", kms.list_grants, KeyId=key, Marker="x")
    refused(
        "InvalidMarkerException",
        kms.list_retirable_grants,
        RetiringPrincipal=carol.arn,
        Marker="x",
    )
    nobody = "arn:aws:iam::111122223333:user/nobody"
    refused("InvalidArnException", kms.list_retirable_grants, RetiringPrincipal=nobody)
    refused("ValidationException", kms.list_retirable_grants)
    refused("ValidationException", kms.list_grants, KeyId=key, Limit=101)
    service = "lambda.amazonaws.com"
    refused("ValidationException", kms.list_grants, KeyId=key, GranteeServicePrincipal=service)


def test_a_revoked_grant_allows_nothing(world, kms, key, bob, refused):
    given = kms.create_grant(KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"])
    his = world.client("kms", as_=bob)
    his.encrypt(KeyId=key, Plaintext=b"x")
    refused("AccessDeniedException", his.revoke_grant, KeyId=key, GrantId=given["GrantId"])
    kms.revoke_grant(KeyId=key, GrantId=given["GrantId"])
    refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")
    refused("NotFoundException", kms.revoke_grant, KeyId=key, GrantId=given["GrantId"])
    refused("InvalidGrantIdException", kms.revoke_grant, KeyId=key, GrantId="x")
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_the_retiring_principal_retires(world, kms, key, bob, refused):
    carol = world.user("carol", NOBODY)
    given = kms.create_grant(
        KeyId=key,
        GranteePrincipal=bob.arn,
        RetiringPrincipal=carol.arn,
        Operations=["Encrypt"],
    )
    named = {"KeyId": key, "GrantId": given["GrantId"]}
    refused("AccessDeniedException", world.client("kms", as_=bob).retire_grant, **named)
    world.client("kms", as_=carol).retire_grant(**named)
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert kms.list_retirable_grants(RetiringPrincipal=carol.arn)["Grants"] == []
    refused("NotFoundException", kms.retire_grant, **named)
    refused("InvalidGrantIdException", kms.retire_grant, KeyId=key, GrantId="x")
    refused("ValidationException", kms.retire_grant, KeyId=key)


def test_the_grantee_retires_where_the_grant_says_so(world, kms, key, bob, refused):
    kept = kms.create_grant(KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"])
    given = kms.create_grant(
        KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt", "RetireGrant"]
    )
    his = world.client("kms", as_=bob)
    refused("AccessDeniedException", his.retire_grant, GrantToken=kept["GrantToken"])
    his.retire_grant(GrantToken=given["GrantToken"])
    left = kms.list_grants(KeyId=key)["Grants"]
    assert [grant["GrantId"] for grant in left] == [kept["GrantId"]]


def test_the_account_retires(world, kms, key, bob):
    request = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    kms.retire_grant(GrantToken=kms.create_grant(**request)["GrantToken"])
    may = world.client("kms", as_=world.user("may", allow("kms:RetireGrant")))
    may.retire_grant(GrantToken=kms.create_grant(**request)["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_grant_dies_with_its_grantee(world, kms, key, bob, refused):
    """A user of the same name is not the same user."""
    kms.create_grant(KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"])
    iam = world.client("iam")
    iam.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    iam.delete_user_policy(UserName="bob", PolicyName="own")
    iam.delete_user(UserName="bob")
    again = world.user("bob", NOBODY)
    assert again.arn == bob.arn
    his = world.client("kms", as_=again)
    refused("AccessDeniedException", his.encrypt, KeyId=key, Plaintext=b"x")
    shown = kms.list_grants(KeyId=key)["Grants"][0]["GranteePrincipal"]
    assert shown.startswith("AIDA")


def test_what_a_grant_may_not_be(kms, key, bob, refused):
    good = {"KeyId": key, "GranteePrincipal": bob.arn, "Operations": ["Encrypt"]}
    service = "lambda.amazonaws.com"
    nobody = "arn:aws:iam::111122223333:user/nobody"
    for code, changed in (
        ("ValidationException", {"GranteePrincipal": None}),
        ("ValidationException", {"GranteeServicePrincipal": service}),
        ("ValidationException", {"Operations": ["Sign"]}),
        ("ValidationException", {"Operations": []}),
        ("ValidationException", {"GranteePrincipal": None, "GranteeServicePrincipal": service}),
        (
            "ValidationException",
            {"RetiringPrincipal": bob.arn, "RetiringServicePrincipal": service},
        ),
        ("InvalidArnException", {"GranteePrincipal": nobody}),
        ("InvalidArnException", {"RetiringPrincipal": nobody}),
        (
            "ValidationException",
            {"Constraints": {"EncryptionContextEquals": {str(n): "" for n in range(9)}}},
        ),
        ("InvalidGrantTokenException", {"GrantTokens": ["x"]}),
        ("DryRunOperationException", {"DryRun": True}),
    ):
        request = {name: value for name, value in {**good, **changed}.items() if value is not None}
        refused(code, kms.create_grant, **request)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_an_asymmetric_keys_grant_has_its_own_operations(world, kms, bob, refused):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    request = {"KeyId": key, "GranteePrincipal": bob.arn}
    refused("ValidationException", kms.create_grant, **request, Operations=["Encrypt"])
    constraints = {"EncryptionContextEquals": {"a": "b"}}
    refused(
        "ValidationException",
        kms.create_grant,
        **request,
        Operations=["Sign"],
        Constraints=constraints,
    )
    kms.create_grant(**request, Operations=["Sign", "GetPublicKey"])
    his = world.client("kms", as_=bob)
    his.get_public_key(KeyId=key)
    his.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    refused(
        "AccessDeniedException",
        his.verify,
        KeyId=key,
        Message=b"x",
        Signature=b"x",
        SigningAlgorithm="ECDSA_SHA_256",
    )


def test_a_services_grant_names_source_and_retirer(kms, key):
    source = "arn:aws:lambda:us-east-1:111122223333:function:f"
    given = kms.create_grant(
        KeyId=key,
        GranteeServicePrincipal="lambda.amazonaws.com",
        RetiringServicePrincipal="lambda.amazonaws.com",
        Operations=["Decrypt"],
        Constraints={"SourceArn": source},
    )
    listed = kms.list_grants(KeyId=key, GrantId=given["GrantId"])["Grants"][0]
    assert listed["GranteeServicePrincipal"] == "lambda.amazonaws.com"
    assert listed["RetiringServicePrincipal"] == "lambda.amazonaws.com"
    assert listed["Constraints"] == {"SourceArn": source}
    assert "GranteePrincipal" not in listed


def test_a_dry_revocation_revokes_nothing(kms, key, bob, refused):
    given = kms.create_grant(KeyId=key, GranteePrincipal=bob.arn, Operations=["Encrypt"])
    named = {"KeyId": key, "GrantId": given["GrantId"], "DryRun": True}
    refused("DryRunOperationException", kms.revoke_grant, **named)
    refused("DryRunOperationException", kms.retire_grant, **named)
    assert len(kms.list_grants(KeyId=key)["Grants"]) == 1


def test_a_role_and_an_account_can_be_grantees(world, kms, key, refused):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "sts:AssumeRole",
    }
    role = world.role("worker", trust, NOBODY)
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Encrypt"])
    may = world.user("may", allow("sts:AssumeRole"))
    session = world.client("kms", as_=world.assume(role, as_=may))
    session.encrypt(KeyId=key, Plaintext=b"x")
    other = world.account()
    theirs = world.client("kms", as_=other)
    refused("AccessDeniedException", theirs.encrypt, KeyId=key, Plaintext=b"x")
    kms.create_grant(KeyId=key, GranteePrincipal=other.arn, Operations=["Encrypt"])
    theirs.encrypt(KeyId=key, Plaintext=b"x")
