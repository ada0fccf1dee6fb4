"""Which services an entity can reach by its policies, and when it last did.

``ListPoliciesGrantingServiceAccess`` reads the policies; ``…ServiceLastAccessedDetails`` the trail,
too. AWS makes the latter a job; here it is done when it is asked for, and kept for a day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, TypedDict, TypeVar

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Resource, operation
from lodekey.identity.policies_of import managed_policy
from lodekey.identity.records import GROUPS, Group, ManagedPolicy, Role, User
from lodekey.policy.reading import read
from lodekey.services.iam.directory import attachments, members_of
from lodekey.services.iam.errors import InvalidInputException, NoSuchEntityException
from lodekey.services.iam.finding import everything
from lodekey.services.iam.paging import page
from lodekey.services.iam.policy_sources import entity_of
from lodekey.services.iam.shapes import (
    GenerateServiceLastAccessedDetailsRequest,
    GenerateServiceLastAccessedDetailsResponse,
    GetServiceLastAccessedDetailsRequest,
    GetServiceLastAccessedDetailsResponse,
    ListPoliciesGrantingServiceAccessRequest,
    ListPoliciesGrantingServiceAccessResponse,
    PolicyGrantingServiceAccess,
    ServiceLastAccessed,
)
from lodekey.store.port import Collection

NAMES = {
    "cloudformation": "AWS CloudFormation",
    "cloudtrail": "AWS CloudTrail",
    "iam": "AWS Identity and Access Management",
    "kms": "AWS Key Management Service",
    "lambda": "AWS Lambda",
    "logs": "Amazon CloudWatch Logs",
    "s3": "Amazon S3",
    "secretsmanager": "AWS Secrets Manager",
    "ssm": "AWS Systems Manager",
    "sts": "AWS Security Token Service",
}
KEPT_FOR = 24 * 3600


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """The last access to one service; `at` is zero where there was none."""

    service: str
    at: float = 0.0
    entity: str = ""
    region: str = ""
    entities: int = 0


class AccessReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a job found."""

    account: str
    made: float
    granularity: str
    services: tuple[Access, ...]


ACCESS_REPORTS = Collection("iam/access-report", AccessReport)

Asked = User | Group | Role | ManagedPolicy


class NamesAnything(TypedDict):
    """A request about a user, group, role or policy."""

    Arn: str


N = TypeVar("N", bound=NamesAnything)


def asked_about(ctx: Context, request: N) -> Asked:
    """The user, group, role or policy that the request is about."""
    arn = request["Arn"]
    found: Asked | None = managed_policy(ctx.tx, arn) or entity_of(ctx.tx, arn)
    if found is None:
        raise Missing(arn, NoSuchEntityException(f"ARN {arn} was not found."))
    return found


@operation("iam:ListPoliciesGrantingServiceAccess", on=asked_about)
def list_policies_granting_service_access(
    ctx: Context, request: ListPoliciesGrantingServiceAccessRequest, asked: Asked
) -> ListPoliciesGrantingServiceAccessResponse:
    """List the policies by which an entity may do something in each of some services."""
    if isinstance(asked, ManagedPolicy):
        raise InvalidInputException(f"ARN {asked.arn} is not valid.")
    rows = list(_granting(ctx, asked))
    return {
        "PoliciesGrantingServiceAccess": [
            {
                "ServiceNamespace": namespace,
                "Policies": [row for row, text in rows if reaches(text, namespace)],
            }
            for namespace in request["ServiceNamespaces"]
        ],
        "IsTruncated": False,
    }


@operation("iam:GenerateServiceLastAccessedDetails", on=asked_about, writes=True)
def generate_service_last_accessed_details(
    ctx: Context, request: GenerateServiceLastAccessedDetailsRequest, asked: Asked
) -> GenerateServiceLastAccessedDetailsResponse:
    """Find out what an entity can reach and last did; the job has ended when it is answered."""
    for parts, old in list(ACCESS_REPORTS.scan(ctx.tx, ctx.account)):
        if ctx.now - old.made > KEPT_FOR:
            ACCESS_REPORTS.delete(ctx.tx, ctx.account, *parts)
    texts = [asked.text] if isinstance(asked, ManagedPolicy) else _texts(ctx, asked)
    services = [name for name in sorted(NAMES) if any(reaches(text, name) for text in texts)]
    last = _last_accesses(ctx, {entity.id for entity in _users_of(ctx, asked)})
    report = AccessReport(
        account=ctx.account,
        made=int(ctx.now),
        granularity=request.get("Granularity", "SERVICE_LEVEL"),
        services=tuple(last.get(name, Access(service=name)) for name in services),
    )
    job = str(uuid.uuid4())
    ACCESS_REPORTS.put(ctx.tx, ctx.account, job, record=report)
    return {"JobId": job}


