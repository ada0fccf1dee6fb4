"""The models that the server reads."""

from __future__ import annotations

import pytest

from lodekey.wire.models import model, services
from lodekey.wire.patterns import matcher
from lodekey.wire.routing import TARGETS


@pytest.mark.parametrize("service", services())
def test_every_reference_leads_somewhere(service: str) -> None:
    described = model(service)
    for operation in described.operations.values():
        for member in (operation.input, operation.output):
            assert member is None or "structure" == described.shape(member).type
        for name in operation.errors:
            assert described.error(name) is not None
    for shape in described.shapes.values():
        for member in shape.members.values():
            described.shape(member)
        assert set(shape.required) <= set(shape.members)


@pytest.mark.parametrize("service", services())
def test_no_operation_is_both_offered_and_not(service: str) -> None:
    assert frozenset() == model(service).others & set(model(service).operations)


@pytest.mark.parametrize("service", services())
def test_credential_scopes_name_services_as_we_do(service: str) -> None:
    assert service == model(service).signing_name


def test_targets_are_the_models_prefixes() -> None:
    prefixes = {model(name).metadata.target_prefix: name for name in services()}
    prefixes.pop("", None)
    known = {prefix: name for prefix, name in TARGETS.items() if name in services()}
    known.pop("CloudTrail_20131101")
    assert prefixes == known


def test_every_pattern_of_every_model_compiles() -> None:
    patterns = {
        shape.pattern
        for service in services()
        for shape in model(service).shapes.values()
        if shape.pattern
    }
    assert len(patterns) > 100
    for pattern in patterns:
        matcher(pattern)
