"""audit: who read, wrote or was denied what."""

import json

from cli.conftest import SENTINEL


def test_finds_who_read_a_value(lodekey):
    lodekey("seal", "sm:db", stdin=SENTINEL)
    lodekey("get", "sm:db")
    stranger = lodekey.as_user("stranger")
    stranger("get", "sm:db", code=4)
    reads = lodekey.json("audit", "search", "--event", "GetSecretValue", "--value", "sm:db")
    assert {each["who"].rpartition(":")[2] for each in reads} >= {"root", "user/stranger"}
    denied = lodekey.json("audit", "search", "--denied")
    assert [(each["event"], each["who"].rpartition("/")[2]) for each in denied] == [
        ("GetSecretValue", "stranger")
    ]
    said = lodekey("audit", "search", "--who", "stranger")
    assert "AccessDenied" in said.stdout
    assert SENTINEL not in said.output


def test_tails(lodekey):
    lodekey("seal", "ssm:/a", stdin="v")
    said = lodekey("audit", "tail", "--json", "--for", "0.1", "--every", "0.1")
    events = [json.loads(line)["event"] for line in said.stdout.splitlines()]
    assert events.count("PutParameter") == 1


def test_verify_is_the_servers(lodekey):
    said = lodekey("audit", "verify", "--help")
    assert "--witness" in said.output
