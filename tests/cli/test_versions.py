"""log, diff, rollback, undo, copy, rotate, rewrap: what happens to a value over time."""

import pytest

from cli.conftest import SENTINEL

PLACES = ["ssm:/app/a", "sm:app/a"]


@pytest.mark.parametrize("place", PLACES)
def test_shows_versions_newest_first(lodekey, place):
    versions = [lodekey.json("seal", place, stdin=each)["version"] for each in ("one", "two")]
    got = lodekey.json("log", place)
    assert [each["version"] for each in got] == versions[::-1]
    assert SENTINEL not in lodekey("log", place).output
    lodekey("log", f"{place}-none", code=3)


@pytest.mark.parametrize("place", PLACES)
def test_rolls_back_and_undoes(lodekey, place):
    for value in ("one", "two", "three"):
        lodekey("seal", place, stdin=value)
    lodekey("rollback", place, "-y")
    assert lodekey("get", place).stdout == "two"
    lodekey("undo", place, "-y")
    assert lodekey("get", place).stdout == "three"
    first = lodekey.json("log", place)[-1]["version"]
    lodekey("rollback", place, first, "-y")
    assert lodekey("get", place).stdout == "one"


def test_asks_before_it_rolls_back(lodekey):
    lodekey("seal", "ssm:/a", stdin="one")
    lodekey("seal", "ssm:/a", stdin="two")
    lodekey("rollback", "ssm:/a", stdin="n\n", code=1)
    assert lodekey("get", "ssm:/a").stdout == "two"


@pytest.mark.parametrize("place", PLACES)
def test_a_first_version_has_none_before(lodekey, place):
    lodekey("seal", place, stdin="one")
    lodekey("rollback", place, "-y", code=3)
    lodekey("undo", place, "-y", code=3)
    lodekey("diff", place, code=3)


def test_undoes_a_deletion(lodekey):
    lodekey("seal", "sm:a", stdin="one")
    lodekey.boto3("secretsmanager").delete_secret(SecretId="a")
    assert "lodekey undo sm:a" in lodekey("get", "sm:a", code=3).stderr
    lodekey("undo", "sm:a")
    assert lodekey("get", "sm:a").stdout == "one"


@pytest.mark.parametrize("place", PLACES)
def test_diffs_are_masked(lodekey, place):
    lodekey("seal", place, stdin='{"user": "u", "password": "old-password"}')
    lodekey("seal", place, stdin=f'{{"user": "u", "password": "{SENTINEL}"}}')
    said = lodekey("diff", place)
    assert "= user" in said.stdout
    assert "~ password" in said.stdout
    assert "old-password" not in said.output
    assert SENTINEL not in said.output
    assert "old-password  ->  " + SENTINEL in lodekey("diff", place, "--reveal").stdout


def test_diffs_two_places(lodekey):
    lodekey("seal", "ssm:/a", stdin="v")
    lodekey("seal", "sm:a", stdin="v")
    got = lodekey.json("diff", "ssm:/a", "sm:a")
    assert got["differences"] == [{"sign": "=", "field": ""}]


def test_copies_between_stores(lodekey):
    lodekey("seal", "ssm:/app/a", stdin="1")
    lodekey("seal", "ssm:/app/b", stdin="2")
    lodekey("copy", "ssm:/app/a", "sm:one")
    assert lodekey("get", "sm:one").stdout == "1"
    lodekey("copy", "ssm:/app/b", "sm:one", code=5)
    assert lodekey("get", "sm:one").stdout == "1"
    lodekey("copy", "-r", "ssm:/app/", "sm:all/")
    assert lodekey("get", "sm:all/a", "sm:all/b").stdout == "1\n2\n"
    lodekey("copy", "-r", "ssm:/app/", "sm:")
    assert lodekey("get", "sm:a", "sm:b").stdout == "1\n2\n"
    lodekey("seal", "ssm:/to/b", stdin="3")
    assert "`ssm:/to/b` is there already" in lodekey("copy", "sm:b", "ssm:/to/b", code=5).stderr
    lodekey("copy", "sm:b", "ssm:/to/b", "--overwrite")
    assert lodekey("get", "ssm:/to/b").stdout == "2"


def test_rotates_by_a_generator(lodekey):
    lodekey("seal", "ssm:/a", stdin="one")
    lodekey("rotate", "ssm:/a", "--generate", "24")
    assert len(lodekey("get", "ssm:/a").stdout) == 24
    lodekey("rotate", "ssm:/a", code=2)
    lodekey("seal", "sm:a", stdin="one")
    lodekey("rotate", "sm:a", code=1)
