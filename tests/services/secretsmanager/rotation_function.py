"""A rotation function in the place of Lambda's: the gate's catalog calls it by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lodekey.gate.catalog import Catalog
from lodekey.gate.operation import Bare, Deferred, Service, operation
from lodekey.identity.principals_of import root_principal
from lodekey.policy import document
from lodekey.policy.ask import Guard

ARN = "arn:aws:lambda:us-east-1:111122223333:function:rotator"
ALLOWS_SECRETS_MANAGER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "secretsmanager.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": ARN,
                "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
            }
        ],
    }
)


class RotationFunction:
    """What the function does at each step, and what it was asked.

    Args:
        world: The server that it belongs to.
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        self.policy = ALLOWS_SECRETS_MANAGER
        self.events: list[dict[str, str]] = []
        self.before: Callable[[dict[str, str]], None] = lambda _event: None
        self.after: Callable[[dict[str, str]], None] = lambda _event: None
        self.new_value = "rotated"
        self.install(world)

    def install(self, world: Any) -> None:
        """Put the function in the place of lambda:Invoke of *world*."""
        self.world = world
        catalog: Catalog = world.gate.catalog
        catalog.service("lambda")
        catalog.add(Service("lambda", (self.operation(),)))

    @property
    def steps(self) -> list[str]:
        """The steps that were asked for, in order."""
        return [event["Step"] for event in self.events]

    def operation(self) -> Any:
        """The operation that the catalog shall find."""

        def function_named(ctx: Any, request: Any) -> Bare:
            guard = Guard(policy=document.parse(self.policy, name=ARN, kind="resource"))
            return Bare(request["FunctionName"], "111122223333", guard)

        @operation("lambda:InvokeFunction", name="Invoke", on=function_named)
        def invoke(ctx: Any, request: Any, function: Bare) -> Any:
            if request["InvocationType"] == "DryRun":
                return {"StatusCode": 204}
            return Deferred(lambda: self.answer(json.loads(request["Payload"])))

        return invoke

    async def answer(self, event: dict[str, str]) -> dict[str, Any]:
        """Do a step; a Python error is the function's."""
        self.events.append(event)
        try:
            self.before(event)
            await getattr(self, event["Step"])(event)
            self.after(event)
        except Exception:  # noqa: BLE001 - whatever it is, Lambda says "Unhandled"
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": b"{}"}
        return {"StatusCode": 200, "Payload": b"null"}

    async def call(self, name: str, **request: Any) -> Any:
        """Call Secrets Manager as the account's root."""
        gate = self.world.gate
        with gate.store.transaction(write=False) as tx:
            root = root_principal(tx, "111122223333")
        operation = gate.operation("secretsmanager", name)
        return await gate.background.run_as(root, operation, request, region="us-east-1")

    async def createSecret(self, event: dict[str, str]) -> None:
        await self.call(
            "PutSecretValue",
            SecretId=event["SecretId"],
            ClientRequestToken=event["ClientRequestToken"],
            SecretString=self.new_value,
            VersionStages=["AWSPENDING"],
            RotationToken=event["RotationToken"],
        )

    async def setSecret(self, event: dict[str, str]) -> None:
        await self.pending(event)

    async def testSecret(self, event: dict[str, str]) -> None:
        await self.pending(event)

    async def pending(self, event: dict[str, str]) -> str:
        read = await self.call(
            "GetSecretValue",
            SecretId=event["SecretId"],
            VersionId=event["ClientRequestToken"],
            VersionStage="AWSPENDING",
        )
        text: str = read["SecretString"]
        return text

    async def finishSecret(self, event: dict[str, str]) -> None:
        described = await self.call("DescribeSecret", SecretId=event["SecretId"])
        stages = described["VersionIdsToStages"]
        current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
        if current == event["ClientRequestToken"]:
            return
        await self.call(
            "UpdateSecretVersionStage",
            SecretId=event["SecretId"],
            VersionStage="AWSCURRENT",
            MoveToVersionId=event["ClientRequestToken"],
            RemoveFromVersionId=current,
        )
