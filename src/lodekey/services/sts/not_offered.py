"""Operations of STS that this server knows by name and refuses, saying why."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from lodekey.errors import AccessDenied
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import NOT_SHARED
from lodekey.services.sts.errors import (
    InvalidIdentityTokenException,
    OutboundWebIdentityFederationDisabledException,
)

A = TypeVar("A")


def everything(ctx: Context, request: A) -> Bare:
    """``*``."""
    return Bare("*", ctx.account, NOT_SHARED)


@operation("sts:AssumeRoleWithSAML", on=everything, unsigned=True, open_to_all=True)
def assume_role_with_saml(ctx: Context, request: Any, nothing: Bare) -> NoReturn:
    """Refuse: there are no SAML providers."""
    raise InvalidIdentityTokenException(
        "SAML providers are not offered by this server; use AssumeRoleWithWebIdentity"
    )


@operation("sts:AssumeRoot", on=everything)
def assume_root(ctx: Context, request: Any, nothing: Bare) -> NoReturn:
    """Refuse: root sessions are a matter of an Organizations service."""
    raise AccessDenied("Root sessions are not enabled for this organization")


@operation("sts:GetDelegatedAccessToken", on=everything)
def get_delegated_access_token(ctx: Context, request: Any, nothing: Bare) -> NoReturn:
    """Refuse: there are no delegation requests to trade a token of."""
    raise AccessDenied("Delegation requests are not offered by this server")


@operation("sts:GetScopedCredentials", on=everything)
def get_scoped_credentials(ctx: Context, request: Any, nothing: Bare) -> NoReturn:
    """Refuse: scoped sessions are not offered."""
    raise AccessDenied("Scoped sessions are not offered by this server; use a session policy")


@operation("sts:GetWebIdentityToken", on=everything)
def get_web_identity_token(ctx: Context, request: Any, nothing: Bare) -> NoReturn:
    """Refuse in AWS's words: outbound web identity federation is never enabled here."""
    raise OutboundWebIdentityFederationDisabledException(
        "Outbound web identity federation is disabled for this account"
    )
