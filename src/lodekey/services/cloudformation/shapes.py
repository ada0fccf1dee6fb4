"""Requests and responses of cloudformation.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class CancelUpdateStackInput(TypedDict):
        StackName: str
        ClientRequestToken: NotRequired[str]

    class ContinueUpdateRollbackInput(TypedDict):
        StackName: str
        RoleARN: NotRequired[str]
        ResourcesToSkip: NotRequired[list[str]]
        ClientRequestToken: NotRequired[str]
        ForceRollback: NotRequired[bool]

    class ContinueUpdateRollbackOutput(TypedDict):
        pass

    class Parameter(TypedDict):
        ParameterKey: NotRequired[str]
        ParameterValue: NotRequired[str]
        UsePreviousValue: NotRequired[bool]
        ResolvedValue: NotRequired[str]

    class RollbackTrigger(TypedDict):
        Arn: str
        Type: str

    class RollbackConfiguration(TypedDict):
        RollbackTriggers: NotRequired[list[RollbackTrigger]]
        MonitoringTimeInMinutes: NotRequired[int]

    class Tag(TypedDict):
        Key: str
        Value: str

    class ResourceToImport(TypedDict):
        ResourceType: str
        LogicalResourceId: str
        ResourceIdentifier: dict[str, str]

    class DeploymentConfig(TypedDict):
        Mode: NotRequired[str]
        DisableRollback: NotRequired[bool]

    class CreateChangeSetInput(TypedDict):
        StackName: str
        TemplateBody: NotRequired[str]
        TemplateURL: NotRequired[str]
        UsePreviousTemplate: NotRequired[bool]
        Parameters: NotRequired[list[Parameter]]
        Capabilities: NotRequired[list[str]]
        ResourceTypes: NotRequired[list[str]]
        RoleARN: NotRequired[str]
        RollbackConfiguration: NotRequired[RollbackConfiguration]
        NotificationARNs: NotRequired[list[str]]
        Tags: NotRequired[list[Tag]]
        ChangeSetName: str
        ClientToken: NotRequired[str]
        Description: NotRequired[str]
        ChangeSetType: NotRequired[str]
        ResourcesToImport: NotRequired[list[ResourceToImport]]
        IncludeNestedStacks: NotRequired[bool]
        OnStackFailure: NotRequired[str]
        ImportExistingResources: NotRequired[bool]
        DeploymentMode: NotRequired[str]
        DeploymentConfig: NotRequired[DeploymentConfig]
        DisableValidation: NotRequired[bool]

    class CreateChangeSetOutput(TypedDict):
        Id: NotRequired[str]
        StackId: NotRequired[str]

    class CreateStackInput(TypedDict):
        StackName: str
        TemplateBody: NotRequired[str]
        TemplateURL: NotRequired[str]
        Parameters: NotRequired[list[Parameter]]
        DisableRollback: NotRequired[bool]
        RollbackConfiguration: NotRequired[RollbackConfiguration]
        TimeoutInMinutes: NotRequired[int]
        NotificationARNs: NotRequired[list[str]]
        Capabilities: NotRequired[list[str]]
        ResourceTypes: NotRequired[list[str]]
        RoleARN: NotRequired[str]
        OnFailure: NotRequired[str]
        StackPolicyBody: NotRequired[str]
        StackPolicyURL: NotRequired[str]
        Tags: NotRequired[list[Tag]]
        ClientRequestToken: NotRequired[str]
        EnableTerminationProtection: NotRequired[bool]
        RetainExceptOnCreate: NotRequired[bool]
        DeploymentConfig: NotRequired[DeploymentConfig]
        DisableValidation: NotRequired[bool]

    class CreateStackOutput(TypedDict):
        StackId: NotRequired[str]
        OperationId: NotRequired[str]

    class DeleteChangeSetInput(TypedDict):
        ChangeSetName: str
        StackName: NotRequired[str]

    class DeleteChangeSetOutput(TypedDict):
        pass

    class DeleteStackInput(TypedDict):
        StackName: str
        RetainResources: NotRequired[list[str]]
        RoleARN: NotRequired[str]
        ClientRequestToken: NotRequired[str]
        DeletionMode: NotRequired[str]
        DeploymentConfig: NotRequired[DeploymentConfig]

    class DescribeAccountLimitsInput(TypedDict):
        NextToken: NotRequired[str]

    class AccountLimit(TypedDict):
        Name: NotRequired[str]
        Value: NotRequired[int]

    class DescribeAccountLimitsOutput(TypedDict):
        AccountLimits: NotRequired[list[AccountLimit]]
        NextToken: NotRequired[str]

    class DescribeChangeSetInput(TypedDict):
        ChangeSetName: str
        StackName: NotRequired[str]
        NextToken: NotRequired[str]
        IncludePropertyValues: NotRequired[bool]

    class ResourceDriftIgnoredAttribute(TypedDict):
        Path: NotRequired[str]
        Reason: NotRequired[str]

    class LiveResourceDrift(TypedDict):
        PreviousValue: NotRequired[str]
        ActualValue: NotRequired[str]
        DriftDetectionTimestamp: NotRequired[float]

    class ResourceTargetDefinition(TypedDict):
        Attribute: NotRequired[str]
        Name: NotRequired[str]
        RequiresRecreation: NotRequired[str]
        Path: NotRequired[str]
        BeforeValue: NotRequired[str]
        AfterValue: NotRequired[str]
        BeforeValueFrom: NotRequired[str]
        AfterValueFrom: NotRequired[str]
        Drift: NotRequired[LiveResourceDrift]
        AttributeChangeType: NotRequired[str]

    class ResourceChangeDetail(TypedDict):
        Target: NotRequired[ResourceTargetDefinition]
        Evaluation: NotRequired[str]
        ChangeSource: NotRequired[str]
        CausingEntity: NotRequired[str]

    class ModuleInfo(TypedDict):
        TypeHierarchy: NotRequired[str]
        LogicalIdHierarchy: NotRequired[str]

    class ResourceChange(TypedDict):
        PolicyAction: NotRequired[str]
        Action: NotRequired[str]
        LogicalResourceId: NotRequired[str]
        PhysicalResourceId: NotRequired[str]
        ResourceType: NotRequired[str]
        Replacement: NotRequired[str]
        Scope: NotRequired[list[str]]
        ResourceDriftStatus: NotRequired[str]
        ResourceDriftIgnoredAttributes: NotRequired[list[ResourceDriftIgnoredAttribute]]
        Details: NotRequired[list[ResourceChangeDetail]]
        ChangeSetId: NotRequired[str]
        ModuleInfo: NotRequired[ModuleInfo]
        BeforeContext: NotRequired[str]
        AfterContext: NotRequired[str]
        PreviousDeploymentContext: NotRequired[str]

    class Change(TypedDict):
        Type: NotRequired[str]
        HookInvocationCount: NotRequired[int]
        ResourceChange: NotRequired[ResourceChange]

    class DescribeChangeSetOutput(TypedDict):
        ChangeSetName: NotRequired[str]
        ChangeSetId: NotRequired[str]
        StackId: NotRequired[str]
        StackName: NotRequired[str]
        Description: NotRequired[str]
        Parameters: NotRequired[list[Parameter]]
        CreationTime: NotRequired[float]
        ExecutionStatus: NotRequired[str]
        Status: NotRequired[str]
        StatusReason: NotRequired[str]
        StackDriftStatus: NotRequired[str]
        NotificationARNs: NotRequired[list[str]]
        RollbackConfiguration: NotRequired[RollbackConfiguration]
        Capabilities: NotRequired[list[str]]
        Tags: NotRequired[list[Tag]]
        Changes: NotRequired[list[Change]]
        NextToken: NotRequired[str]
        IncludeNestedStacks: NotRequired[bool]
        ParentChangeSetId: NotRequired[str]
        RootChangeSetId: NotRequired[str]
        OnStackFailure: NotRequired[str]
        ImportExistingResources: NotRequired[bool]
        DeploymentMode: NotRequired[str]
        DeploymentConfig: NotRequired[DeploymentConfig]

    class DescribeStackDriftDetectionStatusInput(TypedDict):
        StackDriftDetectionId: str

    class DescribeStackDriftDetectionStatusOutput(TypedDict):
        StackId: str
        StackDriftDetectionId: str
        StackDriftStatus: NotRequired[str]
        DetectionStatus: str
        DetectionStatusReason: NotRequired[str]
        DriftedStackResourceCount: NotRequired[int]
        Timestamp: float

    class DescribeStackEventsInput(TypedDict):
        StackName: str
        NextToken: NotRequired[str]

    class StackEvent(TypedDict):
        StackId: str
        EventId: str
        StackName: str
        OperationId: NotRequired[str]
        LogicalResourceId: NotRequired[str]
        PhysicalResourceId: NotRequired[str]
        ResourceType: NotRequired[str]
        Timestamp: float
        ResourceStatus: NotRequired[str]
        ResourceStatusReason: NotRequired[str]
        ResourceProperties: NotRequired[str]
        ClientRequestToken: NotRequired[str]
        HookType: NotRequired[str]
        HookStatus: NotRequired[str]
        HookStatusReason: NotRequired[str]
        HookInvocationPoint: NotRequired[str]
        HookInvocationId: NotRequired[str]
        HookFailureMode: NotRequired[str]
        DetailedStatus: NotRequired[str]

    class DescribeStackEventsOutput(TypedDict):
        StackEvents: NotRequired[list[StackEvent]]
        NextToken: NotRequired[str]

    class DescribeStackResourceInput(TypedDict):
        StackName: str
        LogicalResourceId: str

    class StackResourceDriftInformation(TypedDict):
        StackResourceDriftStatus: str
        LastCheckTimestamp: NotRequired[float]

    class StackResourceDetail(TypedDict):
        StackName: NotRequired[str]
        StackId: NotRequired[str]
        LogicalResourceId: str
        PhysicalResourceId: NotRequired[str]
        ResourceType: str
        LastUpdatedTimestamp: float
        ResourceStatus: str
        ResourceStatusReason: NotRequired[str]
        Description: NotRequired[str]
        Metadata: NotRequired[str]
        DriftInformation: NotRequired[StackResourceDriftInformation]
        ModuleInfo: NotRequired[ModuleInfo]

    class DescribeStackResourceOutput(TypedDict):
        StackResourceDetail: NotRequired[StackResourceDetail]

    class DescribeStackResourceDriftsInput(TypedDict):
        StackName: str
        StackResourceDriftStatusFilters: NotRequired[list[str]]
        NextToken: NotRequired[str]
        MaxResults: NotRequired[int]

    class PhysicalResourceIdContextKeyValuePair(TypedDict):
        Key: str
        Value: str

    class PropertyDifference(TypedDict):
        PropertyPath: str
        ExpectedValue: str
        ActualValue: str
        DifferenceType: str

    class StackResourceDrift(TypedDict):
        StackId: str
        LogicalResourceId: str
        PhysicalResourceId: NotRequired[str]
        PhysicalResourceIdContext: NotRequired[list[PhysicalResourceIdContextKeyValuePair]]
        ResourceType: str
        ExpectedProperties: NotRequired[str]
        ActualProperties: NotRequired[str]
        PropertyDifferences: NotRequired[list[PropertyDifference]]
        StackResourceDriftStatus: str
        Timestamp: float
        ModuleInfo: NotRequired[ModuleInfo]
        DriftStatusReason: NotRequired[str]

    class DescribeStackResourceDriftsOutput(TypedDict):
        StackResourceDrifts: list[StackResourceDrift]
        NextToken: NotRequired[str]

    class DescribeStackResourcesInput(TypedDict):
        StackName: NotRequired[str]
        LogicalResourceId: NotRequired[str]
        PhysicalResourceId: NotRequired[str]

    class StackResource(TypedDict):
        StackName: NotRequired[str]
        StackId: NotRequired[str]
        LogicalResourceId: str
        PhysicalResourceId: NotRequired[str]
        ResourceType: str
        Timestamp: float
        ResourceStatus: str
        ResourceStatusReason: NotRequired[str]
        Description: NotRequired[str]
        DriftInformation: NotRequired[StackResourceDriftInformation]
        ModuleInfo: NotRequired[ModuleInfo]

    class DescribeStackResourcesOutput(TypedDict):
        StackResources: NotRequired[list[StackResource]]

    class DescribeStacksInput(TypedDict):
        StackName: NotRequired[str]
        NextToken: NotRequired[str]

    class Output(TypedDict):
        OutputKey: NotRequired[str]
        OutputValue: NotRequired[str]
        Description: NotRequired[str]
        ExportName: NotRequired[str]

    class StackDriftInformation(TypedDict):
        StackDriftStatus: str
        LastCheckTimestamp: NotRequired[float]

    class OperationEntry(TypedDict):
        OperationType: NotRequired[str]
        OperationId: NotRequired[str]

    class Stack(TypedDict):
        StackId: NotRequired[str]
        StackName: str
        ChangeSetId: NotRequired[str]
        Description: NotRequired[str]
        Parameters: NotRequired[list[Parameter]]
        CreationTime: float
        DeletionTime: NotRequired[float]
        LastUpdatedTime: NotRequired[float]
        RollbackConfiguration: NotRequired[RollbackConfiguration]
        StackStatus: str
        StackStatusReason: NotRequired[str]
        DisableRollback: NotRequired[bool]
        DeploymentConfig: NotRequired[DeploymentConfig]
        NotificationARNs: NotRequired[list[str]]
        TimeoutInMinutes: NotRequired[int]
        Capabilities: NotRequired[list[str]]
        Outputs: NotRequired[list[Output]]
        RoleARN: NotRequired[str]
        Tags: NotRequired[list[Tag]]
        EnableTerminationProtection: NotRequired[bool]
        ParentId: NotRequired[str]
        RootId: NotRequired[str]
        DriftInformation: NotRequired[StackDriftInformation]
        RetainExceptOnCreate: NotRequired[bool]
        DeletionMode: NotRequired[str]
        DetailedStatus: NotRequired[str]
        LastOperations: NotRequired[list[OperationEntry]]
        AliasName: NotRequired[str]

    class DescribeStacksOutput(TypedDict):
        Stacks: NotRequired[list[Stack]]
        NextToken: NotRequired[str]

    class DetectStackDriftInput(TypedDict):
        StackName: str
        LogicalResourceIds: NotRequired[list[str]]

    class DetectStackDriftOutput(TypedDict):
        StackDriftDetectionId: str

    class DetectStackResourceDriftInput(TypedDict):
        StackName: str
        LogicalResourceId: str

    class DetectStackResourceDriftOutput(TypedDict):
        StackResourceDrift: StackResourceDrift

    class ExecuteChangeSetInput(TypedDict):
        ChangeSetName: str
        StackName: NotRequired[str]
        ClientRequestToken: NotRequired[str]
        DisableRollback: NotRequired[bool]
        RetainExceptOnCreate: NotRequired[bool]

    class ExecuteChangeSetOutput(TypedDict):
        pass

    class GetStackPolicyInput(TypedDict):
        StackName: str

    class GetStackPolicyOutput(TypedDict):
        StackPolicyBody: NotRequired[str]

    class GetTemplateInput(TypedDict):
        StackName: NotRequired[str]
        ChangeSetName: NotRequired[str]
        TemplateStage: NotRequired[str]

    class GetTemplateOutput(TypedDict):
        TemplateBody: NotRequired[str]
        StagesAvailable: NotRequired[list[str]]

    class TemplateSummaryConfig(TypedDict):
        TreatUnrecognizedResourceTypesAsWarnings: NotRequired[bool]

    class GetTemplateSummaryInput(TypedDict):
        TemplateBody: NotRequired[str]
        TemplateURL: NotRequired[str]
        StackName: NotRequired[str]
        StackSetName: NotRequired[str]
        CallAs: NotRequired[str]
        TemplateSummaryConfig: NotRequired[TemplateSummaryConfig]

    class ParameterConstraints(TypedDict):
        AllowedValues: NotRequired[list[str]]

    class ParameterDeclaration(TypedDict):
        ParameterKey: NotRequired[str]
        DefaultValue: NotRequired[str]
        ParameterType: NotRequired[str]
        NoEcho: NotRequired[bool]
        Description: NotRequired[str]
        ParameterConstraints: NotRequired[ParameterConstraints]

    class ResourceIdentifierSummary(TypedDict):
        ResourceType: NotRequired[str]
        LogicalResourceIds: NotRequired[list[str]]
        ResourceIdentifiers: NotRequired[list[str]]

    class Warnings(TypedDict):
        UnrecognizedResourceTypes: NotRequired[list[str]]

    class GetTemplateSummaryOutput(TypedDict):
        Parameters: NotRequired[list[ParameterDeclaration]]
        Description: NotRequired[str]
        Capabilities: NotRequired[list[str]]
        CapabilitiesReason: NotRequired[str]
        ResourceTypes: NotRequired[list[str]]
        Version: NotRequired[str]
        Metadata: NotRequired[str]
        DeclaredTransforms: NotRequired[list[str]]
        ResourceIdentifierSummaries: NotRequired[list[ResourceIdentifierSummary]]
        Warnings: NotRequired[Warnings]

    class ListChangeSetsInput(TypedDict):
        StackName: str
        NextToken: NotRequired[str]

    class ChangeSetSummary(TypedDict):
        StackId: NotRequired[str]
        StackName: NotRequired[str]
        ChangeSetId: NotRequired[str]
        ChangeSetName: NotRequired[str]
        ExecutionStatus: NotRequired[str]
        Status: NotRequired[str]
        StatusReason: NotRequired[str]
        CreationTime: NotRequired[float]
        Description: NotRequired[str]
        IncludeNestedStacks: NotRequired[bool]
        ParentChangeSetId: NotRequired[str]
        RootChangeSetId: NotRequired[str]
        ImportExistingResources: NotRequired[bool]

    class ListChangeSetsOutput(TypedDict):
        Summaries: NotRequired[list[ChangeSetSummary]]
        NextToken: NotRequired[str]

    class ListExportsInput(TypedDict):
        NextToken: NotRequired[str]

    class Export(TypedDict):
        ExportingStackId: NotRequired[str]
        Name: NotRequired[str]
        Value: NotRequired[str]

    class ListExportsOutput(TypedDict):
        Exports: NotRequired[list[Export]]
        NextToken: NotRequired[str]

    class ListImportsInput(TypedDict):
        ExportName: str
        NextToken: NotRequired[str]

    class ListImportsOutput(TypedDict):
        Imports: NotRequired[list[str]]
        NextToken: NotRequired[str]

    class ListStackResourcesInput(TypedDict):
        StackName: str
        NextToken: NotRequired[str]

    class StackResourceDriftInformationSummary(TypedDict):
        StackResourceDriftStatus: str
        LastCheckTimestamp: NotRequired[float]

    class StackResourceSummary(TypedDict):
        LogicalResourceId: str
        PhysicalResourceId: NotRequired[str]
        ResourceType: str
        LastUpdatedTimestamp: float
        ResourceStatus: str
        ResourceStatusReason: NotRequired[str]
        DriftInformation: NotRequired[StackResourceDriftInformationSummary]
        ModuleInfo: NotRequired[ModuleInfo]

    class ListStackResourcesOutput(TypedDict):
        StackResourceSummaries: NotRequired[list[StackResourceSummary]]
        NextToken: NotRequired[str]

    class ListStacksInput(TypedDict):
        NextToken: NotRequired[str]
        StackStatusFilter: NotRequired[list[str]]

    class StackDriftInformationSummary(TypedDict):
        StackDriftStatus: str
        LastCheckTimestamp: NotRequired[float]

    class StackSummary(TypedDict):
        StackId: NotRequired[str]
        StackName: str
        TemplateDescription: NotRequired[str]
        CreationTime: float
        LastUpdatedTime: NotRequired[float]
        DeletionTime: NotRequired[float]
        StackStatus: str
        StackStatusReason: NotRequired[str]
        ParentId: NotRequired[str]
        RootId: NotRequired[str]
        DriftInformation: NotRequired[StackDriftInformationSummary]
        LastOperations: NotRequired[list[OperationEntry]]

    class ListStacksOutput(TypedDict):
        StackSummaries: NotRequired[list[StackSummary]]
        NextToken: NotRequired[str]

    class SetStackPolicyInput(TypedDict):
        StackName: str
        StackPolicyBody: NotRequired[str]
        StackPolicyURL: NotRequired[str]

    class SignalResourceInput(TypedDict):
        StackName: str
        LogicalResourceId: str
        UniqueId: str
        Status: str

    class UpdateStackInput(TypedDict):
        StackName: str
        TemplateBody: NotRequired[str]
        TemplateURL: NotRequired[str]
        UsePreviousTemplate: NotRequired[bool]
        StackPolicyDuringUpdateBody: NotRequired[str]
        StackPolicyDuringUpdateURL: NotRequired[str]
        Parameters: NotRequired[list[Parameter]]
        Capabilities: NotRequired[list[str]]
        ResourceTypes: NotRequired[list[str]]
        RoleARN: NotRequired[str]
        RollbackConfiguration: NotRequired[RollbackConfiguration]
        StackPolicyBody: NotRequired[str]
        StackPolicyURL: NotRequired[str]
        NotificationARNs: NotRequired[list[str]]
        Tags: NotRequired[list[Tag]]
        DisableRollback: NotRequired[bool]
        ClientRequestToken: NotRequired[str]
        RetainExceptOnCreate: NotRequired[bool]
        DeploymentConfig: NotRequired[DeploymentConfig]
        DisableValidation: NotRequired[bool]

    class UpdateStackOutput(TypedDict):
        StackId: NotRequired[str]
        OperationId: NotRequired[str]

    class UpdateTerminationProtectionInput(TypedDict):
        EnableTerminationProtection: bool
        StackName: str

    class UpdateTerminationProtectionOutput(TypedDict):
        StackId: NotRequired[str]

    class ValidateTemplateInput(TypedDict):
        TemplateBody: NotRequired[str]
        TemplateURL: NotRequired[str]

    class TemplateParameter(TypedDict):
        ParameterKey: NotRequired[str]
        DefaultValue: NotRequired[str]
        NoEcho: NotRequired[bool]
        Description: NotRequired[str]

    class ValidateTemplateOutput(TypedDict):
        Parameters: NotRequired[list[TemplateParameter]]
        Description: NotRequired[str]
        Capabilities: NotRequired[list[str]]
        CapabilitiesReason: NotRequired[str]
        DeclaredTransforms: NotRequired[list[str]]

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