@operation("iam:GetServiceLastAccessedDetails", on=everything)
def get_service_last_accessed_details(
    ctx: Context, request: GetServiceLastAccessedDetailsRequest, nothing: Resource
) -> GetServiceLastAccessedDetailsResponse:
    """Show what was found."""
    job = request["JobId"]
    report = ACCESS_REPORTS.get(ctx.tx, ctx.account, job)
    if report is None:
        raise NoSuchEntityException(f"The requested job ID does not exist: {job}")
    found = page(ctx, request, f"access {job}", report.services, lambda each: each.service)
    made: GetServiceLastAccessedDetailsResponse = {
        "JobStatus": "COMPLETED",
        "JobType": report.granularity,
        "JobCreationDate": report.made,
        "JobCompletionDate": report.made,
        "ServicesLastAccessed": [_shown(each) for each in found.items],
        "IsTruncated": found.tail["IsTruncated"],
    }
    if "Marker" in found.tail:
        made["Marker"] = found.tail["Marker"]
    return made


def reaches(text: str, namespace: str) -> bool:
    """Whether a policy allows anything at all in a service, conditions and resources aside."""
    statements = read(text).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.get("Effect") != "Allow":
            continue
        if any(each in {"*", namespace} for each in _vendors(statement.get("Action", []))):
            return True
        excluded = statement.get("NotAction")
        if excluded is not None and not _is_whole(excluded, namespace):
            return True
    return False


def _vendors(actions: Any) -> Iterator[str]:
    for each in actions if isinstance(actions, list) else [actions]:
        yield str(each).partition(":")[0].lower()


def _is_whole(excluded: Any, namespace: str) -> bool:
    """Whether a NotAction leaves nothing of a service."""
    listed = excluded if isinstance(excluded, list) else [excluded]
    return any(re.fullmatch(rf"\*|{namespace}:\*+", str(each).lower()) for each in listed)


def _granting(
    ctx: Context, entity: User | Group | Role
) -> Iterator[tuple[PolicyGrantingServiceAccess, str]]:
    """An entity's policies, its groups' among them, as the answer shows them, and their texts."""
    kind = {User: "USER", Group: "GROUP", Role: "ROLE"}[type(entity)]
    for name, text in sorted(entity.inline.items()):
        row: PolicyGrantingServiceAccess = {
            "PolicyName": name,
            "PolicyType": "INLINE",
            "EntityType": kind,
            "EntityName": entity.name,
        }
        yield row, text
    for arn in entity.attached:
        policy = managed_policy(ctx.tx, arn)
        if policy is not None:
            yield (
                {"PolicyName": policy.name, "PolicyType": "MANAGED", "PolicyArn": arn},
                policy.text,
            )
    for name in entity.groups if isinstance(entity, User) else ():
        group = GROUPS.get(ctx.tx, entity.account, name.lower())
        if group is not None:
            yield from _granting(ctx, group)


def _texts(ctx: Context, entity: User | Group | Role) -> list[str]:
    return [text for _, text in _granting(ctx, entity)]


def _users_of(ctx: Context, asked: Asked) -> Iterable[User | Role]:
    """The users and roles whose accesses count."""
    if isinstance(asked, User | Role):
        return [asked]
    if isinstance(asked, Group):
        return members_of(ctx.tx, asked)
    found: list[User | Role] = []
    for use in attachments(ctx.tx, ctx.account).get(asked.arn, []):
        found += members_of(ctx.tx, use.entity) if isinstance(use.entity, Group) else [use.entity]
    return found


def _last_accesses(ctx: Context, ids: set[str]) -> dict[str, Access]:
    """The last access to each service by any of these entities, from the trail."""
    by_service: dict[str, Access] = {}
    entities: dict[str, set[str]] = {}

    def is_theirs(event: AuditEvent) -> bool:
        return _id_in(event) in ids and event.recipient_account == ctx.account

    for event in ctx.gate.trail.events(where=is_theirs):
        service = event.event_source.partition(".")[0]
        entities.setdefault(service, set()).add(_id_in(event))
        if service not in by_service or event.event_time > by_service[service].at:
            by_service[service] = Access(
                service=service,
                at=int(event.event_time),
                entity=str(event.user_identity.get("arn", "")),
                region=event.aws_region,
            )
    return {
        service: msgspec.structs.replace(access, entities=len(entities[service]))
        for service, access in by_service.items()
    }


def _id_in(event: AuditEvent) -> str:
    return str(event.user_identity.get("principalId", "")).partition(":")[0]


def _shown(access: Access) -> ServiceLastAccessed:
    made: ServiceLastAccessed = {
        "ServiceName": NAMES[access.service],
        "ServiceNamespace": access.service,
        "TotalAuthenticatedEntities": access.entities,
    }
    if access.at:
        made["LastAuthenticated"] = access.at
        made["LastAuthenticatedEntity"] = access.entity
        made["LastAuthenticatedRegion"] = access.region
    return made
