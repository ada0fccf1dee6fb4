"""Requests and responses of ssm.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class Tag(TypedDict):
        Key: str
        Value: str

    class AddTagsToResourceRequest(TypedDict):
        ResourceType: str
        ResourceId: str
        Tags: list[Tag]

    class AddTagsToResourceResult(TypedDict):
        pass

    class DeleteParameterRequest(TypedDict):
        Name: str

    class DeleteParameterResult(TypedDict):
        pass

    class DeleteParametersRequest(TypedDict):
        Names: list[str]

    class DeleteParametersResult(TypedDict):
        DeletedParameters: NotRequired[list[str]]
        InvalidParameters: NotRequired[list[str]]

    class DeleteResourcePolicyRequest(TypedDict):
        ResourceArn: str
        PolicyId: str
        PolicyHash: str
        DeletionMode: NotRequired[str]

    class DeleteResourcePolicyResponse(TypedDict):
        pass

    class ParametersFilter(TypedDict):
        Key: str
        Values: list[str]

    class ParameterStringFilter(TypedDict):
        Key: str
        Option: NotRequired[str]
        Values: NotRequired[list[str]]

    class DescribeParametersRequest(TypedDict):
        Filters: NotRequired[list[ParametersFilter]]
        ParameterFilters: NotRequired[list[ParameterStringFilter]]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]
        Shared: NotRequired[bool]

    class ParameterInlinePolicy(TypedDict):
        PolicyText: NotRequired[str]
        PolicyType: NotRequired[str]
        PolicyStatus: NotRequired[str]

    class ParameterMetadata(TypedDict):
        Name: NotRequired[str]
        ARN: NotRequired[str]
        Type: NotRequired[str]
        KeyId: NotRequired[str]
        LastModifiedDate: NotRequired[float]
        LastModifiedUser: NotRequired[str]
        Description: NotRequired[str]
        AllowedPattern: NotRequired[str]
        Version: NotRequired[int]
        Tier: NotRequired[str]
        Policies: NotRequired[list[ParameterInlinePolicy]]
        DataType: NotRequired[str]

    class DescribeParametersResult(TypedDict):
        Parameters: NotRequired[list[ParameterMetadata]]
        NextToken: NotRequired[str]

    class GetParameterRequest(TypedDict):
        Name: str
        WithDecryption: NotRequired[bool]

    class Parameter(TypedDict):
        Name: NotRequired[str]
        Type: NotRequired[str]
        Value: NotRequired[str]
        Version: NotRequired[int]
        Selector: NotRequired[str]
        SourceResult: NotRequired[str]
        LastModifiedDate: NotRequired[float]
        ARN: NotRequired[str]
        DataType: NotRequired[str]

    class GetParameterResult(TypedDict):
        Parameter: NotRequired[Parameter]

    class GetParameterHistoryRequest(TypedDict):
        Name: str
        WithDecryption: NotRequired[bool]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]

    class ParameterHistory(TypedDict):
        Name: NotRequired[str]
        Type: NotRequired[str]
        KeyId: NotRequired[str]
        LastModifiedDate: NotRequired[float]
        LastModifiedUser: NotRequired[str]
        Description: NotRequired[str]
        Value: NotRequired[str]
        AllowedPattern: NotRequired[str]
        Version: NotRequired[int]
        Labels: NotRequired[list[str]]
        Tier: NotRequired[str]
        Policies: NotRequired[list[ParameterInlinePolicy]]
        DataType: NotRequired[str]

    class GetParameterHistoryResult(TypedDict):
        Parameters: NotRequired[list[ParameterHistory]]
        NextToken: NotRequired[str]

    class GetParametersRequest(TypedDict):
        Names: list[str]
        WithDecryption: NotRequired[bool]

    class GetParametersResult(TypedDict):
        Parameters: NotRequired[list[Parameter]]
        InvalidParameters: NotRequired[list[str]]

    class GetParametersByPathRequest(TypedDict):
        Path: str
        Recursive: NotRequired[bool]
        ParameterFilters: NotRequired[list[ParameterStringFilter]]
        WithDecryption: NotRequired[bool]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]

    class GetParametersByPathResult(TypedDict):
        Parameters: NotRequired[list[Parameter]]
        NextToken: NotRequired[str]

    class GetResourcePoliciesRequest(TypedDict):
        ResourceArn: str
        NextToken: NotRequired[str]
        MaxResults: NotRequired[int]

    class GetResourcePoliciesResponseEntry(TypedDict):
        PolicyId: NotRequired[str]
        PolicyHash: NotRequired[str]
        Policy: NotRequired[str]

    class GetResourcePoliciesResponse(TypedDict):
        NextToken: NotRequired[str]
        Policies: NotRequired[list[GetResourcePoliciesResponseEntry]]

    class GetServiceSettingRequest(TypedDict):
        SettingId: str

    class ServiceSetting(TypedDict):
        SettingId: NotRequired[str]
        SettingValue: NotRequired[str]
        LastModifiedDate: NotRequired[float]
        LastModifiedUser: NotRequired[str]
        ARN: NotRequired[str]
        Status: NotRequired[str]

    class GetServiceSettingResult(TypedDict):
        ServiceSetting: NotRequired[ServiceSetting]

    class LabelParameterVersionRequest(TypedDict):
        Name: str
        ParameterVersion: NotRequired[int]
        Labels: list[str]

    class LabelParameterVersionResult(TypedDict):
        InvalidLabels: NotRequired[list[str]]
        ParameterVersion: NotRequired[int]

    class ListTagsForResourceRequest(TypedDict):
        ResourceType: str
        ResourceId: str

    class ListTagsForResourceResult(TypedDict):
        TagList: NotRequired[list[Tag]]

    class PutParameterRequest(TypedDict):
        Name: str
        Description: NotRequired[str]
        Value: str
        Type: NotRequired[str]
        KeyId: NotRequired[str]
        Overwrite: NotRequired[bool]
        AllowedPattern: NotRequired[str]
        Tags: NotRequired[list[Tag]]
        Tier: NotRequired[str]
        Policies: NotRequired[str]
        DataType: NotRequired[str]

    class PutParameterResult(TypedDict):
        Version: NotRequired[int]
        Tier: NotRequired[str]

    class PutResourcePolicyRequest(TypedDict):
        ResourceArn: str
        Policy: str
        PolicyId: NotRequired[str]
        PolicyHash: NotRequired[str]

    class PutResourcePolicyResponse(TypedDict):
        PolicyId: NotRequired[str]
        PolicyHash: NotRequired[str]

    class RemoveTagsFromResourceRequest(TypedDict):
        ResourceType: str
        ResourceId: str
        TagKeys: list[str]

    class RemoveTagsFromResourceResult(TypedDict):
        pass

    class ResetServiceSettingRequest(TypedDict):
        SettingId: str

    class ResetServiceSettingResult(TypedDict):
        ServiceSetting: NotRequired[ServiceSetting]

    class UnlabelParameterVersionRequest(TypedDict):
        Name: str
        ParameterVersion: int
        Labels: list[str]

    class UnlabelParameterVersionResult(TypedDict):
        RemovedLabels: NotRequired[list[str]]
        InvalidLabels: NotRequired[list[str]]

    class UpdateServiceSettingRequest(TypedDict):
        SettingId: str
        SettingValue: str

    class UpdateServiceSettingResult(TypedDict):
        pass

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
