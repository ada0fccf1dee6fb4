"""Requests and responses of lambda.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class AddLayerVersionPermissionRequest(TypedDict):
        LayerName: str
        VersionNumber: int
        StatementId: str
        Action: str
        Principal: str
        OrganizationId: NotRequired[str]
        RevisionId: NotRequired[str]

    class AddLayerVersionPermissionResponse(TypedDict):
        Statement: NotRequired[str]
        RevisionId: NotRequired[str]

    class AddPermissionRequest(TypedDict):
        FunctionName: str
        StatementId: str
        Action: str
        Principal: str
        SourceArn: NotRequired[str]
        FunctionUrlAuthType: NotRequired[str]
        InvokedViaFunctionUrl: NotRequired[bool]
        SourceAccount: NotRequired[str]
        EventSourceToken: NotRequired[str]
        Qualifier: NotRequired[str]
        RevisionId: NotRequired[str]
        PrincipalOrgID: NotRequired[str]

    class AddPermissionResponse(TypedDict):
        Statement: NotRequired[str]

    class AliasRoutingConfiguration(TypedDict):
        AdditionalVersionWeights: NotRequired[dict[str, float]]

    class CreateAliasRequest(TypedDict):
        FunctionName: str
        Name: str
        FunctionVersion: str
        Description: NotRequired[str]
        RoutingConfig: NotRequired[AliasRoutingConfiguration]

    class AliasConfiguration(TypedDict):
        AliasArn: NotRequired[str]
        Name: NotRequired[str]
        FunctionVersion: NotRequired[str]
        Description: NotRequired[str]
        RoutingConfig: NotRequired[AliasRoutingConfiguration]
        RevisionId: NotRequired[str]

    class FunctionCode(TypedDict):
        ZipFile: NotRequired[bytes]
        S3Bucket: NotRequired[str]
        S3Key: NotRequired[str]
        S3ObjectVersion: NotRequired[str]
        S3ObjectStorageMode: NotRequired[str]
        ImageUri: NotRequired[str]
        SourceKMSKeyArn: NotRequired[str]

    class VpcConfig(TypedDict):
        SubnetIds: NotRequired[list[str]]
        SecurityGroupIds: NotRequired[list[str]]
        Ipv6AllowedForDualStack: NotRequired[bool]

    class DeadLetterConfig(TypedDict):
        TargetArn: NotRequired[str]

    class Environment(TypedDict):
        Variables: NotRequired[dict[str, str]]

    class TracingConfig(TypedDict):
        Mode: NotRequired[str]

    class S3FilesConfig(TypedDict):
        DirectS3Read: NotRequired[str]

    class FileSystemConfig(TypedDict):
        Arn: str
        LocalMountPath: str
        S3FilesConfig: NotRequired[S3FilesConfig]

    class ImageConfig(TypedDict):
        EntryPoint: NotRequired[list[str]]
        Command: NotRequired[list[str]]
        WorkingDirectory: NotRequired[str]

    class EphemeralStorage(TypedDict):
        Size: int

    class SnapStart(TypedDict):
        ApplyOn: NotRequired[str]

    class LoggingConfig(TypedDict):
        LogFormat: NotRequired[str]
        ApplicationLogLevel: NotRequired[str]
        SystemLogLevel: NotRequired[str]
        LogGroup: NotRequired[str]

    class TenancyConfig(TypedDict):
        TenantIsolationMode: str

    class LambdaManagedInstancesCapacityProviderConfig(TypedDict):
        CapacityProviderArn: str
        PerExecutionEnvironmentMaxConcurrency: NotRequired[int]
        ExecutionEnvironmentMemoryGiBPerVCpu: NotRequired[float]

    class CapacityProviderConfig(TypedDict):
        LambdaManagedInstancesCapacityProviderConfig: LambdaManagedInstancesCapacityProviderConfig

    class DurableConfig(TypedDict):
        KMSKeyArn: NotRequired[str]
        RetentionPeriodInDays: NotRequired[int]
        ExecutionTimeout: NotRequired[int]

    class FunctionRuntimeConfig(TypedDict):
        RuntimeArn: str
        RuntimeAlias: str

    class AcceleratorConfig(TypedDict):
        AcceleratorMemorySize: int

    class CreateFunctionRequest(TypedDict):
        FunctionName: str
        Runtime: NotRequired[str]
        Role: str
        Handler: NotRequired[str]
        Code: FunctionCode
        Description: NotRequired[str]
        Timeout: NotRequired[int]
        MemorySize: NotRequired[int]
        Publish: NotRequired[bool]
        PublishTo: NotRequired[str]
        VpcConfig: NotRequired[VpcConfig]
        PackageType: NotRequired[str]
        DeadLetterConfig: NotRequired[DeadLetterConfig]
        Environment: NotRequired[Environment]
        KMSKeyArn: NotRequired[str]
        TracingConfig: NotRequired[TracingConfig]
        Tags: NotRequired[dict[str, str]]
        Layers: NotRequired[list[str]]
        FileSystemConfigs: NotRequired[list[FileSystemConfig]]
        CodeSigningConfigArn: NotRequired[str]
        ImageConfig: NotRequired[ImageConfig]
        Architectures: NotRequired[list[str]]
        EphemeralStorage: NotRequired[EphemeralStorage]
        SnapStart: NotRequired[SnapStart]
        LoggingConfig: NotRequired[LoggingConfig]
        TenancyConfig: NotRequired[TenancyConfig]
        CapacityProviderConfig: NotRequired[CapacityProviderConfig]
        DurableConfig: NotRequired[DurableConfig]
        RuntimeConfig: NotRequired[FunctionRuntimeConfig]
        AcceleratorConfig: NotRequired[AcceleratorConfig]

    class VpcConfigResponse(TypedDict):
        SubnetIds: NotRequired[list[str]]
        SecurityGroupIds: NotRequired[list[str]]
        VpcId: NotRequired[str]
        Ipv6AllowedForDualStack: NotRequired[bool]

    class EnvironmentError(TypedDict):
        ErrorCode: NotRequired[str]
        Message: NotRequired[str]

    class EnvironmentResponse(TypedDict):
        Variables: NotRequired[dict[str, str]]
        Error: NotRequired[EnvironmentError]

    class TracingConfigResponse(TypedDict):
        Mode: NotRequired[str]

    class Layer(TypedDict):
        Arn: NotRequired[str]
        CodeSize: NotRequired[int]
        SigningProfileVersionArn: NotRequired[str]
        SigningJobArn: NotRequired[str]

    class ImageConfigError(TypedDict):
        ErrorCode: NotRequired[str]
        Message: NotRequired[str]

    class ImageConfigResponse(TypedDict):
        ImageConfig: NotRequired[ImageConfig]
        Error: NotRequired[ImageConfigError]

    class SnapStartResponse(TypedDict):
        ApplyOn: NotRequired[str]
        OptimizationStatus: NotRequired[str]

    class RuntimeVersionError(TypedDict):
        ErrorCode: NotRequired[str]
        Message: NotRequired[str]

    class RuntimeVersionConfig(TypedDict):
        RuntimeVersionArn: NotRequired[str]
        Error: NotRequired[RuntimeVersionError]

    class FunctionConfiguration(TypedDict):
        FunctionName: NotRequired[str]
        FunctionArn: NotRequired[str]
        Runtime: NotRequired[str]
        Role: NotRequired[str]
        Handler: NotRequired[str]
        CodeSize: NotRequired[int]
        Description: NotRequired[str]
        Timeout: NotRequired[int]
        MemorySize: NotRequired[int]
        LastModified: NotRequired[str]
        CodeSha256: NotRequired[str]
        Version: NotRequired[str]
        VpcConfig: NotRequired[VpcConfigResponse]
        DeadLetterConfig: NotRequired[DeadLetterConfig]
        Environment: NotRequired[EnvironmentResponse]
        KMSKeyArn: NotRequired[str]
        TracingConfig: NotRequired[TracingConfigResponse]
        MasterArn: NotRequired[str]
        RevisionId: NotRequired[str]
        Layers: NotRequired[list[Layer]]
        State: NotRequired[str]
        StateReason: NotRequired[str]
        StateReasonCode: NotRequired[str]
        LastUpdateStatus: NotRequired[str]
        LastUpdateStatusReason: NotRequired[str]
        LastUpdateStatusReasonCode: NotRequired[str]
        FileSystemConfigs: NotRequired[list[FileSystemConfig]]
        SigningProfileVersionArn: NotRequired[str]
        SigningJobArn: NotRequired[str]
        PackageType: NotRequired[str]
        ImageConfigResponse: NotRequired[ImageConfigResponse]
        Architectures: NotRequired[list[str]]
        EphemeralStorage: NotRequired[EphemeralStorage]
        SnapStart: NotRequired[SnapStartResponse]
        RuntimeVersionConfig: NotRequired[RuntimeVersionConfig]
        LoggingConfig: NotRequired[LoggingConfig]
        TenancyConfig: NotRequired[TenancyConfig]
        CapacityProviderConfig: NotRequired[CapacityProviderConfig]
        ConfigSha256: NotRequired[str]
        DurableConfig: NotRequired[DurableConfig]
        RuntimeConfig: NotRequired[FunctionRuntimeConfig]
        AcceleratorConfig: NotRequired[AcceleratorConfig]

    class Cors(TypedDict):
        AllowCredentials: NotRequired[bool]
        AllowHeaders: NotRequired[list[str]]
        AllowMethods: NotRequired[list[str]]
        AllowOrigins: NotRequired[list[str]]
        ExposeHeaders: NotRequired[list[str]]
        MaxAge: NotRequired[int]

    class CreateFunctionUrlConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]
        AuthType: str
        Cors: NotRequired[Cors]
        InvokeMode: NotRequired[str]

    class CreateFunctionUrlConfigResponse(TypedDict):
        FunctionUrl: str
        FunctionArn: str
        AuthType: str
        Cors: NotRequired[Cors]
        CreationTime: str
        InvokeMode: NotRequired[str]

    class DeleteAliasRequest(TypedDict):
        FunctionName: str
        Name: str

    class DeleteFunctionRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class DeleteFunctionResponse(TypedDict):
        StatusCode: NotRequired[int]

    class DeleteFunctionConcurrencyRequest(TypedDict):
        FunctionName: str

    class DeleteFunctionEventInvokeConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class DeleteFunctionUrlConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class DeleteLayerVersionRequest(TypedDict):
        LayerName: str
        VersionNumber: int

    class GetAccountSettingsRequest(TypedDict):
        pass

    class AccountLimit(TypedDict):
        TotalCodeSize: NotRequired[int]
        CodeSizeUnzipped: NotRequired[int]
        CodeSizeZipped: NotRequired[int]
        ConcurrentExecutions: NotRequired[int]
        UnreservedConcurrentExecutions: NotRequired[int]

    class AccountUsage(TypedDict):
        TotalCodeSize: NotRequired[int]
        FunctionCount: NotRequired[int]

    class GetAccountSettingsResponse(TypedDict):
        AccountLimit: NotRequired[AccountLimit]
        AccountUsage: NotRequired[AccountUsage]

    class GetAliasRequest(TypedDict):
        FunctionName: str
        Name: str

    class GetFunctionRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class ResolvedS3Object(TypedDict):
        S3Bucket: NotRequired[str]
        S3Key: NotRequired[str]
        S3ObjectVersion: NotRequired[str]

    class FunctionCodeLocationError(TypedDict):
        ErrorCode: NotRequired[str]
        Message: NotRequired[str]

    class FunctionCodeLocation(TypedDict):
        RepositoryType: NotRequired[str]
        Location: NotRequired[str]
        ImageUri: NotRequired[str]
        ResolvedImageUri: NotRequired[str]
        ResolvedS3Object: NotRequired[ResolvedS3Object]
        SourceKMSKeyArn: NotRequired[str]
        Error: NotRequired[FunctionCodeLocationError]

    class TagsError(TypedDict):
        ErrorCode: str
        Message: str

    class Concurrency(TypedDict):
        ReservedConcurrentExecutions: NotRequired[int]

    class GetFunctionResponse(TypedDict):
        Configuration: NotRequired[FunctionConfiguration]
        Code: NotRequired[FunctionCodeLocation]
        Tags: NotRequired[dict[str, str]]
        TagsError: NotRequired[TagsError]
        Concurrency: NotRequired[Concurrency]

    class GetFunctionCodeSigningConfigRequest(TypedDict):
        FunctionName: str

    class GetFunctionCodeSigningConfigResponse(TypedDict):
        CodeSigningConfigArn: str
        FunctionName: str

    class GetFunctionConcurrencyRequest(TypedDict):
        FunctionName: str

    class GetFunctionConcurrencyResponse(TypedDict):
        ReservedConcurrentExecutions: NotRequired[int]

    class GetFunctionConfigurationRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class GetFunctionEventInvokeConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class OnSuccess(TypedDict):
        Destination: NotRequired[str]

    class OnFailure(TypedDict):
        Destination: NotRequired[str]

    class DestinationConfig(TypedDict):
        OnSuccess: NotRequired[OnSuccess]
        OnFailure: NotRequired[OnFailure]

    class FunctionEventInvokeConfig(TypedDict):
        LastModified: NotRequired[float]
        FunctionArn: NotRequired[str]
        MaximumRetryAttempts: NotRequired[int]
        MaximumEventAgeInSeconds: NotRequired[int]
        DestinationConfig: NotRequired[DestinationConfig]

    class GetFunctionRecursionConfigRequest(TypedDict):
        FunctionName: str

    class GetFunctionRecursionConfigResponse(TypedDict):
        RecursiveLoop: NotRequired[str]

    class GetFunctionUrlConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class GetFunctionUrlConfigResponse(TypedDict):
        FunctionUrl: str
        FunctionArn: str
        AuthType: str
        Cors: NotRequired[Cors]
        CreationTime: str
        LastModifiedTime: str
        InvokeMode: NotRequired[str]

    class GetLayerVersionRequest(TypedDict):
        LayerName: str
        VersionNumber: int

    class LayerVersionContentOutput(TypedDict):
        Location: NotRequired[str]
        CodeSha256: NotRequired[str]
        CodeSize: NotRequired[int]
        SigningProfileVersionArn: NotRequired[str]
        SigningJobArn: NotRequired[str]
        ResolvedS3Object: NotRequired[ResolvedS3Object]

    class GetLayerVersionResponse(TypedDict):
        Content: NotRequired[LayerVersionContentOutput]
        LayerArn: NotRequired[str]
        LayerVersionArn: NotRequired[str]
        Description: NotRequired[str]
        CreatedDate: NotRequired[str]
        Version: NotRequired[int]
        CompatibleArchitectures: NotRequired[list[str]]
        CompatibleRuntimes: NotRequired[list[str]]
        LicenseInfo: NotRequired[str]

    class GetLayerVersionByArnRequest(TypedDict):
        Arn: str

    class GetLayerVersionPolicyRequest(TypedDict):
        LayerName: str
        VersionNumber: int

    class GetLayerVersionPolicyResponse(TypedDict):
        Policy: NotRequired[str]
        RevisionId: NotRequired[str]

    class GetPolicyRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class GetPolicyResponse(TypedDict):
        Policy: NotRequired[str]
        RevisionId: NotRequired[str]

    class GetRuntimeManagementConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]

    class GetRuntimeManagementConfigResponse(TypedDict):
        UpdateRuntimeOn: NotRequired[str]
        FunctionArn: NotRequired[str]
        RuntimeVersionArn: NotRequired[str]

    class InvocationRequest(TypedDict):
        FunctionName: str
        InvocationType: NotRequired[str]
        LogType: NotRequired[str]
        ClientContext: NotRequired[str]
        DurableExecutionName: NotRequired[str]
        Payload: NotRequired[bytes]
        Qualifier: NotRequired[str]
        TenantId: NotRequired[str]

    class InvocationResponse(TypedDict):
        StatusCode: NotRequired[int]
        FunctionError: NotRequired[str]
        LogResult: NotRequired[str]
        Payload: NotRequired[bytes]
        ExecutedVersion: NotRequired[str]
        DurableExecutionArn: NotRequired[str]

    class InvokeAsyncRequest(TypedDict):
        FunctionName: str
        InvokeArgs: bytes

    class InvokeAsyncResponse(TypedDict):
        Status: NotRequired[int]

    class InvokeWithResponseStreamRequest(TypedDict):
        FunctionName: str
        LogType: NotRequired[str]
        ClientContext: NotRequired[str]
        Qualifier: NotRequired[str]
        Payload: NotRequired[bytes]
        TenantId: NotRequired[str]
        InvocationType: NotRequired[str]

    class InvokeResponseStreamUpdate(TypedDict):
        Payload: NotRequired[bytes]

    class InvokeWithResponseStreamCompleteEvent(TypedDict):
        ErrorCode: NotRequired[str]
        ErrorDetails: NotRequired[str]
        LogResult: NotRequired[str]

    class InvokeWithResponseStreamResponseEvent(TypedDict):
        PayloadChunk: NotRequired[InvokeResponseStreamUpdate]
        InvokeComplete: NotRequired[InvokeWithResponseStreamCompleteEvent]

    class InvokeWithResponseStreamResponse(TypedDict):
        StatusCode: NotRequired[int]
        ExecutedVersion: NotRequired[str]
        EventStream: NotRequired[InvokeWithResponseStreamResponseEvent]
        ResponseStreamContentType: NotRequired[str]

    class ListAliasesRequest(TypedDict):
        FunctionName: str
        FunctionVersion: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListAliasesResponse(TypedDict):
        NextMarker: NotRequired[str]
        Aliases: NotRequired[list[AliasConfiguration]]

    class ListFunctionEventInvokeConfigsRequest(TypedDict):
        FunctionName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListFunctionEventInvokeConfigsResponse(TypedDict):
        FunctionEventInvokeConfigs: NotRequired[list[FunctionEventInvokeConfig]]
        NextMarker: NotRequired[str]

    class ListFunctionUrlConfigsRequest(TypedDict):
        FunctionName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class FunctionUrlConfig(TypedDict):
        FunctionUrl: str
        FunctionArn: str
        CreationTime: str
        LastModifiedTime: str
        Cors: NotRequired[Cors]
        AuthType: str
        InvokeMode: NotRequired[str]

    class ListFunctionUrlConfigsResponse(TypedDict):
        FunctionUrlConfigs: list[FunctionUrlConfig]
        NextMarker: NotRequired[str]

    class ListFunctionsRequest(TypedDict):
        MasterRegion: NotRequired[str]
        FunctionVersion: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListFunctionsResponse(TypedDict):
        NextMarker: NotRequired[str]
        Functions: NotRequired[list[FunctionConfiguration]]

    class ListLayerVersionsRequest(TypedDict):
        CompatibleArchitecture: NotRequired[str]
        CompatibleRuntime: NotRequired[str]
        LayerName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class LayerVersionsListItem(TypedDict):
        LayerVersionArn: NotRequired[str]
        Version: NotRequired[int]
        Description: NotRequired[str]
        CreatedDate: NotRequired[str]
        CompatibleArchitectures: NotRequired[list[str]]
        CompatibleRuntimes: NotRequired[list[str]]
        LicenseInfo: NotRequired[str]

    class ListLayerVersionsResponse(TypedDict):
        NextMarker: NotRequired[str]
        LayerVersions: NotRequired[list[LayerVersionsListItem]]

    class ListLayersRequest(TypedDict):
        CompatibleArchitecture: NotRequired[str]
        CompatibleRuntime: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class LayersListItem(TypedDict):
        LayerName: NotRequired[str]
        LayerArn: NotRequired[str]
        LatestMatchingVersion: NotRequired[LayerVersionsListItem]

    class ListLayersResponse(TypedDict):
        NextMarker: NotRequired[str]
        Layers: NotRequired[list[LayersListItem]]

    class ListTagsRequest(TypedDict):
        Resource: str

    class ListTagsResponse(TypedDict):
        Tags: NotRequired[dict[str, str]]

    class ListVersionsByFunctionRequest(TypedDict):
        FunctionName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListVersionsByFunctionResponse(TypedDict):
        NextMarker: NotRequired[str]
        Versions: NotRequired[list[FunctionConfiguration]]

    class LayerVersionContentInput(TypedDict):
        S3Bucket: NotRequired[str]
        S3Key: NotRequired[str]
        S3ObjectVersion: NotRequired[str]
        S3ObjectStorageMode: NotRequired[str]
        ZipFile: NotRequired[bytes]

    class PublishLayerVersionRequest(TypedDict):
        LayerName: str
        Description: NotRequired[str]
        Content: LayerVersionContentInput
        CompatibleArchitectures: NotRequired[list[str]]
        CompatibleRuntimes: NotRequired[list[str]]
        LicenseInfo: NotRequired[str]

    class PublishLayerVersionResponse(TypedDict):
        Content: NotRequired[LayerVersionContentOutput]
        LayerArn: NotRequired[str]
        LayerVersionArn: NotRequired[str]
        Description: NotRequired[str]
        CreatedDate: NotRequired[str]
        Version: NotRequired[int]
        CompatibleArchitectures: NotRequired[list[str]]
        CompatibleRuntimes: NotRequired[list[str]]
        LicenseInfo: NotRequired[str]

    class PublishVersionRequest(TypedDict):
        FunctionName: str
        CodeSha256: NotRequired[str]
        Description: NotRequired[str]
        RevisionId: NotRequired[str]
        PublishTo: NotRequired[str]

    class PutFunctionConcurrencyRequest(TypedDict):
        FunctionName: str
        ReservedConcurrentExecutions: int

    class PutFunctionEventInvokeConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]
        MaximumRetryAttempts: NotRequired[int]
        MaximumEventAgeInSeconds: NotRequired[int]
        DestinationConfig: NotRequired[DestinationConfig]

    class PutFunctionRecursionConfigRequest(TypedDict):
        FunctionName: str
        RecursiveLoop: str

    class PutFunctionRecursionConfigResponse(TypedDict):
        RecursiveLoop: NotRequired[str]

    class PutRuntimeManagementConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]
        UpdateRuntimeOn: str
        RuntimeVersionArn: NotRequired[str]

    class PutRuntimeManagementConfigResponse(TypedDict):
        UpdateRuntimeOn: str
        FunctionArn: str
        RuntimeVersionArn: NotRequired[str]

    class RemoveLayerVersionPermissionRequest(TypedDict):
        LayerName: str
        VersionNumber: int
        StatementId: str
        RevisionId: NotRequired[str]

    class RemovePermissionRequest(TypedDict):
        FunctionName: str
        StatementId: str
        Qualifier: NotRequired[str]
        RevisionId: NotRequired[str]

    class TagResourceRequest(TypedDict):
        Resource: str
        Tags: dict[str, str]

    class UntagResourceRequest(TypedDict):
        Resource: str
        TagKeys: list[str]

    class UpdateAliasRequest(TypedDict):
        FunctionName: str
        Name: str
        FunctionVersion: NotRequired[str]
        Description: NotRequired[str]
        RoutingConfig: NotRequired[AliasRoutingConfiguration]
        RevisionId: NotRequired[str]

    class UpdateFunctionCodeRequest(TypedDict):
        FunctionName: str
        ZipFile: NotRequired[bytes]
        S3Bucket: NotRequired[str]
        S3Key: NotRequired[str]
        S3ObjectVersion: NotRequired[str]
        S3ObjectStorageMode: NotRequired[str]
        ImageUri: NotRequired[str]
        Architectures: NotRequired[list[str]]
        Publish: NotRequired[bool]
        PublishTo: NotRequired[str]
        DryRun: NotRequired[bool]
        RevisionId: NotRequired[str]
        SourceKMSKeyArn: NotRequired[str]

    class UpdateFunctionConfigurationRequest(TypedDict):
        FunctionName: str
        Role: NotRequired[str]
        Handler: NotRequired[str]
        Description: NotRequired[str]
        Timeout: NotRequired[int]
        MemorySize: NotRequired[int]
        VpcConfig: NotRequired[VpcConfig]
        Environment: NotRequired[Environment]
        Runtime: NotRequired[str]
        DeadLetterConfig: NotRequired[DeadLetterConfig]
        KMSKeyArn: NotRequired[str]
        TracingConfig: NotRequired[TracingConfig]
        RevisionId: NotRequired[str]
        Layers: NotRequired[list[str]]
        FileSystemConfigs: NotRequired[list[FileSystemConfig]]
        ImageConfig: NotRequired[ImageConfig]
        EphemeralStorage: NotRequired[EphemeralStorage]
        SnapStart: NotRequired[SnapStart]
        LoggingConfig: NotRequired[LoggingConfig]
        CapacityProviderConfig: NotRequired[CapacityProviderConfig]
        DurableConfig: NotRequired[DurableConfig]
        RuntimeConfig: NotRequired[FunctionRuntimeConfig]
        AcceleratorConfig: NotRequired[AcceleratorConfig]

    class UpdateFunctionEventInvokeConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]
        MaximumRetryAttempts: NotRequired[int]
        MaximumEventAgeInSeconds: NotRequired[int]
        DestinationConfig: NotRequired[DestinationConfig]

    class UpdateFunctionUrlConfigRequest(TypedDict):
        FunctionName: str
        Qualifier: NotRequired[str]
        AuthType: NotRequired[str]
        Cors: NotRequired[Cors]
        InvokeMode: NotRequired[str]

    class UpdateFunctionUrlConfigResponse(TypedDict):
        FunctionUrl: str
        FunctionArn: str
        AuthType: str
        Cors: NotRequired[Cors]
        CreationTime: str
        LastModifiedTime: str
        InvokeMode: NotRequired[str]

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
