"""import, export, inject, edit, check, doctor: values and files."""

import json
import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from cli.conftest import SENTINEL

VALUES = {"A": "1", "B": "two words", "C": "q\"u'o$te", "D": "a\nb"}


@pytest.mark.parametrize(
    ("form", "name"),
    [("dotenv", ".env"), ("json", "v.json"), ("yaml", "v.yaml"), ("tfvars", "v.tfvars")],
)
def test_exports_what_it_imports(lodekey, form, name):
    from lodekey.client import formats

    Path(name).write_text(formats.WRITERS[form](VALUES))
    said = lodekey("import", name, "--to", "ssm:/app/")
    assert "two words" not in said.output
    lodekey("export", "--from", "ssm:/app/", "-o", f"out-{name}", "--format", form)
    assert formats.READERS[form](Path(f"out-{name}").read_text()) == VALUES
    assert stat.S_IMODE(Path(f"out-{name}").stat().st_mode) == 0o600


def test_imports_only_what_changed(lodekey):
    Path(".env").write_text("A=1\nB=2\n")
    lodekey("import", ".env", "--to", "sm:app/")
    Path(".env").write_text("A=1\nB=3\n")
    dry = lodekey.json("import", ".env", "--to", "sm:app/", "--dry-run")
    assert [(each["place"], each["change"]) for each in dry] == [
        ("sm:app/A", "="),
        ("sm:app/B", "~"),
    ]
    assert lodekey("get", "sm:app/B").stdout == "2"
    lodekey("import", ".env", "--to", "sm:app/")
    assert lodekey("get", "sm:app/B").stdout == "3"
    assert len(lodekey.json("log", "sm:app/A")) == 1


def test_a_file_that_does_not_parse_is_not_quoted(lodekey):
    Path("v.json").write_text(f'{{"a": "{SENTINEL}"')
    assert SENTINEL not in lodekey("import", "v.json", "--to", "ssm:/app/", code=2).output


def test_injects(lodekey):
    lodekey("seal", "sm:db", stdin='{"user": "u", "password": "p\\"w"}')
    lodekey("seal", "ssm:/app/port", "--plain", stdin="80")
    text = '{"url": "pg://sm://db#user:sm://db#password@h:ssm:///app/port"}'
    Path("conf.json").write_text(text.replace("@h", " h"))
    lodekey("inject", "conf.json", "-o", "out.json", "--escape", "json")
    assert json.loads(Path("out.json").read_text()) == {"url": 'pg://u:p"w h:80'}
    Path("bad").write_text("sm://none")
    lodekey("inject", "bad", "-o", "out-bad", code=3)
    assert not Path("out-bad").exists()


def test_every_other_byte_stays_and_binary_values_go_in_as_they_are(lodekey):
    lodekey("seal", "sm:blob", stdin=b"\x00\xff\r\n")
    lodekey("seal", "sm:db", stdin='{"password": "first"}')
    lodekey("seal", "sm:db", stdin='{"password": "second"}')
    text = b"\xff\r\n<sm://blob> pg://u:{{ sm://db#password }}@h {{sm://db#password@AWSPREVIOUS}}\0"
    Path("t").write_bytes(text)
    got = lodekey.json("inject", "t", "-o", "out")
    assert got == {"output": "out", "replaced": 3}
    assert Path("out").read_bytes() == b"\xff\r\n<\x00\xff\r\n> pg://u:second@h first\0"
    assert lodekey("inject", "-", stdin=text).stdout_bytes == Path("out").read_bytes()
    assert "binary" in lodekey("inject", "t", "--escape", "json", code=1).stderr


def test_a_device_stays_a_device(lodekey):
    os.mkfifo("pipe")
    Path("to").symlink_to("target")
    lodekey("seal", "ssm:/app/a", stdin=SENTINEL)
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    lodekey("export", "--from", "ssm:/app", "-o", "pipe")
    assert reader.communicate(timeout=20)[0].decode() == f"A={SENTINEL}\n"
    assert Path("pipe").is_fifo()
    lodekey("export", "--from", "ssm:/app", "-o", "to")
    assert Path("target").read_text() == f"A={SENTINEL}\n"
    assert Path("to").is_symlink()


def test_says_what_dotenv_readers_do_not_agree_on(lodekey):
    lodekey("seal", "ssm:/app/a", stdin="x${HOME}")
    assert "do not agree on `A`" in lodekey("export", "--from", "ssm:/app").stderr
    assert "agree" not in lodekey("export", "--from", "ssm:/app", "--format", "shell").stderr


@pytest.fixture
def editor(lodekey, tmp_path):
    """Make an editor of a shell script."""

    def make(script):
        (tmp_path / "editor").write_text(f"#!/bin/sh\nset -e\n{script}\n")
        (tmp_path / "editor").chmod(0o755)
        lodekey.environ["VISUAL"] = str(tmp_path / "editor")

    return make


