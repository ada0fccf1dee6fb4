"""Parameter policies carried out: the job that ends parameters and tells of what comes.

AWS tells through EventBridge, which is not here. The same facts stand in the log, structured, with
the detail types that AWS uses.
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import msgspec

from lodekey.gate.background import Background
from lodekey.gate.operation import Job
from lodekey.services.ssm import parameters, policies, tiers
from lodekey.services.ssm.parameters import PARAMETERS, Parameter, Policy
from lodekey.store.port import Transaction

log = logging.getLogger("lodekey.ssm")

EVERY = 15.0
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a parameter once the transaction is durable."""

    detail_type: str
    parameter: Parameter
    policy: Policy

    def tell(self) -> None:
        """Write it to the log. It names the parameter and its policy, never its value."""
        log.info(
            "%s",
            self.detail_type,
            extra={
                "event": "ssm.parameter-policy",
                "account": self.parameter.account,
                "region": self.parameter.region,
                "parameter_name": self.parameter.name,
                "parameter_type": self.parameter.newest.type,
                "policy_type": self.policy.type,
                "policy_content": self.policy.text,
            },
        )


async def apply_policies(background: Background) -> None:
    """Carry out every policy that has fallen due, some at a time."""
    with background.transaction(write=False) as tx:
        due = policies.due(tx, background.now(), 1)
    while due:
        with background.transaction(write=True) as tx:
            due = policies.due(tx, background.now(), AT_ONCE)
            told = [one for each in due for one in apply(tx, each, background.now())]
        for one in told:
            one.tell()


def apply(tx: Transaction, due: policies.Due, now: float) -> list[Told]:
    """Carry out what has fallen due of one parameter."""
    parameter = PARAMETERS.get(tx, due.account, due.region, due.place)
    if parameter is None:
        return []
    fallen = [one for one in parameter.newest.policies if not one.done and one.due <= now]
    told = [Told("Parameter Store Policy Action", parameter, one) for one in fallen]
    if any(one.type == policies.EXPIRATION for one in fallen):
        parameters.forget(tx, parameter)
        policies.schedule(tx, parameter, None)
        tiers.recount(tx, parameter.account, parameter.region, gone=parameter.newest.tier, come="")
        return told
    newest = msgspec.structs.replace(
        parameter.newest,
        policies=tuple(
            msgspec.structs.replace(one, done=True) if one in fallen else one
            for one in parameter.newest.policies
        ),
    )
    changed = msgspec.structs.replace(parameter, newest=newest)
    parameters.store(tx, changed)
    policies.schedule(tx, parameter, changed)
    return told


JOB = Job("ssm.parameter-policies", EVERY, apply_policies)
