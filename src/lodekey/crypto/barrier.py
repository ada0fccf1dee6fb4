"""The barrier: nothing reaches the store unsealed, and no record can stand in for another.

Three floors of keys. The *root key* comes from outside (`lodekey.crypto.root_keys`) and seals one
thing, the keyring. The *keyring* holds the data keys, oldest to newest, and a secret that subkeys
are derived from; it is kept beside the records, sealed. A *data key* is never used itself: each
process derives *sealing keys* from it with a fresh 128-bit salt, and takes a new salt after 2**24
seals. Random 96-bit nonces under a sealing key then collide with probability below 2**-49 each
2**24 seals, however many processes seal and however often they start: no count has to survive a
crash, a fork or a restored snapshot, and 2**48 seals under one data key stay below 2**-24.

A sealed body::

    version 1 B | data key id 4 B | salt 16 B | nonce 12 B | ciphertext | tag 16 B

Associated data: the first five bytes and the record's name (UTF-8). The salt needs no binding:
another salt is another key.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from lodekey.crypto.aead import KEY_BYTES, NONCE_BYTES, Aead, Tampered, derive_key
from lodekey.crypto.private_files import NotPrivate, read_private, write_new, write_over
from lodekey.crypto.root_keys import (
    FINGERPRINT_BYTES,
    Locked,
    RootKeyProvider,
    WrongRootKey,
    fingerprint,
)

ENVELOPE: Final = 1
_SALT_BYTES: Final = 16
_HEAD_BYTES: Final = 5
_PREFIX_BYTES: Final = _HEAD_BYTES + _SALT_BYTES
_SEALS_PER_SALT: Final = 1 << 24
_MOST_OPENERS: Final = 4096

_KEYRING_MAGIC: Final = b"LKK1"


class _DataKey(msgspec.Struct, frozen=True, array_like=True):
    id: int
    key: bytes


class _Keyring(msgspec.Struct, frozen=True, array_like=True):
    """What the root key seals."""

    secret: bytes
    data_keys: tuple[_DataKey, ...]


_decode_keyring = msgspec.msgpack.Decoder(_Keyring).decode


class Barrier:
    """Seals record bodies, opens them, and derives the house's other keys.

    Made by `create` or `unlock`. May be used by several threads at once.
    """

    def __init__(self, root: bytes, keyring: _Keyring) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._openers: dict[bytes, Aead] = {}
        self._reload: Callable[[], bytes | None] | None = None
        self._keep: Callable[[bytes], None] | None = None
        self._use(keyring)

    @classmethod
    def create(cls, root: bytes) -> Barrier:
        """Make a new keyring under *root* (32 bytes). Keep what `keyring` returns."""
        first = _DataKey(1, os.urandom(KEY_BYTES))
        return cls(root, _Keyring(os.urandom(KEY_BYTES), (first,)))

    @classmethod
    def unlock(cls, root: bytes, keyring: bytes) -> Barrier:
        """Open a *keyring* that `keyring` returned.

        Raises:
            WrongRootKey: It was sealed under another root key.
            Tampered: It was changed.
        """
        return cls(root, _open_keyring(root, keyring))

    @classmethod
    def open_or_create(cls, provider: RootKeyProvider, path: Path) -> Barrier:
        """The barrier whose keyring is kept in the file *path*; made where there is none.

        Raises:
            WrongRootKey: The keyring was sealed under another root key.
            RootKeyUnavailable: There is no root key to be had.
            Locked: The keyring was changed, or others may read it.
        """
        root = provider.root_key(create=not path.exists())
        if not path.exists():
            write_new(path, cls.create(root).keyring())
        try:
            barrier = cls.unlock(root, read_private(path))
        except NotPrivate as error:
            raise Locked(str(error)) from None
        except Tampered:
            raise Locked(f"the keyring `{path}` was changed: restore it from a backup") from None
        barrier.kept_in(lambda: read_private(path), lambda keyring: write_over(path, keyring))
        return barrier

    def keyring(self) -> bytes:
        """The keyring, sealed under the root key, to be kept beside the records."""
        return _seal_keyring(self._root, self._keyring)

    def rotate_data_key(self) -> bytes:
        """Seal with a new data key from now on; the old ones still open. Returns the keyring.

        Unless it is `kept_in` some place, keep the keyring before sealing anything: what is sealed
        under a key that nobody kept is lost.
        """
        self._read_again()
        newest = self._keyring.data_keys[-1].id
        fresh = _DataKey(newest + 1, os.urandom(KEY_BYTES))
        keys = (*self._keyring.data_keys, fresh)
        return self._renew(self._root, msgspec.structs.replace(self._keyring, data_keys=keys))

    def rotate_root_key(self, root: bytes) -> bytes:
        """Seal the keyring under another root key from now on. Returns the keyring."""
        self._read_again()
        return self._renew(root, self._keyring)

    def kept_in(self, read: Callable[[], bytes | None], write: Callable[[bytes], None]) -> None:
        """Name the place of the keyring: read when another process has rotated the data key."""
        self._reload = read
        self._keep = write

    def derive(self, purpose: str) -> bytes:
        """The 32-byte key for *purpose*: the same as long as the data lives."""
        return derive_key(self._keyring.secret, f"lodekey purpose {purpose}")

    def seal(self, name: str | bytes, body: bytes) -> bytes:
        """Seal *body* for the record called *name*."""
        if self._left <= 0:
            self._take_salt()
        self._left -= 1
        prefix, head, encrypt = self._sealer
        nonce = os.urandom(NONCE_BYTES)
        return prefix + nonce + encrypt(nonce, body, head + _bytes(name))

    def open(self, name: str | bytes, sealed: bytes) -> bytes:
        """Open what `seal` made for the same *name*.

        Raises:
            Tampered: It was changed, or belongs to another record, or to another store.
        """
        prefix = sealed[:_PREFIX_BYTES]
        opener = self._openers.get(prefix) or self._opener(prefix)
        return opener.open(prefix[:_HEAD_BYTES] + _bytes(name), sealed[_PREFIX_BYTES:])

    def _renew(self, root: bytes, keyring: _Keyring) -> bytes:
        sealed = _seal_keyring(root, keyring)
        if self._keep is not None:
            self._keep(sealed)
        self._root = root
        self._use(keyring)
        return sealed

    def _read_again(self) -> None:
        keyring = self._reload() if self._reload is not None else None
        if keyring is not None:
            self._use(_open_keyring(self._root, keyring))

    def _use(self, keyring: _Keyring) -> None:
        self._keyring = keyring
        self._data_keys = {data_key.id: data_key.key for data_key in keyring.data_keys}
        self._take_salt()

    def _take_salt(self) -> None:
        with self._lock:
            data_key = self._keyring.data_keys[-1]
            salt = os.urandom(_SALT_BYTES)
            prefix = bytes([ENVELOPE]) + data_key.id.to_bytes(4, "big") + salt
            encrypt = _sealing_key(data_key.key, salt).encrypt
            self._sealer = prefix, prefix[:_HEAD_BYTES], encrypt
            self._left = _SEALS_PER_SALT

    def _opener(self, prefix: bytes) -> Aead:
        if len(prefix) < _PREFIX_BYTES or prefix[0] != ENVELOPE:
            raise Tampered("not a sealed body of a known version")
        key_id = int.from_bytes(prefix[1:_HEAD_BYTES], "big")
        if key_id not in self._data_keys:
            self._read_again()
        if key_id not in self._data_keys:
            raise Tampered(f"sealed under data key {key_id}, which the keyring does not hold")
        opener = _sealing_key(self._data_keys[key_id], prefix[_HEAD_BYTES:])
        if len(self._openers) >= _MOST_OPENERS:
            self._openers = {}
        self._openers[prefix] = opener
        return opener


def _bytes(name: str | bytes) -> bytes:
    return name.encode() if isinstance(name, str) else name


def _sealing_key(data_key: bytes, salt: bytes) -> Aead:
    return Aead(derive_key(data_key, "lodekey record", salt=salt))


def _keyring_key(root: bytes) -> Aead:
    return Aead(derive_key(root, "lodekey keyring"))


def _seal_keyring(root: bytes, keyring: _Keyring) -> bytes:
    head = _KEYRING_MAGIC + bytes.fromhex(fingerprint(root))
    return head + _keyring_key(root).seal(head, msgspec.msgpack.encode(keyring))


def _open_keyring(root: bytes, sealed: bytes) -> _Keyring:
    start = len(_KEYRING_MAGIC)
    head = sealed[: start + FINGERPRINT_BYTES]
    if not head.startswith(_KEYRING_MAGIC):
        raise Tampered("not a keyring")
    sealed_under, given = head[start:].hex(), fingerprint(root)
    if sealed_under != given:
        raise WrongRootKey(sealed_under, given)
    return _decode_keyring(_keyring_key(root).open(head, sealed[len(head) :]))
