"""rewrap: all that a key sealed, under another; what stays under the old one is told."""

import os
import signal
import subprocess

import pytest

from cli.conftest import SENTINEL, on_terminal


@pytest.fixture
def keys(lodekey):
    """Two keys: the old and the new."""
    kms = lodekey.boto3("kms")
    return tuple(kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))


def test_rewraps_what_is_not_under_the_new_key(lodekey, keys):
    kms = lodekey.boto3("kms")
    old, new = keys
    for place in ("ssm:/a", "sm:a"):
        lodekey("seal", place, "--key", old, stdin=SENTINEL)
    lodekey("seal", "ssm:/new", "--key", new, stdin="v")
    lodekey("seal", "ssm:/plain", "--plain", stdin="v")
    planned = lodekey.json("rewrap", "--key", new, "--dry-run")
    assert [each["place"] for each in planned] == ["ssm:/a", "sm:a"]
    lodekey("rewrap", "--key", new, "--from", old)
    assert lodekey.json("rewrap", "--key", new) == []
    kms.disable_key(KeyId=old)
    assert lodekey("get", "ssm:/a", "sm:a").stdout == f"{SENTINEL}\n{SENTINEL}\n"


def test_rewrap_says_what_it_could_not_do(lodekey, keys):
    kms = lodekey.boto3("kms")
    old, new = keys
    lodekey("seal", "ssm:/a", "--key", old, stdin="v")
    lodekey("seal", "ssm:/b", stdin="v")
    kms.disable_key(KeyId=old)
    said = lodekey("rewrap", "ssm:/", "--key", new, code=1)
    assert "1 of 2" in said.stderr
    assert [each["place"] for each in lodekey.json("rewrap", "--key", new, "--dry-run")] == [
        "ssm:/a"
    ]


def test_old_versions_are_counted_with_their_key(lodekey, keys):
    old, new = keys
    for value in ("one", "two"):
        lodekey("seal", "ssm:/a", "--key", old, stdin=value)
    for value in ("one", "two", "three"):
        lodekey("seal", "sm:a", "--key", old, stdin=value)
    lodekey("seal", "ssm:/b", "--key", new, stdin="v")
    said = lodekey("rewrap", "--key", new)
    assert f"keep {old}: it alone still opens old versions of 2 of these values" in said.stderr
    lodekey.boto3("kms").disable_key(KeyId=old)
    assert lodekey("get", "ssm:/a", "sm:a", "sm:a@AWSPREVIOUS").stdout == "two\nthree\ntwo\n"
    lodekey("get", "ssm:/a@1", code=1)
    first = lodekey.json("log", "sm:a")[-1]["version"]
    assert lodekey("get", f"sm:a@{first}", code=1).stdout == ""


def test_json_tells_how_many_are_left(lodekey, keys):
    old, new = keys
    for value in ("one", "two"):
        lodekey("seal", "ssm:/a", "--key", old, stdin=value)
    assert lodekey.json("rewrap", "--key", new) == [
        {"place": "ssm:/a", "from": old, "result": "done", "left": 2}
    ]


@pytest.mark.parametrize("place", ["ssm:/a", "sm:a"])
def test_an_alias_that_moved_hides_nothing(lodekey, keys, place):
    kms, (old, new) = lodekey.boto3("kms"), keys
    kms.create_alias(AliasName="alias/app", TargetKeyId=old)
    lodekey("seal", place, "--key", "alias/app", stdin=SENTINEL)
    assert lodekey.json("rewrap", "--key", "alias/app", "--dry-run") == []
    kms.update_alias(AliasName="alias/app", TargetKeyId=new)
    (row,) = lodekey.json("rewrap", "--key", "alias/app")
    assert row["result"] == "done"
    assert lodekey.json("rewrap", "--key", "alias/app") == []
    kms.disable_key(KeyId=old)
    assert lodekey("get", place).stdout == SENTINEL


@pytest.mark.parametrize("bound", [(), ("--unbound",)])
@pytest.mark.parametrize("place", ["ssm:/a", "sm:a", "sm:b#field"])
def test_envelopes_are_sealed_anew_without_being_opened(lodekey, keys, place, bound):
    old, new = keys
    lodekey("seal", place, "--envelope", old, *bound, stdin=SENTINEL)
    lodekey("seal", "ssm:/plain", "--key", new, stdin="A" * 120)
    (due,) = lodekey.json("rewrap", "--key", new, "--envelopes", "--dry-run", "--from", old)
    assert (due["place"], due["from"], due["result"]) == (place.partition("#")[0], old, "due")
    lodekey("rewrap", "--key", new, "--envelopes")
    assert lodekey.json("rewrap", "--key", new, "--envelopes") == []
    lodekey.boto3("kms").disable_key(KeyId=old)
    assert lodekey("get", "--envelope", *bound, place).stdout == SENTINEL
    denied = lodekey.boto3("cloudtrail").lookup_events()["Events"]
    assert not any(
        each["EventName"] == "Decrypt" and "invokedBy" not in each["CloudTrailEvent"]
        for each in denied[1:]
    )


def test_killed_and_run_again_it_ends(lodekey, keys):
    old, new = keys
    for number in range(8):
        lodekey.boto3("ssm").put_parameter(
            Name=f"/k/{number}", Value="v", Type="SecureString", KeyId=old
        )
    process = subprocess.Popen(
        lodekey.argv("rewrap", "ssm:/k/", "--key", new),
        env={**os.environ, **lodekey.environ},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("[4/8]"):
            process.send_signal(signal.SIGKILL)
            break
    process.wait()
    process.stderr.close()
    rest = lodekey.json("rewrap", "ssm:/k/", "--key", new)
    assert 3 <= len(rest) <= 5
    assert {each["version"] for each in lodekey.json("list", "ssm:/k/")} == {"2"}
    assert lodekey.json("rewrap", "ssm:/k/", "--key", new) == []


def test_a_terminal_shows_how_far_it_is(lodekey, keys):
    old, new = keys
    for name in ("a", "b"):
        lodekey("seal", f"ssm:/{name}", "--key", old, stdin="v")
    code, shown = on_terminal(lodekey.argv("rewrap", "--key", new), lodekey.environ, {})
    assert code == 0
    assert "\r\x1b[K[1/2] ssm:/a\r\x1b[K[2/2] ssm:/b" in shown
