"""Which service and operation a request asks for.

JSON services are told by ``X-Amz-Target``, query services by ``Action`` and ``Version``, the REST
services by method and path. What the request says outweighs the credential's scope; the scope
decides only where the request leaves it open (a path may be Lambda's or a bucket's).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lodekey.errors import ApiError, InvalidAction, UnknownOperationException
from lodekey.wire.error_codes import JSON, QUERY
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import model

TARGETS = {
    "TrentService": "kms",
    "AmazonSSM": "ssm",
    "secretsmanager": "secretsmanager",
    "Logs_20140328": "logs",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "CloudTrail_20131101": "cloudtrail",
    "Lodekey_20261101": "lodekey",
}
_LONGEST_NAME = 256


class Route(NamedTuple):
    """What a request asks for: the service by botocore's name, and what its path holds."""

    service: str
    operation: str
    captures: Mapping[str, str]


class NoRoute(Exception):
    """No offered operation is meant.

    Args:
        error: What the caller reads.
        protocol: In which protocol.
        service: The service that is meant, where that much is known; else empty.
    """

    def __init__(self, error: ApiError, protocol: str, service: str = "") -> None:
        super().__init__(error.code)
        self.error = error
        self.protocol = protocol
        self.service = service


def not_offered(service: str, protocol: str) -> NoRoute:
    """The refusal of an operation that the model has and no room offers."""
    error = InvalidAction if protocol == QUERY else UnknownOperationException
    return NoRoute(error(), protocol, service)


_NOTHING: Mapping[str, str] = {}
_targets: dict[str, Route] = {}


def route(http: HttpRequest) -> Route:
    """Find the operation.

    Raises:
        NoRoute: There is none, or none that is offered.
    """
    target = http.headers.get("x-amz-target")
    if target is not None:
        return _targets.get(target) or _by_target(target)
    raise NoRoute(UnknownOperationException(), JSON)


def _by_target(target: str) -> Route:
    prefix, _, name = target[:_LONGEST_NAME].rpartition(".")
    service = TARGETS.get(prefix, "")
    try:
        offered = bool(service) and name in model(service).operations
    except LookupError:
        service, offered = "", False
    if not offered:
        raise NoRoute(UnknownOperationException(), JSON, service)
    found = _targets[target] = Route(service, name, _NOTHING)
    return found
