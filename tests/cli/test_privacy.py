"""No value in arguments, messages, faults of our own, or a core; failures are JSON for --json."""

import json
import os
import subprocess
import sys

import pytest

from cli.conftest import SENTINEL, on_terminal


@pytest.mark.parametrize(
    "words",
    [
        ("seal", "ssm:/app/db", SENTINEL),
        ("set", f"ssm:/app/db={SENTINEL}"),
        ("set", f"DB={SENTINEL}"),
        ("seal", f"/app/db={SENTINEL}"),
        ("seal", "sm:db", "--value", SENTINEL),
        ("seal", "sm:db", f"--value={SENTINEL}"),
        ("seal", "sm:db", "--secret-string", SENTINEL),
    ],
)
def test_a_value_as_an_argument_is_refused_with_the_better_form(lodekey, words):
    for more in ((), ("--json",)):
        said = lodekey(*words, *more, code=2)
        assert "never an argument" in said.stderr
        assert "--generate" in said.stderr
        assert SENTINEL not in said.output


def test_a_secrets_name_may_hold_an_equals_sign(lodekey):
    lodekey("seal", "sm:a=b", stdin="v")
    assert lodekey("get", "sm:a=b").stdout == "v"


@pytest.mark.parametrize("word", ["edit", "rotate", "undo", "log", "list", "rewrap"])
def test_other_words_do_not_repeat_what_is_too_much(lodekey, word):
    options = ("--key", "k") if word == "rewrap" else ()
    said = lodekey(word, "sm:db", SENTINEL, *options, code=2)
    assert "too many" in said.stderr
    assert SENTINEL not in said.output


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        (("get",), "usage", 2),
        (("get", "--frob", "sm:a"), "usage", 2),
        (("frob",), "usage", 2),
        (("seal", "sm:a", "--generate", "x"), "usage", 2),
        (("get", "sm:none"), "not-found", 3),
        (("get", "sm:a", "--profile", "none"), "usage", 2),
        (("explain",), "usage", 2),
        (("who-can-read", "sm:none"), "not-found", 3),
        (("explain", "--data", "nowhere"), "usage", 2),
    ],
)
def test_failures_are_json_for_json(lodekey, running, words, kind, code):
    own = {"explain", "who-can-read"}.intersection(words)
    where = ("--data", str(running.data)) if own and "--data" not in words else ()
    said = lodekey(*words, *where, "--json", code=code)
    error = json.loads(said.stderr)["error"]
    assert (error["kind"], sorted(error)) == (kind, ["hint", "kind", "message"])
    assert said.stdout == ""


def test_the_json_of_a_command_is_not_ours(lodekey):
    lodekey("seal", "ssm:/a", stdin="v")
    said = lodekey("run", "--nothing", "--", "cmd", "--json", code=2)
    assert "error" not in said.stderr.split("\n")[0]


def test_giving_up_is_a_failure(lodekey):
    code, shown = on_terminal(lodekey.argv("seal", "sm:db"), lodekey.environ, {"Value": "\x03"})
    assert code == 1
    assert "Traceback" not in shown


FAULT = """
import sys
from lodekey.cli import main
from lodekey.client.stores import Stores
def fault(self, places):
    raise RuntimeError("%s")
Stores.must_get = fault
main.main(sys.argv[1:])
"""


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_fault_of_our_own_quotes_nothing(lodekey, more):
    words = [sys.executable, "-c", FAULT % SENTINEL, "get", "ssm:/a", *more]
    environ = {**os.environ, **lodekey.environ}
    run = subprocess.run(words, capture_output=True, text=True, env=environ, check=False)
    assert run.returncode == 1
    assert "RuntimeError" in run.stderr
    assert "get.py" in run.stderr
    assert SENTINEL not in run.stderr
    shown = subprocess.run(
        words, capture_output=True, text=True, env={**environ, "LODEKEY_DEBUG": "1"}, check=False
    )
    assert SENTINEL in shown.stderr


MEMORY = """
import ctypes, resource, sys
from lodekey.cli import main
try:
    main.main(sys.argv[1:])
except SystemExit:
    pass
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


@pytest.mark.parametrize(("word", "told"), [("list", "0 0"), ("runtime", "1 4096")])
def test_a_command_that_holds_values_leaves_no_core(lodekey, word, told):
    shell = f"ulimit -Sc 4; exec {sys.executable} -c '{MEMORY}' {word}"
    environ = {**os.environ, **lodekey.environ}
    run = subprocess.run(
        ["bash", "-c", shell], capture_output=True, text=True, env=environ, check=False
    )
    if "cannot modify" in run.stderr:
        pytest.skip("this machine allows no core at all")
    assert run.stdout.splitlines()[-1] == told


def test_a_terminal_without_unicode_changes_no_value(lodekey):
    environ = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    value = "w\u00f6rd \u20ac"
    said = lodekey.process("seal", "ssm:/app/a", input="plain", env=environ)
    assert (said.returncode, "sealed, version 1" in said.stderr) == (0, True), said.stderr
    lodekey("seal", "ssm:/app/a", stdin=value)
    for words in (("get", "ssm:/app/a"), ("get", "ssm:/app/a", "--json"), ("export",)):
        options = ("--from", "ssm:/app") if words == ("export",) else ()
        shown = subprocess.run(
            lodekey.argv(*words, *options),
            env={**os.environ, **lodekey.environ, **environ},
            capture_output=True,
            check=True,
        )
        assert value.encode() in shown.stdout


BASE = """
import importlib.abc, sys
class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"apsw", "msgspec", "cryptography", "regex", "httptools", "yaml"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without())
from lodekey.cli.main import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("verify", "--data", "."), "lodekey[server]"),
        (("backup", "b", "--data", "."), "lodekey[server]"),
        (("up", "--data", "d"), "lodekey[server]"),
        (("lint", "t.yaml"), "lodekey[yaml]"),
        (("import", "t.yaml", "--to", "ssm:/a"), "lodekey[yaml]"),
    ],
)
def test_a_base_installation_says_what_more_is_needed(lodekey, words, hint):
    (lodekey.home / "t.yaml").write_text("a: 1\n")
    environ = {**os.environ, **lodekey.environ}
    argv = [sys.executable, "-c", BASE, *words]
    run = subprocess.run(argv, capture_output=True, text=True, env=environ, check=False)
    assert (run.returncode in {1, 2}, hint in run.stderr) == (True, True), run.stderr


def test_a_file_that_sends_values_elsewhere_does_not_do_it_quietly(lodekey):
    project = lodekey.home / ".lodekey.toml"
    project.write_text('[environments.dev]\nprefix = "ssm:/a"\nendpoint_url = "http://192.0.2.7"\n')
    lodekey.environ["AWS_MAX_ATTEMPTS"] = "1"
    there = ("--endpoint-url", lodekey.environ["AWS_ENDPOINT_URL"])
    assert "192.0.2.7" not in lodekey("list", *there).output
    project.write_text(project.read_text().replace("192.0.2.7", "elsewhere.invalid"))
    said = lodekey("list", code=7).stderr
    assert f"to http://elsewhere.invalid, as {project} says" in said
