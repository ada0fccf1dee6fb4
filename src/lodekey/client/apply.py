"""Look up what a plan needs, carry it out, and look whether it was carried out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lodekey.client import plan as planning
from lodekey.client import simulation
from lodekey.client.connection import Connection
from lodekey.client.failures import Denied, Failure, NotFound, Unusable, code_of, translated
from lodekey.client.plan import Plan, Policy
from lodekey.client.proof import Proved, prove

_PRINCIPAL = re.compile(
    r"arn:[\w-]+:iam::(?P<account>\d{12}):(?:root|(?P<kind>user|role)/(?:[^/]+/)*(?P<name>[^/]+))"
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens the values: a role, and the function that alone may hold it.

    Args:
        role: The role's ARN.
        function: The function's ARN; empty: not bound to a function.
    """

    role: str
    function: str = ""


def reader_named(connection: Connection, who: str) -> Reader:
    """The role behind a role's or function's name or ARN; a bare name is tried as a function first.

    Raises:
        NotFound: There is neither.
    """
    if ":role/" in who:
        return Reader(who)
    if ":function:" in who:
        return _function(connection, who)
    try:
        return _function(connection, who)
    except (NotFound, Denied):
        return Reader(_role(connection, who.rpartition("/")[2]))


def _function(connection: Connection, who: str) -> Reader:
    with translated():
        answer = connection.client("lambda").get_function_configuration(FunctionName=who)
    return Reader(answer["Role"], answer["FunctionArn"])


def _role(connection: Connection, name: str) -> str:
    try:
        with translated():
            arn: str = connection.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    except NotFound:
        raise NotFound(f"there is no function and no role `{name}`") from None
    return arn


def principal_of_caller(connection: Connection) -> str:
    """The caller as a policy names it: a session's role, a user, or the root."""
    arn = connection.identity["Arn"]
    role = simulation.role_of_session(arn)
    if role == arn:
        return role
    try:
        return _role(connection, role.rpartition("/")[2])
    except Failure:
        return role


def must_exist(connection: Connection, plan: Plan) -> None:
    """Refuse a reader, writers and administrators who are not there: a key of nobody's is lost.

    Those of other accounts, and where the caller may not look, KMS judges.

    Raises:
        Unusable: One is no user, role or root user; or the reader is of another account, where
            nobody here may give its role a policy.
        NotFound: One of the account's own is not there.
    """
    iam = connection.client("iam")
    if plan.reader.split(":")[4] != plan.account:
        raise Unusable(
            f"`{plan.reader}` is of another account",
            hint="run this in the account of the reader: its role gets a policy, too",
        )
    for arn in dict.fromkeys((*plan.admins, *plan.writers, plan.reader)):
        principal = _PRINCIPAL.fullmatch(arn)
        if principal is None:
            hint = "a session's ARN changes with each session: name its role"
            raise Unusable(
                f"`{arn}` is no user, role or root user", hint=hint if ":sts:" in arn else ""
            )
        name = principal["name"]
        if principal["account"] != plan.account or not name:
            continue
        try:
            with translated():
                if principal["kind"] == "role":
                    iam.get_role(RoleName=name)
                else:
                    iam.get_user(UserName=name)
        except NotFound:
            raise NotFound(f"there is no {principal['kind']} `{name}`") from None
        except Denied:
            continue


def must_be_sound(proofs: list[Proved], key: str = "") -> None:
    """Refuse a plan that would lock everybody out, or does not do what it is for.

    Args:
        proofs: What was looked at.
        key: The key, where the plan is carried out already.

    Raises:
        Unusable: With what does not hold, of a plan.
        Failure: With what does not hold, of what is stored.
    """
    broken = [each.what for each in proofs if not each.holds]
    if broken and key:
        raise Failure(
            f"{key} is made, but not true is: " + "; ".join(broken),
            hint="another policy is in the way: `lodekey explain --as ARN`, `lodekey lint --live`",
        )
    if broken:
        raise Unusable(
            "the plan is refused; not true would be: " + "; ".join(broken),
            hint="name an administrator that exists, and keep writers and administrators apart",
        )


def existing_key(connection: Connection, alias: str) -> str:
    """The ARN of the key behind an alias; empty: there is none."""
    try:
        with translated():
            arn: str = connection.client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    except NotFound:
        return ""
    return arn


def carry_out(connection: Connection, plan: Plan, say: Callable[[str], None]) -> str:
    """Make or change what the plan says; may be repeated. Returns the key's ARN.

    Args:
        connection: Where.
        plan: What.
        say: Told of each step.
    """
    kms = connection.client("kms")
    policy = json.dumps(planning.key_policy(plan))
    key = existing_key(connection, plan.alias)
    with translated():
        if key:
            kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
            say(f"changed the policy of {plan.alias}")
        else:
            key = kms.create_key(Policy=policy, Description=f"lodekey: {plan.name}")["KeyMetadata"][
                "Arn"
            ]
            kms.create_alias(AliasName=plan.alias, TargetKeyId=key)
            kms.enable_key_rotation(KeyId=key)
            say(f"made {plan.alias}: {key}")
        connection.client("iam").put_role_policy(
            RoleName=plan.role_name,
            PolicyName=plan.policy_name,
            PolicyDocument=json.dumps(planning.role_policy(plan)),
        )
    say(f"gave {plan.role_name} the policy {plan.policy_name}")
    for place in plan.of("sm"):
        if not place.name.endswith("*"):
            _secret(connection, plan, place.name, key, say)
    return key


def _secret(
    connection: Connection, plan: Plan, name: str, key: str, say: Callable[[str], None]
) -> None:
    sm = connection.client("secretsmanager")
    with translated():
        try:
            sm.create_secret(Name=name, KmsKeyId=key)
            say(f"made the secret {name}, still without a value")
        except ClientError as error:
            if code_of(error) != "ResourceExistsException":
                raise
            sm.update_secret(SecretId=name, KmsKeyId=key)
            say(f"put the secret {name} under the key")
        sm.put_resource_policy(
            SecretId=name,
            ResourcePolicy=json.dumps(planning.secret_policy(plan)),
            BlockPublicPolicy=True,
        )
    say(f"put a policy on the secret {name}")


def replaced_policy(connection: Connection, plan: Plan) -> Policy | None:
    """The policy that the plan's key has now; None: there is no such key.

    Raises:
        Denied: The caller may not look.
    """
    key = existing_key(connection, plan.alias)
    if not key:
        return None
    with translated():
        kms = connection.client("kms")
        stored: Policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    return stored


def verify(connection: Connection, plan: Plan, key: str) -> tuple[list[Proved], str]:
    """Read back what is stored, and prove the plan on that; then ask IAM's simulator.

    Returns:
        What holds and what does not, and why the simulator could not be asked (empty: it was).
    """
    with translated():
        stored = connection.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        role: Any = connection.client("iam").get_role_policy(
            RoleName=plan.role_name, PolicyName=plan.policy_name
        )["PolicyDocument"]
    asked, why_not = simulation.tried(connection, plan, key, stored)
    return [*prove(plan, stored, json.dumps(role), key), *asked], why_not
