"""Lambda: functions, run in children that can reach nothing but what they are given."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.lambda_ import (
    async_queue,
    housekeeping,
    invoke,
    manage_functions,
    manage_invocations,
    manage_layers,
    manage_permissions,
    manage_tags,
    manage_urls,
    manage_versions,
    update_functions,
)

SERVICE = Service(
    "lambda",
    operations_in(
        manage_functions,
        update_functions,
        invoke,
        manage_versions,
        manage_permissions,
        manage_layers,
        manage_invocations,
        manage_urls,
        manage_tags,
    ),
    jobs=(async_queue.JOB, housekeeping.REAP, housekeeping.SWEEP),
    begin=housekeeping.look_around,
)
