"""IAM: the editor of who there is."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.iam import (
    attach_policies,
    authorization_details,
    context_keys,
    credential_report,
    inline_policies,
    list_nothing,
    login_profiles,
    manage_access_keys,
    manage_account,
    manage_groups,
    manage_instance_profiles,
    manage_policies,
    manage_roles,
    manage_users,
    mfa_devices,
    oidc_providers,
    policy_versions,
    service_access,
    service_linked_roles,
    simulate,
    tag_entities,
)
from lodekey.services.iam.note_use import LAST_USED
from lodekey.services.iam.refusal import refuse

SERVICE = Service(
    "iam",
    operations_in(
        manage_users,
        manage_groups,
        manage_roles,
        inline_policies,
        attach_policies,
        manage_policies,
        policy_versions,
        tag_entities,
        manage_access_keys,
        manage_instance_profiles,
        manage_account,
        login_profiles,
        mfa_devices,
        list_nothing,
        service_linked_roles,
        oidc_providers,
        simulate,
        context_keys,
        authorization_details,
        credential_report,
        service_access,
    ),
    jobs=(LAST_USED,),
    refuse=refuse,
)
