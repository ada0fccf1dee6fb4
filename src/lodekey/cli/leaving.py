"""Say what went wrong, and leave with the exit code that means it: one piece for every word."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

from lodekey.client import exit_codes


def leave(
    message: object, hint: str = "", code: int = exit_codes.FAILURE, *, as_json: bool = False
) -> NoReturn:
    """Say what went wrong on the error stream, and leave.

    Args:
        message: What, in a line.
        hint: What to do about it; may be empty.
        code: One of `exit_codes`.
        as_json: Whether to say it as the JSON object that every word with ``--json`` says.
    """
    if as_json:
        said = {"kind": exit_codes.KINDS[code], "message": str(message), "hint": hint}
        sys.stderr.write(json.dumps({"error": said}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"lodekey: {message}\n")
        if hint:
            sys.stderr.write(f"lodekey: hint: {hint}\n")
    sys.exit(code)
