"""Secrets Manager."""

from lodekey.gate.operation import Job, Service, operations_in
from lodekey.services.secretsmanager import (
    access_dates,
    manage_secrets,
    put_values,
    read_secrets,
    replicate,
    resource_policies,
    rotate,
    rotations,
    tag_secrets,
)
from lodekey.services.secretsmanager.conditions import refuse

SERVICE = Service(
    "secretsmanager",
    operations_in(
        manage_secrets,
        read_secrets,
        put_values,
        tag_secrets,
        resource_policies,
        replicate,
        rotate,
    ),
    jobs=(
        Job("secretsmanager-due", rotations.TICK_SECONDS, rotations.run_due),
        Job(
            "secretsmanager-accesses",
            access_dates.FLUSH_SECONDS,
            access_dates.flush,
            everywhere=True,
        ),
    ),
    refuse=refuse,
)
