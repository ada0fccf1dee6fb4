"""KMS: keys, and what is done with them."""

from lodekey.gate.operation import Job, Service, operations_in
from lodekey.services.kms import (
    agree,
    create_keys,
    custom_stores,
    data_keys,
    encrypt,
    end_grants,
    import_material,
    list_grants,
    macs,
    manage_aliases,
    manage_grants,
    manage_keys,
    manage_policies,
    re_encrypt,
    replicate,
    rotate,
    sign,
    tags,
)
from lodekey.services.kms.due_work import do_what_is_due
from lodekey.services.kms.refusals import refuse
from lodekey.services.kms.usage import write_uses_down

SERVICE = Service(
    "kms",
    operations_in(
        create_keys,
        manage_keys,
        manage_aliases,
        manage_policies,
        tags,
        encrypt,
        re_encrypt,
        data_keys,
        sign,
        macs,
        agree,
        manage_grants,
        list_grants,
        end_grants,
        rotate,
        import_material,
        re_encrypt,
        replicate,
        custom_stores,
    ),
    jobs=(
        Job("kms keys that are due", 60, do_what_is_due),
        Job("kms last uses", 10, write_uses_down, everywhere=True),
    ),
    refuse=refuse,
)
