"""Random policies and requests, dense enough in matches to try every step of a decision."""

import json

from lodekey.policy.ask import Ask, Caller, Grant, Guard
from lodekey.policy.document import parse

HERE, THERE = "111122223333", "444455556666"
PROVIDER = f"arn:aws:iam::{HERE}:oidc-provider/idp.example.com"
ROLE = f"arn:aws:iam::{HERE}:role/fn"
USER = f"arn:aws:iam::{HERE}:user/alice"
SESSION = f"arn:aws:sts::{HERE}:assumed-role/fn/s"
ACTIONS = ["kms:Decrypt", "kms:Encrypt", "ssm:GetParameter", "sts:AssumeRole", "kms:ListKeys"]
ACTION_PATTERNS = [
    *ACTIONS,
    "*",
    "kms:*",
    "KMS:decrypt",
    "kms:De?rypt",
    "kms:*crypt",
    "k*:Decrypt",
    "ssm:Get*",
    "s3:*",
]
RESOURCES = [
    f"arn:aws:kms:us-east-1:{HERE}:key/1",
    f"arn:aws:kms:us-east-1:{HERE}:key/a:b",
    f"arn:aws:ssm:us-east-1:{HERE}:parameter/alice/x",
    f"arn:aws:ssm:eu-west-1:{HERE}:parameter/a*b",
    "*",
]
RESOURCE_PATTERNS = [
    *RESOURCES,
    "*",
    "*",
    "**",
    f"arn:aws:kms:*:{HERE}:key/*",
    "arn:aws:kms:us-*:*:key/?",
    "arn:aws:kms:us-*-1:*:key/1",
    "arn:aws:kms*",
    "arn:aws:ssm",
    "arn:aws:ssm:us-east-1",
    "arn:aws:*:key/1",
    "arn:aws:s?m:*east*:*:param*",
    "arn:aws:ssm:*:*:parameter/${aws:username}/*",
    "arn:aws:ssm:*:*:parameter/${aws:PrincipalTag/team, 'alice'}/x",
    "arn:aws:ssm:*:*:parameter/a${*}b",
    "arn:aws:ssm:*:*:parameter/${aws:TagKeys}",
    "a*b",
    "?",
]
KEYS = {
    "aws:username": ["alice", "bob", "a*", "", ()],
    "aws:principaltag/team": ["red", "alice", "*", ()],
    "aws:tagkeys": [("a",), ("a", "b"), ("b", "C"), (), "a"],
    "aws:sourceip": ["10.0.0.7", "192.0.2.1", "2001:db8::1", "nowhere", "10.0.0.0/30"],
    "aws:currenttime": ["2026-09-01T12:00:00Z", "1788264000", "soon", "2026-09-01"],
    "aws:multifactorauthage": ["100", "3600", "1e3", "-5.5", "١"],  # noqa: RUF001
    "aws:securetransport": ["true", "false", "True", "yes"],
    "aws:principalarn": [ROLE, USER, "arn:aws:iam", f"arn:aws:iam::{HERE}:user/p:q"],
    "kms:encryptioncontext:app": ["x", "X", "a*"],
    "lambda:sourcefunctionarn": [f"arn:aws:lambda:us-east-1:{HERE}:function:f"],
    "aws:viaawsservice": ["true", "false"],
    "test:binary": ["AAEC", "AA==", "not base64"],
}
SPELLED = {
    "aws:principaltag/team": "aws:PrincipalTag/Team",
    "aws:tagkeys": "aws:TagKeys",
    "kms:encryptioncontext:app": "kms:EncryptionContext:App",
    "lambda:sourcefunctionarn": "lambda:SourceFunctionArn",
}
STRINGS = [
    "alice",
    "bob",
    "a*",
    "*",
    "?lice",
    "ALICE",
    "red",
    "a",
    "b",
    "x",
    "",
    "${aws:username}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'red'}",
    "${aws:username}*",
    "a${*}",
    "${aws:TagKeys}",
    "${aws:nothing}",
    "${unclosed",
    "true",
]
ARNS = [
    ROLE,
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::*",
    "*",
    "arn:aws:iam:*:*:*",
    "arn:aws:iam::1*3:user/*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:lambda:us-east-1:*:function:f",
    "arn:*:role/fn",
    "alice",
]
NUMBERS = ["100", "3600", "99.5", "-5.5", "many", "0100", "", "100.", ".5"]
DATES = [
    "2026-09-01T12:00:00Z",
    "2026-09-01T14:00:00+02:00",
    "2026-09-01",
    "2026",
    "1788264000",
    "1788264000000",
    "2026-02-30",
    "never",
]
ADDRESSES = ["10.0.0.0/8", "10.0.0.7", "192.0.2.1/24", "2001:db8::/32", "::/0", "0.0.0.0/0", "x/8"]
BINARY = ["AAEC", "AA==", "AA", "%"]
TRUTHS = ["true", "false", "TRUE", "yes", "${aws:SecureTransport}"]
FAMILIES = [
    (
        STRINGS,
        [
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ],
    ),
    (ARNS, ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]),
    (NUMBERS, [f"Numeric{each}" for each in ("Equals", "NotEquals", "LessThan", "GreaterThan")]),
    (NUMBERS, ["NumericLessThanEquals", "NumericGreaterThanEquals"]),
    (DATES, [f"Date{each}" for each in ("Equals", "NotEquals", "LessThan", "GreaterThan")]),
    (DATES, ["DateLessThanEquals", "DateGreaterThanEquals"]),
    (TRUTHS, ["Bool"]),
    (BINARY, ["BinaryEquals"]),
    (ADDRESSES, ["IpAddress", "NotIpAddress"]),
]
NATURAL = {
    "String": ["aws:username", "aws:principaltag/team", "aws:tagkeys", "kms:encryptioncontext:app"],
    "Arn": ["aws:principalarn", "lambda:sourcefunctionarn"],
    "Numeric": ["aws:multifactorauthage"],
    "Date": ["aws:currenttime"],
    "Bool": ["aws:securetransport"],
    "Binary": ["test:binary"],
    "Ip": ["aws:sourceip"],
    "NotIp": ["aws:sourceip"],
}
PRINCIPALS = [
    "*",
    {"AWS": "*"},
    {"AWS": ROLE},
    {"AWS": [USER, SESSION]},
    {"AWS": "AIDAALICE"},
    {"AWS": HERE},
    {"AWS": f"arn:aws:iam::{HERE}:root"},
    {"AWS": f"arn:aws:iam::{THERE}:root"},
    {"AWS": f"arn:aws:iam::{THERE}:user/eve"},
    {"AWS": [HERE, ROLE]},
    {"Service": "logs.amazonaws.com"},
    {"Service": "*"},
    {"AWS": "logs.amazonaws.com"},
    {"Federated": PROVIDER, "AWS": USER},
    {"Federated": "*"},
]


