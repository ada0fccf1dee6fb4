"""Chunks are read the same in whatever pieces they come."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lodekey.errors import ApiError
from lodekey.wire.chunks import Chunks

SOUND = b"3\r\nabc\r\n10;chunk-signature=" + b"0" * 64 + b"\r\n0123456789abcdef\r\n0\r\na:b\r\n\r\n"


def read(pieces: list[bytes], *, trailing: bool) -> tuple[object, ...]:
    """What is read, or what is wrong."""
    chunks = Chunks(None, trailing=trailing)
    try:
        content = b"".join(part for piece in pieces for part in chunks.feed(piece))
        return content, chunks.size, chunks.finish()
    except ApiError as error:
        return (type(error),)


def cut(body: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted({place % (len(body) + 1) for place in at}), len(body)]
    return [body[a:b] for a, b in itertools.pairwise(places)]


def test_what_is_read() -> None:
    assert (b"abc0123456789abcdef", 19, {"a": "b"}) == read([SOUND], trailing=True)
    assert 1 == len(read([SOUND], trailing=False))


@given(st.lists(st.integers(0, 200)), st.booleans())
def test_sound_chunks_in_pieces(at: list[int], trailing: bool) -> None:
    assert read([SOUND], trailing=trailing) == read(cut(SOUND, at), trailing=trailing)
    each = [SOUND[place : place + 1] for place in range(len(SOUND))]
    assert read([SOUND], trailing=trailing) == read(each, trailing=trailing)


PIECES = st.sampled_from(
    [b"3\r\nabc\r\n", b"0\r\n", b"\r\n", b"a:b\r\n", b"5\r\nab", b"\n", b"\r", b"x", b"1" * 300]
)


@given(st.lists(PIECES, max_size=8), st.lists(st.integers(0, 2000)), st.booleans())
def test_any_bytes_in_pieces(parts: list[bytes], at: list[int], trailing: bool) -> None:
    body = b"".join(parts)
    assert read([body], trailing=trailing) == read(cut(body, at), trailing=trailing)


@given(st.integers(0, len(SOUND) - 1), st.integers(0, 255), st.lists(st.integers(0, 200)))
def test_changed_bytes_in_pieces(place: int, byte: int, at: list[int]) -> None:
    body = SOUND[:place] + bytes([byte]) + SOUND[place + 1 :]
    assert read([body], trailing=True) == read(cut(body, at), trailing=True)
