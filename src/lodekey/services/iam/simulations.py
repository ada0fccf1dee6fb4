"""A simulation: one caller, some actions, some resources, and what would become of each pair.

The engine is the one that decides real requests (`lodekey.policy.explain`). As on AWS, nothing is
fetched for a resource: its policy counts if the request brings it.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lodekey.policy.actions import actions, is_multi_valued, resource_types
from lodekey.policy.ask import UNGUARDED, Ask, Caller, Guard, Keys, Value
from lodekey.policy.document import parse
from lodekey.policy.explain import explain
from lodekey.policy.explanation import Explanation
from lodekey.policy.positions import statement_spans
from lodekey.services.iam.labeled import Labeled
from lodekey.services.iam.shapes import (
    ContextEntry,
    EvaluationResult,
    ResourceSpecificResult,
    Statement,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What is simulated.

    Args:
        caller: Who asks, with the policies that count.
        policies: The identity policies with their labels; `caller` has them compiled.
        keys: The context keys that requests would carry.
        resource_policy: The policy of every resource; empty: none.
        owner: The account of resources whose ARN names none.
        in_organization: Whether control policies were asked.
    """

    caller: Caller
    policies: tuple[Labeled, ...]
    keys: Keys
    resource_policy: str = ""
    owner: str = ""
    in_organization: bool = False

    def result(self, action: str, resources: Sequence[str]) -> EvaluationResult:
        """What would become of one action on each of the resources."""
        found = [(resource, self._explain(action, resource)) for resource in resources]
        whole = min((each for _, each in found), key=_severity)
        matched = {repr(each): each for _, one in found for each in self._matched(one)}
        result: EvaluationResult = {
            "EvalActionName": action,
            "EvalResourceName": arn_form(action),
            "EvalDecision": _word(whole),
            "MatchedStatements": list(matched.values()),
            "MissingContextValues": _missing([each for _, each in found]),
        }
        if self.in_organization:
            allowed = all("scp" not in each.lacking and not _by_scp(each) for _, each in found)
            result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
        if self.caller.boundary is not None:
            result["PermissionsBoundaryDecisionDetail"] = {
                "AllowedByPermissionsBoundary": all(_bounded(each) for _, each in found)
            }
        if list(resources) != ["*"]:
            result["EvalDecisionDetails"] = {}
            result["ResourceSpecificResults"] = [self._specific(*each) for each in found]
        return result

    def _specific(self, resource: str, found: Explanation) -> ResourceSpecificResult:
        result: ResourceSpecificResult = {
            "EvalResourceName": resource,
            "EvalResourceDecision": _word(found),
            "MatchedStatements": self._matched(found),
            "MissingContextValues": _missing([found]),
        }
        if self.caller.boundary is not None:
            result["PermissionsBoundaryDecisionDetail"] = {
                "AllowedByPermissionsBoundary": _bounded(found)
            }
        return result

    def _explain(self, action: str, resource: str) -> Explanation:
        account = _account_in(resource) or self.owner or self.caller.account
        guard = UNGUARDED
        if self.resource_policy:
            document = parse(self.resource_policy, name="ResourcePolicy", kind="resource")
            is_key = action.lower().startswith("kms:")
            guard = Guard(policy=document, style="key" if is_key else "ordinary")
        else:
            account = self.caller.account
        return explain(Ask(self.caller, action, resource, account, lambda: self.keys), guard)

    def _matched(self, found: Explanation) -> list[Statement]:
        """The statements that decided, with where they stand; control policies' are left out."""
        labeled = {each.label: each for each in self.policies}
        rows: list[Statement] = []
        for policy, statement in found.deciding:
            if policy.type == "resource":
                text, label, kind = self.resource_policy, "ResourcePolicy", "resource"
            elif policy.type == "identity" and policy.name in labeled:
                one = labeled[policy.name]
                text, label, kind = one.text, one.label, one.type
            else:
                continue
            span = statement_spans(text)[statement.index]
            rows.append(
                {
                    "SourcePolicyId": label,
                    "SourcePolicyType": kind,
                    "StartPosition": {"Line": span.start.line, "Column": span.start.column},
                    "EndPosition": {"Line": span.end.line, "Column": span.end.column},
                }
            )
        return rows


def context_of(entries: Sequence[ContextEntry]) -> dict[str, Value]:
    """The context keys of a request; a key that is known to hold several values keeps them all."""
    keys: dict[str, Value] = {}
    for entry in entries:
        name, values = entry.get("ContextKeyName", ""), tuple(entry.get("ContextKeyValues", []))
        several = entry.get("ContextKeyType", "").endswith("List") or is_multi_valued(name)
        if values:
            keys[name.lower()] = values if several or len(values) > 1 else values[0]
    return keys


def arn_form(action: str) -> str:
    """The ARN form of what an action is asked on; ``*`` where it has none, or several."""
    known = actions().get(action.lower())
    if known is None or len(known.resources) != 1:
        return "*"
    return resource_types(known.name.partition(":")[0]).get(known.resources[0], "*")


def _word(found: Explanation) -> str:
    if found.decision.allowed:
        return "allowed"
    return "explicitDeny" if found.decision.explicit else "implicitDeny"


def _severity(found: Explanation) -> int:
    return ["explicitDeny", "implicitDeny", "allowed"].index(_word(found))


def _missing(found: Sequence[Explanation]) -> list[str]:
    return sorted({key for each in found for key in each.missing_keys})


def _by_scp(found: Explanation) -> bool:
    return found.decision.explicit and found.decision.policy_type == "scp"


def _bounded(found: Explanation) -> bool:
    """Whether the permissions boundary allows."""
    views = [view for view in found.policies if view.type == "boundary"]
    return all(view.verdict == "allows" for view in views)


def _account_in(resource: str) -> str:
    parts = resource.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4].isdigit() else ""
