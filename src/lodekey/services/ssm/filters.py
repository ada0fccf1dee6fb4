"""Filters of DescribeParameters and GetParametersByPath.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lodekey.services.ssm import names
from lodekey.services.ssm.errors import InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
from lodekey.services.ssm.parameters import Parameter
from lodekey.services.ssm.shapes import ParametersFilter, ParameterStringFilter

Test = Callable[[Parameter], bool]

_EQUALS, _BEGINS, _CONTAINS = "Equals", "BeginsWith", "Contains"
_ONE_LEVEL, _RECURSIVE = "OneLevel", "Recursive"

_OPTIONS = {
    "Name": (_EQUALS, _BEGINS, _CONTAINS),
    "Path": (_ONE_LEVEL, _RECURSIVE),
    "Label": (_EQUALS,),
}
_DESCRIBE = ("Path", "Name", "Type", "KeyId", "Tier", "DataType")
_BY_PATH = ("Type", "KeyId", "Label")

_FIELDS: dict[str, Callable[[Parameter], str]] = {
    "Type": lambda parameter: parameter.newest.type,
    "KeyId": lambda parameter: parameter.newest.key_id,
    "Tier": lambda parameter: parameter.newest.tier,
    "DataType": lambda parameter: parameter.newest.data_type,
}


class Filter(NamedTuple):
    """One filter, checked."""

    key: str
    option: str
    values: tuple[str, ...]


class Chosen(NamedTuple):
    """The filters of one listing: all must hold."""

    filters: tuple[Filter, ...]
    tests: tuple[Test, ...]

    def holds(self, parameter: Parameter) -> bool:
        """Whether a parameter passes every filter."""
        return all(test(parameter) for test in self.tests)

    def the(self, key: str) -> Filter | None:
        """The filter with a key, of which there is one at most."""
        return next((one for one in self.filters if one.key == key), None)

    def label_of(self, parameter: Parameter) -> str:
        """The label that a Label filter chose on a parameter; empty: there is no such filter."""
        chosen = self.the("Label")
        if chosen is None:
            return ""
        return next(label for label in chosen.values if label in parameter.labels)


def described(given: Sequence[ParameterStringFilter], old: Sequence[ParametersFilter]) -> Chosen:
    """The filters of a DescribeParameters; *old* are those of the deprecated form.

    Raises:
        InvalidFilterKey: A key is none, or is there twice.
        InvalidFilterOption: The key has no such option.
        InvalidFilterValue: A value cannot be.
    """
    # The deprecated form matches by beginning, as its documentation's examples do.
    rewritten: list[ParameterStringFilter] = [
        {"Key": one["Key"], "Option": _BEGINS, "Values": one["Values"]} for one in old
    ]
    return _chosen([*given, *rewritten], _DESCRIBE)


def by_path(given: Sequence[ParameterStringFilter]) -> Chosen:
    """The filters of a GetParametersByPath.

    Raises:
        InvalidFilterKey: A key is none, or is there twice.
        InvalidFilterOption: The key has no such option.
        InvalidFilterValue: A value cannot be.
    """
    return _chosen(given, _BY_PATH)


def _chosen(given: Sequence[ParameterStringFilter], keys: tuple[str, ...]) -> Chosen:
    filters = tuple(_checked(one, keys) for one in given)
    for key in (one.key for one in filters):
        if sum(one.key == key for one in filters) > 1:
            raise InvalidFilterKey(
                f"The following filter is duplicated in the request: {key}. A request can contain "
                "only one instance of a specific filter."
            )
    return Chosen(filters, tuple(map(_test, filters)))


def _checked(given: ParameterStringFilter, keys: tuple[str, ...]) -> Filter:
    key = given["Key"]
    is_tag = key.startswith("tag:") and keys is _DESCRIBE
    if key not in keys and not is_tag:
        raise InvalidFilterKey(
            f"The following filter key is not valid: {key}. Valid filter keys include: "
            f"[{', '.join(keys)}]."
        )
    options = _OPTIONS.get(key, (_EQUALS, _BEGINS))
    option = given.get("Option", options[0])
    if option not in options:
        raise InvalidFilterOption(
            f"The following filter option is not valid: {option}. Valid options include: "
            f"[{', '.join(options)}]."
        )
    values = tuple(given.get("Values", ()))
    if not values and not is_tag:
        raise InvalidFilterValue(
            f"The following filter values are missing : null for filter key {key}"
        )
    if key == "Path":
        values = tuple(names.path(value) for value in values)
    return Filter(key, option, values)


def _test(chosen: Filter) -> Test:
    if chosen.key == "Path":
        return _path_test(chosen)
    if chosen.key == "Name":
        return _name_test(chosen)
    if chosen.key == "Label":
        return lambda parameter: any(label in parameter.labels for label in chosen.values)
    if chosen.key.startswith("tag:"):
        return _tag_test(chosen)
    field = _FIELDS[chosen.key]
    if chosen.option == _EQUALS:
        return lambda parameter: field(parameter) in chosen.values
    return lambda parameter: field(parameter).startswith(chosen.values)


def _path_test(chosen: Filter) -> Test:
    if chosen.option == _RECURSIVE:
        return lambda parameter: parameter.place.startswith(chosen.values)
    return lambda parameter: parameter.place[: parameter.place.rfind("/") + 1] in chosen.values


def _name_test(chosen: Filter) -> Test:
    values = chosen.values
    if chosen.option == _EQUALS:
        return lambda parameter: parameter.place in values or parameter.place[1:] in values
    if chosen.option == _BEGINS:
        return lambda parameter: (
            parameter.place.startswith(values) or parameter.place.startswith(values, 1)
        )
    return lambda parameter: any(value in parameter.place for value in values)


def _tag_test(chosen: Filter) -> Test:
    name = chosen.key.removeprefix("tag:")
    values = chosen.values
    if not values:
        return lambda parameter: name in parameter.tags
    if chosen.option == _EQUALS:
        return lambda parameter: parameter.tags.get(name) in values
    return lambda parameter: parameter.tags.get(name, "").startswith(values)