class Chance:
    """Makes random documents, callers and guards from a `random.Random`."""

    def __init__(self, random):
        self.random = random

    def pick(self, choices):
        return self.random.choice(choices)

    def maybe(self, likely):
        return self.random.random() < likely

    def some(self, choices):
        found = [self.pick(choices) for _ in range(self.pick([1, 1, 2, 3]))]
        return found[0] if len(found) == 1 and self.maybe(0.5) else found

    def condition(self):
        block = {}
        for _ in range(self.pick([1, 1, 2])):
            if self.maybe(0.1):
                key = self.pick(list(KEYS))
                block.setdefault("Null", {})[key] = self.pick(["true", "false", True, "maybe"])
                continue
            values, names = self.pick(FAMILIES)
            name = self.pick(names)
            family = next(each for each in NATURAL if name.startswith(each))
            natural = self.maybe(0.9)
            key = self.pick(NATURAL[family] if natural else list(KEYS))
            wanted = self.some(values)
            if family == "Numeric" and self.maybe(0.2):
                wanted = 100
            if self.maybe(0.25):
                name += "IfExists"
            if self.maybe(0.5 if key == "aws:tagkeys" else 0.15):
                name = self.pick(["ForAllValues:", "ForAnyValue:"]) + name
            if self.maybe(0.02):
                name = "StringIs"
            block.setdefault(name, {})[SPELLED.get(key, key)] = wanted
        return block

    def statement(self, kind, allow):
        out = {"Effect": "Allow" if self.maybe(allow) else "Deny"}
        if self.maybe(0.6):
            out["Sid"] = f"S{self.random.randrange(100)}"
        wide = self.maybe(0.4)
        if wide:
            out["Action"] = "*"
        elif self.maybe(0.95):
            out["NotAction" if self.maybe(0.1) else "Action"] = self.some(ACTION_PATTERNS)
        if kind != "trust" or self.maybe(0.05):
            if self.maybe(0.4):
                out["Resource"] = "*"
            elif self.maybe(0.95):
                out["NotResource" if self.maybe(0.1) else "Resource"] = self.some(RESOURCE_PATTERNS)
        if kind in ("resource", "key", "trust", "rcp", "endpoint") and self.maybe(0.97):
            out["NotPrincipal" if self.maybe(0.1) else "Principal"] = self.pick(PRINCIPALS)
        if self.maybe(0.4 if out["Effect"] == "Allow" else 0.7):
            out["Condition"] = self.condition()
        return out

    def document(self, kind, name, allow=0.85):
        statements = [self.statement(kind, allow) for _ in range(self.pick([1, 1, 2, 3]))]
        body = {"Statement": statements[0] if len(statements) == 1 else statements}
        if self.maybe(0.8):
            body["Version"] = "2012-10-17"
        elif self.maybe(0.5):
            body["Version"] = "2008-10-17"
        return parse(json.dumps(body), name=name, kind=kind)

    def documents(self, kind, most):
        return tuple(
            self.document(kind, f"{kind}-{n}") for n in range(self.random.randint(0, most))
        )

    def levels(self, kind):
        if self.maybe(0.8):
            return ()
        return tuple(
            tuple(
                self.document(kind, f"{kind}-{level}-{n}", allow=0.95)
                for n in range(self.pick([1, 1, 2]))
            )
            for level in range(self.pick([1, 2]))
        )

    def caller(self):
        kind = self.pick(["user", "user", "role", "role", "root", "federated", "service", "web"])
        if kind == "service":
            name = "logs.amazonaws.com"
            return Caller(kind="service", arn=name, account="", direct=frozenset({name}))
        if kind == "web":
            return Caller(
                kind="anonymous", arn="", account="", direct=frozenset(), federated=PROVIDER
            )
        session = f"arn:aws:sts::{HERE}:federated-user/f"
        root = f"arn:aws:iam::{HERE}:root"
        arn, direct, entity = {
            "user": (USER, {USER, "AIDAALICE"}, set()),
            "role": (SESSION, {SESSION, "AROAFN:s"}, {ROLE, "AROAFN"}),
            "root": (root, {root}, set()),
            "federated": (session, {session}, {USER, "AIDAALICE"}),
        }[kind]
        bare = kind == "root"
        return Caller(
            kind=kind,
            arn=arn,
            account=HERE,
            direct=frozenset(direct),
            entity=frozenset(entity),
            identity=() if bare else self.documents("identity", 2),
            boundary=self.document("boundary", "b") if not bare and self.maybe(0.25) else None,
            session=self.documents("session", 2) if not bare and self.maybe(0.25) else None,
            scps=self.levels("scp"),
        )

    def grant(self, number):
        context = self.pick(["x", "y", None, None])
        grantees = self.pick([{ROLE}, {USER}, {HERE}, {SESSION}, {"logs.amazonaws.com"}])
        return Grant(
            name=f"g{number}",
            grantees=frozenset(grantees),
            actions=frozenset({"kms:decrypt", self.pick(["kms:encrypt", "kms:listkeys"])}),
            holds=lambda keys: context in (None, keys.get("kms:encryptioncontext:app")),
        )

    def guard(self):
        kind = self.pick(["none", "resource", "key", "key", "trust"])
        policy = None if kind == "none" else self.document(kind, kind)
        style = kind if kind in ("key", "trust") else "ordinary"
        grants = tuple(self.grant(n) for n in range(self.pick([0, 1, 2]) if kind == "key" else 0))
        return Guard(
            policy=policy,
            style=style,
            grants=grants,
            rcps=self.levels("rcp"),
            endpoint=self.document("endpoint", "e") if self.maybe(0.1) else None,
            managed=self.maybe(0.3),
            shareable=self.maybe(0.9),
        )

    def ask(self):
        keys = {key: self.pick(values) for key, values in KEYS.items() if self.maybe(0.6)}
        return Ask(
            self.caller(),
            self.pick(ACTIONS),
            self.pick(RESOURCES),
            self.pick([HERE, HERE, HERE, THERE, "aws"]),
            lambda: keys,
        )