def test_edits(lodekey, editor):
    lodekey("seal", "sm:a", stdin="one")
    editor('echo "$1" > path; ls -l "$1" > mode; printf %s two > "$1"')
    lodekey("edit", "sm:a")
    assert lodekey("get", "sm:a").stdout == "two"
    assert Path("mode").read_text().startswith("-rw-------")
    assert not Path(Path("path").read_text().strip()).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_ended_edit_leaves_no_file(lodekey, editor, number):
    lodekey("seal", "sm:a", stdin=SENTINEL)
    editor('echo "$1" > path; touch "$1.swp"; mv path told; sleep 30')
    environ = {**os.environ, **lodekey.environ}
    process = subprocess.Popen(lodekey.argv("edit", "sm:a"), env=environ, start_new_session=True)
    try:
        assert eventually(Path("told").exists)
        file = Path(Path("told").read_text().strip())
        assert file.read_text() == SENTINEL
        process.send_signal(number)
        process.wait(20)
        assert eventually(lambda: not file.parent.exists())
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert lodekey("get", "sm:a").stdout == SENTINEL


def eventually(holds, patience=20.0):
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_an_edit_writes_nothing_over_a_change(lodekey, editor):
    lodekey("seal", "sm:a", stdin="one")
    words = " ".join(lodekey.argv("seal", "sm:a", "--force"))
    environ = " ".join(f"{name}='{value}'" for name, value in lodekey.environ.items())
    editor(f'printf other | env {environ} {words}; printf mine > "$1"')
    lodekey("edit", "sm:a", code=5)
    assert lodekey("get", "sm:a").stdout == "other"


def test_an_edit_keeps_line_ends_and_takes_utf8_alone(lodekey, editor):
    lodekey("seal", "sm:a", "--raw", stdin=b"one\r\ntwo\r\n")
    editor("true")
    assert "nothing changed" in lodekey("edit", "sm:a").stderr
    editor("printf '\\377' > \"$1\"")
    assert "not UTF-8" in lodekey("edit", "sm:a", code=1).stderr
    assert lodekey("get", "sm:a").stdout_bytes == b"one\r\ntwo\r\n"


def test_an_editor_that_fails_writes_nothing(lodekey, editor):
    lodekey("seal", "sm:a", stdin="one")
    editor('printf two > "$1"; exit 1')
    lodekey("edit", "sm:a", code=1)
    editor("true")
    assert "nothing changed" in lodekey("edit", "sm:a").stderr
    assert lodekey.json("edit", "sm:a")["changed"] is False
    lodekey.environ["VISUAL"] = "no-such-editor"
    assert "cannot be started" in lodekey("edit", "sm:a", code=1).stderr
    assert lodekey("get", "sm:a").stdout == "one"


PROJECT = """
[environments.dev]
prefix = "ssm:/dev"
[environments.prod]
prefix = "ssm:/prod"
[values]
URL = { type = "url" }
PORT = { type = "integer", default = "80" }
EXTRA = { required = false }
"""


def test_check_fails_where_a_value_is_missing_or_misfits(lodekey):
    Path(".lodekey.toml").write_text(PROJECT)
    lodekey("seal", "ssm:/dev/URL", stdin="pg://h/db")
    lodekey("check", "--env", "dev")
    found = lodekey.json("check", "--all", code=6)
    assert [(each["environment"], each["name"], each["finding"]) for each in found] == [
        ("prod", "URL", "is missing")
    ]
    lodekey("seal", "ssm:/dev/PORT", stdin=SENTINEL)
    said = lodekey("check", "--env", "dev", code=6)
    assert "not of type integer" in said.stdout
    assert SENTINEL not in said.output


def test_check_needs_a_project(lodekey):
    lodekey("check", code=2)


def test_doctor_says_what_kind_of_server_it_is(lodekey, elsewhere, monkeypatch):
    def server(client):
        (found,) = [each for each in client.json("doctor") if each["check"] == "server"]
        return found["message"]

    assert server(lodekey).startswith("lodekey 0.")
    assert "no lodekey server" in server(elsewhere())
    from lodekey.client import checkup
    from lodekey.client.connection import Connection

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert checkup._server(Connection()).startswith("AWS: `explain` asks IAM's simulator")


def test_doctor(lodekey):
    results = {each["check"]: each["ok"] for each in lodekey.json("doctor")}
    assert results["KMS"] is True
    assert all(results.values())
    wrong = lodekey.json("doctor", "--endpoint-url", "http://127.0.0.1:9", code=6)
    assert [each["ok"] for each in wrong if each["check"] == "endpoint"] == [False]
    stranger = lodekey.as_user("stranger")
    refused = {each["check"]: each["ok"] for each in stranger.json("doctor", code=6)}
    assert (refused["credentials"], refused["KMS"]) == (True, False)
