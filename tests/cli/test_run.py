"""run: values in one command's environment; signals, terminal and exit code its own."""

import base64
import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
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


def test_a_masked_pipe_gets_two_streams_and_no_carriage_returns(sealed):
    script = 'echo "got $DB"; echo "lost $DB" >&2'
    words = ("run", "--mask", "--set", "DB=ssm:/app/db", "--", "sh", "-c", script)
    run = sealed.process(*words)
    assert (run.stdout, run.stderr) == (f"got {MASK}\n", f"lost {MASK}\n")


def test_masks_a_value_that_comes_in_pieces_and_in_base64(sealed):
    script = (
        f"printf %s {SENTINEL[:10]}; sleep 0.5; printf '%s\\n' {SENTINEL[10:]}; "
        'printf "user:$DB" | base64'
    )
    words = sealed.argv("run", "--mask", "--set", "DB=ssm:/app/db", "--", "sh", "-c", script)
    piped = sealed.process(*words[3:])
    for code, shown in (
        on_terminal(words, sealed.environ, {}),
        (piped.returncode, piped.stdout),
    ):
        assert code == 0
        assert shown.count(MASK) == 2
        assert SENTINEL[4:14] not in shown
        assert base64.b64encode(f"user:{SENTINEL}".encode()).decode()[12:24] not in shown


MODES = [[], ["--mask"], ["--watch"]]


@pytest.mark.parametrize("options", MODES)
def test_the_command_has_the_signal_state_and_the_limits_that_it_would_have_had(sealed, options):
    """What Python ignores for itself (SIGPIPE), and the limit on cores, are not handed on."""
    script = "grep -E 'Sig(Ign|Blk)' /proc/self/status; ulimit -c"
    words = ("run", *options, "--set", "DB=ssm:/app/db", "--", "sh", "-c", script)
    direct = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert sealed.process(*words).stdout.split() == direct.stdout.split()


@pytest.mark.parametrize(
    ("options", "name"), [([], "TERM"), (["--mask"], "KILL"), (["--watch"], "INT")]
)
def test_an_end_by_a_signal_is_told_as_shells_tell_it(sealed, options, name):
    words = ("run", *options, "--set", "DB=ssm:/app/db", "--", "sh", "-c", f"kill -{name} $$")
    number = getattr(signal, f"SIG{name}")
    assert sealed.process(*words).returncode == (128 + number if options else -number)


COUNTS = """
import os, signal, sys, time
caught = []
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(each, lambda number, _: caught.append(number))
print("ready", flush=True)
while not caught:
    time.sleep(0.05)
time.sleep(0.5)
print("caught", *(signal.Signals(each).name for each in caught), flush=True)
"""


@pytest.mark.parametrize("options", MODES)
def test_a_key_interrupts_the_command_once(sealed, options):
    words = sealed.argv("run", *options, "--set", "DB=ssm:/app/db", "--")
    words += [sys.executable, "-c", COUNTS]
    code, shown = on_terminal(words, sealed.environ, {"ready": "\x03"})
    assert code == 0
    assert "caught SIGINT\r\n" in shown


@pytest.mark.parametrize(
    ("options", "number"),
    [([], signal.SIGTERM), (["--mask"], signal.SIGUSR1), (["--watch"], signal.SIGTERM)],
)
def test_a_signal_to_lodekey_reaches_the_command_once(sealed, options, number):
    words = sealed.argv("run", *options, "--set", "DB=ssm:/app/db", "--")
    process = subprocess.Popen(
        [*words, sys.executable, "-c", COUNTS],
        env={**os.environ, **sealed.environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.communicate(timeout=20)[0] == f"caught {number.name}\n"
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("options", MODES)
def test_the_terminals_size_and_its_change_reach_the_command(sealed, options):
    script = "import os,signal,time\nw=[]\nsignal.signal(signal.SIGWINCH,lambda*_:w.append(1))\n"
    script += "print('ready', flush=True)\nwhile not w: time.sleep(.05)\n"
    script += "print('size', *os.get_terminal_size(), os.isatty(1))"
    words = sealed.argv("run", *options, "--set", "DB=ssm:/app/db", "--")
    resize = lambda terminal: fcntl.ioctl(  # noqa: E731
        terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0)
    )
    code, shown = on_terminal(
        [*words, sys.executable, "-c", script], sealed.environ, {"ready": resize}
    )
    assert (code, "size 101 33 True" in shown) == (0, True)


@pytest.mark.parametrize(
    ("options", "mode", "said"),
    [([], 0o700, "Exec format error"), (["--mask"], 0o600, "Permission denied")],
)
def test_a_script_that_cannot_run(sealed, options, mode, said):
    Path("plain").write_text("echo hello\n")
    Path("plain").chmod(mode)
    run = sealed.process("run", *options, "--set", "DB=ssm:/app/db", "--", "./plain")
    assert (run.returncode, said in run.stderr) == (1, True), run.stderr


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
