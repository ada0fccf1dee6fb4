"""Cases as data: name, AWS page, request, policies, and the decision that AWS documents.

A case names its caller by the table below. `policies` holds lists of statements (or whole
documents) by kind; `identity` and `session` may hold several policies by name, `scp` and `rcp` a
list of policies for each level. Engine, reference and explanation must all give what is expected.
"""

import json
from pathlib import Path

import pytest

from lodekey.policy.ask import Ask, Caller, Grant, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.policy.explain import explain
from policy.reference import reference

HERE, THERE = "111122223333", "444455556666"
CASES = sorted(Path(__file__).with_name("cases").glob("*.json"))


def _user(name, account, unique):
    arn = f"arn:aws:iam::{account}:user/{name}"
    return {"kind": "user", "arn": arn, "account": account, "direct": {arn, unique}}


def _session(role, account, unique):
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/s"
    return {
        "kind": "role",
        "arn": arn,
        "account": account,
        "direct": {arn, f"{unique}:s"},
        "entity": {f"arn:aws:iam::{account}:role/{role}", unique},
    }


def _root(account):
    arn = f"arn:aws:iam::{account}:root"
    return {"kind": "root", "arn": arn, "account": account, "direct": {arn}}


def _service(name):
    return {"kind": "service", "arn": name, "account": "", "direct": {name}}


CALLERS = {
    "alice": _user("alice", HERE, "AIDAALICEEXAMPLEIDA"),
    "bob": _user("bob", HERE, "AIDABOBEXAMPLEIDENT"),
    "eve": _user("eve", THERE, "AIDAEVEEXAMPLEIDENT"),
    "fn": _session("fn", HERE, "AROAFNEXAMPLEIDENTI"),
    "admin": _session("admin", HERE, "AROAADMINEXAMPLEIDE"),
    "visitor": _session("visitor", THERE, "AROAVISITOREXAMPLEI"),
    "root": _root(HERE),
    "other-root": _root(THERE),
    "ci": {
        "kind": "federated",
        "arn": f"arn:aws:sts::{HERE}:federated-user/ci",
        "account": HERE,
        "direct": {f"arn:aws:sts::{HERE}:federated-user/ci"},
        "entity": {f"arn:aws:iam::{HERE}:user/alice", "AIDAALICEEXAMPLEIDA"},
    },
    "logs": _service("logs.amazonaws.com"),
    "lambda": _service("lambda.amazonaws.com"),
    "anonymous": {"kind": "anonymous", "arn": "", "account": "", "direct": set()},
    "web": {
        "kind": "anonymous",
        "arn": "",
        "account": "",
        "direct": set(),
        "federated": f"arn:aws:iam::{HERE}:oidc-provider/token.example.com",
    },
}


def load():
    for path in CASES:
        for case in json.loads(path.read_text()):
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


def document(kind, body, name):
    if isinstance(body, list):
        body = {"Version": "2012-10-17", "Statement": body}
    return parse(json.dumps(body), name=name, kind=kind)


def documents(kind, given):
    """One policy, or several by name."""
    if given is None:
        return ()
    if isinstance(given, list) or "Statement" in given:
        given = {kind: given} if given else {}
    return tuple(document(kind, body, name) for name, body in given.items())


def levels(kind, given):
    return tuple(
        tuple(document(kind, body, f"{kind}-{at}-{n}") for n, body in enumerate(level))
        for at, level in enumerate(given)
    )


def question(case):
    policies = case["policies"]
    boundary = policies.get("boundary")
    given = dict(CALLERS[case["caller"]])
    caller = Caller(
        **{**given, "direct": frozenset(given["direct"])},
        identity=documents("identity", policies.get("identity")),
        boundary=None if boundary is None else document("boundary", boundary, "boundary"),
        session=documents("session", policies["session"]) if "session" in policies else None,
        scps=levels("scp", policies.get("scp", [])),
    )
    kind = next((each for each in ("key", "trust", "resource") if each in policies), "")
    guard = Guard(
        policy=document(kind, policies[kind], kind) if kind else None,
        style=kind if kind in ("key", "trust") else "ordinary",
        grants=tuple(map(grant, case.get("grants", []))),
        rcps=levels("rcp", policies.get("rcp", [])),
        endpoint=document("endpoint", policies["endpoint"], "endpoint")
        if "endpoint" in policies
        else None,
        shareable=case.get("shareable", True),
    )
    keys = {
        key.lower(): tuple(value) if isinstance(value, list) else value
        for key, value in case.get("keys", {}).items()
    }
    account = case.get("account", HERE)
    return Ask(caller, case["action"], case["resource"], account, lambda: keys), guard


def grant(given):
    wanted = {f"kms:encryptioncontext:{k.lower()}": v for k, v in given.get("context", {}).items()}
    return Grant(
        name=given["name"],
        grantees=frozenset({given["grantee"]}),
        actions=frozenset(f"kms:{name}".lower() for name in given["operations"]),
        holds=lambda keys: all(keys.get(key) == value for key, value in wanted.items()),
    )


@pytest.mark.parametrize("case", list(load()))
def test_case(case):
    ask, guard = question(case)
    got = decide(ask, guard)
    expected = case["expect"]
    assert expected["allowed"] == got.allowed
    assert expected["type"] == got.policy_type
    assert expected.get("explicit", False) == got.explicit
    assert expected.get("sid", "") == got.sid
    assert tuple(got) == reference(ask, guard)
    assert got == explain(ask, guard).decision


def test_there_are_enough_cases_and_each_has_its_page():
    cases = [param.values[0] for param in load()]
    assert len(cases) >= 300
    assert len({param.id for param in load()}) == len(cases)
    assert all(case["source"].startswith("https://docs.aws.amazon.com/") for case in cases)
