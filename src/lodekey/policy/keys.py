"""Context keys: what a request says about itself, as conditions and variables read it."""

from __future__ import annotations

from collections.abc import Mapping

Value = str | tuple[str, ...]
"""A context key's value: text, or several texts for a multi-valued key."""

Keys = Mapping[str, Value]
"""Context keys by lower-case name; a key that is not there is absent, never empty."""
