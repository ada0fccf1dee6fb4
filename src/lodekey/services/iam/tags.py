"""Tags on IAM's entities: names differ "regardless of case", and keep the case they came with.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lodekey.services.iam import quotas
from lodekey.services.iam.errors import InvalidInputException, LimitExceededException
from lodekey.services.iam.shapes import Tag
from lodekey.system_tags import any_reserved, count_own


def tags_given(tags: Sequence[Tag]) -> dict[str, str]:
    """The tags of a request.

    Raises:
        InvalidInputException: a name comes twice, or is AWS's.
    """
    made = {tag["Key"]: tag["Value"] for tag in tags}
    if len({name.lower() for name in made}) != len(tags):
        raise InvalidInputException(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    must_be_own_tags(made)
    return made


def must_be_own_tags(names: Iterable[str]) -> None:
    """Check that a request leaves system tags alone.

    Raises:
        InvalidInputException: it does not.
    """
    if any_reserved(names):
        raise InvalidInputException("Tag keys beginning with aws: are reserved for system use.")


def with_tags(there: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """What tags there are when *more* are put on; the same name in another case is replaced.

    Raises:
        LimitExceededException: more than an entity may have.
    """
    replaced = {name.lower() for name in more}
    kept = {name: value for name, value in there.items() if name.lower() not in replaced}
    made = {**kept, **more}
    if count_own(made) > quotas.TAGS_PER_ENTITY:
        raise LimitExceededException(
            f"The number of tags has reached the maximum limit: {quotas.TAGS_PER_ENTITY}"
        )
    return made


def without_tags(there: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """What tags there are when those of these *names* are taken off.

    Raises:
        InvalidInputException: a name is AWS's.
    """
    gone = {name.lower() for name in names}
    must_be_own_tags(gone)
    return {name: value for name, value in there.items() if name.lower() not in gone}


def shown_tags(tags: Mapping[str, str]) -> list[Tag]:
    """Tags as answers show them, by name."""
    return [{"Key": name, "Value": tags[name]} for name in sorted(tags)]
