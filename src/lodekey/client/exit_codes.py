"""What the commands' exit codes mean; scripts may rely on them."""

from __future__ import annotations

OK = 0
FAILURE = 1
USAGE = 2
NOT_FOUND = 3
DENIED = 4
CHANGED = 5
FINDINGS = 6
NETWORK = 7

MEANINGS = {
    OK: "done",
    FAILURE: "failed",
    USAGE: "the command line is wrong",
    NOT_FOUND: "no such value",
    DENIED: "not allowed",
    CHANGED: "the value changed meanwhile",
    FINDINGS: "there are findings",
    NETWORK: "the endpoint does not answer",
}
"""Every code with its meaning, for the reference."""

KINDS = {
    FAILURE: "failure",
    USAGE: "usage",
    NOT_FOUND: "not-found",
    DENIED: "denied",
    CHANGED: "changed",
    FINDINGS: "findings",
    NETWORK: "network",
}
"""The word for each in ``{"error": {"kind": ...}}``."""
