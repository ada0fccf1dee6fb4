"""Access key ids and session tokens."""

from __future__ import annotations

import os

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lodekey.identity.credentials import (
    InvalidToken,
    SessionClaims,
    TokenExpired,
    mint,
    read_token,
)
from lodekey.identity.naming import account_of_access_key, new_access_key_id, new_unique_id


class Gcm:
    def __init__(self, key: bytes) -> None:
        self._key = AESGCM(key)

    def seal(self, name: bytes, body: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, body, name)

    def open(self, name: bytes, sealed: bytes) -> bytes:
        return self._key.decrypt(sealed[:12], sealed[12:], name)


SEALER = Gcm(bytes(32))
CLAIMS = SessionClaims(
    kind="role",
    account="111122223333",
    name="fn",
    id="AROAEXAMPLE",
    issued=1000,
    expires=4600,
    session="s",
    tags={"team": "red"},
)


def test_a_token_says_what_was_sealed() -> None:
    made = mint(SEALER, CLAIMS)
    opened = read_token(SEALER, made.access_key_id, made.token, 1000)
    assert (CLAIMS, made.secret) == opened
    assert made.access_key_id.startswith("ASIA")


def test_a_full_session_fits_into_a_header() -> None:
    policy = '{"Version":"2012-10-17","Statement":[' + "x" * 2000 + "]}"
    tags = {f"k{number}" * 30: "v" * 256 for number in range(50)}
    full = msgspec.structs.replace(CLAIMS, policies=(policy,), tags=tags)
    made = mint(SEALER, full)
    assert len(made.token) < 4096
    assert full == read_token(SEALER, made.access_key_id, made.token, 1000).claims


def test_a_token_belongs_to_its_access_key() -> None:
    made, other = mint(SEALER, CLAIMS), mint(SEALER, CLAIMS)
    with pytest.raises(InvalidToken):
        read_token(SEALER, other.access_key_id, made.token, 1000)


@pytest.mark.parametrize("token", ["", "AQ==", "not base64!", "Ag==", "é", "A" * 4000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        read_token(SEALER, "ASIAEXAMPLE", token, 1000)


def test_every_changed_byte_is_noticed() -> None:
    made = mint(SEALER, CLAIMS)
    for place in range(0, len(made.token) - 2, 7):
        other = "A" if made.token[place] != "A" else "B"
        token = made.token[:place] + other + made.token[place + 1 :]
        with pytest.raises(InvalidToken):
            read_token(SEALER, made.access_key_id, token, 1000)


def test_a_token_of_another_installation_is_refused() -> None:
    made = mint(Gcm(bytes([1]) * 32), CLAIMS)
    with pytest.raises(InvalidToken):
        read_token(SEALER, made.access_key_id, made.token, 1000)


def test_a_session_ends() -> None:
    made = mint(SEALER, CLAIMS)
    assert read_token(SEALER, made.access_key_id, made.token, 4599.9)
    with pytest.raises(TokenExpired):
        read_token(SEALER, made.access_key_id, made.token, 4600)


@pytest.mark.parametrize("account", ["000000000000", "111122223333", "999999999999"])
def test_an_access_key_id_carries_its_account(account: str) -> None:
    made = new_access_key_id("AKIA", account)
    assert len(made) == 20
    assert account == account_of_access_key(made)


@pytest.mark.parametrize("made", ["", "AKIAIOSFODNN7EXAMPLE", "AKIA1111111111111111"])
def test_a_foreign_access_key_id_names_no_account(made: str) -> None:
    assert account_of_access_key(made) == ""


def test_unique_ids_have_the_documented_length() -> None:
    assert len(new_unique_id("AIDA")) == 21
