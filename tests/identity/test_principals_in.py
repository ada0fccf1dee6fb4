"""Principals of policies, as stored and as shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lodekey.identity.principals_in import (
    InvalidPrincipal,
    remember_principals,
    show_principals,
)
from lodekey.identity.records import ROLES, UNIQUE_IDS, USERS, Named, Role, User

ACCOUNT = "111122223333"
USER = User(account=ACCOUNT, name="Alice", id="AIDAAAAAAAAAAAAAAAAAA", created=0, path="/team/")
ROLE = Role(account=ACCOUNT, name="fn", id="AROAAAAAAAAAAAAAAAAAA", created=0, trust="")


class Rows:
    """A transaction over a dictionary."""

    writable = True

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    def get(self, name: str, decode: Callable[[bytes], Any]) -> Any:
        return decode(self.rows[name]) if name in self.rows else None

    def put(self, name: str, _record: Any, body: bytes, **_: Any) -> None:
        self.rows[name] = body

    def delete(self, name: str) -> None:
        self.rows.pop(name, None)

    def scan(self, *_: Any, **__: Any) -> Iterator[Any]:
        raise NotImplementedError


@pytest.fixture
def rows() -> Any:
    tx: Any = Rows()
    for entity, collection, kind in ((USER, USERS, "user"), (ROLE, ROLES, "role")):
        collection.put(tx, ACCOUNT, entity.name.lower(), record=entity)
        UNIQUE_IDS.put(tx, entity.id, record=Named(kind=kind, account=ACCOUNT, name=entity.name))
    return tx


def policy(principal: Any, **more: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal, **more}]})


def test_users_and_roles_become_their_ids_and_come_back(rows: Any) -> None:
    text = policy({"AWS": [USER.arn, ROLE.arn], "Service": "lambda.amazonaws.com"})
    stored = remember_principals(rows, text)
    assert policy({"AWS": [USER.id, ROLE.id], "Service": "lambda.amazonaws.com"}) == stored
    assert text == show_principals(rows, stored)


def test_only_principals_are_rewritten_and_the_text_stays(rows: Any) -> None:
    text = f"""{{ "Statement" : {{
        "Condition": {{"ArnEquals": {{"aws:PrincipalArn": ["{ROLE.arn}"]}}}},
        "Resource": "{ROLE.arn}", "Action": ["{ROLE.arn}"],
        "NotPrincipal":  {{ "AWS" :\t"{ROLE.arn}" }} }} }}"""
    stored = remember_principals(rows, text)
    assert text.replace(f'\t"{ROLE.arn}"', f'\t"{ROLE.id}"') == stored


def test_an_entity_made_anew_is_not_the_one_remembered(rows: Any) -> None:
    stored = remember_principals(rows, policy({"AWS": ROLE.arn}))
    other = Role(account=ACCOUNT, name="fn", id="AROABBBBBBBBBBBBBBBBB", created=1, trust="")
    ROLES.put(rows, ACCOUNT, "fn", record=other)
    assert stored == show_principals(rows, stored)


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/fn/s"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"},
        {"AWS": ROLE.id},
        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example"},
        {"Service": ["lambda.amazonaws.com", "logs.eu-west-1.amazonaws.com"]},
    ],
)
def test_what_stays_as_it_is(rows: Any, principal: Any) -> None:
    assert policy(principal) == remember_principals(rows, policy(principal))


def test_an_account_id_becomes_its_root(rows: Any) -> None:
    root = f"arn:aws:iam::{ACCOUNT}:root"
    assert policy({"AWS": root}) == remember_principals(rows, policy({"AWS": ACCOUNT}))


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/Alice"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"},
        {"AWS": "arn:aws:iam::444455556666:role/fn"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/none/s"},
        {"AWS": "AROACCCCCCCCCCCCCCCCC"},
        {"AWS": "alice"},
        {"AWS": "arn:aws:lambda:us-east-1:111122223333:function:f"},
        {"Service": "nothing"},
    ],
)
def test_principals_that_are_not_are_refused(rows: Any, principal: Any) -> None:
    with pytest.raises(InvalidPrincipal):
        remember_principals(rows, policy(principal))
