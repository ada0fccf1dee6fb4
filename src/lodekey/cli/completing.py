"""The Tab key in bash, where a colon, an equals sign and an at sign end a word.

`ssm:/app/db` is three words for bash's completion, so the line is read here, and what bash takes
for words of their own is cut off the answer.
https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
"""

from __future__ import annotations

import os

from click.shell_completion import BashComplete, add_completion_class, split_arg_string

_SOURCE = """\
%(complete_func)s() {
    local IFS=$'\\n' type value cut="" breaks="${COMP_WORDBREAKS//[^:=@]/}"
    local word="${COMP_LINE:0:COMP_POINT}"
    word="${word##*[[:space:]]}"
    if [[ -n $breaks ]]; then cut="${word%%"${word##*[$breaks]}"}"; fi
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain) COMPREPLY+=("${value#"$cut"}"); [[ $value == *[:=/] ]] && compopt -o nospace ;;
        esac
    done < <(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" \
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Completion from the line that was typed."""

    source_template = _SOURCE

    @staticmethod
    def _check_version() -> None:
        """Starting a bash to ask its version is left out: 4.4 is of 2016."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the last, and the last as far as it is typed."""
        line = os.environ.get("COMP_LINE", "")[: int(os.environ.get("COMP_POINT", "0"))]
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]


def register() -> None:
    """Let click take this way of completion for bash."""
    add_completion_class(Bash)
