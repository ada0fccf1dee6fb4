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

OURS = ("kms", "ssm", "secretsmanager", "lambda", "logs")
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
LACKING = {
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
BEYOND = {
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
    if service == "secretsmanager":
        names -= REQUEST_TAGS - TAGGING.get(action.name.partition(":")[2], set())
    return names


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_it_carries_what_aws_documents(stage: Stage, service: str, op: AnyOperation) -> None:
    carried = stage.ask(service, op)
    assert "aws:principalarn" in carried, "the policies were not asked"
    action = actions()[op.action.lower()]
    lacking = {
        name
        for name in documented(service, action)
        if not any(key_pattern(name).fullmatch(key) for key in carried)
    }
    assert LACKING.get(op.action, set()) == lacking
    beyond: Any = {key for key in carried if not has_key(action, key)}
    assert BEYOND.get(op.action, set()) == beyond - BEYOND.get(service, set())


def test_nothing_is_excused_twice() -> None:
    offered = {op.action for _, op in (param.values for param in EVERY)}
    assert set(LACKING) <= offered
    assert set(BEYOND) <= offered | set(OURS)
    assert not set(NEVER) & set().union(*LACKING.values())
