"""Listings of credentials that are not offered: SSH keys, signing certificates and the like.

Tools that delete a user ask for them first, and are told the truth: there are none.
"""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.records import User
from lodekey.services.iam.finding import user_or_root
from lodekey.services.iam.keys import of_entity
from lodekey.services.iam.shapes import (
    ListServiceSpecificCredentialsRequest,
    ListServiceSpecificCredentialsResponse,
    ListSigningCertificatesRequest,
    ListSigningCertificatesResponse,
    ListSSHPublicKeysRequest,
    ListSSHPublicKeysResponse,
)


@operation("iam:ListSSHPublicKeys", on=user_or_root, keys=of_entity)
def list_ssh_public_keys(
    ctx: Context, request: ListSSHPublicKeysRequest, user: User | Bare
) -> ListSSHPublicKeysResponse:
    """List a user's SSH keys: none."""
    return {"SSHPublicKeys": [], "IsTruncated": False}


@operation("iam:ListSigningCertificates", on=user_or_root, keys=of_entity)
def list_signing_certificates(
    ctx: Context, request: ListSigningCertificatesRequest, user: User | Bare
) -> ListSigningCertificatesResponse:
    """List a user's signing certificates: none."""
    return {"Certificates": [], "IsTruncated": False}


@operation(
    "iam:ListServiceSpecificCredentials",
    on=user_or_root,
    keys=of_entity,
    ignores=("ServiceName", "AllUsers", "Marker", "MaxItems"),
)
def list_service_specific_credentials(
    ctx: Context, request: ListServiceSpecificCredentialsRequest, user: User | Bare
) -> ListServiceSpecificCredentialsResponse:
    """List a user's credentials for single services: none."""
    return {"ServiceSpecificCredentials": []}
