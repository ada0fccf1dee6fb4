"""Which condition keys each operation carries: AWS's own table, less a written list.

Every operation is asked with all the members that its model has, about things that are there; what
its question to the policies carries is compared with the Service Authorization Reference. IAM and
STS have a table of their own (`tests/services/iam/test_every_operation.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gate.asked import Stage
from lodekey.app.registry import services
from lodekey.gate.operation import AnyOperation
from lodekey.policy.actions import Action, actions, has_key, key_names, key_pattern
from world import World

OURS = ("kms", "ssm", "secretsmanager", "lambda", "logs", "s3", "cloudformation")
EVERY = [
    pytest.param(service.name, op, id=f"{service.name}-{op.name}")
    for service in services()
    if service.name in OURS
    for op in service.operations
    if not op.open_to_all
]
NEVER = {
    "kms:viaservice": "only calls that a service forwards have it (tests/services/kms)",
    "lambda:codesigningconfigarn": "code signing is not offered",
    "lambda:eventsourcetoken": "no Alexa skill calls",
    "lambda:invokedviafunctionurl": "only calls of a URL have it (tests/services/lambda_)",
    "lambda:securitygroupids": "there are no networks",
    "lambda:subnetids": "there are no networks",
    "lambda:vpcids": "there are no networks",
    "s3:accessgrantsinstancearn": "there are no access grants",
    "s3:accesspointnetworkorigin": "there are no access points",
    "s3:accesspointtag/${tagkey}": "there are no access points",
    "s3:authtype": "only signed requests have it (tests/services/s3/test_access.py)",
    "s3:buckettag/${tagkey}": "only buckets with ABAC have it, which is not offered",
    "s3:dataaccesspointaccount": "there are no access points",
    "s3:dataaccesspointarn": "there are no access points",
    "s3:object-lock-event-hold": "Object Lock is not offered",
    "s3:object-lock-event-hold-duration-days": "Object Lock is not offered",
    "s3:object-lock-legal-hold": "Object Lock is not offered",
    "s3:object-lock-mode": "Object Lock is not offered",
    "s3:object-lock-remaining-retention-days": "Object Lock is not offered",
    "s3:object-lock-retain-until-date": "Object Lock is not offered",
    "s3:signatureage": "only signed requests have it (tests/services/s3/test_access.py)",
    "s3:signatureversion": "only signed requests have it (tests/services/s3/test_access.py)",
    "s3:tlsversion": "not known to the server (docs/compatibility/s3.md)",
    "s3:x-amz-bucket-namespace": "there are only general purpose buckets",
    "s3:x-amz-content-sha256": "only signed requests have it (tests/services/s3)",
    "s3:x-amz-object-annotation-directive": "there are no annotations",
    "secretsmanager:resource/allowrotationlambdaarn": "only secrets that rotate have it "
    "(tests/services/secretsmanager/test_rotation.py)",
    "secretsmanager:resource/type": "managed external secrets are not offered",
    "secretsmanager:secretprimaryregion": "only replicas have it (tests/services/secretsmanager)",
    "ssm:documentcategories": "there are no documents",
    "ssm:documenttype": "there are no documents",
}
ATTESTED = "kms:recipientattestation:"  # no attestation can be verified here
TAGGING = {
    "CreateSecret": {"aws:requesttag/${tagkey}", "aws:tagkeys"},
    "TagResource": {"aws:requesttag/${tagkey}", "aws:tagkeys"},
    "UntagResource": {"aws:tagkeys"},
}
# AWS's table names the keys of request tags for every operation of Secrets Manager.
REQUEST_TAGS = {"aws:requesttag/${tagkey}", "aws:tagkeys"}
RESOURCE_TAG = "aws:resourcetag/${tagkey}"
_OF_HEADERS = {
    f"s3:x-amz-{each}"
    for each in (
        *("acl", "grant-full-control", "grant-read", "grant-read-acp", "grant-write-acp"),
        *("server-side-encryption", "server-side-encryption-aws-kms-key-id", "storage-class"),
        "website-redirect-location",
    )
}
# One action, several operations: their requests have no such members.
_NO_COPY = {"s3:x-amz-copy-source", "s3:x-amz-metadata-directive"}
_NO_WISH = {"s3:if-match", "s3:if-none-match"}
_NO_TAGS = {"s3:requestobjecttag/<key>", "s3:requestobjecttagkeys"}
_GRANT = {"s3:x-amz-grant-write"}  # of buckets alone
LACKING = {
    "cloudformation:CreateChangeSet": {"cloudformation:stackpolicyurl"},
    "cloudformation:CreateStack": {RESOURCE_TAG},  # nothing is there yet
    "s3:CompleteMultipartUpload": _OF_HEADERS | _NO_COPY | _NO_TAGS | _GRANT,
    "s3:CopyObject": _GRANT,
    "s3:CreateMultipartUpload": _NO_COPY | _NO_WISH | _GRANT,
    "s3:HeadBucket": {"s3:delimiter", "s3:max-keys", "s3:prefix"},
    "s3:PutObject": _NO_COPY | _GRANT,
    "s3:UploadPart": _OF_HEADERS | _NO_COPY | _NO_TAGS | _NO_WISH | _GRANT,
    "s3:UploadPartCopy": _OF_HEADERS
    | _NO_TAGS
    | _NO_WISH
    | _GRANT
    | {"s3:x-amz-metadata-directive"},
    "kms:CreateKey": {RESOURCE_TAG},  # nothing is there yet
    "kms:Encapsulate": {"kms:keyagreementalgorithm"},  # no agreement
    "kms:Decapsulate": {"kms:keyagreementalgorithm"},
    "lambda:CreateFunction": {RESOURCE_TAG},
    "lambda:ListFunctionUrlConfigs": {"lambda:functionurlauthtype"},  # several URLs
    "secretsmanager:AssociateCrossAccountReplica": {
        "secretsmanager:addreplicaregions",  # the table has no such action yet; the request has
        "secretsmanager:forceoverwritereplicasecret",  # no such members
    },
    # "does not support aws:ResourceTag": what lies below a path is not looked at
    "ssm:GetParametersByPath": {RESOURCE_TAG, "ssm:resourcetag/tag-key"},
}
# Who names a version is asked for the action for versions too, not instead.
_VERSION = {"s3:versionid"}
BEYOND = {
    **dict.fromkeys(
        (
            *("s3:DeleteObject", "s3:DeleteObjectTagging", "s3:GetObject", "s3:GetObjectTagging"),
            *("s3:GetObjectAttributes", "s3:HeadObject", "s3:PutObjectTagging"),
        ),
        _VERSION,
    ),
    # Of every key: the older names of two keys, which AWS still fills.
    "kms": {"kms:customermasterkeyspec", "kms:customermasterkeyusage", "kms:calleraccount"},
    "kms:CreateGrant": {"lodekey:grantconstraints"},  # for grants by virtue of grants
    "kms:ListGrants": {"kms:granteeprincipal", "kms:granteeserviceprincipal"},
    "kms:ReplicateKey": {"kms:bypasspolicylockoutsafetycheck"},
    "kms:GetKeyPolicy": {"kms:policyname"},
    "kms:PutKeyPolicy": {"kms:policyname"},
    "kms:Encapsulate": {"kms:encapsulationalgorithm"},
    "kms:Decapsulate": {"kms:encapsulationalgorithm"},
    "secretsmanager:ListResourcePolicies": {
        "secretsmanager:resourcetag/t",
        "secretsmanager:secretid",
    },
    "lambda:PutFunctionEventInvokeConfig": {"lambda:functionarn"},
    "lambda:UpdateFunctionEventInvokeConfig": {"lambda:functionarn"},
}


@pytest.fixture(scope="module")
def stage(shared_world: World) -> Iterator[Stage]:
    made = Stage(shared_world)
    with pytest.MonkeyPatch.context() as patch:
        made.listen(patch)
        yield made


def documented(service: str, action: Action) -> set[str]:
    """The keys that AWS names for the action, less those that nothing here ever has."""
    names = {name for name in key_names(action) if not name.startswith(ATTESTED)} - set(NEVER)
    if service == "s3":
        names -= {RESOURCE_TAG}  # only buckets with ABAC have it, which is not offered
    if service == "secretsmanager":
        names -= REQUEST_TAGS - TAGGING.get(action.name.partition(":")[2], set())
    return names


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_it_carries_what_aws_documents(stage: Stage, service: str, op: AnyOperation) -> None:
    carried = stage.ask(service, op)
    assert "aws:principalarn" in carried, "the policies were not asked"
    action, name = actions()[op.action.lower()], f"{service}:{op.name}"
    lacking = {
        each
        for each in documented(service, action)
        if not any(key_pattern(each).fullmatch(key) for key in carried)
    }
    assert LACKING.get(name, set()) == lacking
    beyond: Any = {key for key in carried if not has_key(action, key)}
    assert BEYOND.get(name, set()) == beyond - BEYOND.get(service, set())


def test_nothing_is_excused_twice() -> None:
    offered = {f"{service}:{op.name}" for service, op in (param.values for param in EVERY)}
    assert set(LACKING) <= offered
    assert set(BEYOND) <= offered | set(OURS)
    assert not set(NEVER) & set().union(*LACKING.values())
