"""Custom key stores: there are none, and each operation says so in AWS's words."""

from __future__ import annotations

import pytest

STORE = "cks-1234567890abcdef0"
HSM = {
    "CustomKeyStoreName": "mine",
    "CloudHsmClusterId": "cluster-2a23b4cdefg",
    "KeyStorePassword": "password",
    "TrustAnchorCertificate": "certificate",
}
XKS = {
    "CustomKeyStoreName": "mine",
    "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
    "XksProxyConnectivity": "PUBLIC_ENDPOINT",
    "XksProxyAuthenticationCredential": {
        "AccessKeyId": "ABCDEFGHIJKLMNOPQRST",
        "RawSecretAccessKey": "x" * 43,
    },
    "XksProxyUriEndpoint": "https://proxy.example.com",
    "XksProxyUriPath": "/kms/xks/v1",
}


def test_no_store_can_be_made(kms, refused):
    refused("CloudHsmClusterNotFoundException", kms.create_custom_key_store, **HSM)
    refused("XksProxyUriUnreachableException", kms.create_custom_key_store, **XKS)
    through = {**XKS, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}
    code = "XksProxyVpcEndpointServiceNotFoundException"
    refused(code, kms.create_custom_key_store, **through)
    refused("ValidationException", kms.create_custom_key_store, CustomKeyStoreName="mine")


def test_there_are_none(kms, refused):
    assert kms.describe_custom_key_stores()["CustomKeyStores"] == []
    code = "CustomKeyStoreNotFoundException"
    refused(code, kms.describe_custom_key_stores, CustomKeyStoreId=STORE)
    refused(code, kms.describe_custom_key_stores, CustomKeyStoreName="mine")
    refused("InvalidMarkerException", kms.describe_custom_key_stores, Marker="x")


@pytest.mark.parametrize("verb", ["connect", "disconnect", "update", "delete"])
def test_none_can_be_touched(kms, refused, verb):
    call = getattr(kms, f"{verb}_custom_key_store")
    refused("CustomKeyStoreNotFoundException", call, CustomKeyStoreId=STORE)


def test_no_key_is_made_in_one(kms, refused):
    code = "CustomKeyStoreNotFoundException"
    refused(code, kms.create_key, CustomKeyStoreId=STORE, Origin="AWS_CLOUDHSM")
    refused(code, kms.create_key, CustomKeyStoreId=STORE, Origin="EXTERNAL_KEY_STORE", XksKeyId="x")
    refused("ValidationException", kms.create_key, Origin="AWS_CLOUDHSM")
    refused("ValidationException", kms.create_key, XksKeyId="x")
