"""AssumeRoleWithWebIdentity: real tokens of an issuer whose keys were handed in."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lodekey.identity.principals_of import root_principal
from services.iam.calling import refused
from world import ACCOUNT, CONFIG, Identity, allow

ISSUER = "https://token.actions.example"
HOST = "token.actions.example"
AUDIENCE = "sts.amazonaws.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


def key_set() -> str:
    one = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    two = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(CURVE.public_key()))
    return json.dumps(
        {"keys": [{**one, "kid": "k1", "use": "sig", "alg": "RS256"}, {**two, "kid": "k2"}]}
    )


class Web:
    """The issuer, the role that trusts it, and a client without credentials."""

    def __init__(self, world: Any) -> None:
        self.world = world
        iam = world.client("iam")
        iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])
        self.put_keys(key_set())
        self.arn = self.role("deployer", {"StringEquals": {f"{HOST}:sub": "repo:a/b"}})
        self.sts = boto3.client(
            "sts",
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:4566",
            config=CONFIG.merge(Config(signature_version=UNSIGNED)),
        )
        self.sts.meta.events.register("before-send", world._send)

    def put_keys(self, text: str) -> Any:
        gate = self.world.gate
        with gate.store.transaction(write=False) as tx:
            root = root_principal(tx, ACCOUNT)
        op = gate.operation("lodekey", "PutIssuerKeys")
        request = {"Issuer": ISSUER, "Keys": text}
        return self.world.run(gate.background.run_as(root, op, request, region="us-east-1"))

    def role(self, name: str, condition: Any, *actions: str) -> str:
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": PROVIDER},
            "Action": ["sts:AssumeRoleWithWebIdentity", *actions],
            "Condition": condition,
        }
        arn: str = self.world.role(name, trust, [allow("iam:ListUsers")])
        return arn

    def token(self, key: Any = KEY, alg: str = "RS256", kid: str | None = "k1", **more: Any) -> str:
        now = int(self.world.clock())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "repo:a/b",
            "iat": now,
            "exp": now + 600,
            **more,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(claims, key, algorithm=alg, headers=headers)

    def assume(self, token: str, arn: str = "", **more: Any) -> Any:
        return self.sts.assume_role_with_web_identity(
            RoleArn=arn or self.arn, RoleSessionName="run", WebIdentityToken=token, **more
        )


@pytest.fixture(scope="module")
def web(shared_world: Any) -> Web:
    return Web(shared_world)


def test_a_token_becomes_a_session(web: Web) -> None:
    answer = web.assume(web.token())
    assert ("repo:a/b", AUDIENCE, PROVIDER) == (
        answer["SubjectFromWebIdentityToken"],
        answer["Audience"],
        answer["Provider"],
    )
    made = answer["Credentials"]
    who = Identity(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"], "", ACCOUNT)
    shown = web.world.client("sts", as_=who).get_caller_identity()
    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run" == shown["Arn"]
    assert isinstance(web.world.client("iam", as_=who).list_users()["Users"], list)


def test_an_elliptic_key_signs_as_well(web: Web) -> None:
    assert web.assume(web.token(CURVE, "ES256", "k2"))["Credentials"]


def test_only_the_trusted_subject(web: Web) -> None:
    with refused("AccessDenied", NOT_AUTHORIZED, 403):
        web.assume(web.token(sub="repo:a/other"))
    with refused("AccessDenied", NOT_AUTHORIZED, 403):
        web.assume(web.token(), arn=f"arn:aws:iam::{ACCOUNT}:role/none")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:*"}
    with refused("AccessDenied", NOT_AUTHORIZED, 403):
        web.assume(web.token(), arn=web.world.role("not-federated", trust))


def changed(token: str) -> str:
    head, _, signature = token.split(".")
    body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "repo:a/b", "iat": 1, "exp": 10**11}
    claims = base64.urlsafe_b64encode(json.dumps(body).encode()).decode().rstrip("=")
    return f"{head}.{claims}.{signature}"


def unsigned(web: Web) -> str:
    return web.token(key=None, alg="none")


def shared_secret(web: Web) -> str:
    """A token that uses the public key as a shared secret."""
    jwk = json.loads(key_set())["keys"][0]["n"]
    return web.token(key=jwk, alg="HS256")


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (lambda web: web.token(OTHER), "InvalidIdentityToken"),
        (lambda web: changed(web.token()), "InvalidIdentityToken"),
        (unsigned, "InvalidIdentityToken"),
        (shared_secret, "InvalidIdentityToken"),
        (lambda web: web.token(kid="k9"), "InvalidIdentityToken"),
        (lambda web: web.token(CURVE, "ES256", "k1"), "InvalidIdentityToken"),
        (lambda web: web.token(iss="https://elsewhere.example"), "InvalidIdentityToken"),
        (lambda web: web.token(aud="somebody-else"), "InvalidIdentityToken"),
        (lambda web: web.token(aud=None), "InvalidIdentityToken"),
        (lambda web: web.token(azp="somebody-else"), "InvalidIdentityToken"),
        (lambda web: web.token(sub=None), "InvalidIdentityToken"),
        (lambda web: web.token(exp=None), "InvalidIdentityToken"),
        (lambda web: web.token(iat=int(web.world.clock()) + 3600), "InvalidIdentityToken"),
        (lambda web: web.token(exp=int(web.world.clock()) - 1), "ExpiredTokenException"),
        (lambda web: "not.a.token", "InvalidIdentityToken"),
        (lambda web: "x" * 9000, "InvalidIdentityToken"),
        (lambda web: web.token(**{"https://aws.amazon.com/tags": "red"}), "IDPRejectedClaim"),
    ],
)
def test_tokens_that_are_not_believed(web: Web, made: Any, code: str) -> None:
    with refused(code):
        web.assume(made(web))
    assert web.assume(web.token())["Credentials"]


def test_several_audiences_and_who_asked(web: Web) -> None:
    many = ["another", AUDIENCE]
    assert AUDIENCE == web.assume(web.token(aud=many))["Audience"]
    assert AUDIENCE == web.assume(web.token(aud="another", azp=AUDIENCE))["Audience"]


def test_tags_of_a_token_take_trust(web: Web) -> None:
    tagged = web.token(
        **{
            "https://aws.amazon.com/tags": {
                "principal_tags": {"team": ["blue"]},
                "transitive_tag_keys": ["team"],
            },
            "https://aws.amazon.com/source_identity": "ada",
        }
    )
    with refused("AccessDenied", "Not authorized to perform sts:TagSession", 403):
        web.assume(tagged)
    condition = {"StringEquals": {"aws:RequestTag/team": "blue", "sts:SourceIdentity": "ada"}}
    arn = web.role("tag-taker", condition, "sts:TagSession", "sts:SetSourceIdentity")
    answer = web.assume(tagged, arn)
    assert ("ada", True) == (answer["SourceIdentity"], answer["PackedPolicySize"] > 0)


def test_the_issuers_provider_counts_in_its_own_account(web: Web) -> None:
    other = web.world.account()
    iam = web.world.client("iam", as_=other)
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    made = iam.create_role(
        RoleName="far",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    with refused("InvalidIdentityToken"):
        web.assume(web.token(), made["Role"]["Arn"])


def test_without_its_registration_an_issuer_is_nobody(world: Any) -> None:
    web = Web(world)
    assert web.assume(web.token())["Credentials"]
    iam = world.client("iam")
    iam.remove_client_id_from_open_id_connect_provider(
        OpenIDConnectProviderArn=PROVIDER, ClientID=AUDIENCE
    )
    with refused("InvalidIdentityToken", "Incorrect token audience"):
        web.assume(web.token())
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    with refused(
        "InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {ISSUER}"
    ):
        web.assume(web.token())


def test_keys_that_are_no_keys(web: Web) -> None:
    for text in ("{}", "[]", '{"keys":[{"kty":"oct","k":"AA"}]}', '{"keys":[{"kty":"RSA","d":1}]}'):
        with pytest.raises(Exception, match="Keys"):
            web.put_keys(text)


def test_a_token_is_never_in_the_trail(world: Any) -> None:
    web = Web(world)
    token = web.token()
    web.assume(token)
    trail = repr(world.events())
    assert "AssumeRoleWithWebIdentity" in trail
    assert token not in trail
