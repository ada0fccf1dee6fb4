"""Conventions that no linter holds: what the rooms raise, read and leave out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from conventions.sources import ROOT, SRC, text_of
from lodekey import errors as common
from lodekey.app.registry import services
from lodekey.errors import ApiError
from lodekey.gate.authorize import RCP_SERVICES
from lodekey.gate.operation import Service
from lodekey.policy.actions import reached_by_rcps
from lodekey.wire.error_codes import S3
from lodekey.wire.models import model

MOST_LINES = 450
NAMED = {"lambda": "lambda_", "lodekey": "admin"}
# Members whose names the code puts together.
PIECED = ("Checksum", "CopySourceIf", "IfModifiedSince", "IfUnmodifiedSince", "StackPolicy")
# Codes that AWS documents beside the model.
UNDECLARED = {"InvalidParameterValue"}  # STS
# Operations that refuse whatever they are asked.
REFUSING = {
    "kms": {"CreateCustomKeyStore", "UpdateCustomKeyStore"},
    "sts": {
        *("AssumeRoleWithSAML", "AssumeRoot", "GetDelegatedAccessToken"),
        *("GetScopedCredentials", "GetWebIdentityToken"),
    },
    "cloudtrail": {"CreateTrail"},
}


def folder(service: Service) -> str:
    return NAMED.get(service.name, service.name)


def raised(service: Service) -> Iterator[type[ApiError]]:
    """The error classes of a room's own file."""
    try:
        module = importlib.import_module(f"lodekey.services.{folder(service)}.errors")
    except ModuleNotFoundError:
        return
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, ApiError) and value is not ApiError:
            yield value


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_every_error_is_the_models_or_everybodys(service: Service) -> None:
    declared = {name for name, shape in model(service.name).shapes.items() if shape.exception}
    declared |= {name for name, value in vars(common).items() if isinstance(value, type)}
    if service.name == "s3":
        declared |= set(S3)
    assert set() == {error().code for error in raised(service)} - declared - UNDECLARED


def unread(service: Service, text: str) -> Iterator[str]:
    """The members of requests that the room's sources never name and the operation owns up to."""
    for op in service.operations:
        shape = model(service.name).operations[op.name].input
        members: Any = () if shape is None else model(service.name).shape(shape).members
        if op.name in REFUSING.get(service.name, ()):
            continue
        for name in members:
            if f'"{name}"' not in text and name not in op.ignores and not name.startswith(PIECED):
                yield f"{op.name}.{name}"


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_every_member_is_read_or_owned_up_to(service: Service) -> None:
    assert [] == list(unread(service, text_of(SRC / "services" / folder(service))))


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_what_is_ignored_is_in_the_model(service: Service) -> None:
    for op in service.operations:
        if op.ignores:
            shape = model(service.name).operations[op.name].input
            assert shape is not None
            assert set(op.ignores) <= set(model(service.name).shape(shape).members)


def test_the_services_that_rcps_reach_are_awss() -> None:
    assert reached_by_rcps() & {service.name for service in services()} == RCP_SERVICES


def test_no_source_file_is_long() -> None:
    long = [
        str(path.relative_to(ROOT))
        for top in ("src", "tools", "bench")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "shapes.py" and len(path.read_text().splitlines()) > MOST_LINES
    ]
    assert [] == long


def test_no_explanation_is_made_on_the_road_of_a_request() -> None:
    """`decide` says yes or no; what explains is loaded by who asks for it."""
    slow = (
        "policy.explain",
        "policy.explanation",
        "policy.render",
        "policy.changes",
        "policy.lint",
    )
    road = [*(SRC / "gate").glob("*.py"), SRC / "policy" / "evaluate.py", SRC / "policy" / "ask.py"]
    assert [] == [str(path) for path in road for name in slow if name in path.read_text()]


def test_an_operations_action_is_of_its_own_service() -> None:
    """By it the catalog finds the room of an operation that a neighbor took by itself."""
    strange = [
        (service.name, op.name, op.action)
        for service in services()
        for op in service.operations
        if op.service != service.name
    ]
    assert [] == strange
