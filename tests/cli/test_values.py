"""seal, get, list: values go in and come out, and are shown nowhere else."""

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.conftest import SENTINEL, on_terminal
from lodekey.cli.group import cli
from lodekey.cli.own_service import call
from lodekey.client.failures import Changed
from lodekey.client.kept import ABSENT
from lodekey.client.places import parse


@pytest.mark.parametrize("place", ["ssm:/app/db", "sm:app/db"])
def test_seals_and_gets(lodekey, place):
    said = lodekey("seal", place, stdin=SENTINEL + "\n")
    assert SENTINEL not in said.output
    assert lodekey("get", place).stdout == SENTINEL
    got = lodekey.json("get", place)
    assert [each["value"] for each in got] == [SENTINEL]


@pytest.mark.parametrize("word", ["seal", "set"])
def test_refuses_a_value_as_an_argument(lodekey, word):
    said = lodekey(word, "ssm:/app/db", SENTINEL, code=2)
    assert "never an argument" in said.stderr
    assert SENTINEL not in said.output
    lodekey("get", "ssm:/app/db", code=3)


def test_asks_in_a_terminal_and_shows_nothing(lodekey):
    words = lodekey.argv("seal", "sm:db")
    code, shown = on_terminal(words, lodekey.environ, {"Value of": SENTINEL + "\n"})
    assert (code, SENTINEL in shown) == (0, False)
    assert lodekey("get", "sm:db").stdout == SENTINEL


def test_a_changed_value_is_confirmed_in_a_terminal(lodekey):
    lodekey("seal", "sm:db", stdin="old value")
    answers = {"Value of": "new value\n", "[y/N]": "n\n"}
    code, shown = on_terminal(lodekey.argv("seal", "sm:db"), lodekey.environ, answers)
    assert (code, "changed" in shown) == (1, True)
    assert lodekey("get", "sm:db").stdout == "old value"


def test_generates(lodekey):
    lodekey("seal", "sm:db", "--generate", "40", "--alphabet", "hex")
    value = lodekey("get", "sm:db").stdout
    assert len(value) == 40
    assert set(value) <= set("0123456789abcdef")


def test_binary_stays_binary(lodekey):
    lodekey("seal", "sm:blob", stdin=b"\x00\xff\n")
    assert lodekey("get", "sm:blob").stdout_bytes == b"\x00\xff\n"
    assert "binary" in lodekey("seal", "ssm:/blob", stdin=b"\x00\xff", code=2).stderr


def test_one_field_of_many(lodekey):
    lodekey("seal", "sm:db", stdin='{"user": "u", "port": 1, "password": "a"}')
    said = lodekey("seal", "sm:db#password", stdin=SENTINEL)
    assert "~ sm:db#password" in said.stderr
    kept = json.loads(lodekey("get", "sm:db").stdout)
    assert kept == {"user": "u", "port": 1, "password": SENTINEL}
    assert lodekey("get", "sm:db#user", "sm:db#port").stdout == "u\n1\n"
    lodekey("get", "sm:db#none", code=3)


def test_says_when_nothing_changes(lodekey):
    lodekey("seal", "ssm:/a", stdin="same")
    again = lodekey.json("seal", "ssm:/a", stdin="same")
    assert again == {"place": "ssm:/a", "version": "1", "changed": False}


@pytest.mark.parametrize("place", ["ssm:/a", "sm:a"])
def test_writes_over_the_version_that_was_meant(lodekey, place):
    first = lodekey.json("seal", place, stdin="one")["version"]
    lodekey("seal", place, stdin="two")
    said = lodekey("seal", place, "--if-version", first, stdin="three", code=5)
    assert "changed" in said.stderr or "has version 2" in said.stderr
    assert lodekey("get", place).stdout == "two"
    lodekey("seal", place, "--new", stdin="four", code=5)
    assert lodekey("get", place).stdout == "two"


def test_two_writers_of_a_secret_do_not_lose_a_value(lodekey, monkeypatch):
    for name, value in lodekey.environ.items():
        monkeypatch.setenv(name, value)
    from lodekey.client.connection import Connection
    from lodekey.client.stores import Stores

    stores = Stores(Connection())
    place = parse("sm:counter")
    stores.put(place, "0", unchanged_since=ABSENT)
    lost = []

    def count():
        done = 0
        while done < 5:
            kept = stores.get(place)
            try:
                stores.put(place, str(int(kept.text) + 1), unchanged_since=kept.version)
                done += 1
            except Changed:
                lost.append(1)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert stores.get(place).text == "10"


