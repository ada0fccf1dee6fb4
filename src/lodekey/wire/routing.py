"""Which service and operation a request asks for.

JSON services are told by ``X-Amz-Target``, query services by ``Action`` and ``Version``, the REST
services by method and path. What the request says outweighs the credential's scope; the scope
decides only where the request leaves it open (a path may be Lambda's or a bucket's).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from lodekey.errors import (
    ApiError,
    InvalidAction,
    SerializationException,
    UnknownOperationException,
)
from lodekey.wire import lambda_paths, s3_paths
from lodekey.wire.error_codes import JSON, QUERY, REST_JSON, REST_XML
from lodekey.wire.http import HttpRequest
from lodekey.wire.models import model
from lodekey.wire.query_protocol import decoded, is_form

TARGETS = {
    "TrentService": "kms",
    "AmazonSSM": "ssm",
    "secretsmanager": "secretsmanager",
    "Logs_20140328": "logs",
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail",
    "CloudTrail_20131101": "cloudtrail",
    "Lodekey_20261101": "lodekey",
}
VERSIONS = {"2010-05-08": "iam", "2011-06-15": "sts", "2010-05-15": "cloudformation"}
_LONGEST_NAME = 256
_REPOSITORIES = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"
_Search = Callable[[str], "re.Match[str] | None"]
_ACTION = re.compile(r"(?:^|&)Action=([^&]*)").search
_VERSION = re.compile(r"(?:^|&)Version=([^&]*)").search
_SCOPE = re.compile(r"(?:Credential=[^,]*?/\d{8}/[^/,]*/)([A-Za-z0-9-]+)/aws4_request").search


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


class MissingAction(ApiError):
    """A request of a query service that names no action."""


def not_offered(service: str, protocol: str) -> NoRoute:
    """The refusal of an operation that the model has and no room offers."""
    if protocol == REST_XML:
        return NoRoute(s3_paths.not_implemented(), protocol, service)
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
    scope = scoped_to(http)
    if scope != "s3":
        action = _parameter(http, _ACTION)
        if action is not None:
            return _by_action(http, action, scope)
    if scope == "lambda" or (scope != "s3" and lambda_paths.looks_like_it(http.path)):
        return _by_lambda_path(http)
    if scope in ("", "s3"):
        return _by_bucket_and_key(http)
    raise _nothing_asked(scope)


def scoped_to(http: HttpRequest) -> str:
    """The service that the credential's scope names; empty where there is no credential."""
    found = _SCOPE(http.headers.get("authorization", ""))
    if found is None and "X-Amz-Credential=" in http.query:
        found = _SCOPE(unquote(http.query.replace("X-Amz-", "").replace("&", ",")))
    if found is not None:
        return found[1]
    signed_v2 = "AWSAccessKeyId=" in http.query and "Signature=" in http.query
    return "s3" if signed_v2 and "Action=" not in http.query else ""


class RepositoryNotFoundException(ApiError):
    """ECR has no such repository.

    There is no ECR here. The Serverless Framework asks it before it removes a stack, and goes on
    only where it hears this.
    """


def _by_target(target: str) -> Route:
    if target == _REPOSITORIES:
        raise NoRoute(RepositoryNotFoundException("The repository does not exist."), JSON)
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


def _parameter(http: HttpRequest, search: _Search) -> str | None:
    found = search(http.query) if http.query else None
    if found is None and http.body and is_form(http):
        found = search(http.body[: 1 << 16].decode("latin-1"))
    if found is None:
        return None
    try:
        return decoded(found[1][: _LONGEST_NAME * 3])
    except SerializationException as error:
        raise NoRoute(error, QUERY) from None


def _by_action(http: HttpRequest, action: str, scope: str) -> Route:
    version = _parameter(http, _VERSION) or ""
    service = VERSIONS.get(version, scope if scope in VERSIONS.values() else "")
    if not service or action not in model(service).operations:
        told = f"Could not find operation {action[:_LONGEST_NAME]} for version {version[:20]}"
        raise NoRoute(InvalidAction(told), QUERY, service)
    return Route(service, action, _NOTHING)


def _by_lambda_path(http: HttpRequest) -> Route:
    found = lambda_paths.find(http)
    if found is None:
        raise NoRoute(UnknownOperationException(), REST_JSON, "lambda")
    return Route("lambda", *found)


def _by_bucket_and_key(http: HttpRequest) -> Route:
    try:
        return Route("s3", *s3_paths.find(http))
    except ApiError as error:
        raise NoRoute(error, REST_XML, "s3") from None


def _nothing_asked(scope: str) -> NoRoute:
    if scope in VERSIONS.values():
        return NoRoute(MissingAction("Could not find an Action in the request"), QUERY, scope)
    return NoRoute(UnknownOperationException(), JSON, scope if scope in TARGETS.values() else "")
