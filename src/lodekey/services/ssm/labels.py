"""Labels: names that move between the versions of a parameter.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lodekey.services.ssm.errors import ParameterVersionLabelLimitExceeded

MAX_LABELS = 10

_LABEL = re.compile(r"(?!\d|aws|ssm)[a-z0-9_.-]{1,100}", re.IGNORECASE | re.ASCII)


def attach(
    labels: Mapping[str, int], wanted: Sequence[str], number: int
) -> tuple[dict[str, int], list[str]]:
    """Put labels on a version, from wherever they are.

    Answers all labels of the parameter, and those asked for that cannot be labels.

    Raises:
        ParameterVersionLabelLimitExceeded: The version would have more than ten.
    """
    invalid = [label for label in wanted if not _LABEL.fullmatch(label)]
    changed = {**labels, **{label: number for label in wanted if label not in invalid}}
    if sum(on == number for on in changed.values()) > MAX_LABELS:
        raise ParameterVersionLabelLimitExceeded(
            # AWS's own text has no space there.
            "A parameter version can have maximum 10 labels."
            "Move one or more labels to another version and try again."
        )
    return changed, invalid


def detach(
    labels: Mapping[str, int], unwanted: Sequence[str], number: int
) -> tuple[dict[str, int], list[str], list[str]]:
    """Take labels from a version.

    Answers all labels that are left, those taken, and those that were not on the version.
    """
    removed = [label for label in dict.fromkeys(unwanted) if labels.get(label) == number]
    invalid = [label for label in dict.fromkeys(unwanted) if label not in removed]
    return {name: on for name, on in labels.items() if name not in removed}, removed, invalid
