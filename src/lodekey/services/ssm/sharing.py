"""Resource policies on parameters: how one is shared with other accounts.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
"""

from __future__ import annotations

import hashlib
import uuid

from lodekey.arn import Arn, is_arn
from lodekey.identity.principals_in import InvalidPrincipal, remember_principals
from lodekey.policy.document import MalformedPolicy, validate
from lodekey.services.ssm.errors import (
    MalformedResourcePolicyDocumentException,
    ResourcePolicyConflictException,
    ResourcePolicyInvalidParameterException,
    ResourcePolicyLimitExceededException,
    ResourcePolicyNotFoundException,
)
from lodekey.services.ssm.parameters import DEFAULT_KEY, Parameter, Sharing
from lodekey.services.ssm.tiers import ADVANCED
from lodekey.store.port import Transaction

MAX_BYTES = 1024


def place_in(arn: str) -> tuple[str, str]:
    """The account and the place that a parameter's ARN names.

    Raises:
        ResourcePolicyInvalidParameterException: It is no parameter's ARN.
    """
    parsed = Arn.parse(arn) if is_arn(arn) else None
    if parsed is None or parsed.service != "ssm" or not parsed.resource.startswith("parameter/"):
        raise ResourcePolicyInvalidParameterException(
            f"Only parameters can have a resource policy here: {arn}",
            ParameterNames=["ResourceArn"],
        )
    return parsed.account, parsed.resource.removeprefix("parameter")


def must_be_shareable(parameter: Parameter) -> None:
    """Refuse to share what AWS does not share.

    Raises:
        ResourcePolicyInvalidParameterException: A standard parameter, or one under a managed key.
    """
    if parameter.newest.tier != ADVANCED:
        raise ResourcePolicyInvalidParameterException(
            "To share a parameter, it must be in the advanced parameter tier.",
            ParameterNames=["ResourceArn"],
        )
    if parameter.newest.key_id.endswith(DEFAULT_KEY):
        raise ResourcePolicyInvalidParameterException(
            "To share a SecureString parameter, it must be encrypted with a customer managed key.",
            ParameterNames=["ResourceArn"],
        )


def shared(tx: Transaction, old: Sharing | None, policy: str, id_: str, hash_: str) -> Sharing:
    """What a PutResourcePolicy makes of the policy that is there.

    Args:
        tx: Where the principals that the policy names are looked up.
        old: The policy that is there.
        policy: The new text.
        id_: The id in the request; empty: a new policy.
        hash_: The hash in the request.

    Raises:
        MalformedResourcePolicyDocumentException: The text is no policy, or names a principal that
            is not there.
        ResourcePolicyLimitExceededException: It is too long, or there is a policy already.
        ResourcePolicyInvalidParameterException: An id without a hash, or a hash without an id.
        ResourcePolicyNotFoundException: There is no policy with the id.
        ResourcePolicyConflictException: The hash is not that of the policy that is there.
    """
    if len(policy.encode()) > MAX_BYTES:
        raise ResourcePolicyLimitExceededException(
            f"A policy can't be greater than {MAX_BYTES} bytes in size.",
            Limit=MAX_BYTES,
            LimitType="policy-size",
        )
    try:
        validate(policy, "resource")
    except MalformedPolicy as error:
        raise MalformedResourcePolicyDocumentException(error.message) from error
    if bool(id_) != bool(hash_):
        raise ResourcePolicyInvalidParameterException(
            "PolicyId and PolicyHash must be given together.",
            ParameterNames=["PolicyId", "PolicyHash"],
        )
    if id_:
        must_be_current(old, id_, hash_)
    elif old is not None:
        raise ResourcePolicyLimitExceededException(
            "A parameter can have one resource policy.", Limit=1, LimitType="policy-count"
        )
    try:
        stored = remember_principals(tx, policy)
    except InvalidPrincipal as error:
        raise MalformedResourcePolicyDocumentException(
            f"Invalid principal in policy: {error}"
        ) from error
    return Sharing(id_ or str(uuid.uuid4()), hashlib.sha256(policy.encode()).hexdigest(), stored)


def must_be_current(old: Sharing | None, id_: str, hash_: str) -> None:
    """Refuse to change a policy that is not there, or not as the caller saw it.

    Raises:
        ResourcePolicyNotFoundException: There is no policy with the id.
        ResourcePolicyConflictException: The hash is not that of the policy that is there.
    """
    if old is None or old.id != id_:
        raise ResourcePolicyNotFoundException(
            "No policies with the specified policy ID and hash could be found."
        )
    if old.hash != hash_:
        raise ResourcePolicyConflictException(
            "The hash provided in the call doesn't match the stored hash."
        )
