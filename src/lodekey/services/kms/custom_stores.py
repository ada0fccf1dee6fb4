"""Custom key stores: there are none here.

No CloudHSM cluster and no external key manager stands behind this server, so every operation says
what AWS says of a store, cluster or proxy that it does not find.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
"""

from __future__ import annotations

from typing import NoReturn

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.kms.errors import (
    CloudHsmClusterNotFoundException,
    CustomKeyStoreNotFoundException,
    XksProxyUriUnreachableException,
    XksProxyVpcEndpointServiceNotFoundException,
)
from lodekey.services.kms.finding import no_key
from lodekey.services.kms.listing import position_in, within
from lodekey.services.kms.shapes import (
    ConnectCustomKeyStoreRequest,
    ConnectCustomKeyStoreResponse,
    CreateCustomKeyStoreRequest,
    CreateCustomKeyStoreResponse,
    DeleteCustomKeyStoreRequest,
    DeleteCustomKeyStoreResponse,
    DescribeCustomKeyStoresRequest,
    DescribeCustomKeyStoresResponse,
    DisconnectCustomKeyStoreRequest,
    DisconnectCustomKeyStoreResponse,
    UpdateCustomKeyStoreRequest,
    UpdateCustomKeyStoreResponse,
)

_NEEDED = {
    "AWS_CLOUDHSM": ("CloudHsmClusterId", "KeyStorePassword", "TrustAnchorCertificate"),
    "EXTERNAL_KEY_STORE": (
        "XksProxyConnectivity",
        "XksProxyAuthenticationCredential",
        "XksProxyUriEndpoint",
        "XksProxyUriPath",
    ),
}


def _refuse(name: str) -> NoReturn:
    raise CustomKeyStoreNotFoundException(f"Custom key store '{name}' does not exist.")


@operation("kms:CreateCustomKeyStore", on=no_key, writes=True)
def create_custom_key_store(
    ctx: Context, request: CreateCustomKeyStoreRequest, on: Bare
) -> CreateCustomKeyStoreResponse:
    """Refuse: what the store would stand on is not found."""
    kind = request.get("CustomKeyStoreType", "AWS_CLOUDHSM")
    missing = [member for member in _NEEDED[kind] if member not in request]
    if missing:
        raise ValidationException(f"{missing[0]} is required for a custom key store of type {kind}")
    if kind == "AWS_CLOUDHSM":
        raise CloudHsmClusterNotFoundException(
            f"CloudHSM cluster '{request['CloudHsmClusterId']}' was not found."
        )
    if request["XksProxyConnectivity"] == "VPC_ENDPOINT_SERVICE":
        raise XksProxyVpcEndpointServiceNotFoundException("There are no VPC endpoint services.")
    raise XksProxyUriUnreachableException(f"{request['XksProxyUriEndpoint']} cannot be reached.")


@operation("kms:DescribeCustomKeyStores", on=no_key)
def describe_custom_key_stores(
    ctx: Context, request: DescribeCustomKeyStoresRequest, on: Bare
) -> DescribeCustomKeyStoresResponse:
    """Tell that there are none."""
    within(request, most=1000, default=100)
    position_in(ctx, request, "DescribeCustomKeyStores")
    for member in ("CustomKeyStoreId", "CustomKeyStoreName"):
        if name := request.get(member):
            _refuse(str(name))
    return {"CustomKeyStores": [], "Truncated": False}


@operation("kms:ConnectCustomKeyStore", on=no_key, writes=True)
def connect_custom_key_store(
    ctx: Context, request: ConnectCustomKeyStoreRequest, on: Bare
) -> ConnectCustomKeyStoreResponse:
    """Refuse: there is no such store."""
    _refuse(request["CustomKeyStoreId"])


@operation("kms:DisconnectCustomKeyStore", on=no_key, writes=True)
def disconnect_custom_key_store(
    ctx: Context, request: DisconnectCustomKeyStoreRequest, on: Bare
) -> DisconnectCustomKeyStoreResponse:
    """Refuse: there is no such store."""
    _refuse(request["CustomKeyStoreId"])


@operation("kms:UpdateCustomKeyStore", on=no_key, writes=True)
def update_custom_key_store(
    ctx: Context, request: UpdateCustomKeyStoreRequest, on: Bare
) -> UpdateCustomKeyStoreResponse:
    """Refuse: there is no such store."""
    _refuse(request["CustomKeyStoreId"])


@operation("kms:DeleteCustomKeyStore", on=no_key, writes=True)
def delete_custom_key_store(
    ctx: Context, request: DeleteCustomKeyStoreRequest, on: Bare
) -> DeleteCustomKeyStoreResponse:
    """Refuse: there is no such store."""
    _refuse(request["CustomKeyStoreId"])
