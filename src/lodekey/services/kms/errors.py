"""KMS's errors, by the names of its model. Those that only custom key stores know stand last."""

from __future__ import annotations

from lodekey.errors import ApiError


class NotFoundException(ApiError):
    """No such key, alias or grant."""


class AlreadyExistsException(ApiError):
    """The alias, or the replica, is there already."""


class InvalidArnException(ApiError):
    """The ARN is none, or not of a kind that the operation takes."""


class InvalidAliasNameException(ApiError):
    """The alias name is not one that a customer may give."""


class InvalidMarkerException(ApiError):
    """The marker is none that the operation gave out."""


class InvalidGrantIdException(ApiError):
    """No such grant."""


class InvalidGrantTokenException(ApiError):
    """The grant token is none that CreateGrant gave out."""


class LimitExceededException(ApiError):
    """A quota is used up."""


class TagException(ApiError):
    """The tags are not ones that a customer may give."""


class MalformedPolicyDocumentException(ApiError):
    """The policy is not one that a key may have."""


class UnsupportedOperationException(ApiError):
    """The key, or the request, is of a kind that the operation does not serve."""


class ConflictException(ApiError):
    """A rotation of the key is about to begin."""


class DisabledException(ApiError):
    """The key is disabled."""


class KMSInvalidStateException(ApiError):
    """The key's state does not let the operation happen."""


class InvalidKeyUsageException(ApiError):
    """The key is not for this use, or not for this algorithm."""


class IncorrectKeyException(ApiError):
    """The named key did not make this ciphertext."""


class InvalidCiphertextException(ApiError):
    """The ciphertext, or its encryption context, is not what was sealed."""


class KMSInvalidSignatureException(ApiError):
    """The signature is not this key's on this message."""


class KMSInvalidMacException(ApiError):
    """The code is not this key's of this message."""


class DryRunOperationException(ApiError):
    """All would have gone well."""


class ExpiredImportTokenException(ApiError):
    """The import token is past its day."""


class InvalidImportTokenException(ApiError):
    """The import token is none, or for another key."""


class IncorrectKeyMaterialException(ApiError):
    """The key material is not of the key's kind, or not the one imported before."""


class CustomKeyStoreNotFoundException(ApiError):
    """No such custom key store: there are none here."""


class CloudHsmClusterNotFoundException(ApiError):
    """No such CloudHSM cluster: there are none here."""


class XksProxyUriUnreachableException(ApiError):
    """The external key store proxy is not reached."""


class XksProxyVpcEndpointServiceNotFoundException(ApiError):
    """No such VPC endpoint service: there are none here."""
