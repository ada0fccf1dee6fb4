"""The Tab key: words, options and the names of values, in each shell as it really asks."""

import os
import pty
import select
import shutil
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture
def named(lodekey, tmp_path):
    """Values to complete to, and `lodekey` on the PATH of an interactive shell."""
    for place in ("ssm:/shop/db-url", "ssm:/shop/db-user", "sm:only/one"):
        lodekey("seal", place, stdin="v")
    word = tmp_path / "bin" / "lodekey"
    word.parent.mkdir()
    word.write_text(f'#!/bin/sh\nexec {sys.executable} -m lodekey "$@"\n')
    word.chmod(0o755)
    lodekey.environ["PATH"] = f"{word.parent}:{os.environ['PATH']}"
    return lodekey


class Shell:
    """An interactive shell in a pseudo-terminal."""

    def __init__(self, words, environ):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, {**os.environ, **environ, "TERM": "dumb", "PS1": "$ "})

    def type(self, text, until, patience=20.0):
        """Type, and read until something is shown."""
        os.write(self.terminal, text.encode())
        shown, deadline = "", time.monotonic() + patience
        while until not in shown and time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.1)[0]:
                shown += os.read(self.terminal, 65536).decode(errors="replace")
                shown = shown.replace("\a", "")
        return shown

    def close(self):
        os.kill(self.pid, 9)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


@pytest.fixture
def bash(named):
    shell = Shell(["bash", "--norc", "--noprofile", "-i"], named.environ)
    shell.type('eval "$(_LODEKEY_COMPLETE=bash_source lodekey)"; echo re""ady\n', "ready\r\n")
    try:
        yield shell
    finally:
        shell.close()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("lodekey rol\t", "lodekey rollback "),
        ("lodekey get ssm:/s\t", "lodekey get ssm:/shop/db-u"),
        ("lodekey get sm:o\t", "lodekey get sm:only/one "),
        ("lodekey get ss\t", "lodekey get ssm:/shop/db-u"),
        ("lodekey run --set DB=sm:\t", "lodekey run --set DB=sm:only/one "),
        ("lodekey get --for\t sm:on\t", "sm:only/one "),
    ],
)
def test_bash_completes(bash, typed, shown):
    assert shown in bash.type(typed, shown), (typed, shown)


def test_bash_lists_what_is_possible(bash):
    assert "ssm:" not in bash.type("lodekey get ssm:/shop/db-u\t\t", "db-user").split("\n")[1]


def test_environments_and_the_projects_names(named, bash):
    Path(".lodekey.toml").write_text(
        '[environments.production]\nprefix = "ssm:/shop"\n[values]\nDB_URL = {}\n'
    )
    words = "lodekey get DB\t --env prod\t"
    assert "--env production " in (shown := bash.type(words, "production "))
    assert "get DB_URL " in shown


@pytest.mark.parametrize("start", ["", "vault:", "sm:none"])
def test_where_nothing_is_nothing_is_completed(named, start):
    environ = {
        "_LODEKEY_COMPLETE": "bash_complete",
        "COMP_LINE": f"lodekey get {start}",
        "COMP_POINT": str(len(f"lodekey get {start}")),
    }
    said = named.process(env=environ)
    assert said.stdout.split() == ([] if start else ["plain,ssm:", "plain,sm:"])
    dead = {**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    assert named.process(env=dead).stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_ask_and_are_answered(named, shell):
    environ = {
        "_LODEKEY_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "lodekey get ssm:/shop/db-us",
        "COMP_CWORD": "2" if shell == "zsh" else "ssm:/shop/db-us",
    }
    shown = named.process(env=environ).stdout
    assert "ssm:/shop/db-user" in shown
    assert "db-url" not in shown


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not on this machine")
def test_fish_completes(named):
    shell = Shell(["fish", "-N", "-i"], named.environ)
    try:
        shell.type('_LODEKEY_COMPLETE=fish_source lodekey | source; echo re""ady\n', "ready")
        assert "ssm:/shop/db-u" in shell.type("lodekey get ssm:/s\t", "ssm:/shop/db-u")
    finally:
        shell.close()


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not on this machine")
def test_zsh_completes(named):
    shell = Shell(["zsh", "-f", "-i"], named.environ)
    try:
        shell.type('autoload -Uz compinit; compinit -u -d zdump; echo re""ady\n', "ready\r\n")
        shell.type('eval "$(_LODEKEY_COMPLETE=zsh_source lodekey)"; echo re""ady\n', "ready\r\n")
        assert "ssm:/shop/db-u" in shell.type("lodekey get ssm:/s\t", "ssm:/shop/db-u")
    finally:
        shell.close()
