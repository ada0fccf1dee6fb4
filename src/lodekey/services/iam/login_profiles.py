"""Console passwords of users. There is no console sign-in with them; tools set and rotate them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.passwords import faults_of, hash_password, is_password
from lodekey.identity.records import LoginProfile, PasswordPolicy, User
from lodekey.services.iam import shapes
from lodekey.services.iam.directory import save
from lodekey.services.iam.errors import (
    EntityAlreadyExistsException,
    InvalidInputException,
    InvalidUserTypeException,
    NoSuchEntityException,
    PasswordPolicyViolationException,
)
from lodekey.services.iam.finding import MayNameUser, calling_user, user_named, user_or_caller
from lodekey.services.iam.keys import of_entity
from lodekey.services.iam.manage_account import account_of
from lodekey.services.iam.shapes import (
    ChangePasswordRequest,
    CreateLoginProfileRequest,
    CreateLoginProfileResponse,
    DeleteLoginProfileRequest,
    GetLoginProfileRequest,
    GetLoginProfileResponse,
    UpdateLoginProfileRequest,
)


def hash_of(request: Any) -> str:
    """The hash of the request's password: slow on purpose, so it is made beforehand."""
    password = request.get("Password", "")
    return hash_password(password) if password else ""


def login_of(user: User) -> LoginProfile:
    """A user's login profile.

    Raises:
        NoSuchEntityException: the user has none.
    """
    if user.login is None:
        raise NoSuchEntityException(f"Login Profile for User {user.name} cannot be found.")
    return user.login


def must_obey(ctx: Context, password: str) -> None:
    """Refuse a password that the account's policy does not let be.

    Raises:
        PasswordPolicyViolationException: with all that is missing.
    """
    policy = account_of(ctx).password_policy or PasswordPolicy(minimum_length=8)
    faults = faults_of(password, policy)
    if faults:
        raise PasswordPolicyViolationException(f"{', '.join(faults)}")


def shown_login(user: User, login: LoginProfile) -> shapes.LoginProfile:
    """A login profile as answers show it."""
    return {
        "UserName": user.name,
        "CreateDate": login.created,
        "PasswordResetRequired": login.reset_required,
    }


@operation(
    "iam:CreateLoginProfile",
    on=user_or_caller,
    keys=of_entity,
    writes=True,
    prepare=hash_of,
    ignores=("MaxSigninSessionDuration",),
)
def create_login_profile(
    ctx: Context, request: CreateLoginProfileRequest, user: User
) -> CreateLoginProfileResponse:
    """Give a user a password."""
    if user.login is not None:
        raise EntityAlreadyExistsException(f"Login Profile for user {user.name} already exists.")
    if "Password" not in request:
        raise InvalidInputException("A password is required.")
    must_obey(ctx, request["Password"])
    login = LoginProfile(
        hash=ctx.prepared,
        created=int(ctx.now),
        changed=int(ctx.now),
        reset_required=request.get("PasswordResetRequired", False),
    )
    save(ctx.tx, replace(user, login=login))
    return {"LoginProfile": shown_login(user, login)}


@operation("iam:GetLoginProfile", on=user_or_caller, keys=of_entity)
def get_login_profile(
    ctx: Context, request: GetLoginProfileRequest, user: User
) -> GetLoginProfileResponse:
    """Say whether a user has a password, and since when."""
    return {"LoginProfile": shown_login(user, login_of(user))}


@operation(
    "iam:UpdateLoginProfile",
    on=user_named,
    keys=of_entity,
    writes=True,
    prepare=hash_of,
    ignores=("MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"),
)
def update_login_profile(ctx: Context, request: UpdateLoginProfileRequest, user: User) -> None:
    """Set a user's password anew."""
    login = login_of(user)
    if "Password" in request:
        must_obey(ctx, request["Password"])
        login = _changed(ctx, login)
    reset = request.get("PasswordResetRequired", login.reset_required)
    save(ctx.tx, replace(user, login=replace(login, reset_required=reset)))


@operation("iam:DeleteLoginProfile", on=user_or_caller, keys=of_entity, writes=True)
def delete_login_profile(ctx: Context, request: DeleteLoginProfileRequest, user: User) -> None:
    """Take a user's password away."""
    login_of(user)
    save(ctx.tx, replace(user, login=None))


def new_hash_of(request: Any) -> str:
    """The hash of the request's new password."""
    return hash_password(request["NewPassword"])


def calling(ctx: Context, request: ChangePasswordRequest) -> User:
    """The user who asks; nobody else has a password to change.

    Raises:
        InvalidUserTypeException: the caller is no user.
    """
    if not calling_user(ctx):
        raise InvalidUserTypeException("Only IAM Users can change their own password.")
    return user_or_caller(ctx, MayNameUser())


@operation("iam:ChangePassword", on=calling, keys=of_entity, writes=True, prepare=new_hash_of)
def change_password(ctx: Context, request: ChangePasswordRequest, user: User) -> None:
    """Change one's own password."""
    login = login_of(user)
    if not is_password(request["OldPassword"], login.hash):
        raise InvalidInputException("The old password was incorrect.")
    must_obey(ctx, request["NewPassword"])
    policy = account_of(ctx).password_policy or PasswordPolicy()
    kept = (login.hash, *login.former)[: policy.reuse_prevention]
    if any(is_password(request["NewPassword"], each) for each in kept):
        raise PasswordPolicyViolationException("Password is one of the last passwords used")
    save(ctx.tx, replace(user, login=replace(_changed(ctx, login), reset_required=False)))


def _changed(ctx: Context, login: LoginProfile) -> LoginProfile:
    """The profile with the password whose hash was prepared; the last 24 are remembered."""
    former = (login.hash, *login.former)[:24]
    return replace(login, hash=ctx.prepared, changed=int(ctx.now), former=former)
