"""Back up an installation, restore it, verify it: beside a running server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lodekey.audit.copies import pieces
from lodekey.audit.verify import Report, verify, witness
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked, RootKeyProvider, root_key_provider
from lodekey.store.backup import DATABASE, KEYRING, back_up, restore
from lodekey.store.sqlite import SqliteStore

TRAIL: Final = "trail"
# what lies in the data directory beside the store and the trail and is worth keeping
_FILES: Final = ("credentials", "organization.json")
_TREES: Final = ("functions", "objects")
# bodies that are coming: no record names them
_PASSING: Final = ("objects/coming/",)
_PIECE: Final = 256 << 10


def back_up_installation(data: Path, root_key: str, target: Path) -> dict[str, int]:
    """Write everything in *data* to *target*, sealed; returns how much of each kind.

    Raises:
        Locked: There is no data, or not the root key that it is sealed under.
        OSError: The file is there already, or cannot be written.
    """
    with _opened(data, root_key) as store:
        return back_up(store, _files(data), target)


def restore_installation(source: Path, data: Path, root_key: str) -> dict[str, int]:
    """Restore *source* into *data*, which must hold no data yet.

    Raises:
        lodekey.store.backup.BadBackup: It was changed or cut short.
        Locked: Another root key, or *data* is not empty.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return restore(source, _provider(data, root_key), data, SqliteStore)


def verify_installation(data: Path, root_key: str, witnessed: str = "") -> tuple[list[str], Report]:
    """Read every record and the whole trail; what is wrong, and the trail's report.

    Args:
        data: The data directory.
        root_key: Where the root key is: a URI; empty: in the data directory.
        witnessed: What `new_witness` returned once.

    Raises:
        Locked: There is no data, or not the root key that it is sealed under.
    """
    with _opened(data, root_key) as store:
        key = store.barrier.derive("trail")
        return store.verify(), verify(data / TRAIL, key, witnessed)


def new_witness(data: Path, root_key: str) -> str:
    """How far the trail reaches now (a running server's: a second ago), signed.

    Raises:
        Locked: There is no data, or not the root key that it is sealed under.
    """
    with _opened(data, root_key) as store:
        return witness(data / TRAIL, store.barrier.derive("trail"))


@contextmanager
def _opened(data: Path, root_key: str) -> Iterator[SqliteStore]:
    if not (data / KEYRING).exists():
        raise Locked(f"there is no data in `{data}`")
    barrier = Barrier.open_or_create(_provider(data, root_key), data / KEYRING)
    store = SqliteStore(data / DATABASE, barrier)
    try:
        yield store
    finally:
        store.close()


def _provider(data: Path, root_key: str) -> RootKeyProvider:
    return root_key_provider(root_key or f"file:{data / 'root.key'}")


def _files(data: Path) -> Iterator[tuple[str, bytes]]:
    for name, piece in pieces(data / TRAIL):
        yield f"{TRAIL}/{name}", piece
    paths = [data / name for name in _FILES]
    paths += [path for tree in _TREES for path in sorted((data / tree).rglob("*"))]
    for path in paths:
        if path.relative_to(data).as_posix().startswith(_PASSING):
            continue
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield path.relative_to(data).as_posix(), piece
