"""Every way to a root key, under one contract, and the checks of each."""

from __future__ import annotations

import os
import stat

import pytest

from lodekey.crypto import root_keys
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked, RootKeyUnavailable, WrongRootKey, root_key_provider

HEX = "ab" * 32


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """argon2id at a 64th of its cost: what is tested here is not how long it takes."""
    monkeypatch.setattr(root_keys, "_ARGON2_KIB", 4 * 1024)


@pytest.fixture
def uris(tmp_path, monkeypatch):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "root").write_text(HEX)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("TEST_ROOT_KEY", HEX)
    monkeypatch.setenv("LODEKEY_PASSPHRASE", "correct horse battery staple")
    return {
        "file": f"file:{tmp_path / 'keys' / 'root.key'}",
        "env": "env:TEST_ROOT_KEY",
        "passphrase": f"passphrase:{tmp_path / 'salt'}",
        "systemd-creds": "systemd-creds:root",
    }


def test_the_table_is_what_is_tested(uris):
    assert set(root_keys.PROVIDERS) == set(uris)


@pytest.mark.parametrize("scheme", root_keys.PROVIDERS)
def test_the_same_key_each_time(uris, scheme):
    first = root_key_provider(uris[scheme]).root_key(create=True)
    assert len(first) == 32
    assert first == root_key_provider(uris[scheme]).root_key(create=False)


@pytest.mark.parametrize("scheme", root_keys.PROVIDERS)
def test_a_barrier_opens_again(uris, scheme, tmp_path):
    path = tmp_path / "keyring"
    barrier = Barrier.open_or_create(root_key_provider(uris[scheme]), path)
    again = Barrier.open_or_create(root_key_provider(uris[scheme]), path)
    assert again.open("name", barrier.seal("name", b"body")) == b"body"


@pytest.mark.parametrize("uri", ["", "file", "file:", "vault:x", "FILE:x"])
def test_what_names_no_root_key(uri):
    with pytest.raises(RootKeyUnavailable, match="names no root key"):
        root_key_provider(uri)


def test_a_file_is_made_private(uris, tmp_path):
    root_key_provider(uris["file"]).root_key(create=True)
    path = tmp_path / "keys" / "root.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(uris, tmp_path, mode):
    root_key_provider(uris["file"]).root_key(create=True)
    (tmp_path / "keys" / "root.key").chmod(mode)
    with pytest.raises(RootKeyUnavailable, match="chmod 600"):
        root_key_provider(uris["file"]).root_key(create=False)


def test_a_link_is_not_followed(uris, tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "root.key").symlink_to(tmp_path / "credentials" / "root")
    with pytest.raises(RootKeyUnavailable, match="cannot read"):
        root_key_provider(uris["file"]).root_key(create=False)


def test_a_lost_file_is_not_replaced(uris, tmp_path):
    """A new key would open nothing of what is there."""
    path = tmp_path / "keyring"
    Barrier.open_or_create(root_key_provider(uris["file"]), path)
    (tmp_path / "keys" / "root.key").unlink()
    with pytest.raises(RootKeyUnavailable, match="restore the file"):
        Barrier.open_or_create(root_key_provider(uris["file"]), path)
    assert not (tmp_path / "keys" / "root.key").exists()


@pytest.mark.parametrize("content", [b"", b"short", b"zz" * 32, b"ab" * 31])
def test_what_is_no_key(uris, tmp_path, content):
    (tmp_path / "credentials" / "root").write_bytes(content)
    with pytest.raises(RootKeyUnavailable, match="holds no root key"):
        root_key_provider(uris["systemd-creds"]).root_key(create=False)


def test_another_key_is_refused_by_name(uris, tmp_path):
    path = tmp_path / "keyring"
    Barrier.open_or_create(root_key_provider(uris["file"]), path)
    with pytest.raises(WrongRootKey) as refused:
        Barrier.open_or_create(root_key_provider(uris["env"]), path)
    assert root_keys.fingerprint(bytes.fromhex(HEX)) == refused.value.given


def test_another_passphrase_is_another_key(uris, monkeypatch):
    first = root_key_provider(uris["passphrase"]).root_key(create=True)
    monkeypatch.setenv("LODEKEY_PASSPHRASE", "wrong horse")
    assert first != root_key_provider(uris["passphrase"]).root_key(create=False)


def test_a_passphrase_made_cheap_is_refused(uris, tmp_path, monkeypatch):
    root_key_provider(uris["passphrase"]).root_key(create=True)
    monkeypatch.setattr(root_keys, "_ARGON2_KIB", 8 * 1024)
    with pytest.raises(RootKeyUnavailable, match="less work than is safe"):
        root_key_provider(uris["passphrase"]).root_key(create=False)


def test_a_passphrase_is_asked_for(uris, monkeypatch):
    monkeypatch.delenv("LODEKEY_PASSPHRASE")
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "typed")
    assert len(root_key_provider(uris["passphrase"]).root_key(create=True)) == 32
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "")
    with pytest.raises(RootKeyUnavailable, match="empty"):
        root_key_provider(uris["passphrase"]).root_key(create=False)


def test_nothing_from_the_environment(uris, monkeypatch):
    monkeypatch.delenv("TEST_ROOT_KEY")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    for scheme in ("env", "systemd-creds"):
        with pytest.raises(RootKeyUnavailable):
            root_key_provider(uris[scheme]).root_key(create=False)


def test_a_changed_keyring_is_refused(uris, tmp_path):
    path = tmp_path / "keyring"
    Barrier.open_or_create(root_key_provider(uris["env"]), path)
    changed = bytearray(path.read_bytes())
    changed[-1] ^= 1
    path.write_bytes(changed)
    with pytest.raises(Locked, match="was changed"):
        Barrier.open_or_create(root_key_provider(uris["env"]), path)


def test_rotations_are_kept(uris, tmp_path):
    path = tmp_path / "keyring"
    barrier = Barrier.open_or_create(root_key_provider(uris["env"]), path)
    old = barrier.seal("name", b"body")
    barrier.rotate_data_key()
    new = barrier.seal("name", b"body")
    again = Barrier.open_or_create(root_key_provider(uris["env"]), path)
    assert [again.open("name", one) for one in (old, new)] == [b"body", b"body"]


def test_two_first_starts_at_once_agree(uris):
    keys = []
    for _ in range(4):
        read, write = os.pipe()
        if not os.fork():
            os.write(write, root_key_provider(uris["file"]).root_key(create=True))
            os._exit(0)
        os.close(write)
        keys.append(read)
    assert 1 == len({os.read(key, 32) for key in keys})
    for _ in keys:
        os.wait()
