"""Write docs/reference/cli.md: every word of the command line, as its own help says it."""

from pathlib import Path

import click

from lodekey.cli.account_create import USAGE
from lodekey.cli.group import cli
from lodekey.client.exit_codes import MEANINGS

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "cli.md"
WIDTH = 96
HEAD = """# The command line

Generated from the commands themselves by `tools/generate_cli_reference.py`.

## Places

| Written | Means |
|---|---|
| `ssm:/app/db`, `/app/db` | the parameter `/app/db` of Parameter Store |
| `sm:app/db` | the secret `app/db` of Secrets Manager |
| `sm:app/db#password` | one field of a value that is a JSON object |
| `ssm:/app/db@3`, `sm:app/db@AWSPREVIOUS` | a version, label or stage |
| `ssm:///app/db`, `sm://app/db#password` | the same as references: in files, in the environment |
| an ARN | the parameter or secret with that ARN |

`@` and `#` that belong to a name are written `%40` and `%23`.

## Exit codes

| Code | Meaning |
|---|---|
"""
TAIL = """
`lint` and `check` leave with 6 where they find something. `run` has the exit code of its command.
With `--json` a failure is `{"error": {"kind", "message", "hint"}}` on the error stream;
[what `--json` answers](json.md) is kept. Nothing is colored, with `NO_COLOR` and without.

## Completion

```console
$ eval "$(_LODEKEY_COMPLETE=bash_source lodekey)"
```

(`zsh_source`, `fish_source`) completes words, options and, after `ssm:` and `sm:`, names.
"""


def page() -> str:
    """The whole page."""
    codes = "".join(f"| {code} | {meaning} |\n" for code, meaning in MEANINGS.items())
    root = click.Context(
        cli,
        info_name="lodekey",
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        help_option_names=["-h", "--help"],
    )
    sections = []
    for word in sorted(cli.list_commands(root)):
        command = cli.get_command(root, word)
        assert command is not None
        sections += _sections(command, word, root)
    return HEAD + codes + TAIL + "".join(sections)


def _sections(command: click.Command, word: str, parent: click.Context) -> list[str]:
    inside = click.Context(
        command, info_name=word, parent=parent, terminal_width=WIDTH, max_content_width=WIDTH
    )
    path = inside.command_path.removeprefix("lodekey ")
    text = USAGE if path == "account create" else command.get_help(inside)
    made = [f"\n## {path}\n\n```text\n{text.strip()}\n```\n"]
    if isinstance(command, click.Group):
        for name in sorted(command.list_commands(inside)):
            below = command.get_command(inside, name)
            assert below is not None
            made += _sections(below, name, inside)
    return made


if __name__ == "__main__":
    TARGET.write_text(page())
