"""Copies of a secret in another account.

The replica is a secret of the other account with a name, a suffix, tags, and a customer managed key
of its own; it takes the primary's labeled versions and their labels. Both ends must agree: the
replica names its primary when it is made, which lets that account in by the replica's resource
policy, and the primary's account then associates it.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cross-account-replication.html
"""

from __future__ import annotations

import json

import msgspec

from lodekey.arn import Arn
from lodekey.errors import AccessDeniedException, ApiError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.identity.principals import service_principal
from lodekey.identity.principals_of import role_claims, session_principal
from lodekey.identity.records import ROLES, Role
from lodekey.policy import document
from lodekey.policy.ask import Guard
from lodekey.services.secretsmanager import replication
from lodekey.services.secretsmanager.errors import InvalidParameterException
from lodekey.services.secretsmanager.old_versions import cleaned
from lodekey.services.secretsmanager.secrets import SECRETS, Foreign, Secret, change, read_id, save
from lodekey.services.secretsmanager.shapes import CreateSecretRequest

PENDING = "Pending"
DETACHED = "Detached"
SERVICE_PRINCIPAL = "secretsmanager.amazonaws.com"
ACCEPT = "secretsmanager:AcceptCrossAccountReplication"
SESSION_SECONDS = 900

_NOT_FOR_REPLICAS = ("AddReplicaRegions", "Description", "SecretBinary", "SecretString", "Type")


def awaiting(secret: Secret, request: CreateSecretRequest) -> Secret:
    """A new secret as the replica that waits for the primary it names.

    Raises:
        InvalidParameterException: The request says what a replica cannot have, or leaves out the
            customer managed key that it must have.
    """
    for member in _NOT_FOR_REPLICAS:
        if member in request:
            raise InvalidParameterException(
                f"You can't specify {member} for a cross-account replica secret."
            )
    if not secret.key_id:
        raise InvalidParameterException(
            "A cross-account replica secret must use a customer managed KMS key."
        )
    primary = request["CrossAccountPrimaryARN"]
    named = read_id(primary, "", "")
    if not named.suffix or named.account == secret.account or named.region != secret.region:
        raise InvalidParameterException(
            "CrossAccountPrimaryARN must be the complete ARN of a secret in another account and "
            "in this Region."
        )
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AcceptCrossAccountReplication",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{named.account}:root"},
                "Action": ACCEPT,
                "Resource": "*",
            }
        ],
    }
    return msgspec.structs.replace(
        secret, foreign_primary=Foreign(primary, PENDING), policy=json.dumps(policy)
    )


def find_exact(ctx: Context, arn: str) -> Secret | None:
    """The secret with this complete ARN, whosever it is; None where there is none."""
    named = read_id(arn, "", "")
    found = SECRETS.get(ctx.tx, named.account, named.region, named.name)
    return found if found is not None and found.arn == arn else None


def sync(ctx: Context, primary: Secret, known: replication.Values) -> Secret:
    """Bring the replica in the other account in step with its primary.

    Returns:
        The primary, with the replica's status; to be saved.
    """
    link = primary.foreign_replica
    if link is None or link.status == DETACHED:
        return primary
    try:
        with ctx.tx.savepoint():
            status = _follow(ctx, primary, link, known)
        link = msgspec.structs.replace(link, status=status, message="")
    except ApiError as error:
        link = msgspec.structs.replace(link, status=replication.FAILED, message=error.message)
    return msgspec.structs.replace(primary, foreign_replica=link)


def _follow(ctx: Context, primary: Secret, link: Foreign, known: replication.Values) -> str:
    copy = find_exact(ctx, link.arn)
    if copy is None or copy.foreign_primary is None or copy.foreign_primary.arn != primary.arn:
        raise InvalidParameterException("The replica secret no longer replicates this secret.")
    acting = as_role(ctx, link.role_arn) if link.role_arn else ctx
    acting.require(ACCEPT, copy)
    copy = cleaned(ctx.tx, replication.follow(acting, primary, copy, known), ctx.now)
    far = Foreign(primary.arn, replication.IN_SYNC)
    save(ctx.tx, change(copy, ctx.now, stages=primary.stages, foreign_primary=far))
    return replication.IN_SYNC


def detached(ctx: Context, secret: Secret | None, *, role: str) -> None:
    """Tell the other end of a replication that it has ended.

    Args:
        ctx: The request's surroundings.
        secret: The other end, if it still is.
        role: What the other end is: ``primary`` or ``replica``.
    """
    if secret is None:
        return
    link = secret.foreign_replica if role == "primary" else secret.foreign_primary
    if link is None:
        return
    ended = msgspec.structs.replace(link, status=DETACHED, message="")
    if role == "primary":
        save(ctx.tx, change(secret, ctx.now, foreign_replica=ended))
    else:
        save(ctx.tx, change(secret, ctx.now, foreign_primary=ended))


def must_pass_role(ctx: Context, arn: str) -> None:
    """Ask whether the caller may hand the role to Secrets Manager, and whether that may take it.

    Raises:
        AccessDeniedException: One of them may not, or there is no such role.
    """
    role, place = _role_named(ctx, arn)
    tags = {} if role is None else role.tags
    keys = {"iam:passedtoservice": SERVICE_PRINCIPAL}
    ctx.require("iam:PassRole", Bare(arn, place.account, tags=tags), keys)
    as_role(ctx, arn)


def _role_named(ctx: Context, arn: str) -> tuple[Role | None, Bare]:
    """An IAM role, and what is asked of who would assume it: its trust policy."""
    parsed = Arn.parse(arn)
    role = ROLES.get(ctx.tx, parsed.account, parsed.resource.rpartition("/")[2].lower())
    if role is None or role.arn != arn:
        return None, Bare(arn, parsed.account)
    trust = document.parse(role.trust, name=arn, kind="trust")
    return role, Bare(arn, role.account, Guard(policy=trust, style="trust"), role.tags)


def as_role(ctx: Context, arn: str) -> Context:
    """The context of a role that Secrets Manager assumes.

    Raises:
        AccessDeniedException: There is no such role, or it does not trust Secrets Manager.
    """
    role, place = _role_named(ctx, arn)
    service = service_principal(SERVICE_PRINCIPAL, {"aws:sourceaccount": place.account})
    asking = msgspec.structs.replace(ctx, principal=service)
    if role is None or not asking.allows("sts:AssumeRole", place):
        raise AccessDeniedException("Secrets Manager can't assume the replication role.")
    claims = role_claims(role, "SecretsManagerReplication", ctx.now, SESSION_SECONDS)
    return msgspec.structs.replace(ctx, principal=session_principal(ctx.tx, claims))
