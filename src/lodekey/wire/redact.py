"""What the audit trail may show of a message: all but blobs and what is marked sensitive.

The models mark most secrets. What they leave unmarked stands in `UNMARKED`, the only such list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lodekey.wire.misfits import lower_first
from lodekey.wire.models import Member, Model, Shape

Redact = Callable[[Any], Any]

UNMARKED = {
    ("logs", "InputLogEvent", "message"),
    ("logs", "OutputLogEvent", "message"),
    ("logs", "FilteredLogEvent", "message"),
    ("logs", "TestMetricFilterRequest", "logEventMessages"),
    ("logs", "MetricFilterMatchRecord", "eventMessage"),
    ("logs", "MetricFilterMatchRecord", "extractedValues"),
    ("ssm", "Parameter", "SourceResult"),
    ("sts", "Credentials", "SessionToken"),
    ("sts", "AssumeRoleWithSAMLRequest", "SAMLAssertion"),
    ("sts", "AssumeRoleWithWebIdentityRequest", "WebIdentityToken"),
    ("lambda", "InvocationResponse", "LogResult"),
    ("cloudformation", "Parameter", "ParameterValue"),
    ("cloudformation", "Parameter", "ResolvedValue"),
    ("cloudformation", "Output", "OutputValue"),
    # a template may hold a secret as a literal; GetTemplate shows it to who may see it
    ("cloudformation", "CreateStackInput", "TemplateBody"),
    ("cloudformation", "UpdateStackInput", "TemplateBody"),
    ("cloudformation", "CreateChangeSetInput", "TemplateBody"),
    ("cloudformation", "ValidateTemplateInput", "TemplateBody"),
    ("cloudformation", "GetTemplateSummaryInput", "TemplateBody"),
}
"""Service, structure and member of what holds secrets without a mark in the model."""


def redactor(model: Model, member: Member | None) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that makes of a message what the trail may show."""
    if member is None:
        return _nothing
    redact = _Redactors(model).of(member)
    return _nothing if redact is None else redact


def _nothing(message: Mapping[str, Any]) -> dict[str, Any]:
    return {}


class _Redactors:
    """The redactors of one model, by shape. None: nothing of it may be shown."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._done: dict[str, Redact | None] = {}

    def of(self, member: Member) -> Redact | None:
        name = member.shape
        if name not in self._done:
            self._done[name] = partial(self._again, name)
            self._done[name] = self._compile(self._model.shape(member), name)
        return self._done[name]

    def _again(self, name: str, value: Any) -> Any:
        redact = self._done[name]
        return None if redact is None else redact(value)

    def _compile(self, shape: Shape, name: str) -> Redact | None:
        if shape.sensitive or shape.type == "blob" or shape.eventstream:
            return None
        if shape.type == "structure":
            return self._structure(shape, name)
        if shape.type == "list":
            return _list(self.of(shape.member))
        if shape.type == "map":
            return None if self.of(shape.key) is None else _map(self.of(shape.value))
        return _moment if shape.type == "timestamp" else _same

    def _structure(self, shape: Shape, name: str) -> Redact:
        kept: dict[str, tuple[str, Redact]] = {}
        service = self._model.metadata.endpoint_prefix
        for member_name, member in shape.members.items():
            redact = self.of(member)
            if redact is not None and (service, name, member_name) not in UNMARKED:
                kept[member_name] = (lower_first(member_name), redact)
        find = kept.get

        def structure(value: Any) -> Any:
            out = {}
            for word, item in value.items():
                found = find(word)
                if found is not None and item is not None:
                    shown = found[1](item)
                    if shown is not None:
                        out[found[0]] = shown
            return out

        return structure


def _same(value: Any) -> Any:
    return value


def _moment(value: Any) -> str:
    return dt.datetime.fromtimestamp(value, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _list(item: Redact | None) -> Redact | None:
    if item is None or item is _same:
        return item and list
    return lambda value: [item(entry) for entry in value]


def _map(item: Redact | None) -> Redact | None:
    if item is None or item is _same:
        return item and dict
    return lambda value: {name: item(entry) for name, entry in value.items()}
