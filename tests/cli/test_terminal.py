"""Words in a real terminal: what is asked, shown and typed there."""

import json

import pytest

from cli.conftest import SENTINEL, on_terminal

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def test_get_ends_its_line_in_a_terminal_alone(lodekey):
    lodekey("seal", "ssm:/a", stdin=SENTINEL)
    assert on_terminal(lodekey.argv("get", "ssm:/a"), lodekey.environ, {}) == (0, f"{SENTINEL}\r\n")
    assert lodekey.process("get", "ssm:/a").stdout == SENTINEL


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\x04", 1)])
def test_undo_asks(lodekey, answer, code):
    for value in ("one", "two"):
        lodekey("seal", "sm:a", stdin=value)
    words = lodekey.argv("undo", "sm:a")
    assert on_terminal(words, lodekey.environ, {"[y/N]": answer})[0] == code
    assert lodekey("get", "sm:a").stdout == ("one" if code == 0 else "two")


def test_init_shows_its_plan_and_asks(lodekey):
    lodekey.boto3("iam").create_role(RoleName="fn", AssumeRolePolicyDocument=TRUST)
    words = lodekey.argv("init", "app", "--for", "fn", "--value", "ssm:/app/db")
    code, shown = on_terminal(words, lodekey.environ, {"Carry this out?": "y\n"})
    assert code == 0
    assert shown.index("DenyOthers") < shown.index("Carry this out?") < shown.index("verified on")


def test_an_editor_has_the_terminal(lodekey, tmp_path):
    lodekey("seal", "sm:a", stdin="one")
    editor = tmp_path / "editor"
    asks = 'test -t 0 && test -t 1 || exit 9\necho open\nread new\nprintf %s "$new" > "$1"\n'
    editor.write_text(f"#!/bin/sh\n{asks}")
    editor.chmod(0o755)
    environ = {**lodekey.environ, "EDITOR": str(editor), "VISUAL": ""}
    code, shown = on_terminal(lodekey.argv("edit", "sm:a"), environ, {"open": "two\n"})
    assert (code, "sealed, version" in shown) == (0, True)
    assert lodekey("get", "sm:a").stdout == "two"


@pytest.mark.parametrize("words", [("list",), ("get", "sm:none"), ("--help",)])
def test_nothing_is_colored_so_nothing_need_be_switched_off(lodekey, words):
    environ = {**lodekey.environ, "FORCE_COLOR": "1"}
    shown = on_terminal(lodekey.argv(*words), environ, {})[1]
    assert "\x1b" not in shown
    assert shown == on_terminal(lodekey.argv(*words), {**environ, "NO_COLOR": "1"}, {})[1]


def test_an_interrupted_wait_ends_quietly(lodekey):
    words = lodekey.argv("audit", "tail", "--every", "0.2")
    code, shown = on_terminal(words, lodekey.environ, {"LookupEvents": "\x03"})
    assert code == 1
    assert "Traceback" not in shown
