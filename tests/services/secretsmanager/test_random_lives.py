"""Random requests over every operation: no fault of ours, and records that agree."""

from __future__ import annotations

import random

import pytest

from lodekey.errors import ApiError
from lodekey.gate.batch import run_calls
from lodekey.gate.call import Call
from lodekey.identity.principals_of import root_principal
from lodekey.services.secretsmanager import SERVICE
from lodekey.services.secretsmanager.secrets import DUE, SECRETS, moments, stamp, versions_of
from lodekey.wire.codec import codec
from lodekey.wire.models import model
from services.secretsmanager.rotation_function import ARN, RotationFunction
from shape_values import Values

NAMES = ["a", "b", "app/c", "d-abcdef"]
TOKENS = ["t" * 32, "u" * 40, "v" * 36, "w" * 64]
LABELS = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "mine"]
REGIONS = ["eu-west-1", "us-west-2", "us-east-1"]
LEFT_OUT = {"Type", "RotationToken", "CrossAccountPrimaryARN", "PolicyName", "NextToken"}
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},'
    '"Action":"secretsmanager:*","Resource":"*"}]}'
)
RULES = [
    {"AutomaticallyAfterDays": 5},
    {"ScheduleExpression": "rate(1 day)"},
    {"ScheduleExpression": "cron(0 8 ? * 2#1 *)", "Duration": "2h"},
]


class Lives:
    """Draws requests that are mostly plausible."""

    def __init__(self, world, seed):
        self.world = world
        self.random = random.Random(seed)
        self.values = Values(model("secretsmanager"), seed)
        self.key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
        RotationFunction(world)
        with world.gate.store.transaction(write=False) as tx:
            self.root = root_principal(tx, "111122223333")

    def drawn(self, member):
        """A plausible value of a member."""
        pick = self.random.choice
        if member in {"ClientRequestToken", "VersionId", "RemoveFromVersionId", "MoveToVersionId"}:
            return pick(TOKENS)
        return {
            "SecretId": pick(NAMES),
            "SecretIdList": self.random.sample(NAMES, 2),
            "Name": pick(NAMES),
            "VersionStage": pick(LABELS),
            "VersionStages": self.random.sample(LABELS, self.random.randint(1, 3)),
            "KmsKeyId": pick(["", self.key, "alias/aws/secretsmanager"]),
            "Tags": [{"Key": pick("abc"), "Value": "v"}],
            "AddReplicaRegions": [{"Region": pick(REGIONS)}],
            "RemoveReplicaRegions": [pick(REGIONS)],
            "RotationLambdaARN": ARN,
            "RecoveryWindowInDays": pick([7, 30]),
            "ForceDeleteWithoutRecovery": self.random.random() < 0.3,
            "ResourcePolicy": POLICY,
            "RotationRules": pick(RULES),
        }.get(member)

    def request(self, operation):
        drawn = self.values.of(model("secretsmanager").operations[operation].input)
        for member in list(drawn):
            likely = self.drawn(member)
            if member in LEFT_OUT or (member == "SecretBinary" and "SecretString" in drawn):
                del drawn[member]
            elif likely is not None and self.random.random() < 0.85:
                drawn[member] = likely
        return drawn

    def live(self):
        operation = self.random.choice(SERVICE.operations)
        call = Call(
            op=operation,
            request_id="r",
            region=self.random.choice(["us-east-1", "us-east-1", *REGIONS]),
            principal=self.root,
            request=self.request(operation.name),
        )
        run_calls(self.world.gate, [call])
        if call.failure is None:
            codec("secretsmanager", operation.name).write(call.result, "r")
        elif not isinstance(call.failure, ApiError):
            raise call.failure
        if self.random.random() < 0.02:
            self.world.clock.advance(self.random.choice([60, 86_400, 864_000]))
            self.world.run_jobs()


def must_agree(world):
    """What is said of a secret in two places is the same."""
    with world.gate.store.transaction(write=False) as tx:
        due = set()
        for _, secret in SECRETS.scan(tx):
            versions = {version.id for version in versions_of(tx, secret)}
            assert len(versions) == secret.versions
            labels = [label for labeled in secret.stages.values() for label in labeled]
            assert len(labels) == len(set(labels))
            current = [v for v, labeled in secret.stages.items() if "AWSCURRENT" in labeled]
            assert set(current) <= versions
            assert current or not versions or secret.is_replica
            place = (secret.account, secret.region, secret.name)
            due |= {(stamp(at), kind, *place) for kind, at in moments(secret).items()}
        assert due == {parts for parts, _ in DUE.scan(tx)}


def test_random_lives(world):
    lives = Lives(world, 1)
    for _ in range(800):
        lives.live()
    must_agree(world)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(2, 12))
def test_longer_lives(world, seed):
    lives = Lives(world, seed)
    for _ in range(20_000):
        lives.live()
    must_agree(world)
