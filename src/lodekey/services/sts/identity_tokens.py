"""Web identity tokens: JSON Web Tokens of an OpenID Connect issuer, believed or not.

The checks, in order:

1. the token is a JWT, and its header names an algorithm of the list below (never ``none``, never a
   shared secret);
2. its issuer is registered in the role's account;
3. one of the issuer's keys, supplied beforehand, made the signature: the key that the header names
   by ``kid`` or, without a ``kid``, the only one of that kind;
4. it has not expired, and is not from the future;
5. its audience is one that was registered with the issuer;
6. it has a subject.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html and
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lodekey.identity.records import OidcProvider
from lodekey.lazily import lazily
from lodekey.services.sts.errors import (
    ExpiredTokenException,
    IDPRejectedClaimException,
    InvalidIdentityTokenException,
)

if TYPE_CHECKING:
    import jwt
else:
    jwt = lazily("jwt")

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
LEEWAY = 300
"""Seconds that an issuer's clock may run ahead of ours."""
TAGS_CLAIM = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM = "https://aws.amazon.com/source_identity"

NOT_A_JWT = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
)
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider,  please reference "
    "AssumeRoleWithWebIdentity documentation for requirements"
)


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """What a believed token says.

    Args:
        issuer: Without its scheme, as condition keys name it.
        audience: The one that was registered: ``azp`` where the token has it, else ``aud``.
        audiences: All in ``aud``.
        subject: ``sub``.
        methods: ``amr``: how the issuer knew the subject.
        tags: Session tags.
        transitive: Names of the tags that go along when roles are chained.
        source_identity: Empty: none.
    """

    issuer: str
    audience: str
    audiences: tuple[str, ...]
    subject: str
    methods: tuple[str, ...]
    tags: dict[str, str]
    transitive: tuple[str, ...]
    source_identity: str


def believe(
    token: str, provider_of: Callable[[str], OidcProvider | None], now: float
) -> WebIdentity:
    """Check a token; the module says how.

    Args:
        token: As sent.
        provider_of: The registration of an issuer's URL without its scheme; None: there is none.
        now: Seconds since the epoch.

    Raises:
        InvalidIdentityTokenException: steps 1 to 3, 5.
        ExpiredTokenException: step 4.
        IDPRejectedClaimException: a claim for AWS cannot be taken.
    """
    header, unbelieved = _parts(token)
    issuer = _text(unbelieved, "iss").removeprefix("https://").rstrip("/")
    provider = provider_of(issuer)
    if provider is None:
        raise InvalidIdentityTokenException(
            f"No OpenIDConnect provider found in your account for {_text(unbelieved, 'iss')}"
        )
    claims = _verified(token, _key(provider.jwks, header), header["alg"])
    _must_be_current(claims, now)
    audiences = _texts(claims, "aud")
    audience = _audience(claims, audiences, provider)
    tags, transitive = _tags(claims.get(TAGS_CLAIM))
    source_identity = claims.get(SOURCE_IDENTITY_CLAIM, "")
    if not isinstance(source_identity, str):
        raise IDPRejectedClaimException(f"Invalid claim: {SOURCE_IDENTITY_CLAIM}")
    return WebIdentity(
        issuer=provider.url,
        audience=audience,
        audiences=audiences,
        subject=_text(claims, "sub"),
        methods=_texts(claims, "amr"),
        tags=tags,
        transitive=transitive,
        source_identity=source_identity,
    )


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token that nobody believes yet."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidIdentityTokenException(NOT_A_JWT) from None
    if header.get("alg") not in ALGORITHMS:
        raise InvalidIdentityTokenException(NOT_A_JWT)
    return header, claims


def _key(jwks: str, header: Mapping[str, Any]) -> jwt.PyJWK:
    """The issuer's key that the header means."""
    found = []
    for each in json.loads(jwks).get("keys", []) if jwks else []:
        if each.get("use", "sig") != "sig" or each.get("alg", header["alg"]) != header["alg"]:
            continue
        if "kid" in header and each.get("kid") != header["kid"]:
            continue
        if each.get("kty") == {"R": "RSA", "E": "EC"}[header["alg"][0]]:
            found.append(each)
    if len(found) != 1:
        raise InvalidIdentityTokenException(NO_KEY)
    try:
        return jwt.PyJWK(found[0], algorithm=header["alg"])
    except (jwt.PyJWTError, ValueError):
        raise InvalidIdentityTokenException(NO_KEY) from None


def _verified(token: str, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
    """The claims, now that the signature is the key's; times and audience are checked by us."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            options={
                "verify_signature": True,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_sub": False,
                "verify_jti": False,
            },
        )
    except (jwt.PyJWTError, ValueError):
        raise InvalidIdentityTokenException("The ID Token's signature is not valid") from None
    return claims


def _must_be_current(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = _number(claims, "exp"), _number(claims, "iat")
    if now >= expires:
        raise ExpiredTokenException(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time"
            f" {int(expires)}"
        )
    starts = _number(claims, "nbf") if "nbf" in claims else issued
    if max(issued, starts) > now + LEEWAY:
        when = dt.datetime.fromtimestamp(max(issued, starts), dt.UTC)
        raise InvalidIdentityTokenException(f"Token is not valid before {when:%Y-%m-%dT%H:%M:%SZ}")


def _audience(claims: Mapping[str, Any], audiences: tuple[str, ...], by: OidcProvider) -> str:
    """The registered audience. Where a token names who asked for it (``azp``), that one counts."""
    asked = (_text(claims, "azp"),) if "azp" in claims else audiences
    for each in asked:
        if each in by.client_ids:
            return each
    raise InvalidIdentityTokenException("Incorrect token audience")


def _tags(claim: Any) -> tuple[dict[str, str], tuple[str, ...]]:
    """Session tags: ``{"principal_tags": {name: [value]}, "transitive_tag_keys": [name]}``."""
    if claim is None:
        return {}, ()
    try:
        given = claim.get("principal_tags", {})
        tags = {
            name: value[0] if isinstance(value, list) else value for name, value in given.items()
        }
        transitive = tuple(claim.get("transitive_tag_keys", []))
    except (AttributeError, IndexError, TypeError):
        raise IDPRejectedClaimException(f"Invalid claim: {TAGS_CLAIM}") from None
    if not all(isinstance(each, str) for each in (*tags.values(), *transitive)):
        raise IDPRejectedClaimException(f"Invalid claim: {TAGS_CLAIM}")
    return tags, transitive


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidIdentityTokenException(f"Missing a required claim: {name}")
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidIdentityTokenException(f"Invalid claim: {name}")
    return tuple(values)


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidIdentityTokenException(f"Missing a required claim: {name}")
    return float(value)
