"""DecodeAuthorizationMessage, and what STS knows by name and refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.iam.calling import refused
from world import ACCOUNT, allow


def test_a_denial_is_decoded_by_its_request_id(world: Any) -> None:
    deny = {"Sid": "NoUsers", "Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}
    me = world.user("denied", [allow("iam:*"), deny])
    with pytest.raises(ClientError) as caught:
        world.client("iam", as_=me).list_users()
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    message = world.client("sts").decode_authorization_message(EncodedMessage=request_id)
    decoded = json.loads(message["DecodedMessage"])
    assert (False, True) == (decoded["allowed"], decoded["explicitDeny"])
    assert ["NoUsers"] == [each["statementId"] for each in decoded["matchedStatements"]["items"]]
    context = decoded["context"]
    assert (me.arn, "iam:ListUsers") == (context["principal"]["arn"], context["action"])
    keys = {each["key"] for each in context["conditions"]["items"]}
    assert {"aws:principalarn", "aws:currenttime"} <= keys


def test_a_denial_of_another_account_is_not(world: Any) -> None:
    me = world.user("denied")
    with pytest.raises(ClientError) as caught:
        world.client("iam", as_=me).list_users()
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    other = world.client("sts", as_=world.account())
    for wrong in (request_id, "nonsense"):
        with refused("InvalidAuthorizationMessageException", "Message is not valid.", 400):
            other.decode_authorization_message(EncodedMessage=wrong)
    with refused("AccessDenied"):
        world.client("sts", as_=me).decode_authorization_message(EncodedMessage=request_id)


def test_what_is_not_offered_says_so(world: Any) -> None:
    sts = world.client("sts")
    role = f"arn:aws:iam::{ACCOUNT}:role/x"
    with refused("InvalidIdentityToken"):
        sts.assume_role_with_saml(
            RoleArn=role,
            PrincipalArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/x",
            SAMLAssertion="AAAA",
        )
    with refused("OutboundWebIdentityFederationDisabledException", status=403):
        sts.get_web_identity_token(Audience=["x"], SigningAlgorithm="RS256")
    with refused("AccessDenied"):
        sts.get_delegated_access_token(TradeInToken="AAAA")
