"""run: values in one command's environment; signals, terminal and exit code its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.conftest import SENTINEL, on_terminal
from lodekey.client.masking import MASK


@pytest.fixture
def sealed(lodekey):
    lodekey("seal", "ssm:/app/db", stdin=SENTINEL)
    return lodekey


def test_the_command_gets_the_value_and_keeps_its_exit_code(sealed):
    run = sealed.process(
        "run", "--set", "DB=ssm:/app/db", "--", "sh", "-c", 'printf %s "$DB"; exit 9'
    )
    assert (run.returncode, run.stdout) == (9, SENTINEL)


def test_everything_under_a_prefix(sealed):
    sealed("seal", "ssm:/app/api-key", stdin="k")
    sealed("seal", "ssm:/app2/api-key", stdin="other")
    run = sealed.process("run", "--from", "ssm:/app", "--", "sh", "-c", "echo $API_KEY $DB")
    assert run.stdout == f"k {SENTINEL}\n"


def test_references_in_the_environment(sealed):
    environ = {"DB": "ssm:///app/db", "PLAIN": "ssm"}
    run = sealed.process("run", "--", "sh", "-c", "echo $DB $PLAIN", env=environ)
    assert run.stdout == f"{SENTINEL} ssm\n"


def test_what_the_project_expects(sealed):
    Path(".lodekey.toml").write_text(
        '[environments.dev]\nprefix = "ssm:/app"\n[values]\ndb = {}\nPORT = {default = "80"}\n'
        "MAYBE = {required = false}\n"
    )
    run = sealed.process("run", "--", "sh", "-c", "echo $db $PORT ${MAYBE-unset}")
    assert run.stdout == f"{SENTINEL} 80 unset\n"


def test_a_missing_value_starts_nothing(sealed):
    run = sealed.process("run", "--set", "A=ssm:/none", "--", "touch", "started")
    assert run.returncode == 3
    assert not Path("started").exists()


def test_only_passes_little_on(sealed):
    run = sealed.process("run", "--only", "--set", "DB=ssm:/app/db", "--", "env")
    names = {line.partition("=")[0] for line in run.stdout.splitlines()}
    assert "AWS_SECRET_ACCESS_KEY" not in names
    assert {"DB", "PATH"} <= names


def test_the_command_is_this_process(sealed):
    words = sealed.argv(
        "run", "--set", "DB=ssm:/app/db", "--", "sh", "-c", "echo $$; exec sleep 60"
    )
    process = subprocess.Popen(
        words, env={**os.environ, **sealed.environ}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert int(process.stdout.readline()) == process.pid
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert SENTINEL.encode() not in shown
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_terminal_is_the_commands(sealed):
    words = sealed.argv("run", "--set", "DB=ssm:/app/db", "--", "sh", "-c", "test -t 0 && tty")
    code, shown = on_terminal(words, sealed.environ, {})
    assert (code, "/dev/pts/" in shown) == (0, True)


def test_masks_what_is_printed(sealed):
    script = 'echo "got $DB."; exit 3'
    run = sealed.process("run", "--mask", "--set", "DB=ssm:/app/db", "--", "sh", "-c", script)
    assert (run.returncode, run.stdout.strip()) == (3, f"got {MASK}.")


def test_masks_in_a_terminal_and_passes_keys_on(sealed):
    script = "echo ready; read line; echo $line $DB; exit 4"
    words = sealed.argv("run", "--mask", "--set", "DB=ssm:/app/db", "--", "bash", "-c", script)
    code, shown = on_terminal(words, sealed.environ, {"ready": "typed\n"})
    assert code == 4
    assert f"typed {MASK}" in shown
    assert SENTINEL not in shown


def test_a_pipe_into_a_masked_command(sealed):
    words = ("run", "--mask", "--set", "DB=ssm:/app/db", "--", "cat")
    assert sealed.process(*words, input="piped\n").stdout.strip() == "piped"


def test_no_such_command(sealed):
    for options in ([], ["--mask"]):
        run = sealed.process("run", *options, "--set", "DB=ssm:/app/db", "--", "no-such-command")
        assert run.returncode == 2
        assert "no-such-command" in run.stderr


def test_a_rotation_restarts_the_command(sealed):
    script = (
        "import os, time, pathlib\n"
        "with open('runs', 'a') as runs: runs.write(os.environ['DB'] + '\\n')\n"
        "while not pathlib.Path('stop').exists(): time.sleep(0.05)\n"
        "raise SystemExit(5)\n"
    )
    words = sealed.argv("run", "--watch", "--every", "0.3", "--set", "DB=ssm:/app/db", "--")
    process = subprocess.Popen(
        [*words, sys.executable, "-c", script], env={**os.environ, **sealed.environ}
    )
    try:
        assert eventually(lambda: Path("runs").exists() and Path("runs").read_text())
        sealed("seal", "ssm:/app/db", stdin="rotated")
        assert eventually(lambda: "rotated" in Path("runs").read_text())
        Path("stop").touch()
        assert process.wait(20) == 5
        assert Path("runs").read_text().split() == [SENTINEL, "rotated"]
    finally:
        process.kill()
        process.wait()


def eventually(holds, patience=30.0):
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
