"""Sealing: bound to a name, versioned, and only under the right root key."""

from __future__ import annotations

import pytest

from lodekey.crypto.aead import Tampered
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import WrongRootKey, fingerprint

ROOT, OTHER = bytes(32), bytes([1]) * 32


def test_what_is_sealed_opens():
    barrier = Barrier.create(ROOT)
    assert b"body" == barrier.open("name", barrier.seal("name", b"body"))


def test_after_a_restart_too():
    barrier = Barrier.create(ROOT)
    again = Barrier.unlock(ROOT, barrier.keyring())
    assert b"body" == again.open("name", barrier.seal("name", b"body"))
    assert barrier.derive("session") == again.derive("session")


def test_no_record_stands_in_for_another():
    barrier = Barrier.create(ROOT)
    with pytest.raises(Tampered):
        barrier.open("other", barrier.seal("name", b"body"))


def test_every_flipped_bit_is_noticed():
    barrier = Barrier.create(ROOT)
    sealed = barrier.seal("name", b"body")
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Tampered):
            barrier.open("name", bytes(flipped))


@pytest.mark.parametrize("length", [0, 1, 5, 21, 40])
def test_what_is_cut_short_does_not_open(length):
    barrier = Barrier.create(ROOT)
    with pytest.raises(Tampered):
        barrier.open("name", barrier.seal("name", b"")[:length])


def test_a_wrong_root_key_names_both():
    keyring = Barrier.create(ROOT).keyring()
    with pytest.raises(WrongRootKey) as refused:
        Barrier.unlock(OTHER, keyring)
    assert fingerprint(ROOT) in str(refused.value)
    assert fingerprint(OTHER) in str(refused.value)


def test_every_flipped_bit_of_the_keyring_is_noticed():
    keyring = Barrier.create(ROOT).keyring()
    for bit in range(len(keyring) * 8):
        flipped = bytearray(keyring)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Tampered, WrongRootKey)):
            Barrier.unlock(ROOT, bytes(flipped))


def test_old_data_keys_still_open_after_rotation():
    barrier = Barrier.create(ROOT)
    before = barrier.seal("name", b"body")
    keyring = barrier.rotate_data_key()
    after = barrier.seal("name", b"body")
    assert before[1:5] != after[1:5]
    again = Barrier.unlock(ROOT, keyring)
    assert [b"body", b"body"] == [again.open("name", before), again.open("name", after)]


def test_a_rotation_in_another_process_is_caught_up_with():
    barrier = Barrier.create(ROOT)
    other = Barrier.unlock(ROOT, barrier.keyring())
    kept = barrier.rotate_data_key()
    sealed = barrier.seal("name", b"body")
    with pytest.raises(Tampered):
        other.open("name", sealed)
    other.kept_in(lambda: kept, lambda _: None)
    assert b"body" == other.open("name", sealed)


def test_the_root_key_can_be_changed():
    barrier = Barrier.create(ROOT)
    sealed = barrier.seal("name", b"body")
    keyring = barrier.rotate_root_key(OTHER)
    assert b"body" == Barrier.unlock(OTHER, keyring).open("name", sealed)
    with pytest.raises(WrongRootKey):
        Barrier.unlock(ROOT, keyring)


def test_purposes_have_keys_of_their_own():
    barrier = Barrier.create(ROOT)
    assert 32 == len(barrier.derive("session"))
    assert barrier.derive("session") != barrier.derive("pages")
    assert barrier.derive("session") != Barrier.create(ROOT).derive("session")


def test_salts_are_renewed(monkeypatch):
    monkeypatch.setattr("lodekey.crypto.barrier._SEALS_PER_SALT", 3)
    barrier = Barrier.create(ROOT)
    sealed = [barrier.seal("name", b"body") for _ in range(9)]
    assert 3 == len({one[5:21] for one in sealed})
    assert 9 == len({one[5:33] for one in sealed})
    assert {b"body"} == {barrier.open("name", one) for one in sealed}
