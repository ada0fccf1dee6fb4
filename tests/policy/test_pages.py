"""The pages say what the code does."""

import sys
from pathlib import Path

from lodekey.policy.lint import RULES
from lodekey.policy.switches import ALL

ROOT = Path(__file__).parents[2]


def test_every_switch_is_on_its_page():
    page = (ROOT / "docs" / "explanation" / "decisions.md").read_text()
    for switch in ALL:
        row = f"| `{switch.name}` | {'on' if switch.on else 'off'} | {switch.meaning} |"
        assert row in page


def test_the_linter_page_is_what_the_tool_writes(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    from generate_lint_reference import TARGET, page

    assert TARGET.read_text() == page()
    assert len(RULES) > 20
