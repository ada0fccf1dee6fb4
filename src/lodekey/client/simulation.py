"""Ask IAM itself what a principal may do: its simulator, which AWS has and a lodekey server too.

It knows what no client sees: control policies of the organization, boundaries, policies that others
attached. It does not know a resource's own policy.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lodekey.client.connection import Connection
from lodekey.client.failures import Failure, translated
from lodekey.client.plan import Plan
from lodekey.client.proof import EVERYTHING, READ_ACTION, Proved, example

_SESSION = re.compile(r"arn:([\w-]+):sts::(\d{12}):assumed-role/([^/]+)/.*")
ATTEMPTS = 4
"""IAM tells its simulator of a new policy a moment later."""
PAUSE = 2.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the simulator says of one action on one resource.

    Args:
        decision: ``allowed``, ``explicitDeny`` or ``implicitDeny``.
        matched: The policies whose statements decided, by their name.
        missing: Context keys that a statement asks for and the question did not have.
        limits: What else denies it: ``organization``, ``boundary``.
    """

    decision: str
    matched: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it would be."""
        return self.decision == "allowed"


def role_of_session(arn: str) -> str:
    """The role of a session's ARN, without its path, which is not in there; another ARN itself."""
    return _SESSION.sub(r"arn:\1:iam::\2:role/\3", arn)


def simulate(
    connection: Connection,
    principal: str,
    action: str,
    resource: str,
    keys: Mapping[str, Sequence[str]] | None = None,
) -> Simulated:
    """What becomes of a request of *principal*, as far as IAM knows.

    Args:
        connection: Where.
        principal: The ARN of a user or role.
        action: What is asked for.
        resource: The ARN that it is asked of.
        keys: The context of the request.

    Raises:
        Failure: The simulator does not answer; `Denied` without iam:SimulatePrincipalPolicy.
    """
    with translated():
        answer = connection.client("iam").simulate_principal_policy(
            PolicySourceArn=principal,
            ActionNames=[action],
            ResourceArns=[resource],
            ContextEntries=_entries(keys or {}),
        )
    return _simulated(answer)


def _entries(keys: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [
        {
            "ContextKeyName": name,
            "ContextKeyValues": list(values),
            "ContextKeyType": "string" if len(values) == 1 else "stringList",
        }
        for name, values in keys.items()
    ]


def _simulated(answer: Mapping[str, Any]) -> Simulated:
    result = answer["EvaluationResults"][0]
    organization = result.get("OrganizationsDecisionDetail") or {}
    boundary = result.get("PermissionsBoundaryDecisionDetail") or {}
    return Simulated(
        result["EvalDecision"],
        tuple(
            f"{each.get('SourcePolicyId', '')} ({each.get('SourcePolicyType', 'policy')})"
            for each in result.get("MatchedStatements", [])
        ),
        tuple(result.get("MissingContextValues", [])),
        (
            *(["organization"] if organization.get("AllowedByOrganizations") is False else []),
            *(["boundary"] if boundary.get("AllowedByPermissionsBoundary") is False else []),
        ),
    )


def verify(connection: Connection, plan: Plan, key: str, stored: str) -> Iterable[Proved]:
    """Ask the endpoint's simulator about a plan that was carried out.

    Args:
        connection: Where.
        plan: What was carried out.
        key: The key's ARN.
        stored: The key policy that is stored.

    Raises:
        Failure: There is no simulator here, or the caller may not ask it.
    """
    keys = {"lambda:SourceFunctionArn": [plan.function]} if plan.function else {}
    for place in plan.places:
        action = READ_ACTION[place.scheme]
        arn = example(plan.arn(place))
        yield Proved(
            f"IAM's simulator lets {plan.role_name} read {place}",
            _becomes(connection, plan.reader, action, arn, keys, allowed=True),
        )
        if plan.function:
            other = {"lambda:SourceFunctionArn": [f"{plan.function}-other"]}
            yield Proved(
                f"IAM's simulator keeps {plan.role_name} from {place} in another function",
                _becomes(connection, plan.reader, action, arn, other, allowed=False),
            )
    yield Proved(
        "IAM's simulator keeps an administrator of the account who is not named from the key",
        not _stranger(connection, plan, key, stored).allowed,
    )


def _becomes(
    connection: Connection,
    principal: str,
    action: str,
    resource: str,
    keys: Mapping[str, Sequence[str]],
    *,
    allowed: bool,
) -> bool:
    """Whether the simulator comes to say so: it may learn of a new policy a moment later."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        if simulate(connection, principal, action, resource, keys).allowed == allowed:
            return True
    return False


def _stranger(connection: Connection, plan: Plan, key: str, stored: str) -> Simulated:
    with translated():
        answer = connection.client("iam").simulate_custom_policy(
            PolicyInputList=[EVERYTHING],
            ActionNames=["kms:Decrypt"],
            ResourceArns=[key],
            ResourcePolicy=json.dumps(json.loads(stored), separators=(",", ":")),
            ResourceOwner=plan.root,
            CallerArn=plan.root.replace(":root", ":user/somebody-with-every-permission"),
        )
    return _simulated(answer)


def tried(connection: Connection, plan: Plan, key: str, stored: str) -> tuple[list[Proved], str]:
    """What the simulator proves, and why it could not be asked for the rest; empty: it was."""
    proofs: list[Proved] = []
    try:
        proofs += verify(connection, plan, key, stored)
    except Failure as failure:
        return proofs, failure.message
    return proofs, ""
