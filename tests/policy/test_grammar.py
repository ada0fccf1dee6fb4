"""What is accepted as a policy of each kind, and the words of refusal."""

import json
import random

import pytest

from lodekey.policy.document import MalformedPolicy, parse, validate

ROOT = "arn:aws:iam::111122223333:root"
STATEMENT = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
ON_RESOURCE = STATEMENT | {"Principal": {"AWS": ROOT}}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROOT}}
RCP = {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Principal": "*"}
GOOD = {
    "identity": STATEMENT,
    "boundary": STATEMENT,
    "session": STATEMENT,
    "scp": STATEMENT,
    "resource": ON_RESOURCE,
    "key": ON_RESOURCE,
    "endpoint": ON_RESOURCE,
    "trust": TRUST,
    "rcp": RCP,
}
SYNTAX = "Syntax errors in policy."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
KEY = (
    "The request was rejected because the specified policy is not syntactically or semantically "
    "correct."
)
SECRET = "This resource policy contains a syntax error."
CONTROL = (
    "The provided policy document does not meet the requirements of the specified policy type."
)


def text(*statements, **top):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def refused(document, kind):
    with pytest.raises(MalformedPolicy) as caught:
        validate(document, kind)
    return caught.value.message


def changed(kind, **elements):
    """The good statement of a kind with elements set or, where None, left out."""
    statement = GOOD[kind] | elements
    return text({name: value for name, value in statement.items() if value is not None})


@pytest.mark.parametrize("kind", GOOD)
def test_good_policies_of_each_kind(kind):
    validate(text(GOOD[kind]), kind)
    assert parse(text(GOOD[kind]), kind=kind).statements


@pytest.mark.parametrize(
    ("document", "kind", "expected"),
    [
        ("", "identity", SYNTAX),
        ("[]", "identity", SYNTAX),
        ("null", "identity", SYNTAX),
        ('{"Version": NaN}', "identity", SYNTAX),
        ('{"Statement": [], "Statement": []}', "identity", SYNTAX),
        ("[" * 100_000, "identity", SYNTAX),
        ("{", "trust", "This policy contains invalid Json"),
        ("{", "key", KEY),
        ("{", "resource", SECRET),
        ("{", "scp", CONTROL),
        (text(STATEMENT, Version="2012-10-18"), "identity", SYNTAX),
        (text(STATEMENT, Version=["2012-10-17"]), "identity", SYNTAX),
        (text(STATEMENT, Extra=1), "identity", SYNTAX),
        (text(STATEMENT, Id=[]), "identity", SYNTAX),
        (json.dumps({"Version": "2012-10-17"}), "identity", SYNTAX),
        (text(), "identity", SYNTAX),
        (text("x"), "identity", SYNTAX),
        (json.dumps({"Statement": STATEMENT}), "scp", CONTROL),
    ],
)
def test_documents_refused(document, kind, expected):
    assert expected == refused(document, kind)


@pytest.mark.parametrize(
    ("kind", "elements", "expected"),
    [
        ("identity", {"Effect": None}, SYNTAX),
        ("identity", {"Effect": "allow"}, SYNTAX),
        ("identity", {"Effect": ["Allow"]}, SYNTAX),
        ("identity", {"Extra": "x"}, SYNTAX),
        ("identity", {"NotAction": "s3:*"}, SYNTAX),
        ("identity", {"Action": None}, "Policy statement must contain actions."),
        ("identity", {"Action": []}, "Policy statement must contain actions."),
        ("identity", {"Action": [["kms:*"]]}, SYNTAX),
        ("identity", {"Action": "Decrypt"}, VENDOR),
        ("identity", {"Action": "kms:"}, VENDOR),
        ("identity", {"Action": "kms:Decrypt:x"}, "Actions/Condition can contain only one colon."),
        ("identity", {"Action": "k*:Decrypt"}, "Action vendors must not contain wildcards."),
        ("identity", {"Resource": None}, "Policy statement must contain resources."),
        ("identity", {"Resource": []}, "Policy statement must contain resources."),
        ("identity", {"Resource": [None]}, SYNTAX),
        ("identity", {"Resource": ""}, 'Resource  must be in ARN format or "*".'),
        ("identity", {"Resource": "key"}, 'Resource key must be in ARN format or "*".'),
        (
            "identity",
            {"Resource": "arn::kms:::key/1"},
            'Partition "" is not valid for resource "arn::kms:::key/1".',
        ),
        (
            "identity",
            {"Resource": "arn:aws:*:::x"},
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        (
            "identity",
            {"Resource": "arn:aws:iam:us-east-1:1:user/x"},
            "IAM resource arn:aws:iam:us-east-1:1:user/x cannot contain region information.",
        ),
        ("identity", {"Principal": "*"}, "Policy document should not specify a principal."),
        (
            "identity",
            {"Sid": "two words"},
            (
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the "
                "regular expression [0-9A-Za-z]*"
            ),
        ),
        ("identity", {"Sid": 1}, None),
        ("identity", {"Sid": ["x"]}, SYNTAX),
        ("identity", {"Condition": []}, SYNTAX),
        ("identity", {"Condition": {"StringIs": {"aws:username": "x"}}}, SYNTAX),
        ("identity", {"Condition": {"StringEquals": []}}, SYNTAX),
        ("identity", {"Condition": {"StringEquals": {"username": "x"}}}, VENDOR),
        ("identity", {"Condition": {"StringEquals": {"aws:username": {}}}}, SYNTAX),
        ("identity", {"Condition": {"StringEquals": {"aws:nothing": "x"}}}, None),
        ("identity", {"Condition": {"NumericEquals": {"aws:x": 7}, "Bool": {"aws:y": True}}}, None),
        ("trust", {"Resource": "*"}, "Has prohibited field Resource"),
        ("trust", {"Principal": None}, "Missing required field Principal"),
        ("trust", {"Action": None}, "Missing required field Action"),
        ("trust", {"Effect": None}, "Missing required field Effect"),
        (
            "trust",
            {"Action": "kms:Decrypt"},
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        ("trust", {"Action": ["sts:AssumeRole", "sts:TagSession"]}, None),
        (
            "trust",
            {"Principal": {"AWS": "arn:aws:iam::111122223333:role/*"}},
            'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/*"',
        ),
        ("trust", {"Principal": {"Aws": "*"}}, None),
        ("trust", {"Principal": {"Service": "lambda.amazonaws.com"}}, None),
        ("key", {"Resource": None}, None),
        ("key", {"Action": None}, None),
        ("key", {"Sid": "Enable IAM User Permissions"}, None),
        ("key", {"Principal": None}, KEY),
        (
            "key",
            {"Principal": {"AWS": "arn:aws:lambda:us-east-1:111122223333:function:f"}},
            "Policy contains a statement with one or more invalid principals.",
        ),
        (
            "key",
            {"Condition": {"ForAllValues:StringEquals": {"kms:EncryptionContext:a": "b"}}},
            (
                "OverlyPermissiveCondition:EncryptionContext: Using the ForAllValues set operator "
                "with a single-valued condition key matches requests without the specified "
                "encryption context or with an unspecified encryption context. "
                "To fix, remove ForAllValues."
            ),
        ),
        (
            "key",
            {"Condition": {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "b"}}},
            None,
        ),
        (
            "key",
            {"Condition": {"StringEquals": {"aws:ResourceTag/a": "b"}}},
            (
                "Policy contains a condition key that is not permitted in a key policy: "
                "aws:ResourceTag/a."
            ),
        ),
        ("resource", {"Principal": {"AWS": "*"}}, None),
        ("resource", {"Principal": "x"}, "This resource policy contains an unsupported principal."),
        ("resource", {"Principal": None}, SECRET),
        ("scp", {"Principal": "*"}, CONTROL),
        ("scp", {"Resource": "arn:aws:kms:us-east-1"}, CONTROL),
        ("rcp", {"Effect": "Allow"}, CONTROL),
        ("rcp", {"Principal": {"AWS": ROOT}}, CONTROL),
        ("rcp", {"Action": "*"}, CONTROL),
    ],
)
def test_statements_refused(kind, elements, expected):
    document = changed(kind, **elements)
    if expected is None and elements != {"Principal": {"Aws": "*"}}:
        validate(document, kind)
    else:
        expected = expected or "Invalid principal in policy: \"AWS\":\"{'Aws': '*'}\""
        assert expected == refused(document, kind)


def test_sids_are_unique_except_on_resources():
    twice = [{"Sid": "a"}, {"Sid": "a"}]
    document = text(*(STATEMENT | sid for sid in twice))
    assert refused(document, "identity") == (
        "Statement IDs (SID) in a single policy must be unique."
    )
    validate(text(*(ON_RESOURCE | sid for sid in twice)), "key")


@pytest.mark.parametrize(
    "document",
    ["x", "{}", '{"Statement": 1}', '{"Statement": [1]}', '{"Statement": [{"Effect": "allow"}]}'],
)
def test_parse_refuses_what_is_no_policy(document):
    with pytest.raises(MalformedPolicy, match="Syntax errors in policy"):
        parse(document)


def test_parse_gives_the_same_document():
    document = text(STATEMENT)
    assert parse(document, name="a") is parse(document, name="a")
    assert parse(document, name="a") is not parse(document, name="b")
    assert repr(parse(document, name="a")) == "Document('a', 'identity', 1 statements)"


def test_nothing_but_refusals_comes_out():
    """Whatever stands where, the answer is yes or `MalformedPolicy`."""
    chance = random.Random(11)
    odd = [None, True, 1, 1.5, "", "*", "Allow", [], {}, [[]], [{}], {"AWS": []}, {"AWS": [{}]}]
    odd += [{"StringEquals": {"aws:a": ["x", None]}}, {"StringEquals": {"aws:a": "x"}}, "kms:*"]
    accepted = 0
    for _ in range(6000):
        kind = chance.choice(list(GOOD))
        statement = dict(GOOD[kind])
        for _ in range(chance.choice([0, 1, 1, 2])):
            element = chance.choice([*statement, "Condition", "NotAction", "Sid", "NotResource"])
            statement[element] = chance.choice(odd)
        body = {"Version": "2012-10-17", "Statement": chance.choice([[statement], statement])}
        if chance.random() < 0.1:
            body[chance.choice(["Version", "Statement", "Id"])] = chance.choice(odd)
        document = json.dumps(body)
        try:
            validate(document, kind)
        except MalformedPolicy:
            try:
                parse(document, kind=kind)
            except MalformedPolicy:
                continue
            continue
        accepted += 1
        assert parse(document, kind=kind).on("kms:Decrypt") is not None
    assert 1000 < accepted < 5000


def test_the_index_of_actions_is_bounded():
    document = parse(text(STATEMENT), name="bounded")
    for number in range(5000):
        assert document.on(f"kms:Nothing{number}") == ((), ())
    assert document.on("kms:Decrypt")[1]
    assert len(document._index) < 4097
