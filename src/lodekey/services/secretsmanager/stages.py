"""Staging labels: which version carries which, and how they move.

A label sits on one version at most. A version without a label is deprecated: it can still be read
by its id until it is cleaned away.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    LimitExceededException,
)

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
PENDING = "AWSPENDING"

LABELS_PER_SECRET = 20
"""AWS's quota of labels over all versions of a secret."""

Stages = Mapping[str, tuple[str, ...]]
"""The labels of each labeled version, by version id."""


def holder(stages: Stages, label: str) -> str | None:
    """The version that carries *label*; None if none does."""
    for version, labels in stages.items():
        if label in labels:
            return version
    return None


def detach(stages: Stages, label: str) -> dict[str, tuple[str, ...]]:
    """Take *label* from whichever version carries it; a version without labels drops out."""
    kept: dict[str, tuple[str, ...]] = {}
    for version, labels in stages.items():
        rest = tuple(one for one in labels if one != label)
        if rest:
            kept[version] = rest
    return kept


def attach(stages: Stages, version: str, labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Put *labels* on *version*, each moving from where it was.

    Whenever AWSCURRENT leaves a version, AWSPREVIOUS moves to that version.

    Raises:
        LimitExceededException: The secret would carry more labels than AWS's quota.
    """
    result = {name: tuple(carried) for name, carried in stages.items()}
    for label in labels:
        was = holder(result, label)
        if was == version:
            continue
        result = detach(result, label)
        result[version] = (*result.get(version, ()), label)
        if label == CURRENT and was is not None:
            result = detach(result, PREVIOUS)
            result[was] = (*result.get(was, ()), PREVIOUS)
    if sum(map(len, result.values())) > LABELS_PER_SECRET:
        raise LimitExceededException(
            f"You can't attach more than {LABELS_PER_SECRET} staging labels to a secret."
        )
    return result


def move(
    stages: Stages, label: str, *, to: str | None, off: str | None
) -> dict[str, tuple[str, ...]]:
    """Do what UpdateSecretVersionStage says.

    Args:
        stages: The labels now.
        label: The label to move.
        to: MoveToVersionId; None takes the label away.
        off: RemoveFromVersionId; AWS demands it of who moves a label that is in use.

    Raises:
        InvalidParameterException: The label is elsewhere than the request believes, or AWSCURRENT
            would be left on no version.
    """
    if to is None and off is None:
        raise InvalidParameterException(
            "You must specify a value for MoveToVersionId, RemoveFromVersionId, or both."
        )
    now = holder(stages, label)
    if off is not None and now != off:
        raise InvalidParameterException(
            f"Staging label {label} is not attached to version {off}. RemoveFromVersionId must be "
            "the version that the staging label is currently attached to."
        )
    if off is None and now not in {None, to}:
        raise InvalidParameterException(
            f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently "
            f"attached to version {now}, so you must explicitly reference that version in "
            "RemoveFromVersionId."
        )
    if to is not None:
        return attach(stages, to, (label,))
    if label == CURRENT:
        raise InvalidParameterException(
            "You can only move staging label AWSCURRENT to a different secret version. "
            "It can't be completely removed."
        )
    return detach(stages, label)
