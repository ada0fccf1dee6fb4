"""Versions of managed policies: up to five, one of them in force."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.records import ManagedPolicy, PolicyVersion
from lodekey.services.iam import shown
from lodekey.services.iam.directory import save
from lodekey.services.iam.documents import must_be_policy
from lodekey.services.iam.errors import (
    DeleteConflictException,
    LimitExceededException,
    NoSuchEntityException,
)
from lodekey.services.iam.finding import own_policy_named, policy_named
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import (
    MANAGED_POLICY_SIZE,
    VERSIONS_PER_POLICY,
    must_fit,
    size_of,
)
from lodekey.services.iam.shapes import (
    CreatePolicyVersionRequest,
    CreatePolicyVersionResponse,
    DeletePolicyVersionRequest,
    GetPolicyVersionRequest,
    GetPolicyVersionResponse,
    ListPolicyVersionsRequest,
    ListPolicyVersionsResponse,
    SetDefaultPolicyVersionRequest,
)


def version_of(policy: ManagedPolicy, version: str) -> PolicyVersion:
    """A version of a policy.

    Raises:
        NoSuchEntityException: there is none such.
    """
    for each in policy.versions:
        if each.id == version:
            return each
    raise NoSuchEntityException(
        f"Policy {policy.arn} version {version} does not exist or is not attachable."
    )


@operation("iam:CreatePolicyVersion", on=own_policy_named, writes=True)
def create_policy_version(
    ctx: Context, request: CreatePolicyVersionRequest, policy: ManagedPolicy
) -> CreatePolicyVersionResponse:
    """Add a version; it comes into force only if the request says so."""
    text = request["PolicyDocument"]
    must_be_policy(text)
    must_fit("PolicySize", size_of(text), MANAGED_POLICY_SIZE)
    if len(policy.versions) >= VERSIONS_PER_POLICY:
        raise LimitExceededException(
            f"A managed policy can have up to {VERSIONS_PER_POLICY} versions. Before you create "
            "a new version, you must delete an existing version."
        )
    made = PolicyVersion(id=f"v{policy.next_version}", text=text, created=int(ctx.now))
    in_force = request.get("SetAsDefault", False)
    changed = replace(
        policy,
        versions=(*policy.versions, made),
        next_version=policy.next_version + 1,
        default_version=made.id if in_force else policy.default_version,
        updated=int(ctx.now),
    )
    save(ctx.tx, changed)
    return {"PolicyVersion": shown.version(changed, made)}


@operation("iam:GetPolicyVersion", on=policy_named)
def get_policy_version(
    ctx: Context, request: GetPolicyVersionRequest, policy: ManagedPolicy
) -> GetPolicyVersionResponse:
    """Show a version with its document."""
    which = version_of(policy, request["VersionId"])
    return {"PolicyVersion": shown.version(policy, which, whole=True)}


@operation("iam:DeletePolicyVersion", on=own_policy_named, writes=True)
def delete_policy_version(
    ctx: Context, request: DeletePolicyVersionRequest, policy: ManagedPolicy
) -> None:
    """Delete a version that is not in force."""
    which = version_of(policy, request["VersionId"])
    if which.id == policy.default_version:
        raise DeleteConflictException("Cannot delete the default version of a policy.")
    rest = tuple(each for each in policy.versions if each.id != which.id)
    save(ctx.tx, replace(policy, versions=rest, updated=int(ctx.now)))


@operation("iam:ListPolicyVersions", on=policy_named)
def list_policy_versions(
    ctx: Context, request: ListPolicyVersionsRequest, policy: ManagedPolicy
) -> ListPolicyVersionsResponse:
    """List a policy's versions, the newest first."""
    newest_first = policy.versions[::-1]
    order = {each.id: f"{place:04}" for place, each in enumerate(newest_first)}
    scope = f"ListPolicyVersions {policy.arn}"
    found = page(ctx, request, scope, newest_first, lambda each: order[each.id])
    return {"Versions": [shown.version(policy, each) for each in found.items], **found.tail}


@operation("iam:SetDefaultPolicyVersion", on=own_policy_named, writes=True)
def set_default_policy_version(
    ctx: Context, request: SetDefaultPolicyVersionRequest, policy: ManagedPolicy
) -> None:
    """Bring a version into force."""
    which = version_of(policy, request["VersionId"])
    save(ctx.tx, replace(policy, default_version=which.id, updated=int(ctx.now)))