def test_an_overwrite_keeps_the_key(lodekey):
    kms = lodekey.boto3("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    for place in ("ssm:/a", "sm:a"):
        lodekey("seal", place, "--key", "alias/app", stdin="one")
        lodekey("seal", place, stdin="two")
    entries = lodekey.json("list")
    assert {each["place"]: each["key"] for each in entries} == {
        "ssm:/a": "alias/app",
        "sm:a": "alias/app",
    }


def test_an_envelope_opens_under_its_name_alone(lodekey):
    kms = lodekey.boto3("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    lodekey("seal", "ssm:/a", "--envelope", key, stdin=SENTINEL)
    assert SENTINEL not in lodekey("get", "ssm:/a").stdout
    assert lodekey("get", "--envelope", "ssm:/a").stdout == SENTINEL
    lodekey("seal", "ssm:/b", stdin=lodekey("get", "ssm:/a").stdout)
    lodekey("get", "--envelope", "ssm:/b", code=1)


def test_an_unbound_envelope_is_the_walk_throughs(lodekey):
    import base64

    kms = lodekey.boto3("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    lodekey("seal", "sm:a", "--envelope", key, "--unbound", stdin=SENTINEL)
    kept = lodekey("get", "sm:a").stdout
    plain = kms.decrypt(CiphertextBlob=base64.b64decode(kept))["Plaintext"]
    assert plain.decode() == SENTINEL
    lodekey("seal", "sm:twice", stdin=base64.b64encode(kept.encode()))
    said = lodekey("get", "--envelope", "--unbound", "sm:twice", code=1)
    assert "twice" in said.stderr


def test_lists_without_reading(lodekey):
    lodekey("seal", "ssm:/app/a", stdin=SENTINEL)
    lodekey("seal", "ssm:/other/b", stdin=SENTINEL)
    lodekey("seal", "sm:app/c", stdin=SENTINEL)
    said = lodekey("list")
    assert SENTINEL not in said.output
    assert [line.split()[0] for line in said.stdout.splitlines()] == [
        "ssm:/app/a",
        "ssm:/other/b",
        "sm:app/c",
    ]
    assert [each["place"] for each in lodekey.json("list", "ssm:/app")] == ["ssm:/app/a"]
    assert [each["place"] for each in lodekey.json("list", "sm:")] == ["sm:app/c"]


def test_exit_codes(lodekey):
    lodekey("seal", "sm:a", stdin="v")
    stranger = lodekey.as_user("stranger")
    assert "AccessDenied" in stranger("get", "sm:a", code=4).stderr
    stranger("get", "ssm:/a", code=4)
    lodekey("get", "ssm:/none", code=3)
    lodekey("get", "sm:none", code=3)
    lodekey("get", "vault:none", code=2)
    failed = lodekey("get", "--json", "sm:none", code=3)
    assert json.loads(failed.stderr)["error"]["kind"] == "not-found"


def test_a_dead_endpoint_is_the_networks(lodekey, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    said = lodekey("get", "ssm:/a", "--endpoint-url", "http://127.0.0.1:9", code=7)
    assert "does not answer" in said.stderr


def test_many_values_take_few_calls(lodekey):
    ssm, sm = lodekey.boto3("ssm"), lodekey.boto3("secretsmanager")
    for number in range(12):
        ssm.put_parameter(Name=f"/m/{number}", Value=f"v{number}", Type="String")
        sm.create_secret(Name=f"m/{number}", SecretString=f"s{number}")
    names = [f"{kind}{number}" for kind in ("ssm:/m/", "sm:m/") for number in range(12)]
    wanted = [f"{kind}{number}" for kind in "vs" for number in range(12)]
    assert lodekey("get", *names).stdout.split() == wanted
    calls = [each["event"] for each in lodekey.json("audit", "search", "--most", "500")]
    assert calls.count("GetParameters") == 2
    assert calls.count("BatchGetSecretValue") == 1
    assert "GetParameter" not in calls


def test_a_throttled_call_is_made_again(lodekey, elsewhere):
    lodekey("seal", "ssm:/a", stdin="v")
    assert elsewhere(throttled=2)("get", "ssm:/a").stdout == "v"


def test_profile_region_and_endpoint_are_boto3s(lodekey, running, monkeypatch):
    other = call(running.data, "CreateAccount", {})
    config = lodekey.home / "config"
    config.write_text(
        f"[profile other]\nregion = eu-west-1\nendpoint_url = {running.endpoint}\n"
        f"aws_access_key_id = {other['AccessKeyId']}\n"
        f"aws_secret_access_key = {other['SecretAccessKey']}\n"
    )
    lodekey.environ["AWS_CONFIG_FILE"] = str(config)
    lodekey("seal", "ssm:/a", stdin="mine")
    lodekey("seal", "ssm:/a", "--region", "eu-west-1", stdin="far")
    lodekey("get", "ssm:/a", "--profile", "other", code=3)
    lodekey("copy", "ssm:/a", "sm:a", "--to-profile", "other")
    there = lodekey.json("list", "--profile", "other", "--region", "us-east-1")
    assert [each["place"] for each in there] == ["sm:a"]
    assert lodekey("get", "sm:a", "--profile", "other", "--region", "us-east-1").stdout == "mine"
    assert lodekey("get", "ssm:/a", "--region", "eu-west-1").stdout == "far"
    where = ("--to-region", "eu-west-1", "--to-endpoint-url", running.endpoint)
    lodekey("copy", "ssm:/a", "sm:b", *where)
    assert lodekey("get", "sm:b", "--region", "eu-west-1").stdout == "mine"
    lodekey("get", "sm:b", code=3)


WRITE_PARAMETER = {
    "Effect": "Allow",
    "Action": ["ssm:PutParameter", "ssm:GetParameter", "kms:Encrypt", "kms:Decrypt"],
    "Resource": "*",
}


def test_a_writer_who_may_not_list_names_the_key(lodekey):
    key = lodekey.boto3("kms").create_key()["KeyMetadata"]["Arn"]
    lodekey("seal", "ssm:/a", "--key", key, stdin="one")
    writer = lodekey.as_user("writer", WRITE_PARAMETER)
    assert "--key" in writer("seal", "ssm:/a", stdin="two", code=4).stderr
    writer("seal", "ssm:/a", "--key", key, stdin="two")
    assert lodekey("get", "ssm:/a").stdout == "two"


def test_a_writer_who_may_not_read_says_so(lodekey):
    lodekey("seal", "sm:a", stdin="one")
    put = {"Effect": "Allow", "Action": "secretsmanager:PutSecretValue", "Resource": "*"}
    describe = {**put, "Action": "secretsmanager:DescribeSecret"}
    writer = lodekey.as_user("writer", put, describe)
    assert "--force" in writer("seal", "sm:a", stdin="two", code=4).stderr
    writer("seal", "sm:a", "--force", stdin="two")
    assert lodekey("get", "sm:a").stdout == "two"


@pytest.mark.parametrize("place", ["ssm:/a b", "ssm:/aws/x", "sm:a*b"])
def test_a_refused_write_quotes_no_value(lodekey, place):
    result = CliRunner().invoke(cli, ["seal", place], input=SENTINEL, env=lodekey.environ)
    assert result.exit_code in {1, 2, 4}
    assert SENTINEL not in result.output


def test_a_large_value_is_kept(lodekey):
    lodekey("seal", "ssm:/large", stdin="x" * 5000)
    assert lodekey("get", "ssm:/large").stdout == "x" * 5000
    assert SENTINEL not in lodekey("seal", "ssm:/larger", stdin=SENTINEL * 900, code=1).output


def test_the_values_bytes_stay_out_of_ps_and_history(lodekey):
    words = lodekey.argv("seal", "sm:db")
    process = subprocess.Popen(
        words,
        env={**os.environ, **lodekey.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        said, _ = process.communicate(SENTINEL.encode(), timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert SENTINEL.encode() not in shown + said
    assert not any(SENTINEL.encode() in each.read_bytes() for each in lodekey.home.rglob("*"))
