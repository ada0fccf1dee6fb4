"""Requests and responses of secretsmanager.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class AssociateCrossAccountReplicaRequest(TypedDict):
        SecretId: str
        CrossAccountReplicaARN: str
        ReplicaRestriction: NotRequired[str]
        ReplicationRoleARN: NotRequired[str]

    class AssociateCrossAccountReplicaResponse(TypedDict):
        ARN: NotRequired[str]
        CrossAccountReplicaARN: NotRequired[str]
        ReplicationStatus: NotRequired[str]

    class Filter(TypedDict):
        Key: NotRequired[str]
        Values: NotRequired[list[str]]

    class BatchGetSecretValueRequest(TypedDict):
        SecretIdList: NotRequired[list[str]]
        Filters: NotRequired[list[Filter]]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]

    class SecretValueEntry(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]
        SecretBinary: NotRequired[bytes]
        SecretString: NotRequired[str]
        VersionStages: NotRequired[list[str]]
        CreatedDate: NotRequired[float]

    class APIErrorType(TypedDict):
        SecretId: NotRequired[str]
        ErrorCode: NotRequired[str]
        Message: NotRequired[str]

    class BatchGetSecretValueResponse(TypedDict):
        SecretValues: NotRequired[list[SecretValueEntry]]
        NextToken: NotRequired[str]
        Errors: NotRequired[list[APIErrorType]]

    class CancelRotateSecretRequest(TypedDict):
        SecretId: str

    class CancelRotateSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]

    class Tag(TypedDict):
        Key: NotRequired[str]
        Value: NotRequired[str]

    class ReplicaRegionType(TypedDict):
        Region: NotRequired[str]
        KmsKeyId: NotRequired[str]

    class CreateSecretRequest(TypedDict):
        Name: str
        ClientRequestToken: NotRequired[str]
        Description: NotRequired[str]
        KmsKeyId: NotRequired[str]
        SecretBinary: NotRequired[bytes]
        SecretString: NotRequired[str]
        Tags: NotRequired[list[Tag]]
        AddReplicaRegions: NotRequired[list[ReplicaRegionType]]
        ForceOverwriteReplicaSecret: NotRequired[bool]
        Type: NotRequired[str]
        CrossAccountPrimaryARN: NotRequired[str]

    class ReplicationStatusType(TypedDict):
        Region: NotRequired[str]
        KmsKeyId: NotRequired[str]
        Status: NotRequired[str]
        StatusMessage: NotRequired[str]
        LastAccessedDate: NotRequired[float]

    class CreateSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]
        ReplicationStatus: NotRequired[list[ReplicationStatusType]]

    class DeleteResourcePolicyRequest(TypedDict):
        SecretId: str
        PolicyName: NotRequired[str]

    class DeleteResourcePolicyResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        PolicyName: NotRequired[str]

    class DeleteSecretRequest(TypedDict):
        SecretId: str
        RecoveryWindowInDays: NotRequired[int]
        ForceDeleteWithoutRecovery: NotRequired[bool]

    class DeleteSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        DeletionDate: NotRequired[float]

    class DescribeSecretRequest(TypedDict):
        SecretId: str

    class RotationRulesType(TypedDict):
        AutomaticallyAfterDays: NotRequired[int]
        Duration: NotRequired[str]
        ScheduleExpression: NotRequired[str]

    class ExternalSecretRotationMetadataItem(TypedDict):
        Key: NotRequired[str]
        Value: NotRequired[str]

    class CrossAccountPrimaryType(TypedDict):
        PrimarySecretARN: NotRequired[str]
        ReplicationStatus: NotRequired[str]
        StatusMessage: NotRequired[str]

    class CrossAccountReplicaEntry(TypedDict):
        ReplicaSecretARN: NotRequired[str]
        ReplicationRoleARN: NotRequired[str]
        ReplicationStatus: NotRequired[str]
        StatusMessage: NotRequired[str]

    class DescribeSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        Type: NotRequired[str]
        Description: NotRequired[str]
        KmsKeyId: NotRequired[str]
        RotationEnabled: NotRequired[bool]
        RotationLambdaARN: NotRequired[str]
        RotationRules: NotRequired[RotationRulesType]
        ExternalSecretRotationMetadata: NotRequired[list[ExternalSecretRotationMetadataItem]]
        ExternalSecretRotationRoleArn: NotRequired[str]
        LastRotatedDate: NotRequired[float]
        LastChangedDate: NotRequired[float]
        LastAccessedDate: NotRequired[float]
        DeletedDate: NotRequired[float]
        NextRotationDate: NotRequired[float]
        Tags: NotRequired[list[Tag]]
        VersionIdsToStages: NotRequired[dict[str, list[str]]]
        OwningService: NotRequired[str]
        CreatedDate: NotRequired[float]
        PrimaryRegion: NotRequired[str]
        ReplicationStatus: NotRequired[list[ReplicationStatusType]]
        CrossAccountPrimary: NotRequired[CrossAccountPrimaryType]
        CrossAccountReplicas: NotRequired[list[CrossAccountReplicaEntry]]

    class DisassociateCrossAccountReplicaRequest(TypedDict):
        SecretId: str
        CrossAccountReplicaARN: str

    class DisassociateCrossAccountReplicaResponse(TypedDict):
        ARN: NotRequired[str]
        CrossAccountReplicaARN: NotRequired[str]

    class GetRandomPasswordRequest(TypedDict):
        PasswordLength: NotRequired[int]
        ExcludeCharacters: NotRequired[str]
        ExcludeNumbers: NotRequired[bool]
        ExcludePunctuation: NotRequired[bool]
        ExcludeUppercase: NotRequired[bool]
        ExcludeLowercase: NotRequired[bool]
        IncludeSpace: NotRequired[bool]
        RequireEachIncludedType: NotRequired[bool]

    class GetRandomPasswordResponse(TypedDict):
        RandomPassword: NotRequired[str]

    class GetResourcePolicyRequest(TypedDict):
        SecretId: str
        PolicyName: NotRequired[str]

    class GetResourcePolicyResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        ResourcePolicy: NotRequired[str]
        PolicyName: NotRequired[str]

    class GetSecretValueRequest(TypedDict):
        SecretId: str
        VersionId: NotRequired[str]
        VersionStage: NotRequired[str]

    class GetSecretValueResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]
        SecretBinary: NotRequired[bytes]
        SecretString: NotRequired[str]
        VersionStages: NotRequired[list[str]]
        CreatedDate: NotRequired[float]

    class ListResourcePoliciesRequest(TypedDict):
        SecretId: str
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]

    class ResourcePolicySummary(TypedDict):
        PolicyName: NotRequired[str]

    class ListResourcePoliciesResponse(TypedDict):
        ResourcePolicies: list[ResourcePolicySummary]
        NextToken: NotRequired[str]

    class ListSecretVersionIdsRequest(TypedDict):
        SecretId: str
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]
        IncludeDeprecated: NotRequired[bool]

    class SecretVersionsListEntry(TypedDict):
        VersionId: NotRequired[str]
        VersionStages: NotRequired[list[str]]
        LastAccessedDate: NotRequired[float]
        CreatedDate: NotRequired[float]
        KmsKeyIds: NotRequired[list[str]]

    class ListSecretVersionIdsResponse(TypedDict):
        Versions: NotRequired[list[SecretVersionsListEntry]]
        NextToken: NotRequired[str]
        ARN: NotRequired[str]
        Name: NotRequired[str]

    class ListSecretsRequest(TypedDict):
        IncludePlannedDeletion: NotRequired[bool]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]
        Filters: NotRequired[list[Filter]]
        SortOrder: NotRequired[str]
        SortBy: NotRequired[str]

    class SecretListEntry(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        Type: NotRequired[str]
        Description: NotRequired[str]
        KmsKeyId: NotRequired[str]
        RotationEnabled: NotRequired[bool]
        RotationLambdaARN: NotRequired[str]
        RotationRules: NotRequired[RotationRulesType]
        ExternalSecretRotationMetadata: NotRequired[list[ExternalSecretRotationMetadataItem]]
        ExternalSecretRotationRoleArn: NotRequired[str]
        LastRotatedDate: NotRequired[float]
        LastChangedDate: NotRequired[float]
        LastAccessedDate: NotRequired[float]
        DeletedDate: NotRequired[float]
        NextRotationDate: NotRequired[float]
        Tags: NotRequired[list[Tag]]
        SecretVersionsToStages: NotRequired[dict[str, list[str]]]
        OwningService: NotRequired[str]
        CreatedDate: NotRequired[float]
        PrimaryRegion: NotRequired[str]

    class ListSecretsResponse(TypedDict):
        SecretList: NotRequired[list[SecretListEntry]]
        NextToken: NotRequired[str]

    class PutResourcePolicyRequest(TypedDict):
        SecretId: str
        ResourcePolicy: str
        PolicyName: NotRequired[str]
        BlockPublicPolicy: NotRequired[bool]

    class PutResourcePolicyResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        PolicyName: NotRequired[str]

    class PutSecretValueRequest(TypedDict):
        SecretId: str
        ClientRequestToken: NotRequired[str]
        SecretBinary: NotRequired[bytes]
        SecretString: NotRequired[str]
        VersionStages: NotRequired[list[str]]
        RotationToken: NotRequired[str]

    class PutSecretValueResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]
        VersionStages: NotRequired[list[str]]

    class RemoveRegionsFromReplicationRequest(TypedDict):
        SecretId: str
        RemoveReplicaRegions: list[str]

    class RemoveRegionsFromReplicationResponse(TypedDict):
        ARN: NotRequired[str]
        ReplicationStatus: NotRequired[list[ReplicationStatusType]]

    class ReplicateSecretToRegionsRequest(TypedDict):
        SecretId: str
        AddReplicaRegions: list[ReplicaRegionType]
        ForceOverwriteReplicaSecret: NotRequired[bool]

    class ReplicateSecretToRegionsResponse(TypedDict):
        ARN: NotRequired[str]
        ReplicationStatus: NotRequired[list[ReplicationStatusType]]

    class RestoreSecretRequest(TypedDict):
        SecretId: str

    class RestoreSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]

    class RotateSecretRequest(TypedDict):
        SecretId: str
        ClientRequestToken: NotRequired[str]
        RotationLambdaARN: NotRequired[str]
        RotationRules: NotRequired[RotationRulesType]
        ExternalSecretRotationMetadata: NotRequired[list[ExternalSecretRotationMetadataItem]]
        ExternalSecretRotationRoleArn: NotRequired[str]
        RotateImmediately: NotRequired[bool]

    class RotateSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]

    class StopReplicationToReplicaRequest(TypedDict):
        SecretId: str

    class StopReplicationToReplicaResponse(TypedDict):
        ARN: NotRequired[str]

    class TagResourceRequest(TypedDict):
        SecretId: str
        Tags: list[Tag]

    class UntagResourceRequest(TypedDict):
        SecretId: str
        TagKeys: list[str]

    class UpdateSecretRequest(TypedDict):
        SecretId: str
        ClientRequestToken: NotRequired[str]
        Description: NotRequired[str]
        KmsKeyId: NotRequired[str]
        SecretBinary: NotRequired[bytes]
        SecretString: NotRequired[str]
        Type: NotRequired[str]

    class UpdateSecretResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]
        VersionId: NotRequired[str]

    class UpdateSecretVersionStageRequest(TypedDict):
        SecretId: str
        VersionStage: str
        RemoveFromVersionId: NotRequired[str]
        MoveToVersionId: NotRequired[str]

    class UpdateSecretVersionStageResponse(TypedDict):
        ARN: NotRequired[str]
        Name: NotRequired[str]

    class ValidateResourcePolicyRequest(TypedDict):
        SecretId: NotRequired[str]
        ResourcePolicy: str

    class ValidationErrorsEntry(TypedDict):
        CheckName: NotRequired[str]
        ErrorMessage: NotRequired[str]

    class ValidateResourcePolicyResponse(TypedDict):
        PolicyValidationPassed: NotRequired[bool]
        ValidationErrors: NotRequired[list[ValidationErrorsEntry]]

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
