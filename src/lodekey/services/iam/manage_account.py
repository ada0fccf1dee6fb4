"""The account: its summary, its alias, its password policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import (
    ACCOUNTS,
    ALIASES,
    MFA_DEVICES,
    NOT_SHARED,
    OIDC_PROVIDERS,
    Account,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Named,
    PasswordPolicy,
    Role,
    User,
)
from lodekey.services.iam import quotas
from lodekey.services.iam.directory import attachments, everyone
from lodekey.services.iam.errors import (
    EntityAlreadyExistsException,
    NoSuchEntityException,
)
from lodekey.services.iam.finding import everything
from lodekey.services.iam.paging import page
from lodekey.services.iam.shapes import (
    CreateAccountAliasRequest,
    DeleteAccountAliasRequest,
    GetAccountPasswordPolicyResponse,
    GetAccountSummaryResponse,
    ListAccountAliasesRequest,
    ListAccountAliasesResponse,
    UpdateAccountPasswordPolicyRequest,
)

_FIXED = {
    "UsersQuota": quotas.USERS,
    "GroupsQuota": quotas.GROUPS,
    "RolesQuota": quotas.ROLES,
    "PoliciesQuota": quotas.POLICIES,
    "InstanceProfilesQuota": quotas.INSTANCE_PROFILES,
    "ServerCertificates": 0,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "AccessKeysPerUserQuota": quotas.ACCESS_KEYS_PER_USER,
    "GroupsPerUserQuota": quotas.GROUPS_PER_USER,
    "UserPolicySizeQuota": quotas.USER_POLICY_SIZE,
    "GroupPolicySizeQuota": quotas.GROUP_POLICY_SIZE,
    "RolePolicySizeQuota": quotas.ROLE_POLICY_SIZE,
    "PolicySizeQuota": quotas.MANAGED_POLICY_SIZE,
    "AssumeRolePolicySizeQuota": quotas.TRUST_POLICY_SIZE,
    "AttachedPoliciesPerUserQuota": quotas.ATTACHED_PER_ENTITY,
    "AttachedPoliciesPerGroupQuota": quotas.ATTACHED_PER_ENTITY,
    "AttachedPoliciesPerRoleQuota": quotas.ATTACHED_PER_ENTITY,
    "VersionsPerPolicyQuota": quotas.VERSIONS_PER_POLICY,
    "PolicyVersionsInUseQuota": 10000,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "GlobalEndpointTokenVersion": 1,
}


def account_of(ctx: Context) -> Account:
    """The caller's account."""
    found = ACCOUNTS.get(ctx.tx, ctx.account)
    if found is None:
        raise AssertionError(f"a caller of account {ctx.account}, which is not there")
    return found


@operation("iam:GetAccountSummary", on=everything)
def get_account_summary(
    ctx: Context, request: Mapping[str, Any], nothing: Bare
) -> GetAccountSummaryResponse:
    """Count what there is, beside the quotas."""
    account = account_of(ctx)
    policies = everyone(ctx.tx, ManagedPolicy, ctx.account)
    devices = [device for _, device in MFA_DEVICES.scan(ctx.tx, ctx.account)]
    root_has_mfa = any(device.enabled is not None and not device.user for device in devices)
    counted = {
        "Users": len(everyone(ctx.tx, User, ctx.account)),
        "Groups": len(everyone(ctx.tx, Group, ctx.account)),
        "Roles": len(everyone(ctx.tx, Role, ctx.account)),
        "Policies": len(policies),
        "PolicyVersionsInUse": len(attachments(ctx.tx, ctx.account)),
        "InstanceProfiles": len(everyone(ctx.tx, InstanceProfile, ctx.account)),
        "Providers": sum(1 for _ in OIDC_PROVIDERS.scan(ctx.tx, ctx.account)),
        "MFADevices": len(devices),
        "MFADevicesInUse": sum(device.enabled is not None for device in devices),
        "AccountMFAEnabled": int(root_has_mfa),
        "AccountAccessKeysPresent": int(bool(account.access_keys)),
    }
    return {"SummaryMap": {**_FIXED, **counted}}


