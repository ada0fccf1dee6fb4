"""Where the root key comes from: one way for each URI scheme, in a table that one can read.

=====================  ===========================================================================
``file:PATH``          32 bytes in a file of mode 0600, made at first start. Keep a copy elsewhere.
``env:NAME``           64 hexadecimal digits in an environment variable. Pitfall: every process of
                       the same user, and every child, can read it in ``/proc/PID/environ``.
``passphrase:PATH``    argon2id over a passphrase that is typed (or is in
                       ``LODEKEY_PASSPHRASE``); PATH keeps the salt and the cost.
``systemd-creds:NAME`` A credential that systemd decrypted for this unit
                       (``LoadCredentialEncrypted=NAME:…``); 32 bytes, or 64 hexadecimal digits.
=====================  ===========================================================================
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from lodekey.crypto.aead import KEY_BYTES, derive_key
from lodekey.crypto.private_files import NotPrivate, read_private, write_new

PASSPHRASE_VARIABLE: Final = "LODEKEY_PASSPHRASE"  # noqa: S105 - its name
FINGERPRINT_BYTES: Final = 8
_ARGON2_KIB: Final = 256 * 1024
_ARGON2_PASSES: Final = 3
_ARGON2_LANES: Final = 4
_SALT_BYTES: Final = 16


class Locked(Exception):
    """The data stays locked. The message says why, and what to do."""


class RootKeyUnavailable(Locked):
    """The root key cannot be had. The message says why, and what to do."""


class WrongRootKey(Locked):
    """The root key given is not the one that sealed this data.

    Args:
        sealed_under: Fingerprint of the root key that the data was sealed under.
        given: Fingerprint of the root key that was given.
    """

    def __init__(self, sealed_under: str, given: str) -> None:
        super().__init__(
            f"the data is sealed under root key `{sealed_under}`, "
            f"but the root key given is `{given}`"
        )
        self.sealed_under = sealed_under
        self.given = given


def fingerprint(root: bytes) -> str:
    """Name a root key without telling anything about it: 16 hexadecimal digits."""
    return derive_key(root, "lodekey root key fingerprint", length=FINGERPRINT_BYTES).hex()


class RootKeyProvider(Protocol):
    """Hands out the root key."""

    def root_key(self, *, create: bool) -> bytes:
        """The root key: 32 bytes.

        Args:
            create: Whether to make one where there is none yet; only for data that is new.

        Raises:
            RootKeyUnavailable: There is none, or it is not kept safely.
        """


class FileRootKey:
    """A key in a file that nobody else may read."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()

    def root_key(self, *, create: bool) -> bytes:
        """See `RootKeyProvider.root_key`."""
        if create and not self._path.exists():
            write_new(self._path, os.urandom(KEY_BYTES))
        return _key_of(_read(self._path), f"`{self._path}`")


class EnvironmentRootKey:
    """A key in an environment variable; see the pitfall above."""

    def __init__(self, name: str) -> None:
        self._name = name

    def root_key(self, *, create: bool) -> bytes:
        """See `RootKeyProvider.root_key`."""
        value = os.environ.get(self._name)
        if not value:
            raise RootKeyUnavailable(f"the environment has no `{self._name}`")
        return _key_of(value.encode(), f"`${self._name}`")


class _Passphrase(msgspec.Struct, frozen=True):
    """What must be remembered about a passphrase: nothing secret."""

    salt: bytes
    memory_kib: int
    passes: int
    lanes: int


class PassphraseRootKey:
    """A key made of a passphrase with argon2id, at 256 MiB and about half a second."""

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser()

    def root_key(self, *, create: bool) -> bytes:
        """See `RootKeyProvider.root_key`."""
        if create and not self._path.exists():
            salt = os.urandom(_SALT_BYTES)
            cost = _Passphrase(salt, _ARGON2_KIB, _ARGON2_PASSES, _ARGON2_LANES)
            write_new(self._path, msgspec.json.encode(cost))
        try:
            cost = msgspec.json.decode(_read(self._path), type=_Passphrase)
        except msgspec.MsgspecError as error:
            raise RootKeyUnavailable(
                f"`{self._path}` is not a passphrase's salt: {error}"
            ) from None
        if cost.memory_kib < _ARGON2_KIB or len(cost.salt) < _SALT_BYTES:
            raise RootKeyUnavailable(f"`{self._path}` asks for less work than is safe")
        from cryptography.hazmat.primitives.kdf.argon2 import (  # noqa: PLC0415 - seldom
            Argon2id,
        )

        argon2 = Argon2id(
            salt=cost.salt,
            length=KEY_BYTES,
            iterations=cost.passes,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        return argon2.derive(_ask_passphrase().encode())


class SystemdRootKey:
    """A key that systemd decrypted for this unit."""

    def __init__(self, name: str) -> None:
        self._name = name

    def root_key(self, *, create: bool) -> bytes:
        """See `RootKeyProvider.root_key`."""
        directory = os.environ.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise RootKeyUnavailable(
                "systemd handed over no credentials: set LoadCredentialEncrypted= in the unit"
            )
        path = Path(directory) / self._name
        try:
            return _key_of(path.read_bytes(), f"the credential `{self._name}`")
        except OSError as error:
            raise RootKeyUnavailable(f"cannot read `{path}`: {error.strerror}") from None


PROVIDERS: Final[Mapping[str, Callable[[str], RootKeyProvider]]] = {
    "file": FileRootKey,
    "env": EnvironmentRootKey,
    "passphrase": PassphraseRootKey,
    "systemd-creds": SystemdRootKey,
}


def root_key_provider(uri: str) -> RootKeyProvider:
    """The provider that *uri* names.

    Raises:
        RootKeyUnavailable: No such scheme.
    """
    scheme, colon, rest = uri.partition(":")
    if not colon or scheme not in PROVIDERS or not rest:
        known = ", ".join(f"`{scheme}:…`" for scheme in PROVIDERS)
        raise RootKeyUnavailable(f"`{uri}` names no root key; there are {known}")
    return PROVIDERS[scheme](rest)


def _key_of(text: bytes, where: str) -> bytes:
    """The key in *text*: raw, or as hexadecimal digits."""
    if len(text) == KEY_BYTES:
        return text
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RootKeyUnavailable(f"{where} holds no root key: 32 bytes or 64 hexadecimal digits")
    return key


def _read(path: Path) -> bytes:
    try:
        return read_private(path)
    except FileNotFoundError:
        raise RootKeyUnavailable(
            f"there is no `{path}`, but there is data sealed under it: restore the file"
        ) from None
    except NotPrivate as error:
        raise RootKeyUnavailable(str(error)) from None
    except OSError as error:
        raise RootKeyUnavailable(f"cannot read `{path}`: {error.strerror}") from None


def _ask_passphrase() -> str:
    passphrase = os.environ.get(PASSPHRASE_VARIABLE) or getpass.getpass("passphrase: ")
    if not passphrase:
        raise RootKeyUnavailable("an empty passphrase protects nothing")
    return passphrase
