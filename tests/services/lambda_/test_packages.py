"""Packages: checked, kept, unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from lodekey.crypto.aead import Tampered
from lodekey.services.lambda_ import packages
from lodekey.services.lambda_.errors import InvalidParameterValueException
from services.lambda_.packaging import archive


def with_link(name: str, to: str, **files: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        link = zipfile.ZipInfo(name)
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, to)
        for path, body in files.items():
            file.writestr(path.replace("__", "/"), body)
    return made.getvalue()


@pytest.mark.parametrize(
    "name", ["../out", "a/../../out", "/out", "..\\out", "a\\..\\..\\out", "x/../..", ".."]
)
def test_no_member_lies_outside(name, tmp_path):
    body = archive({"in": "x", name: "out"})
    with pytest.raises(InvalidParameterValueException):
        packages.check(body, direct=True)
    with pytest.raises(InvalidParameterValueException):
        packages.unpack(body, tmp_path / "task")
    assert not (tmp_path / "out").exists()


def test_what_is_inside_is_unpacked(tmp_path):
    packages.unpack(archive({"a.py": "one", "b/c/d.txt": "two"}), tmp_path / "task")
    assert "one" == (tmp_path / "task/a.py").read_text()
    assert "two" == (tmp_path / "task/b/c/d.txt").read_text()
    assert 0o644 == stat.S_IMODE((tmp_path / "task/a.py").stat().st_mode)
    assert 0o755 == stat.S_IMODE((tmp_path / "task/b/c").stat().st_mode)


@pytest.mark.parametrize("to", ["/etc", "../../out", "b/../../../out"])
def test_no_link_leads_outside(to, tmp_path):
    (tmp_path / "out").mkdir()
    body = with_link("link", to, link__planted="x")
    packages.unpack(body, tmp_path / "task")
    assert not (tmp_path / "task/link").is_symlink()
    assert [] == list((tmp_path / "out").iterdir())
    assert not Path("/etc/planted").exists()


def test_a_link_inside_is_kept(tmp_path):
    packages.unpack(with_link("lib/now", "../v1", v1__x="one"), tmp_path / "task")
    assert "one" == (tmp_path / "task/lib/now/x").read_text()


def test_a_member_twice_is_the_last(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("a", "one")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("a", "two")
    packages.unpack(made.getvalue(), tmp_path / "task")
    assert "two" == (tmp_path / "task/a").read_text()


def test_a_package_that_says_it_is_small(tmp_path, monkeypatch):
    """What the directory says of a member's size is not believed."""
    monkeypatch.setattr(packages, "MOST_UNZIPPED", 1000)
    with pytest.raises(InvalidParameterValueException, match="Unzipped size"):
        packages.check(archive({"a": "x" * 1001}), direct=True)
    with pytest.raises(InvalidParameterValueException):
        packages.unpack(archive({"a": "x" * 600, "b": "x" * 600}), tmp_path / "task")


def test_a_kept_package_is_sealed_and_bound_to_its_name(tmp_path):
    shelf = packages.Shelf(tmp_path / "functions")
    body = archive({"a.py": "x = 'precious'\n"})
    code = shelf.keep(packages.check(body, direct=True))
    path = tmp_path / "functions" / code.id
    assert body == shelf.read(code)
    assert body not in path.read_bytes()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    other = shelf.keep(packages.check(archive({"b.py": "y = 1\n"}), direct=True))
    (tmp_path / "functions" / other.id).replace(path)
    with pytest.raises(Tampered):
        shelf.read(code)


def test_a_package_that_nobody_names_is_swept(tmp_path):
    shelf = packages.Shelf(tmp_path / "functions")
    kept, lost = (
        shelf.keep(packages.check(archive({name: "x"}), direct=True)) for name in ("a", "b")
    )
    shelf.sweep({kept.id}, before=0)
    assert 2 == len(list((tmp_path / "functions").iterdir()))
    shelf.sweep({kept.id}, before=2**40)
    assert [kept.id] == [path.name for path in (tmp_path / "functions").iterdir()]
    assert lost.id != kept.id
