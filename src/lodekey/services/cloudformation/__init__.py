"""CloudFormation: stacks."""

from lodekey.gate.operation import Job, Service, operations_in
from lodekey.services.cloudformation import (
    change_sets,
    detect_drift,
    manage_stacks,
    read_stacks,
    read_templates,
    signals,
    work,
)

SERVICE = Service(
    "cloudformation",
    operations_in(manage_stacks, read_stacks, read_templates, change_sets, signals, detect_drift),
    jobs=(Job("cloudformation-stacks", work.TICK_SECONDS, work.pick_up),),
)
