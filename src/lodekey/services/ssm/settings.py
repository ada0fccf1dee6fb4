"""Service settings: the two that are Parameter Store's.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html
"""

from __future__ import annotations

import msgspec

from lodekey.errors import ValidationException
from lodekey.services.ssm import tiers
from lodekey.services.ssm.errors import ServiceSettingNotFound
from lodekey.store.port import Collection, Transaction

DEFAULT_TIER = "/ssm/parameter-store/default-parameter-tier"
HIGH_THROUGHPUT = "/ssm/parameter-store/high-throughput-enabled"

_VALUES = {
    DEFAULT_TIER: (tiers.STANDARD, tiers.ADVANCED, tiers.INTELLIGENT),
    HIGH_THROUGHPUT: ("false", "true"),
}


class Setting(msgspec.Struct, frozen=True):
    """A setting that somebody changed."""

    value: str
    modified: float
    modified_by: str


SETTINGS = Collection("ssm/setting", Setting)


def setting_named(text: str) -> str:
    """The id of a setting that is named by id or ARN.

    Raises:
        ServiceSettingNotFound: There is none such here.
    """
    id_ = text.rpartition(":servicesetting")[2]
    if id_ not in _VALUES:
        raise ServiceSettingNotFound(
            "The specified service setting wasn't found. Either the service name or the setting "
            "hasn't been provisioned by the Amazon Web Services service team."
        )
    return id_


def must_be_value(id_: str, value: str) -> None:
    """Refuse a value that the setting does not take.

    Raises:
        ValidationException: It is none of the setting's values.
    """
    if value not in _VALUES[id_]:
        raise ValidationException(
            f"The setting value {value} isn't valid for {id_}. Valid values: "
            f"{', '.join(_VALUES[id_])}."
        )


def default_of(id_: str) -> str:
    """What a setting is where nobody changed it."""
    return _VALUES[id_][0]


def default_tier(tx: Transaction, account: str, region: str) -> str:
    """The tier of a PutParameter that names none."""
    setting = SETTINGS.get(tx, account, region, DEFAULT_TIER)
    return tiers.STANDARD if setting is None else setting.value
