"""Lambda: functions, run in children that can reach nothing but what they are given."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.lambda_ import (
    async_queue,
    housekeeping,
    invoke,
    manage_functions,
    update_functions,
)
from lodekey.services.lambda_.execution import Functions

__all__ = ["SERVICE", "Functions"]

SERVICE = Service(
    "lambda",
    operations_in(manage_functions, update_functions, invoke),
    jobs=(async_queue.JOB, housekeeping.REAP, housekeeping.SWEEP),
)
