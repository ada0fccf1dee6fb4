"""JSON and HMAC without their modules say what they say; the quick word loads nothing slow."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodekey.app import slim
from running import ROOT

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES))
def test_json_is_json(members: dict[str, object]) -> None:
    assert members == slim.loads(f" {json.dumps(members)}\n")
    assert members == json.loads(slim.dumps(members))


@given(st.dictionaries(st.sampled_from(["AccountId", "a b"]), st.text("ab/+1 ")))
def test_plain_texts_are_json_too(members: dict[str, object]) -> None:
    assert json.dumps(members) == slim.dumps(members)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "1", "{} {}", '{"a":', "<html>"])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        slim.loads(text)


def test_another_interpreter_has_the_usual_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slim, "make_scanner", None)
    assert {"a": [1, "b"]} == slim.loads(' {"a": [1, "b"]}\n')
    for text in ("", "nonsense", "[]", "{} {}"):
        with pytest.raises(ValueError, match=r"."):
            slim.loads(text)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_hmac_is_hmac(key: bytes, message: bytes) -> None:
    assert hmac.digest(key, message, "sha256") == slim.hmac(key, message)
    assert hashlib.sha256(message).hexdigest() == slim.hexdigest(message)


PROGRAM = """
import sys
before = set(sys.modules)
from lodekey.cli.main import main
try:
    main(["account", "create", "--data", "/nowhere/at/all"])
except SystemExit as code:
    slow = {"json", "re", "enum", "socket", "hashlib", "pathlib", "click", "encodings.idna"}
    print(code, *(slow & (set(sys.modules) - before)))
"""


def test_the_quick_word_loads_nothing_slow() -> None:
    program = f"import sys; sys.path.append({str(ROOT / 'src')!r})\n{PROGRAM}"
    environ = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": "http://localhost:9",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    run = subprocess.run(
        [sys.executable, "-S", "-c", program],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "7\n", run.stderr
    assert "no server answers" in run.stderr