@operation("iam:CreateAccountAlias", on=everything, writes=True)
def create_account_alias(ctx: Context, request: CreateAccountAliasRequest, nothing: Bare) -> None:
    """Give the account an alias, in place of the one it has; unique over all accounts."""
    alias, account = request["AccountAlias"], account_of(ctx)
    taken = ALIASES.get(ctx.tx, alias)
    if taken is not None and taken.account != ctx.account:
        raise EntityAlreadyExistsException(f"The account alias {alias} already exists.")
    if account.alias:
        ALIASES.delete(ctx.tx, account.alias)
    ALIASES.put(ctx.tx, alias, record=Named(kind="account", account=ctx.account, name=alias))
    ACCOUNTS.put(ctx.tx, ctx.account, record=replace(account, alias=alias))


@operation("iam:DeleteAccountAlias", on=everything, writes=True)
def delete_account_alias(ctx: Context, request: DeleteAccountAliasRequest, nothing: Bare) -> None:
    """Take the account's alias back."""
    alias, account = request["AccountAlias"], account_of(ctx)
    if account.alias != alias:
        raise NoSuchEntityException(f"The account alias {alias} cannot be found.")
    ALIASES.delete(ctx.tx, alias)
    ACCOUNTS.put(ctx.tx, ctx.account, record=replace(account, alias=""))


@operation("iam:ListAccountAliases", on=everything)
def list_account_aliases(
    ctx: Context, request: ListAccountAliasesRequest, nothing: Bare
) -> ListAccountAliasesResponse:
    """List the account's alias, of which there is one at most."""
    alias = account_of(ctx).alias
    found = page(ctx, request, "ListAccountAliases", [alias] if alias else [])
    return {"AccountAliases": found.items, **found.tail}


def password_policy(ctx: Context, request: Mapping[str, Any]) -> Bare:
    """``*``; refuses where there is no password policy to speak of.

    Raises:
        Missing: the account has none.
    """
    if account_of(ctx).password_policy is None:
        message = f"The Password Policy with domain name {ctx.account} cannot be found."
        raise Missing("*", NoSuchEntityException(message))
    return Bare("*", ctx.account, NOT_SHARED)


@operation("iam:GetAccountPasswordPolicy", on=password_policy)
def get_account_password_policy(
    ctx: Context, request: Mapping[str, Any], nothing: Bare
) -> GetAccountPasswordPolicyResponse:
    """Show the account's password policy."""
    policy = account_of(ctx).password_policy or PasswordPolicy()
    made: GetAccountPasswordPolicyResponse = {
        "PasswordPolicy": {
            "MinimumPasswordLength": policy.minimum_length,
            "RequireSymbols": policy.symbols,
            "RequireNumbers": policy.numbers,
            "RequireUppercaseCharacters": policy.uppercase,
            "RequireLowercaseCharacters": policy.lowercase,
            "AllowUsersToChangePassword": policy.users_may_change,
            "ExpirePasswords": policy.max_age > 0,
        }
    }
    if policy.max_age:
        made["PasswordPolicy"]["MaxPasswordAge"] = policy.max_age
    if policy.reuse_prevention:
        made["PasswordPolicy"]["PasswordReusePrevention"] = policy.reuse_prevention
    if policy.hard_expiry is not None:
        made["PasswordPolicy"]["HardExpiry"] = policy.hard_expiry
    return made


@operation("iam:UpdateAccountPasswordPolicy", on=everything, writes=True)
def update_account_password_policy(
    ctx: Context, request: UpdateAccountPasswordPolicyRequest, nothing: Bare
) -> None:
    """Set the password policy; what the request leaves out gets its default, not what it was."""
    policy = PasswordPolicy(
        minimum_length=request.get("MinimumPasswordLength", 6),
        symbols=request.get("RequireSymbols", False),
        numbers=request.get("RequireNumbers", False),
        uppercase=request.get("RequireUppercaseCharacters", False),
        lowercase=request.get("RequireLowercaseCharacters", False),
        users_may_change=request.get("AllowUsersToChangePassword", False),
        max_age=request.get("MaxPasswordAge", 0),
        reuse_prevention=request.get("PasswordReusePrevention", 0),
        hard_expiry=request.get("HardExpiry"),
    )
    ACCOUNTS.put(ctx.tx, ctx.account, record=replace(account_of(ctx), password_policy=policy))


@operation("iam:DeleteAccountPasswordPolicy", on=password_policy, writes=True)
def delete_account_password_policy(ctx: Context, request: Mapping[str, Any], nothing: Bare) -> None:
    """Ask for nothing of passwords but IAM's own minimum."""
    ACCOUNTS.put(ctx.tx, ctx.account, record=replace(account_of(ctx), password_policy=None))
