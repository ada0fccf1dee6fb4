"""The how-to's examples, run as a project of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "test-with-pytest.md"
BLOCK = re.compile(r"```(?:python|ini)\n# (\S+)\n(.*?)```", re.DOTALL)


@pytest.mark.slow
def test_the_examples(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = BLOCK.findall(PAGE.read_text())
    for name, text in blocks:
        (pytester.path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    result = pytester.runpytest_subprocess("-p", "lodekey.pytest_plugin", "-Werror", timeout=120)

    assert PAGE.read_text().count("```") == 2 * len(blocks)
    result.assert_outcomes(passed=5)
