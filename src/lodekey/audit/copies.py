"""The trail's files as they are copied into a backup while they are being written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lodekey.audit.heads import HEAD_SUFFIX, REGISTER, register_lock
from lodekey.audit.segment import segment_paths

_PIECE: Final = 256 << 10


def pieces(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Name, below *directory*, and content of each file; large ones in several pieces.

    What is signed comes first and is of one moment; the segments reach at least as far. A frame
    that is being written and comes out cut short is dealt with like one that a power loss cut.
    """
    with register_lock(directory):
        segments = segment_paths(directory)
        signed = [
            directory / REGISTER,
            *(path.with_name(path.name + HEAD_SUFFIX) for path in segments),
        ]
        contents = [(path.name, path.read_bytes()) for path in signed]
    yield from contents
    for path in segments:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield path.name, piece
