"""CloudTrail: looking the trail up."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.cloudtrail import lookup_events, manage_trails

SERVICE = Service("cloudtrail", operations_in(lookup_events, manage_trails))
