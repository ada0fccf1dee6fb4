"""Where the sources are."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "lodekey"


def text_of(folder: Path) -> str:
    """All Python of one folder but its generated shapes."""
    files = sorted(folder.rglob("*.py"))
    return "\n".join(path.read_text() for path in files if path.name != "shapes.py")
