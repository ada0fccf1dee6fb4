"""The credential report: one line per user, with the age and the last use of its credentials.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import ACCESS_KEYS, MFA_DEVICES, User, root_arn
from lodekey.services.iam.directory import everyone
from lodekey.services.iam.errors import (
    CredentialReportExpiredException,
    CredentialReportNotPresentException,
)
from lodekey.services.iam.finding import everything
from lodekey.services.iam.manage_account import account_of
from lodekey.services.iam.shapes import (
    GenerateCredentialReportResponse,
    GetCredentialReportResponse,
)
from lodekey.store.port import Collection

GOOD_FOR = 4 * 3600
"""Seconds: "if the report is less than 4 hours old, the request only returns the state"."""

_KEY = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_1_{each}" for each in _KEY),
    *(f"access_key_2_{each}" for each in _KEY),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)
_NONE = "N/A"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """An account's last report."""

    account: str
    made: float
    text: str


REPORTS = Collection("iam/credential-report", Report)


@operation("iam:GenerateCredentialReport", on=everything, writes=True)
def generate_credential_report(
    ctx: Context, request: Mapping[str, Any], nothing: Bare
) -> GenerateCredentialReportResponse:
    """Make the report anew if the last is older than four hours; it is ready at once."""
    there = REPORTS.get(ctx.tx, ctx.account)
    if there is not None and ctx.now - there.made < GOOD_FOR:
        return {"State": "COMPLETE"}
    report = Report(account=ctx.account, made=int(ctx.now), text=text_of(ctx))
    REPORTS.put(ctx.tx, ctx.account, record=report)
    return {
        "State": "STARTED",
        "Description": "No report exists. Starting a new report generation task",
    }


@operation("iam:GetCredentialReport", on=everything)
def get_credential_report(
    ctx: Context, request: Mapping[str, Any], nothing: Bare
) -> GetCredentialReportResponse:
    """Show the last report."""
    report = REPORTS.get(ctx.tx, ctx.account)
    if report is None:
        raise CredentialReportNotPresentException("No report exists")
    if ctx.now - report.made >= GOOD_FOR:
        raise CredentialReportExpiredException("The report has expired")
    return {
        "Content": report.text.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": report.made,
    }


def text_of(ctx: Context) -> str:
    """The report, as it is now: the root's line first."""
    devices = [device for _, device in MFA_DEVICES.scan(ctx.tx, ctx.account)]
    with_mfa = {device.user for device in devices if device.enabled is not None}
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(COLUMNS)
    account = account_of(ctx)
    root = ["<root_account>", root_arn(account.id), _when(account.created)]
    no_password = ["not_supported", _NONE, "not_supported", "not_supported"]
    writer.writerow(
        [*root, *no_password, _truth("" in with_mfa), *_keys(ctx, account.access_keys), *_CERTS]
    )
    for user in everyone(ctx.tx, User, ctx.account):
        own = [user.name, user.arn, _when(user.created), *_password(user)]
        rest = [_truth(user.name in with_mfa), *_keys(ctx, user.access_keys), *_CERTS]
        writer.writerow([*own, *rest])
    return sheet.getvalue().rstrip("\n")


_CERTS = ("false", _NONE, "false", _NONE)


def _password(user: User) -> list[str]:
    """Enabled, last used (nobody signs in with one here), last changed, next rotation."""
    if user.login is None:
        return ["false", _NONE, _NONE, _NONE]
    return ["true", "no_information", _when(user.login.changed), _NONE]


def _keys(ctx: Context, names: tuple[str, ...]) -> list[str]:
    """Five columns for each of two access keys."""
    columns: list[str] = []
    for number in range(2):
        key = ACCESS_KEYS.get(ctx.tx, names[number]) if number < len(names) else None
        if key is None:
            columns += ["false", _NONE, _NONE, _NONE, _NONE]
            continue
        use = ctx.gate.last_used.of(ctx.tx, key.id)
        used = [_NONE, _NONE, _NONE] if use is None else [_when(use.at), use.region, use.service]
        columns += [_truth(key.active), _when(key.created), *used]
    return columns


def _truth(value: bool) -> str:  # noqa: FBT001 - a cell
    return "true" if value else "false"


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
