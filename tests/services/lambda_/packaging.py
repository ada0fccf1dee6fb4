"""Deployment packages for tests."""

from __future__ import annotations

import io
import zipfile

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}


def zipped(**files: str | bytes) -> bytes:
    """A package; ``index_js`` is the file ``index.js``."""
    return archive({name.replace("_", ".", 1): body for name, body in files.items()})


def archive(files: dict[str, str | bytes]) -> bytes:
    """A package of files by path."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in files.items():
            file.writestr(name, body)
    return made.getvalue()
