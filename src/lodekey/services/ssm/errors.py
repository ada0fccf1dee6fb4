"""Parameter Store's errors, named as the model names them."""

from __future__ import annotations

from lodekey.errors import ApiError


class HierarchyLevelLimitExceededException(ApiError):
    """A name has more than 15 levels."""


class HierarchyTypeMismatchException(ApiError):
    """A parameter in a hierarchy cannot change its type."""


class IncompatiblePolicyException(ApiError):
    """The parameter policies contradict each other."""


class InvalidAllowedPatternException(ApiError):
    """AllowedPattern is no regular expression, or one that takes too long."""


class InvalidFilterKey(ApiError):
    """The listing has no such filter."""


class InvalidFilterOption(ApiError):
    """The filter has no such option."""


class InvalidFilterValue(ApiError):
    """The filter's value cannot be."""


class InvalidKeyId(ApiError):
    """KMS cannot use the key: none such, disabled, about to be deleted, of another kind."""


class InvalidNextToken(ApiError):
    """The token was not given out for this listing."""


class InvalidPolicyAttributeException(ApiError):
    """A parameter policy lacks an attribute, or has a wrong one."""


class InvalidPolicyTypeException(ApiError):
    """There is no such type of parameter policy."""


class InvalidResourceId(ApiError):
    """What is to be tagged is not there."""


class InvalidResourceType(ApiError):
    """Only parameters can be tagged here."""


class MalformedResourcePolicyDocumentException(ApiError):
    """The resource policy is none."""


class ParameterAlreadyExists(ApiError):
    """There is one, and the request does not say Overwrite."""


class ParameterLimitExceeded(ApiError):
    """The account has as many parameters of the tier as it may in the region."""


class ParameterMaxVersionLimitExceeded(ApiError):
    """The oldest of 100 versions cannot go because it has a label."""


class ParameterNotFound(ApiError):
    """No such parameter."""


class ParameterPatternMismatchException(ApiError):
    """The value does not match AllowedPattern."""


class ParameterVersionLabelLimitExceeded(ApiError):
    """A version has ten labels at most."""


class ParameterVersionNotFound(ApiError):
    """The parameter has no such version, or no version with such a label."""


class PoliciesLimitExceededException(ApiError):
    """A parameter has ten policies at most."""


class ResourceNotFoundException(ApiError):
    """The parameter to be shared is not there."""


class ResourcePolicyConflictException(ApiError):
    """The policy was changed since the hash was read."""


class ResourcePolicyInvalidParameterException(ApiError):
    """The resource cannot have a policy, or a member of the request cannot be."""


class ResourcePolicyLimitExceededException(ApiError):
    """The policy is too long, or there is one already."""


class ResourcePolicyNotFoundException(ApiError):
    """The resource has no policy with this id."""


class ServiceSettingNotFound(ApiError):
    """No such service setting here."""


class TooManyTagsError(ApiError):
    """A parameter has 50 tags at most."""


class UnsupportedParameterType(ApiError):
    """The parameter's type does not go with its data type."""
