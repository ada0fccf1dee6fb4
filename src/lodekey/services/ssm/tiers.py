"""Tiers: which one a parameter gets, what each takes, and how many of each there may be.

Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
and https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-default-tier.html
"""

from __future__ import annotations

import msgspec

from lodekey.errors import ValidationException
from lodekey.services.ssm.errors import ParameterLimitExceeded
from lodekey.store.port import Collection, Transaction

STANDARD = "Standard"
ADVANCED = "Advanced"
INTELLIGENT = "Intelligent-Tiering"

MAX_BYTES = {STANDARD: 4096, ADVANCED: 8192}
MAX_PARAMETERS = {STANDARD: 10_000, ADVANCED: 100_000}

ADVANCED_DATA_TYPES = frozenset({"url", "json", "jsonc"})

_PAGE = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "parameter-store-advanced-parameters.html"
)


class Count(msgspec.Struct, frozen=True):
    """How many parameters an account has in a region."""

    standard: int = 0
    advanced: int = 0

    def of(self, tier: str) -> int:
        """How many of one tier."""
        return self.advanced if tier == ADVANCED else self.standard


COUNTS = Collection("ssm/count", Count)


def tier_for(
    asked: str, current: str, *, length: int, has_policies: bool, data_type: str, count: Count
) -> str:
    """Decide a parameter's tier.

    Args:
        asked: The request's, or else the account's default.
        current: The tier that the parameter has; empty: it is new.
        length: Bytes of the value.
        has_policies: Whether it will have parameter policies.
        data_type: Its data type.
        count: What the account has already.

    Raises:
        ValidationException: The tier does not take such a parameter, or would be a step down.
    """
    needs_advanced = (
        length > MAX_BYTES[STANDARD]
        or has_policies
        or data_type in ADVANCED_DATA_TYPES
        or (not current and count.standard >= MAX_PARAMETERS[STANDARD])
    )
    if asked == INTELLIGENT:
        return ADVANCED if needs_advanced or current == ADVANCED else STANDARD
    return asked


def must_not_step_down(asked: str, current: str) -> None:
    """Refuse to make an advanced parameter a standard one.

    Raises:
        ValidationException: The request asks for it.
    """
    if asked == STANDARD and current == ADVANCED:
        raise ValidationException(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter "
            "from the advanced-parameter tier to the standard-parameter tier. If necessary, you "
            "can delete the advanced parameter and recreate it as a standard parameter. Be sure "
            "to back up the parameter value before you delete it."
        )


def must_fit(tier: str, *, length: int, has_policies: bool, data_type: str) -> None:
    """Refuse what the tier does not take.

    Raises:
        ValidationException: Too long a value, or an option of the advanced tier.
    """
    if tier == ADVANCED:
        if length > MAX_BYTES[ADVANCED]:
            raise ValidationException(
                f"Advanced tier parameters support a maximum parameter value of "
                f"{MAX_BYTES[ADVANCED]} characters."
            )
        return
    if length > MAX_BYTES[STANDARD]:
        raise ValidationException(
            f"Standard tier parameters support a maximum parameter value of {MAX_BYTES[STANDARD]} "
            "characters. To create a larger parameter value, upgrade the parameter to use the "
            f"advanced-parameter tier. For more information, see {_PAGE}"
        )
    if has_policies or data_type in ADVANCED_DATA_TYPES:
        what = "Parameter policies" if has_policies else f"The data type {data_type}"
        raise ValidationException(
            f"{what} can be used with the advanced-parameter tier only. Upgrade the parameter to "
            f"use the advanced-parameter tier. For more information, see {_PAGE}"
        )


def count_of(tx: Transaction, account: str, region: str) -> Count:
    """What the account has in the region."""
    return COUNTS.get(tx, account, region) or Count()


def recount(tx: Transaction, account: str, region: str, *, gone: str, come: str) -> None:
    """Note that a parameter left one tier for another; empty: it was not there, or is not.

    Raises:
        ParameterLimitExceeded: The account has as many as it may.
    """
    if gone == come:
        return
    count = count_of(tx, account, region)
    if come and count.of(come) >= MAX_PARAMETERS[come]:
        raise ParameterLimitExceeded(
            "You have exceeded the number of parameters for this Amazon Web Services account. "
            "Delete one or more parameters and try again."
        )
    COUNTS.put(
        tx,
        account,
        region,
        record=Count(
            standard=count.standard + (come == STANDARD) - (gone == STANDARD),
            advanced=count.advanced + (come == ADVANCED) - (gone == ADVANCED),
        ),
    )
