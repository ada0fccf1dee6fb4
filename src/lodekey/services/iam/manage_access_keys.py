"""Access keys: make, see, switch off and on, delete; when they were last used."""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.credentials import new_access_key
from lodekey.identity.records import (
    ACCESS_KEYS,
    ACCOUNTS,
    KEY_USES,
    NOT_SHARED,
    AccessKey,
    User,
    root_arn,
)
from lodekey.services.iam.directory import save
from lodekey.services.iam.errors import NoSuchEntityException
from lodekey.services.iam.finding import user_behind_key, user_or_root
from lodekey.services.iam.keys import of_entity
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import ACCESS_KEYS_PER_USER, must_fit
from lodekey.services.iam.shapes import (
    CreateAccessKeyRequest,
    CreateAccessKeyResponse,
    DeleteAccessKeyRequest,
    GetAccessKeyLastUsedRequest,
    GetAccessKeyLastUsedResponse,
    ListAccessKeysRequest,
    ListAccessKeysResponse,
    UpdateAccessKeyRequest,
)


def keys_of(ctx: Context, owner: User | Bare) -> tuple[str, ...]:
    """The ids of the access keys of a user, or of the root."""
    if isinstance(owner, User):
        return owner.access_keys
    account = ACCOUNTS.get(ctx.tx, ctx.account)
    return () if account is None else account.access_keys


def key_of(ctx: Context, owner: User | Bare, access_key_id: str) -> AccessKey:
    """One of the owner's access keys.

    Raises:
        NoSuchEntityException: it is not the owner's.
    """
    key = ACCESS_KEYS.get(ctx.tx, access_key_id) if access_key_id in keys_of(ctx, owner) else None
    if key is None:
        raise NoSuchEntityException(f"The Access Key with id {access_key_id} cannot be found.")
    return key


@operation("iam:CreateAccessKey", on=user_or_root, keys=of_entity, writes=True, reveals=True)
def create_access_key(
    ctx: Context, request: CreateAccessKeyRequest, owner: User | Bare
) -> CreateAccessKeyResponse:
    """Make an access key; its secret is shown this once."""
    must_fit("AccessKeysPerUser", len(keys_of(ctx, owner)) + 1, ACCESS_KEYS_PER_USER)
    name = owner.name if isinstance(owner, User) else ""
    key = new_access_key(ctx.tx, ctx.account, name, int(ctx.now))
    return {
        "AccessKey": {
            "UserName": key.user,
            "AccessKeyId": key.id,
            "Status": "Active",
            "SecretAccessKey": key.secret,
            "CreateDate": key.created,
        }
    }


@operation("iam:UpdateAccessKey", on=user_or_root, keys=of_entity, writes=True)
def update_access_key(ctx: Context, request: UpdateAccessKeyRequest, owner: User | Bare) -> None:
    """Switch an access key off or on."""
    key = key_of(ctx, owner, request["AccessKeyId"])
    changed = replace(key, active=request["Status"] == "Active")
    ACCESS_KEYS.put(ctx.tx, key.id, record=changed)


@operation("iam:DeleteAccessKey", on=user_or_root, keys=of_entity, writes=True)
def delete_access_key(ctx: Context, request: DeleteAccessKeyRequest, owner: User | Bare) -> None:
    """Delete an access key."""
    key = key_of(ctx, owner, request["AccessKeyId"])
    rest = tuple(each for each in keys_of(ctx, owner) if each != key.id)
    if isinstance(owner, User):
        save(ctx.tx, replace(owner, access_keys=rest))
    else:
        account = ACCOUNTS.get(ctx.tx, ctx.account)
        if account is not None:
            ACCOUNTS.put(ctx.tx, ctx.account, record=replace(account, access_keys=rest))
    ACCESS_KEYS.delete(ctx.tx, key.id)
    KEY_USES.delete(ctx.tx, key.id)


@operation("iam:ListAccessKeys", on=user_or_root, keys=of_entity)
def list_access_keys(
    ctx: Context, request: ListAccessKeysRequest, owner: User | Bare
) -> ListAccessKeysResponse:
    """List the access keys of a user, or of the root; never their secrets."""
    keys = [key_of(ctx, owner, each) for each in sorted(keys_of(ctx, owner))]
    found = page(ctx, request, f"ListAccessKeys {owner.arn}", keys, lambda key: key.id)
    return {
        "AccessKeyMetadata": [
            {
                "UserName": key.user,
                "AccessKeyId": key.id,
                "Status": "Active" if key.active else "Inactive",
                "CreateDate": key.created,
            }
            for key in found.items
        ],
        **found.tail,
    }


def owner_of_key(ctx: Context, request: GetAccessKeyLastUsedRequest) -> User | Bare:
    """The user whose access key the request names; of this account alone."""
    key = ACCESS_KEYS.get(ctx.tx, request["AccessKeyId"])
    if key is None or key.account != ctx.account:
        message = f"The Access Key with id {request['AccessKeyId']} cannot be found."
        raise Missing(f"arn:aws:iam::{ctx.account}:user/*", NoSuchEntityException(message))
    owner = user_behind_key(ctx, key.account, key.user)
    return Bare(root_arn(ctx.account), ctx.account, NOT_SHARED) if owner is None else owner


@operation("iam:GetAccessKeyLastUsed", on=owner_of_key, keys=of_entity)
def get_access_key_last_used(
    ctx: Context, request: GetAccessKeyLastUsedRequest, owner: User | Bare
) -> GetAccessKeyLastUsedResponse:
    """When, where and for which service an access key was last used."""
    use = ctx.gate.last_used.of(ctx.tx, request["AccessKeyId"])
    name = owner.name if isinstance(owner, User) else ctx.account
    if use is None:
        return {"UserName": name, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    return {
        "UserName": name,
        "AccessKeyLastUsed": {
            "LastUsedDate": use.at,
            "ServiceName": use.service,
            "Region": use.region,
        },
    }
