"""Resource policies of functions and layer versions: statements, added and removed one by one.

A policy belongs to the function itself, to one version, or to one alias; it counts for requests
that name just that.

Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from lodekey.identity.principals_in import InvalidPrincipal, remember_principals, show_principals
from lodekey.policy.ask import UNGUARDED, Guard
from lodekey.policy.document import parse
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    PolicyLengthExceededException,
    PreconditionFailedException,
    ResourceConflictException,
    ResourceNotFoundException,
)
from lodekey.services.lambda_.functions import new_revision
from lodekey.services.lambda_.names import FunctionName, LayerName
from lodekey.store.port import Collection, Transaction

MOST_POLICY = 20_480

_OPENING, _CLOSING = '{"Statement":[', "]}"

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|amazonaws\.com\.cn)")


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A resource policy.

    Args:
        statements: Each statement's text by its id, as stored: principals by unique id.
    """

    statements: dict[str, str]
    revision: str

    @property
    def text(self) -> str:
        """The whole document, as stored."""
        joined = ",".join(self.statements.values())
        return f'{{"Version":"2012-10-17","Id":"default","Statement":[{joined}]}}'


POLICIES = Collection("lambda/policy", Policy)
LAYER_POLICIES = Collection("lambda/layer-policy", Policy)

Where = tuple[str, ...]


def place(name: FunctionName) -> Where:
    """Where the policy of *name* is filed."""
    return (name.account, name.region, name.name, name.qualifier)


def layer_place(name: LayerName) -> Where:
    """Where the policy of a layer version is filed."""
    return (name.account, name.region, name.name, str(name.version).zfill(10))


def guard_of(tx: Transaction, policies: Collection[Policy], where: Where) -> Guard:
    """The guard of what the policy filed at *where* belongs to."""
    policy = policies.get(tx, *where)
    if policy is None:
        return UNGUARDED
    return Guard(policy=parse(policy.text, kind="resource"))


def shown_text(tx: Transaction, policy: Policy) -> str:
    """The document as its readers see it."""
    return show_principals(tx, policy.text)


def principal_of(text: str) -> dict[str, str] | str:
    """The ``Principal`` element for a request's principal.

    Raises:
        InvalidParameterValueException: It is none.
    """
    if text == "*":
        return "*"
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:aws:iam::{text}:root"}
    if text.startswith("arn:"):
        return {"AWS": text}
    raise invalid_principal(text)


def invalid_principal(text: str) -> InvalidParameterValueException:
    """What a caller reads who names nobody."""
    return InvalidParameterValueException(
        f"The provided principal was invalid. Please check the principal and try again: {text}",
        Type="User",
    )


def add(
    tx: Transaction,
    policies: Collection[Policy],
    where: Where,
    statement: dict[str, Any],
    revision: str,
) -> Policy:
    """Add *statement*; its ``Sid`` must be new.

    Raises:
        InvalidParameterValueException: It names a principal that is not.
        ResourceConflictException: There is a statement of that id.
        PreconditionFailedException: *revision* is given and not the latest.
        PolicyLengthExceededException: The policy would be too long.
    """
    policy = policies.get(tx, *where)
    must_match(policy, revision)
    sid = statement["Sid"]
    held = {} if policy is None else policy.statements
    if sid in held:
        raise ResourceConflictException(
            f"The statement id ({sid}) provided already exists. Please provide a new statement "
            "id, or remove the existing statement.",
            Type="User",
        )
    text = json.dumps(statement, separators=(",", ":"))
    try:
        # a statement's principals are found in a whole document
        whole = remember_principals(tx, f"{_OPENING}{text}{_CLOSING}")
        text = whole.removeprefix(_OPENING).removesuffix(_CLOSING)
    except InvalidPrincipal as error:
        raise invalid_principal(error.value) from None
    added = Policy(statements={**held, sid: text}, revision=new_revision())
    if len(added.text) > MOST_POLICY:
        raise PolicyLengthExceededException(
            f"The final policy size ({len(added.text)}) is bigger than the limit ({MOST_POLICY}).",
            Type="User",
        )
    policies.put(tx, *where, record=added)
    return added


def remove(
    tx: Transaction, policies: Collection[Policy], where: Where, sid: str, revision: str
) -> None:
    """Remove the statement called *sid*.

    Raises:
        ResourceNotFoundException: There is none.
        PreconditionFailedException: *revision* is given and not the latest.
    """
    policy = policies.get(tx, *where)
    if policy is None:
        raise no_policy()
    must_match(policy, revision)
    if sid not in policy.statements:
        raise ResourceNotFoundException(
            f"Statement {sid} is not found in resource policy.", Type="User"
        )
    left = {name: text for name, text in policy.statements.items() if name != sid}
    if left:
        changed = Policy(statements=left, revision=new_revision())
        policies.put(tx, *where, record=changed)
    else:
        policies.delete(tx, *where)


def no_policy() -> ResourceNotFoundException:
    """What a caller reads where there is no policy."""
    return ResourceNotFoundException("The resource you requested does not exist.", Type="User")


def must_match(policy: Policy | None, revision: str) -> None:
    """Check the revision id that a request gives.

    Raises:
        PreconditionFailedException: It is not the latest.
    """
    if revision and (policy is None or policy.revision != revision):
        raise stale_revision()


def stale_revision() -> PreconditionFailedException:
    """What a caller reads who gives an old revision id."""
    return PreconditionFailedException(
        "The RevisionId provided does not match the latest RevisionId. Call the "
        "GetFunction/GetAlias API to retrieve the latest RevisionId",
        Type="User",
    )
