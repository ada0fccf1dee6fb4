"""What AWS accepts as a policy of each kind, and the words with which it refuses the rest.

The rules are few and strict about form; they do not ask whether an action, a key or a resource
exists. `RULES` holds AWS's words by rule; services that word a rule their own way stand below it.
What a policy is stored for but cannot do is for `lodekey.policy.lint` to say.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
and the messages in public error output (docs/compatibility/policies.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lodekey.policy.conditions import is_operator, split_operator
from lodekey.policy.reading import SYNTAX, MalformedPolicy, read
from lodekey.policy.statement import ON_RESOURCES, Kind

RULES: Mapping[str, str] = {
    "json": SYNTAX,
    "syntax": SYNTAX,
    "no statement": SYNTAX,
    "effect": SYNTAX,
    "no actions": "Policy statement must contain actions.",
    "no resources": "Policy statement must contain resources.",
    "no principal": "Missing required field Principal",
    "principal": "Policy document should not specify a principal.",
    "invalid principal": "Invalid principal in policy: {}",
    "vendor": "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    "colons": "Actions/Condition can contain only one colon.",
    "wild vendor": "Action vendors must not contain wildcards.",
    "resource": 'Resource {} must be in ARN format or "*".',
    "partition": 'Partition "{}" is not valid for resource "{}".',
    "resource vendor": "Resource vendor must be fully qualified and cannot contain regexes.",
    "region": "IAM resource {} cannot contain region information.",
    "sid": "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
    "expression [0-9A-Za-z]*",
    "same sid": "Statement IDs (SID) in a single policy must be unique.",
}
"""IAM's words, and everyone's where nothing else stands below."""

_TRUST = {
    "json": "This policy contains invalid Json",
    "effect": "Missing required field Effect",
    "no actions": "Missing required field Action",
    "resources": "Has prohibited field Resource",
    "actions": "AssumeRole policy may only specify STS AssumeRole actions.",
}
_KEY_REFUSAL = (
    "The request was rejected because the specified policy is not syntactically or semantically "
    "correct."
)
_KEY = {
    **dict.fromkeys(RULES, _KEY_REFUSAL),
    "invalid principal": "Policy contains a statement with one or more invalid principals.",
    "permissive": "OverlyPermissiveCondition:{}: Using the ForAllValues set operator with a "
    "single-valued condition key matches requests without the specified {} or with an unspecified "
    "{}. To fix, remove ForAllValues.",
    "key": "Policy contains a condition key that is not permitted in a key policy: {}.",
}
_RESOURCE = {
    **dict.fromkeys(RULES, "This resource policy contains a syntax error."),
    "invalid principal": "This resource policy contains an unsupported principal.",
}
_CONTROL = dict.fromkeys(
    [*RULES, "resources", "actions", "allow"],
    "The provided policy document does not meet the requirements of the specified policy type.",
)
_WORDS: Mapping[str, Mapping[str, str]] = {
    "trust": _TRUST,
    "key": _KEY,
    "resource": _RESOURCE,
    "endpoint": _RESOURCE,
    "scp": _CONTROL,
    "rcp": _CONTROL,
}

_TOP = {"Version", "Id", "Statement"}
_VERSIONS = {"2012-10-17", "2008-10-17"}
_ELEMENTS = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_PRINCIPALS = {"AWS", "Service", "Federated", "CanonicalUser"}
_SID = re.compile(r"[0-9A-Za-z]*", re.ASCII)
_PARTITION = re.compile(r"aws(-[a-z]+)*|\*", re.ASCII)
_TRUST_ACTION = re.compile(
    r"sts:(\*|AssumeRole\*?|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|TagSession|"
    r"SetSourceIdentity|SetContext)",
    re.IGNORECASE,
)
_AWS_PRINCIPAL = re.compile(
    r"\*|\d{12}|A(?:IDA|ROA)[A-Z0-9]{12,}"
    r"|arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
    r"|arn:aws[a-z-]*:sts::\d{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@-]+|"
    r"federated-user/[\w+=,.@-]+)",
    re.ASCII,
)
_OTHER_PRINCIPAL = re.compile(r"\*|[^\s*?]+")
_NOT_IN_KEY_POLICIES = ("aws:resourcetag/", "kms:resourcealiases")
_PERMISSIVE = {
    "kms:encryptioncontext:": ("EncryptionContext", "encryption context"),
    "aws:requesttag/": ("RequestTag", "tag"),
}

Statement = Mapping[str, Any]


def validate(text: str, kind: Kind) -> None:
    """Refuse *text* if AWS would not store it as a *kind* of policy.

    Lengths are the room's to check: they differ by what the policy is attached to. So is whether
    the principals exist (`lodekey.identity.principals_in`).

    Raises:
        MalformedPolicy: With AWS's words.
    """
    try:
        body = read(text)
    except MalformedPolicy as malformed:
        raise _refusal(kind, malformed.reason) from None
    _Check(kind).document(body)


def _refusal(kind: str, reason: str, *words: str) -> MalformedPolicy:
    text = _WORDS.get(kind, {}).get(reason) or RULES.get(reason, SYNTAX)
    return MalformedPolicy(text.format(*words), reason)


class _Check:
    """One validation; its methods raise `MalformedPolicy`."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind

    def refuse(self, reason: str, *words: str) -> MalformedPolicy:
        return _refusal(self.kind, reason, *words)

    def document(self, body: Mapping[str, Any]) -> None:
        versions = {"2012-10-17"} if self.kind in {"scp", "rcp"} else _VERSIONS
        version = body.get("Version", "" if self.kind in {"scp", "rcp"} else "2008-10-17")
        if not body.keys() <= _TOP or not isinstance(version, str) or version not in versions:
            raise self.refuse("syntax")
        if not isinstance(body.get("Id", ""), str):
            raise self.refuse("syntax")
        statements = body.get("Statement")
        if isinstance(statements, dict):
            statements = [statements]
        if not isinstance(statements, list) or not statements:
            raise self.refuse("no statement")
        for statement in statements:
            if not isinstance(statement, dict):
                raise self.refuse("syntax")
            self.statement(statement)
        self.sids(statements)

    def sids(self, statements: list[Statement]) -> None:
        named = [each["Sid"] for each in statements if each.get("Sid")]
        if self.kind in {"key", "resource", "endpoint"}:
            return
        if not all(map(_SID.fullmatch, named)):
            raise self.refuse("sid")
        if len(set(named)) != len(named):
            raise self.refuse("same sid")

    def statement(self, statement: Statement) -> None:
        if not statement.keys() <= _ELEMENTS or not isinstance(statement.get("Sid", ""), str):
            raise self.refuse("syntax")
        if any(one in statement and other in statement for one, other in _PAIRS):
            raise self.refuse("syntax")
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise self.refuse("effect")
        self.principal(statement)
        self.actions(statement)
        self.resources(statement)
        self.conditions(statement.get("Condition", {}))
        if self.kind == "rcp":
            self.rcp(statement)

    def texts(self, statement: Statement, *names: str) -> Iterator[tuple[str, str]]:
        """Each text of the elements, with the element's name."""
        for name in names:
            if name in statement:
                value = statement[name]
                for each in value if isinstance(value, list) else [value]:
                    if not isinstance(each, str):
                        raise self.refuse("syntax")
                    yield name, each

    def actions(self, statement: Statement) -> None:
        actions = [text for _, text in self.texts(statement, "Action", "NotAction")]
        if not actions:
            if self.kind == "key" and not {"Action", "NotAction"} & statement.keys():
                return
            raise self.refuse("no actions")
        for action in actions:
            self.action(action)

    def action(self, action: str) -> None:
        if self.kind == "trust" and not _TRUST_ACTION.fullmatch(action):
            raise self.refuse("actions")
        if action == "*":
            return
        vendor, colon, name = action.partition(":")
        if not colon or not vendor or not name:
            raise self.refuse("vendor")
        if ":" in name:
            raise self.refuse("colons")
        if "*" in vendor or "?" in vendor:
            raise self.refuse("wild vendor")

    def resources(self, statement: Statement) -> None:
        named = {"Resource", "NotResource"} & statement.keys()
        if self.kind == "trust":
            if named:
                raise self.refuse("resources")
            return
        resources = [text for _, text in self.texts(statement, "Resource", "NotResource")]
        if not resources:
            if self.kind == "key" and not named:
                return
            raise self.refuse("no resources")
        for resource in resources:
            self.resource(resource)

    def resource(self, resource: str) -> None:
        if resource == "*":
            return
        parts = resource.split(":", 5)
        if parts[0] != "arn" or len(parts) < 3:
            raise self.refuse("resource", resource)
        if not _PARTITION.fullmatch(parts[1]):
            raise self.refuse("partition", parts[1], resource)
        if not parts[2] or "?" in parts[2] or "*" in parts[2]:
            raise self.refuse("resource vendor")
        if parts[2] == "iam" and len(parts) == 6 and parts[3] not in {"", "*"}:
            raise self.refuse("region", resource)
        short = len(parts) < 6 and not resource.endswith("*")
        if short and self.kind in {"scp", "rcp"}:
            raise self.refuse("resource", resource)

    def principal(self, statement: Statement) -> None:
        named = {"Principal", "NotPrincipal"} & statement.keys()
        if self.kind not in ON_RESOURCES:
            if named:
                raise self.refuse("principal")
            return
        if not named:
            raise self.refuse("no principal")
        element = statement[named.pop()]
        if element == "*":
            return
        if not isinstance(element, dict) or not element or not element.keys() <= _PRINCIPALS:
            raise self.refuse("invalid principal", f'"AWS":"{element}"')
        for kind, name in self.texts(element, *element):
            form = _AWS_PRINCIPAL if kind == "AWS" else _OTHER_PRINCIPAL
            if not form.fullmatch(name):
                raise self.refuse("invalid principal", f'"{kind.upper()}":"{name}"')

    def rcp(self, statement: Statement) -> None:
        """What Organizations asks of a resource control policy beyond its form."""
        if statement["Effect"] != "Deny" or statement.get("Principal") != "*":
            raise self.refuse("allow")
        if "NotAction" in statement or "*" in [t for _, t in self.texts(statement, "Action")]:
            raise self.refuse("actions")

    def conditions(self, block: object) -> None:
        if not isinstance(block, dict):
            raise self.refuse("syntax")
        for operator, tests in block.items():
            if not is_operator(operator) or not isinstance(tests, dict):
                raise self.refuse("syntax")
            for key, wanted in tests.items():
                if ":" not in key:
                    raise self.refuse("vendor")
                values = wanted if isinstance(wanted, list) else [wanted]
                if not all(isinstance(value, str | bool) for value in values):
                    raise self.refuse("syntax")
                if self.kind == "key":
                    self.key_condition(operator, key)

    def key_condition(self, operator: str, key: str) -> None:
        """What KMS refuses in a key policy."""
        folded = key.lower()
        if folded.startswith(_NOT_IN_KEY_POLICIES):
            raise self.refuse("key", key)
        if split_operator(operator)[0] == "all":
            for start, (title, what) in _PERMISSIVE.items():
                if folded.startswith(start):
                    raise self.refuse("permissive", title, what, what)
