"""Parameter Store: the parameter operations of AWS Systems Manager."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.ssm import (
    apply_policies,
    change_settings,
    describe_parameters,
    label_versions,
    put_parameters,
    read_parameters,
    read_paths,
    share_parameters,
    tag_parameters,
)

SERVICE = Service(
    "ssm",
    operations_in(
        put_parameters,
        read_parameters,
        read_paths,
        describe_parameters,
        label_versions,
        tag_parameters,
        share_parameters,
        change_settings,
    ),
    jobs=(apply_policies.JOB,),
)
