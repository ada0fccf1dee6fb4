"""What a decision may cost, counted in calls, which no busy machine changes."""

import json
import sys

import pytest

from lodekey.policy.ask import UNGUARDED, Ask, Caller
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from policy.test_explain import ALLOW, DELEGATE, KEY, alice, key_policy

ACCOUNT = "111122223333"
VIA = {"Condition": {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}}


def five_by_five(last):
    """A user with five policies of five statements, the very last of which is *last*."""
    other = {"Effect": "Allow", "Action": ["ssm:Get*", "s3:*"], "Resource": "*"} | VIA
    plain = alice(ALLOW)
    texts = [json.dumps({"Statement": [other] * 5})] * 4
    texts.append(json.dumps({"Statement": [other] * 4 + [last]}))
    documents = tuple(parse(text, name=f"p{at}") for at, text in enumerate(texts))
    return Caller(
        kind="user", arn=plain.arn, account=ACCOUNT, direct=plain.direct, identity=documents
    )


def calls(call):
    """How many Python functions *call* calls."""
    counted = 0

    def count(_frame, event, _argument):
        nonlocal counted
        counted += event == "call"

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize(
    ("last", "guard", "most"),
    [
        (ALLOW, UNGUARDED, 12),
        (ALLOW | VIA, UNGUARDED, 18),
        (ALLOW | VIA, key_policy(DELEGATE), 25),
    ],
)
def test_a_decision_makes_few_calls(last, guard, most):
    keys = {"kms:viaservice": "ssm.us-east-1.amazonaws.com"}
    ask = Ask(five_by_five(last), "kms:Decrypt", KEY, ACCOUNT, lambda: keys)
    assert decide(ask, guard).allowed
    assert calls(lambda: decide(ask, guard)) <= most
