"""Write docs/reference/lint.md: every rule of the policy linter."""

from pathlib import Path

from lodekey.policy.lint import RULES

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "lint.md"
HEAD = """# The policy linter's rules

Generated from `lodekey.policy.lint.RULES` by `tools/generate_lint_reference.py`.
"""


def page() -> str:
    """The whole page."""
    sections = [
        f"\n## {rule.code}: {rule.title}\n\n{rule.explanation}\n\n```json\n{rule.example}\n```\n"
        for rule in RULES
    ]
    return HEAD + "".join(sections)


if __name__ == "__main__":
    TARGET.write_text(page())
