"""Parameters and their versions: what is stored, and what a new version makes of the old one.

A parameter's newest version, its tags, labels and resource policy are one record, so a read of it
is one look-up. Older versions stand in records of their own.

Sources: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
and https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.ssm import names
from lodekey.services.ssm.errors import (
    HierarchyTypeMismatchException,
    ParameterMaxVersionLimitExceeded,
)
from lodekey.store.port import Collection, Transaction

MAX_VERSIONS = 100
MAX_TAGS = 50

DEFAULT_KEY = "alias/aws/ssm"

# Parameter Store has resource policies, for sharing, on advanced parameters alone.
UNSHARED = Guard(shareable=False)


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """One parameter policy, as sent, and when it falls due.

    Args:
        type: ``Expiration``, ``ExpirationNotification``, ``NoChangeNotification``.
        text: Its JSON.
        due: Seconds since the epoch.
        done: Whether it was carried out.
    """

    type: str
    text: str
    due: float
    done: bool = False


class Version(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One version of a parameter.

    A SecureString's value is a ciphertext: KMS's own for a standard parameter, an AWS Encryption
    SDK message for an advanced one. Any other value is its text in UTF-8.
    """

    number: int
    type: str
    value: bytes
    modified: float
    modified_by: str
    tier: str = "Standard"
    data_type: str = "text"
    key_id: str = ""
    description: str = ""
    allowed_pattern: str = ""
    policies: tuple[Policy, ...] = ()


class Sharing(msgspec.Struct, frozen=True):
    """A resource policy on a parameter."""

    id: str
    hash: str
    policy: str


class Parameter(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A parameter: its newest version, and what belongs to all of them.

    Args:
        account: The owner.
        region: Where it stands.
        name: As it was first written, with or without a leading slash.
        newest: Its newest version.
        oldest: The number of the oldest version still there.
        labels: Which version each label is on.
        tags: Its tags.
        sharing: Its resource policy.
        expires: When an Expiration policy ends it; 0: never.
    """

    account: str
    region: str
    name: str
    newest: Version
    oldest: int = 1
    labels: dict[str, int] = {}
    tags: dict[str, str] = {}
    sharing: Sharing | None = None
    expires: float = 0

    @property
    def place(self) -> str:
        """The name with its leading slash: where the parameter stands."""
        return self.name if self.name.startswith("/") else "/" + self.name

    @property
    def arn(self) -> str:
        """Its ARN."""
        return names.arn_of(self.region, self.account, self.place)

    @property
    def guard(self) -> Guard:
        """Its resource policy, where it is shared."""
        if self.sharing is None:
            return UNSHARED
        return Guard(policy=parse(self.sharing.policy, name=self.sharing.id, kind="resource"))

    def labels_of(self, number: int) -> list[str]:
        """The labels on one version."""
        return [label for label, on in self.labels.items() if on == number]


class Place(msgspec.Struct, frozen=True):
    """Where a parameter is, or could be."""

    account: str
    region: str
    name: str
    parameter: Parameter | None

    @property
    def arn(self) -> str:
        """The ARN that a parameter here has."""
        return names.arn_of(self.region, self.account, self.name)

    @property
    def guard(self) -> Guard:
        """The resource policy of what stands here."""
        return UNSHARED if self.parameter is None else self.parameter.guard

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of what stands here."""
        return {} if self.parameter is None else self.parameter.tags


PARAMETERS = Collection("ssm/parameter", Parameter)
VERSIONS = Collection("ssm/version", Version)


def find(tx: Transaction, account: str, region: str, place: str, now: float) -> Parameter | None:
    """The parameter at a place; one that has expired is not there any more."""
    parameter = PARAMETERS.get(tx, account, region, place)
    if parameter is not None and parameter.expires and parameter.expires <= now:
        return None
    return parameter


def version_of(tx: Transaction, parameter: Parameter, selector: str) -> Version | None:
    """The version that a selector means: a number or a label; empty: the newest."""
    if not selector:
        return parameter.newest
    if selector.isascii() and selector.isdigit():
        number = int(selector) if len(selector) < 20 else 0
    else:
        number = parameter.labels.get(selector, 0)
    return version_numbered(tx, parameter, number)


def version_numbered(tx: Transaction, parameter: Parameter, number: int) -> Version | None:
    """The version with a number."""
    if number == parameter.newest.number:
        return parameter.newest
    if not parameter.oldest <= number < parameter.newest.number:
        return None
    return VERSIONS.get(tx, *_version_name(parameter, number))


def _version_name(parameter: Parameter, number: int) -> tuple[str, str, str, str]:
    return parameter.account, parameter.region, parameter.place, f"{number:019d}"


def add_version(tx: Transaction, parameter: Parameter, version: Version) -> Parameter:
    """Put a version on top of a parameter; the 101st pushes the first out.

    Raises:
        ParameterMaxVersionLimitExceeded: The version that would have to go has a label.
    """
    oldest = parameter.oldest
    if version.number - oldest >= MAX_VERSIONS:
        if parameter.labels_of(oldest):
            raise ParameterMaxVersionLimitExceeded(
                f"You attempted to create a new version of {parameter.name} by calling the "
                f"PutParameter API with the overwrite flag. Version {oldest}, the oldest version, "
                "can't be deleted because it has a label associated with it. Move the label to "
                "another version of the parameter, and try again."
            )
        VERSIONS.delete(tx, *_version_name(parameter, oldest))
        oldest += 1
    VERSIONS.put(tx, *_version_name(parameter, parameter.newest.number), record=parameter.newest)
    changed = msgspec.structs.replace(
        parameter, newest=version, oldest=oldest, expires=expiry(version)
    )
    store(tx, changed)
    return changed


def expiry(version: Version) -> float:
    """When a version's Expiration policy ends the parameter; 0: never."""
    return next((one.due for one in version.policies if one.type == "Expiration"), 0)


def store(tx: Transaction, parameter: Parameter, *, create: bool = False) -> None:
    """Write a parameter's record."""
    PARAMETERS.put(
        tx, parameter.account, parameter.region, parameter.place, record=parameter, create=create
    )


def forget(tx: Transaction, parameter: Parameter) -> None:
    """Delete a parameter with all its versions."""
    for number in range(parameter.oldest, parameter.newest.number):
        VERSIONS.delete(tx, *_version_name(parameter, number))
    PARAMETERS.delete(tx, parameter.account, parameter.region, parameter.place)


def must_keep_type(parameter: Parameter, type_: str) -> None:
    """Refuse another type for a parameter in a hierarchy.

    Raises:
        HierarchyTypeMismatchException: The types differ.
    """
    if names.is_hierarchical(parameter.name) and type_ != parameter.newest.type:
        raise HierarchyTypeMismatchException(
            "Parameter Store doesn't support changing a parameter type in a hierarchy. For "
            "example, you can't change a parameter from a String type to a SecureString type. You "
            "must create a new, unique parameter."
        )
