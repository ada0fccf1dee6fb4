"""CloudWatch Logs: groups, streams, events, and the filter-pattern language."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.logs import (
    erase,
    manage_groups,
    manage_policies,
    manage_streams,
    put_events,
    read_events,
    seal_groups,
    tag_groups,
)

SERVICE = Service(
    "logs",
    operations_in(
        manage_groups,
        seal_groups,
        tag_groups,
        manage_streams,
        put_events,
        read_events,
        manage_policies,
    ),
    jobs=(erase.JOB,),
)
