"""The points that AWS's documentation leaves open, and how they are taken here.

Each is a named switch, so that nobody has to find out from the code what was assumed. `explain`
prints those that mattered to a decision; POLICY is docs/explanation/decisions.md.
"""

from __future__ import annotations

from lodekey.policy.ask import Switch, Switches

DENY_ATTRIBUTION = "deny-attribution-scp-first"
DENY_BLAME = "implicit-deny-blame-session-first"
LITERAL_VARIABLES = "variable-wildcards-are-literal"
FUNCTION_KEY_HIDDEN = "source-function-arn-hidden-from-resource-policies"
FUNCTION_KEY_FORWARDED = "source-function-arn-survives-forwarding"
GRANT_TO_ROLE_IS_CUT = "grant-to-role-is-cut-by-boundary"
GRANT_ACROSS_NEEDS_IDENTITY = "grant-across-accounts-needs-identity"
MANAGED_KEY_NEEDS_IDENTITY = "aws-managed-key-needs-identity"

ALL = (
    Switch(
        DENY_ATTRIBUTION,
        on=True,
        meaning="where several types of policy deny, the one named is the first of SCP, RCP, "
        "endpoint, resource, identity, boundary, session; off: the last of them (POLICY 2)",
    ),
    Switch(
        DENY_BLAME,
        on=True,
        meaning="where several allows are lacking, the one blamed is the first of session, "
        "boundary, SCP, endpoint, resource, identity; off: the last of them (POLICY 10)",
    ),
    Switch(
        LITERAL_VARIABLES,
        on=True,
        meaning="wildcards that arrive through a policy variable are plain characters (POLICY 4)",
    ),
    Switch(
        FUNCTION_KEY_HIDDEN,
        on=True,
        meaning="lambda:SourceFunctionArn is absent for resource, key and trust policies "
        "(POLICY 6)",
    ),
    Switch(
        FUNCTION_KEY_FORWARDED,
        on=True,
        meaning="lambda:SourceFunctionArn stays in the context of calls that a service forwards "
        "(POLICY 11)",
    ),
    Switch(
        GRANT_TO_ROLE_IS_CUT,
        on=True,
        meaning="a KMS grant to a role is cut by the role's boundary and session policies as a key "
        "policy statement is; off: it counts as given to the session itself (POLICY 7)",
    ),
    Switch(
        GRANT_ACROSS_NEEDS_IDENTITY,
        on=True,
        meaning="a KMS grant to another account's principal needs an identity policy, too "
        "(POLICY 7)",
    ),
    Switch(
        MANAGED_KEY_NEEDS_IDENTITY,
        on=False,
        meaning="the key policies of aws/ssm and aws/secretsmanager leave the decision to identity "
        "policies (POLICY 7)",
    ),
)

DEFAULT = Switches({switch.name: switch for switch in ALL})


def switches(**changes: bool) -> Switches:
    """The table with some switches turned; names with ``_`` for ``-``.

    Raises:
        KeyError: There is no such switch.
    """
    table = dict(DEFAULT.table)
    for name, on in changes.items():
        switch = table[name.replace("_", "-")]
        table[switch.name] = Switch(switch.name, on=on, meaning=switch.meaning)
    return Switches(table)


def turned(table: Switches, name: str) -> Switches:
    """The table with one switch turned over."""
    switch = table.table[name]
    other = Switch(switch.name, on=not switch.on, meaning=switch.meaning)
    return Switches({**table.table, name: other})
