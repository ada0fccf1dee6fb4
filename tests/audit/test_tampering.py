"""Every single bit of a trail flipped, and every other way to make it tell another story."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lodekey.audit.segment import LENGTH_BYTES, bytes_of, frame_of, frames, sealer_of, start_of
from lodekey.audit.trail import Trail
from lodekey.audit.verify import verify
from lodekey.store.memory import MemoryStore
from store.events import event

KEY = bytes(range(32))


def make(directory: Path, lives: int = 2, events: int = 6, batch: int = 1) -> Path:
    store = MemoryStore()
    for life in range(lives):
        trail = Trail(directory, KEY, store)
        for number in range(events):
            trail.append([event(request_id=f"{life}.{number}.{one}") for one in range(batch)])
        trail.close()
    return directory


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    directory = make(tmp_path_factory.mktemp("trail"))
    assert verify(directory, KEY).ok
    return directory


@pytest.fixture
def trail(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "trail")
    return tmp_path / "trail"


def segments(trail):
    return sorted(trail.glob("*.seg"))


def pieces(path):
    """The header and the frames of a segment."""
    content = path.read_bytes()
    found, offset = [content[:20]], 20
    while offset < len(content):
        end = offset + LENGTH_BYTES + int.from_bytes(content[offset : offset + LENGTH_BYTES], "big")
        found.append(content[offset:end])
        offset = end
    return found


def is_found_out(trail, witness=""):
    report = verify(trail, KEY, witness)
    return bool(report.findings)


def test_control_an_untouched_copy_is_fine(trail):
    report = verify(trail, KEY)
    assert [] == report.findings
    assert 12 == report.events


def flips(path, step):
    whole = path.read_bytes()
    for bit in range(0, len(whole) * 8, step):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        yield bit
    path.write_bytes(whole)


def missed(trail, step):
    return [
        (path.name, bit)
        for path in sorted(trail.iterdir())
        if path.name != "lock"
        for bit in flips(path, step)
        if not is_found_out(trail)
    ]


def test_flipped_bits_are_found_out(tmp_path):
    """A bit in every byte: every seventh, so that each of the eight has its turn."""
    assert [] == missed(make(tmp_path / "trail", lives=1, events=2), step=7)


@pytest.mark.torture
def test_every_flipped_bit_of_1000_records_is_found_out(tmp_path):
    assert [] == missed(make(tmp_path / "trail", lives=1, events=20, batch=50), step=1)


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_segment_cut_short(trail, cut):
    path = segments(trail)[0]
    path.write_bytes(path.read_bytes()[:-cut])
    assert is_found_out(trail)


@pytest.mark.parametrize("number", range(1, 7))
def test_a_frame_taken_out(trail, number):
    parts = pieces(segments(trail)[0])
    del parts[number]
    segments(trail)[0].write_bytes(b"".join(parts))
    assert is_found_out(trail)


@pytest.mark.parametrize("number", range(1, 7))
def test_a_frame_doubled(trail, number):
    parts = pieces(segments(trail)[0])
    parts.insert(number, parts[number])
    segments(trail)[0].write_bytes(b"".join(parts))
    assert is_found_out(trail)


def test_two_frames_swapped(trail):
    parts = pieces(segments(trail)[0])
    parts[2], parts[3] = parts[3], parts[2]
    segments(trail)[0].write_bytes(b"".join(parts))
    assert is_found_out(trail)


@pytest.mark.parametrize("where", [1, 4, 7])
def test_a_frame_of_another_segment_spliced_in(trail, where):
    one, other = segments(trail)
    parts = pieces(one)
    parts.insert(where, pieces(other)[where - 1 or 1])
    one.write_bytes(b"".join(parts))
    assert is_found_out(trail)


def test_a_segment_taken_away(trail):
    segments(trail)[0].unlink()
    assert is_found_out(trail)


def test_a_segment_taken_away_with_its_head(trail):
    path = segments(trail)[1]
    path.unlink()
    path.with_name(path.name + ".head").unlink()
    assert is_found_out(trail)


def test_a_segment_under_another_name(trail):
    path = segments(trail)[0]
    for suffix in ("", ".head"):
        copy = path.with_name(path.name.replace("-0000", "-0001") + suffix)
        shutil.copy(path.with_name(path.name + suffix), copy)
    assert is_found_out(trail)


def test_two_segments_swapped(trail):
    one, other = segments(trail)
    for suffix in ("", ".head"):
        left, right = (path.with_name(path.name + suffix) for path in (one, other))
        content = left.read_bytes()
        left.write_bytes(right.read_bytes())
        right.write_bytes(content)
    assert is_found_out(trail)


@pytest.mark.parametrize("name", ["*.head", "register"])
def test_what_is_signed_taken_away(trail, name):
    next(trail.glob(name)).unlink()
    assert is_found_out(trail)


def test_a_strange_file(trail):
    (trail / "notes.txt").write_text("nothing happened")
    assert is_found_out(trail)


def test_a_segment_of_another_trail(trail, tmp_path):
    other = make(tmp_path / "other", lives=1)
    for path in other.glob("*.seg*"):
        shutil.copy(path, trail)
    assert is_found_out(trail)


def test_a_frame_forged_under_another_key(trail):
    path = segments(trail)[0]
    header = path.read_bytes()[:20]
    with path.open("rb") as file:
        *_, last = frames(file, start_of(path.name, header))
    forged = frame_of(sealer_of(bytes(32), header), [event()], last.after)
    path.write_bytes(path.read_bytes() + bytes_of(forged))
    assert is_found_out(trail)


def test_a_frame_added_with_the_key_after_closing(trail):
    """Even who has the key cannot add to a closed segment without signing a head."""
    path = segments(trail)[0]
    header = path.read_bytes()[:20]
    with path.open("rb") as file:
        *_, last = frames(file, start_of(path.name, header))
    forged = frame_of(sealer_of(KEY, header), [event()], last.after)
    path.write_bytes(path.read_bytes() + bytes_of(forged))
    assert is_found_out(trail)


def test_another_key_opens_nothing(trail):
    assert not verify(trail, bytes(32)).ok


def test_the_whole_put_back_takes_a_witness(tmp_path):
    directory, store = tmp_path / "trail", MemoryStore()
    trail = Trail(directory, KEY, store)
    trail.append([event()])
    trail.close()
    shutil.copytree(directory, tmp_path / "before")
    trail = Trail(directory, KEY, store)
    trail.append([event()])
    witness = trail.witness()
    trail.close()
    assert trail.verify(witness).ok
    assert not is_found_out(tmp_path / "before"), "without the witness nobody can tell"
    assert is_found_out(tmp_path / "before", witness)


def test_one_segment_put_back_with_its_head_takes_a_witness(tmp_path):
    directory = tmp_path / "trail"
    trail = Trail(directory, KEY, MemoryStore())
    trail.append([event()])
    trail.witness()
    shutil.copytree(directory, tmp_path / "before")
    trail.append([event()])
    witness = trail.witness()
    trail.close()
    assert is_found_out(tmp_path / "before", witness)


@pytest.mark.parametrize("witness", ["", "nonsense", "bm9uc2Vuc2U="])
def test_a_witness_that_is_none(trail, witness):
    assert bool(witness) == is_found_out(trail, witness)


def test_what_a_power_loss_tears_is_noted_and_no_more(tmp_path):
    directory = make(tmp_path / "trail", lives=1)
    trail = Trail(directory, KEY, MemoryStore())
    trail.append([event()])
    trail._stop.set()
    trail._thread.join()
    trail._sign()
    import os

    os.write(trail._descriptor, b"\x00\x00\x02\x00" + bytes(100))
    os.close(trail._descriptor)
    assert is_found_out(directory), "before anybody has looked"
    Trail(directory, KEY, MemoryStore()).close()
    report = verify(directory, KEY)
    assert report.ok
    assert ["104 bytes were torn by a crash"] == [one.split(": ")[1] for one in report.notes]
