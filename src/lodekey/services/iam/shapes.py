"""Requests and responses of iam.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class AddClientIDToOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str
        ClientID: str

    class AddRoleToInstanceProfileRequest(TypedDict):
        InstanceProfileName: str
        RoleName: str

    class AddUserToGroupRequest(TypedDict):
        GroupName: str
        UserName: str

    class AttachGroupPolicyRequest(TypedDict):
        GroupName: str
        PolicyArn: str

    class AttachRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyArn: str

    class AttachUserPolicyRequest(TypedDict):
        UserName: str
        PolicyArn: str

    class ChangePasswordRequest(TypedDict):
        OldPassword: str
        NewPassword: str

    class CreateAccessKeyRequest(TypedDict):
        UserName: NotRequired[str]

    class AccessKey(TypedDict):
        UserName: str
        AccessKeyId: str
        Status: str
        SecretAccessKey: str
        CreateDate: NotRequired[float]

    class CreateAccessKeyResponse(TypedDict):
        AccessKey: AccessKey

    class CreateAccountAliasRequest(TypedDict):
        AccountAlias: str

    class CreateGroupRequest(TypedDict):
        Path: NotRequired[str]
        GroupName: str

    class Group(TypedDict):
        Path: str
        GroupName: str
        GroupId: str
        Arn: str
        CreateDate: float

    class CreateGroupResponse(TypedDict):
        Group: Group

    class Tag(TypedDict):
        Key: str
        Value: str

    class CreateInstanceProfileRequest(TypedDict):
        InstanceProfileName: str
        Path: NotRequired[str]
        Tags: NotRequired[list[Tag]]

    class AttachedPermissionsBoundary(TypedDict):
        PermissionsBoundaryType: NotRequired[str]
        PermissionsBoundaryArn: NotRequired[str]

    class RoleLastUsed(TypedDict):
        LastUsedDate: NotRequired[float]
        Region: NotRequired[str]

    class SourceRoleTemplate(TypedDict):
        TemplateArn: str
        TemplateMinorVersion: int

    class Role(TypedDict):
        Path: str
        RoleName: str
        RoleId: str
        Arn: str
        CreateDate: float
        AssumeRolePolicyDocument: NotRequired[str]
        Description: NotRequired[str]
        MaxSessionDuration: NotRequired[int]
        MaxSigninSessionDuration: NotRequired[int]
        PermissionsBoundary: NotRequired[AttachedPermissionsBoundary]
        Tags: NotRequired[list[Tag]]
        RoleLastUsed: NotRequired[RoleLastUsed]
        SourceRoleTemplate: NotRequired[SourceRoleTemplate]

    class InstanceProfile(TypedDict):
        Path: str
        InstanceProfileName: str
        InstanceProfileId: str
        Arn: str
        CreateDate: float
        Roles: list[Role]
        Tags: NotRequired[list[Tag]]

    class CreateInstanceProfileResponse(TypedDict):
        InstanceProfile: InstanceProfile

    class CreateLoginProfileRequest(TypedDict):
        UserName: NotRequired[str]
        Password: NotRequired[str]
        PasswordResetRequired: NotRequired[bool]
        MaxSigninSessionDuration: NotRequired[int]

    class LoginProfile(TypedDict):
        UserName: str
        CreateDate: float
        PasswordResetRequired: NotRequired[bool]
        MaxSigninSessionDuration: NotRequired[int]

    class CreateLoginProfileResponse(TypedDict):
        LoginProfile: LoginProfile

    class ContextProviderKeyDefinition(TypedDict):
        SourceKey: str
        TargetKey: NotRequired[str]

    class ContextProvider(TypedDict):
        KeyDefinitionList: NotRequired[list[ContextProviderKeyDefinition]]
        SubjectSourceKey: str
        SubjectTypeValue: NotRequired[str]
        SubjectTypeSourceKey: NotRequired[str]

    class CreateOpenIDConnectProviderRequest(TypedDict):
        Url: str
        ClientIDList: NotRequired[list[str]]
        ThumbprintList: NotRequired[list[str]]
        Tags: NotRequired[list[Tag]]
        ContextProvider: NotRequired[ContextProvider]
        IdentityCenterInstanceArn: NotRequired[str]

    class CreateOpenIDConnectProviderResponse(TypedDict):
        OpenIDConnectProviderArn: NotRequired[str]
        Tags: NotRequired[list[Tag]]

    class CreatePolicyRequest(TypedDict):
        PolicyName: str
        Path: NotRequired[str]
        PolicyDocument: str
        Description: NotRequired[str]
        Tags: NotRequired[list[Tag]]

    class Policy(TypedDict):
        PolicyName: NotRequired[str]
        PolicyId: NotRequired[str]
        Arn: NotRequired[str]
        Path: NotRequired[str]
        DefaultVersionId: NotRequired[str]
        AttachmentCount: NotRequired[int]
        PermissionsBoundaryUsageCount: NotRequired[int]
        IsAttachable: NotRequired[bool]
        Description: NotRequired[str]
        CreateDate: NotRequired[float]
        UpdateDate: NotRequired[float]
        Tags: NotRequired[list[Tag]]

    class CreatePolicyResponse(TypedDict):
        Policy: NotRequired[Policy]

    class CreatePolicyVersionRequest(TypedDict):
        PolicyArn: str
        PolicyDocument: str
        SetAsDefault: NotRequired[bool]

    class PolicyVersion(TypedDict):
        Document: NotRequired[str]
        VersionId: NotRequired[str]
        IsDefaultVersion: NotRequired[bool]
        CreateDate: NotRequired[float]

    class CreatePolicyVersionResponse(TypedDict):
        PolicyVersion: NotRequired[PolicyVersion]

    class CreateRoleRequest(TypedDict):
        Path: NotRequired[str]
        RoleName: str
        AssumeRolePolicyDocument: str
        Description: NotRequired[str]
        MaxSessionDuration: NotRequired[int]
        MaxSigninSessionDuration: NotRequired[int]
        PermissionsBoundary: NotRequired[str]
        Tags: NotRequired[list[Tag]]

    class CreateRoleResponse(TypedDict):
        Role: Role

    class CreateServiceLinkedRoleRequest(TypedDict):
        AWSServiceName: str
        Description: NotRequired[str]
        CustomSuffix: NotRequired[str]

    class CreateServiceLinkedRoleResponse(TypedDict):
        Role: NotRequired[Role]

    class CreateUserRequest(TypedDict):
        Path: NotRequired[str]
        UserName: str
        PermissionsBoundary: NotRequired[str]
        Tags: NotRequired[list[Tag]]

    class User(TypedDict):
        Path: str
        UserName: str
        UserId: str
        Arn: str
        CreateDate: float
        PasswordLastUsed: NotRequired[float]
        PermissionsBoundary: NotRequired[AttachedPermissionsBoundary]
        Tags: NotRequired[list[Tag]]

    class CreateUserResponse(TypedDict):
        User: NotRequired[User]

    class CreateVirtualMFADeviceRequest(TypedDict):
        Path: NotRequired[str]
        VirtualMFADeviceName: str
        Tags: NotRequired[list[Tag]]

    class VirtualMFADevice(TypedDict):
        SerialNumber: str
        Base32StringSeed: NotRequired[bytes]
        QRCodePNG: NotRequired[bytes]
        User: NotRequired[User]
        EnableDate: NotRequired[float]
        Tags: NotRequired[list[Tag]]

    class CreateVirtualMFADeviceResponse(TypedDict):
        VirtualMFADevice: VirtualMFADevice

    class DeactivateMFADeviceRequest(TypedDict):
        UserName: NotRequired[str]
        SerialNumber: str

    class DeleteAccessKeyRequest(TypedDict):
        UserName: NotRequired[str]
        AccessKeyId: str

    class DeleteAccountAliasRequest(TypedDict):
        AccountAlias: str

    class DeleteGroupRequest(TypedDict):
        GroupName: str

    class DeleteGroupPolicyRequest(TypedDict):
        GroupName: str
        PolicyName: str

    class DeleteInstanceProfileRequest(TypedDict):
        InstanceProfileName: str

    class DeleteLoginProfileRequest(TypedDict):
        UserName: NotRequired[str]

    class DeleteOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str

    class DeletePolicyRequest(TypedDict):
        PolicyArn: str

    class DeletePolicyVersionRequest(TypedDict):
        PolicyArn: str
        VersionId: str

    class DeleteRoleRequest(TypedDict):
        RoleName: str

    class DeleteRolePermissionsBoundaryRequest(TypedDict):
        RoleName: str

    class DeleteRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyName: str

    class DeleteServiceLinkedRoleRequest(TypedDict):
        RoleName: str

    class DeleteServiceLinkedRoleResponse(TypedDict):
        DeletionTaskId: str

    class DeleteUserRequest(TypedDict):
        UserName: str

    class DeleteUserPermissionsBoundaryRequest(TypedDict):
        UserName: str

    class DeleteUserPolicyRequest(TypedDict):
        UserName: str
        PolicyName: str

    class DeleteVirtualMFADeviceRequest(TypedDict):
        SerialNumber: str

    class DetachGroupPolicyRequest(TypedDict):
        GroupName: str
        PolicyArn: str

    class DetachRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyArn: str

    class DetachUserPolicyRequest(TypedDict):
        UserName: str
        PolicyArn: str

    class EnableMFADeviceRequest(TypedDict):
        UserName: str
        SerialNumber: str
        AuthenticationCode1: str
        AuthenticationCode2: str

    class GenerateCredentialReportResponse(TypedDict):
        State: NotRequired[str]
        Description: NotRequired[str]

    class GenerateServiceLastAccessedDetailsRequest(TypedDict):
        Arn: str
        Granularity: NotRequired[str]

    class GenerateServiceLastAccessedDetailsResponse(TypedDict):
        JobId: NotRequired[str]

    class GetAccessKeyLastUsedRequest(TypedDict):
        AccessKeyId: str

    class AccessKeyLastUsed(TypedDict):
        LastUsedDate: NotRequired[float]
        ServiceName: str
        Region: str

    class GetAccessKeyLastUsedResponse(TypedDict):
        UserName: NotRequired[str]
        AccessKeyLastUsed: NotRequired[AccessKeyLastUsed]

    class GetAccountAuthorizationDetailsRequest(TypedDict):
        Filter: NotRequired[list[str]]
        MaxItems: NotRequired[int]
        Marker: NotRequired[str]

    class PolicyDetail(TypedDict):
        PolicyName: NotRequired[str]
        PolicyDocument: NotRequired[str]

    class AttachedPolicy(TypedDict):
        PolicyName: NotRequired[str]
        PolicyArn: NotRequired[str]

    class UserDetail(TypedDict):
        Path: NotRequired[str]
        UserName: NotRequired[str]
        UserId: NotRequired[str]
        Arn: NotRequired[str]
        CreateDate: NotRequired[float]
        UserPolicyList: NotRequired[list[PolicyDetail]]
        GroupList: NotRequired[list[str]]
        AttachedManagedPolicies: NotRequired[list[AttachedPolicy]]
        PermissionsBoundary: NotRequired[AttachedPermissionsBoundary]
        Tags: NotRequired[list[Tag]]

    class GroupDetail(TypedDict):
        Path: NotRequired[str]
        GroupName: NotRequired[str]
        GroupId: NotRequired[str]
        Arn: NotRequired[str]
        CreateDate: NotRequired[float]
        GroupPolicyList: NotRequired[list[PolicyDetail]]
        AttachedManagedPolicies: NotRequired[list[AttachedPolicy]]

    class RoleDetail(TypedDict):
        Path: NotRequired[str]
        RoleName: NotRequired[str]
        RoleId: NotRequired[str]
        Arn: NotRequired[str]
        CreateDate: NotRequired[float]
        AssumeRolePolicyDocument: NotRequired[str]
        InstanceProfileList: NotRequired[list[InstanceProfile]]
        RolePolicyList: NotRequired[list[PolicyDetail]]
        AttachedManagedPolicies: NotRequired[list[AttachedPolicy]]
        PermissionsBoundary: NotRequired[AttachedPermissionsBoundary]
        Tags: NotRequired[list[Tag]]
        RoleLastUsed: NotRequired[RoleLastUsed]

    class ManagedPolicyDetail(TypedDict):
        PolicyName: NotRequired[str]
        PolicyId: NotRequired[str]
        Arn: NotRequired[str]
        Path: NotRequired[str]
        DefaultVersionId: NotRequired[str]
        AttachmentCount: NotRequired[int]
        PermissionsBoundaryUsageCount: NotRequired[int]
        IsAttachable: NotRequired[bool]
        Description: NotRequired[str]
        CreateDate: NotRequired[float]
        UpdateDate: NotRequired[float]
        PolicyVersionList: NotRequired[list[PolicyVersion]]

    class GetAccountAuthorizationDetailsResponse(TypedDict):
        UserDetailList: NotRequired[list[UserDetail]]
        GroupDetailList: NotRequired[list[GroupDetail]]
        RoleDetailList: NotRequired[list[RoleDetail]]
        Policies: NotRequired[list[ManagedPolicyDetail]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class PasswordPolicy(TypedDict):
        MinimumPasswordLength: NotRequired[int]
        RequireSymbols: NotRequired[bool]
        RequireNumbers: NotRequired[bool]
        RequireUppercaseCharacters: NotRequired[bool]
        RequireLowercaseCharacters: NotRequired[bool]
        AllowUsersToChangePassword: NotRequired[bool]
        ExpirePasswords: NotRequired[bool]
        MaxPasswordAge: NotRequired[int]
        PasswordReusePrevention: NotRequired[int]
        HardExpiry: NotRequired[bool]

    class GetAccountPasswordPolicyResponse(TypedDict):
        PasswordPolicy: PasswordPolicy

    class GetAccountSummaryResponse(TypedDict):
        SummaryMap: NotRequired[dict[str, int]]

    class GetContextKeysForCustomPolicyRequest(TypedDict):
        PolicyInputList: list[str]

    class GetContextKeysForPolicyResponse(TypedDict):
        ContextKeyNames: NotRequired[list[str]]

    class GetContextKeysForPrincipalPolicyRequest(TypedDict):
        PolicySourceArn: str
        PolicyInputList: NotRequired[list[str]]

    class GetCredentialReportResponse(TypedDict):
        Content: NotRequired[bytes]
        ReportFormat: NotRequired[str]
        GeneratedTime: NotRequired[float]

    class GetGroupRequest(TypedDict):
        GroupName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class GetGroupResponse(TypedDict):
        Group: Group
        Users: list[User]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class GetGroupPolicyRequest(TypedDict):
        GroupName: str
        PolicyName: str

    class GetGroupPolicyResponse(TypedDict):
        GroupName: str
        PolicyName: str
        PolicyDocument: str

    class GetInstanceProfileRequest(TypedDict):
        InstanceProfileName: str

    class GetInstanceProfileResponse(TypedDict):
        InstanceProfile: InstanceProfile

    class GetLoginProfileRequest(TypedDict):
        UserName: NotRequired[str]

    class GetLoginProfileResponse(TypedDict):
        LoginProfile: LoginProfile

    class GetMFADeviceRequest(TypedDict):
        SerialNumber: str
        UserName: NotRequired[str]

    class GetMFADeviceResponse(TypedDict):
        UserName: NotRequired[str]
        SerialNumber: str
        EnableDate: NotRequired[float]
        Certifications: NotRequired[dict[str, str]]

    class GetOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str

    class GetOpenIDConnectProviderResponse(TypedDict):
        Url: NotRequired[str]
        ClientIDList: NotRequired[list[str]]
        ThumbprintList: NotRequired[list[str]]
        CreateDate: NotRequired[float]
        Tags: NotRequired[list[Tag]]
        ContextProvider: NotRequired[ContextProvider]
        IdentityCenterInstanceArn: NotRequired[str]
        IdentityStoreArn: NotRequired[str]

    class GetPolicyRequest(TypedDict):
        PolicyArn: str

    class GetPolicyResponse(TypedDict):
        Policy: NotRequired[Policy]

    class GetPolicyVersionRequest(TypedDict):
        PolicyArn: str
        VersionId: str

    class GetPolicyVersionResponse(TypedDict):
        PolicyVersion: NotRequired[PolicyVersion]

    class GetRoleRequest(TypedDict):
        RoleName: str

    class GetRoleResponse(TypedDict):
        Role: Role

    class GetRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyName: str

    class GetRolePolicyResponse(TypedDict):
        RoleName: str
        PolicyName: str
        PolicyDocument: str

    class GetServiceLastAccessedDetailsRequest(TypedDict):
        JobId: str
        MaxItems: NotRequired[int]
        Marker: NotRequired[str]

    class TrackedActionLastAccessed(TypedDict):
        ActionName: NotRequired[str]
        LastAccessedEntity: NotRequired[str]
        LastAccessedTime: NotRequired[float]
        LastAccessedRegion: NotRequired[str]

    class ServiceLastAccessed(TypedDict):
        ServiceName: str
        LastAuthenticated: NotRequired[float]
        ServiceNamespace: str
        LastAuthenticatedEntity: NotRequired[str]
        LastAuthenticatedRegion: NotRequired[str]
        TotalAuthenticatedEntities: NotRequired[int]
        TrackedActionsLastAccessed: NotRequired[list[TrackedActionLastAccessed]]

    class ErrorDetails(TypedDict):
        Message: str
        Code: str

    class GetServiceLastAccessedDetailsResponse(TypedDict):
        JobStatus: str
        JobType: NotRequired[str]
        JobCreationDate: float
        ServicesLastAccessed: list[ServiceLastAccessed]
        JobCompletionDate: float
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]
        Error: NotRequired[ErrorDetails]

    class GetServiceLinkedRoleDeletionStatusRequest(TypedDict):
        DeletionTaskId: str

    class RoleUsageType(TypedDict):
        Region: NotRequired[str]
        Resources: NotRequired[list[str]]

    class DeletionTaskFailureReasonType(TypedDict):
        Reason: NotRequired[str]
        RoleUsageList: NotRequired[list[RoleUsageType]]

    class GetServiceLinkedRoleDeletionStatusResponse(TypedDict):
        Status: str
        Reason: NotRequired[DeletionTaskFailureReasonType]

    class GetUserRequest(TypedDict):
        UserName: NotRequired[str]

    class GetUserResponse(TypedDict):
        User: User

    class GetUserPolicyRequest(TypedDict):
        UserName: str
        PolicyName: str

    class GetUserPolicyResponse(TypedDict):
        UserName: str
        PolicyName: str
        PolicyDocument: str

    class ListAccessKeysRequest(TypedDict):
        UserName: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class AccessKeyMetadata(TypedDict):
        UserName: NotRequired[str]
        AccessKeyId: NotRequired[str]
        Status: NotRequired[str]
        CreateDate: NotRequired[float]

    class ListAccessKeysResponse(TypedDict):
        AccessKeyMetadata: list[AccessKeyMetadata]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListAccountAliasesRequest(TypedDict):
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListAccountAliasesResponse(TypedDict):
        AccountAliases: list[str]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListAttachedGroupPoliciesRequest(TypedDict):
        GroupName: str
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListAttachedGroupPoliciesResponse(TypedDict):
        AttachedPolicies: NotRequired[list[AttachedPolicy]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListAttachedRolePoliciesRequest(TypedDict):
        RoleName: str
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListAttachedRolePoliciesResponse(TypedDict):
        AttachedPolicies: NotRequired[list[AttachedPolicy]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListAttachedUserPoliciesRequest(TypedDict):
        UserName: str
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListAttachedUserPoliciesResponse(TypedDict):
        AttachedPolicies: NotRequired[list[AttachedPolicy]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListEntitiesForPolicyRequest(TypedDict):
        PolicyArn: str
        EntityFilter: NotRequired[str]
        PathPrefix: NotRequired[str]
        PolicyUsageFilter: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class PolicyGroup(TypedDict):
        GroupName: NotRequired[str]
        GroupId: NotRequired[str]

    class PolicyUser(TypedDict):
        UserName: NotRequired[str]
        UserId: NotRequired[str]

    class PolicyRole(TypedDict):
        RoleName: NotRequired[str]
        RoleId: NotRequired[str]

    class ListEntitiesForPolicyResponse(TypedDict):
        PolicyGroups: NotRequired[list[PolicyGroup]]
        PolicyUsers: NotRequired[list[PolicyUser]]
        PolicyRoles: NotRequired[list[PolicyRole]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListGroupPoliciesRequest(TypedDict):
        GroupName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListGroupPoliciesResponse(TypedDict):
        PolicyNames: list[str]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListGroupsRequest(TypedDict):
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListGroupsResponse(TypedDict):
        Groups: list[Group]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListGroupsForUserRequest(TypedDict):
        UserName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListGroupsForUserResponse(TypedDict):
        Groups: list[Group]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListInstanceProfileTagsRequest(TypedDict):
        InstanceProfileName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListInstanceProfileTagsResponse(TypedDict):
        Tags: list[Tag]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListInstanceProfilesRequest(TypedDict):
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListInstanceProfilesResponse(TypedDict):
        InstanceProfiles: list[InstanceProfile]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListInstanceProfilesForRoleRequest(TypedDict):
        RoleName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListInstanceProfilesForRoleResponse(TypedDict):
        InstanceProfiles: list[InstanceProfile]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListMFADevicesRequest(TypedDict):
        UserName: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class MFADevice(TypedDict):
        UserName: str
        SerialNumber: str
        EnableDate: float

    class ListMFADevicesResponse(TypedDict):
        MFADevices: list[MFADevice]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListOpenIDConnectProviderTagsRequest(TypedDict):
        OpenIDConnectProviderArn: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListOpenIDConnectProviderTagsResponse(TypedDict):
        Tags: list[Tag]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListOpenIDConnectProvidersRequest(TypedDict):
        pass

    class OpenIDConnectProviderListEntry(TypedDict):
        Arn: NotRequired[str]
        IsTrustedIdentityPropagationEnabled: NotRequired[bool]

    class ListOpenIDConnectProvidersResponse(TypedDict):
        OpenIDConnectProviderList: NotRequired[list[OpenIDConnectProviderListEntry]]

    class ListPoliciesRequest(TypedDict):
        Scope: NotRequired[str]
        OnlyAttached: NotRequired[bool]
        PathPrefix: NotRequired[str]
        PolicyUsageFilter: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListPoliciesResponse(TypedDict):
        Policies: NotRequired[list[Policy]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListPoliciesGrantingServiceAccessRequest(TypedDict):
        Marker: NotRequired[str]
        Arn: str
        ServiceNamespaces: list[str]

    class PolicyGrantingServiceAccess(TypedDict):
        PolicyName: str
        PolicyType: str
        PolicyArn: NotRequired[str]
        EntityType: NotRequired[str]
        EntityName: NotRequired[str]

    class ListPoliciesGrantingServiceAccessEntry(TypedDict):
        ServiceNamespace: NotRequired[str]
        Policies: NotRequired[list[PolicyGrantingServiceAccess]]

    class ListPoliciesGrantingServiceAccessResponse(TypedDict):
        PoliciesGrantingServiceAccess: list[ListPoliciesGrantingServiceAccessEntry]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListPolicyTagsRequest(TypedDict):
        PolicyArn: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListPolicyTagsResponse(TypedDict):
        Tags: list[Tag]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListPolicyVersionsRequest(TypedDict):
        PolicyArn: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListPolicyVersionsResponse(TypedDict):
        Versions: NotRequired[list[PolicyVersion]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListRolePoliciesRequest(TypedDict):
        RoleName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListRolePoliciesResponse(TypedDict):
        PolicyNames: list[str]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListRoleTagsRequest(TypedDict):
        RoleName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListRoleTagsResponse(TypedDict):
        Tags: list[Tag]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListRolesRequest(TypedDict):
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListRolesResponse(TypedDict):
        Roles: list[Role]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListSSHPublicKeysRequest(TypedDict):
        UserName: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class SSHPublicKeyMetadata(TypedDict):
        UserName: str
        SSHPublicKeyId: str
        Status: str
        UploadDate: float

    class ListSSHPublicKeysResponse(TypedDict):
        SSHPublicKeys: NotRequired[list[SSHPublicKeyMetadata]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListServiceSpecificCredentialsRequest(TypedDict):
        UserName: NotRequired[str]
        ServiceName: NotRequired[str]
        AllUsers: NotRequired[bool]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ServiceSpecificCredentialMetadata(TypedDict):
        UserName: str
        Status: str
        ServiceUserName: NotRequired[str]
        ServiceCredentialAlias: NotRequired[str]
        CreateDate: float
        ExpirationDate: NotRequired[float]
        ServiceSpecificCredentialId: str
        ServiceName: str

    class ListServiceSpecificCredentialsResponse(TypedDict):
        ServiceSpecificCredentials: NotRequired[list[ServiceSpecificCredentialMetadata]]
        Marker: NotRequired[str]
        IsTruncated: NotRequired[bool]

    class ListSigningCertificatesRequest(TypedDict):
        UserName: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class SigningCertificate(TypedDict):
        UserName: str
        CertificateId: str
        CertificateBody: str
        Status: str
        UploadDate: NotRequired[float]

    class ListSigningCertificatesResponse(TypedDict):
        Certificates: list[SigningCertificate]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListUserPoliciesRequest(TypedDict):
        UserName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListUserPoliciesResponse(TypedDict):
        PolicyNames: list[str]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListUserTagsRequest(TypedDict):
        UserName: str
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListUserTagsResponse(TypedDict):
        Tags: list[Tag]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListUsersRequest(TypedDict):
        PathPrefix: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListUsersResponse(TypedDict):
        Users: list[User]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class ListVirtualMFADevicesRequest(TypedDict):
        AssignmentStatus: NotRequired[str]
        Marker: NotRequired[str]
        MaxItems: NotRequired[int]

    class ListVirtualMFADevicesResponse(TypedDict):
        VirtualMFADevices: list[VirtualMFADevice]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class PutGroupPolicyRequest(TypedDict):
        GroupName: str
        PolicyName: str
        PolicyDocument: str

    class PutRolePermissionsBoundaryRequest(TypedDict):
        RoleName: str
        PermissionsBoundary: str

    class PutRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyName: str
        PolicyDocument: str

    class PutUserPermissionsBoundaryRequest(TypedDict):
        UserName: str
        PermissionsBoundary: str

    class PutUserPolicyRequest(TypedDict):
        UserName: str
        PolicyName: str
        PolicyDocument: str

    class RemoveClientIDFromOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str
        ClientID: str

    class RemoveRoleFromInstanceProfileRequest(TypedDict):
        InstanceProfileName: str
        RoleName: str

    class RemoveUserFromGroupRequest(TypedDict):
        GroupName: str
        UserName: str

    class ResyncMFADeviceRequest(TypedDict):
        UserName: str
        SerialNumber: str
        AuthenticationCode1: str
        AuthenticationCode2: str

    class SetDefaultPolicyVersionRequest(TypedDict):
        PolicyArn: str
        VersionId: str

    class OrderedOrganizationPolicyType(TypedDict):
        ServiceControlPolicyInputList: NotRequired[list[str]]

    class ContextEntry(TypedDict):
        ContextKeyName: NotRequired[str]
        ContextKeyValues: NotRequired[list[str]]
        ContextKeyType: NotRequired[str]

    class SimulateCustomPolicyRequest(TypedDict):
        PolicyInputList: list[str]
        PermissionsBoundaryPolicyInputList: NotRequired[list[str]]
        OrderedOrganizationPolicyInputList: NotRequired[list[OrderedOrganizationPolicyType]]
        ActionNames: list[str]
        ResourceArns: NotRequired[list[str]]
        ResourcePolicy: NotRequired[str]
        ResourceOwner: NotRequired[str]
        CallerArn: NotRequired[str]
        ContextEntries: NotRequired[list[ContextEntry]]
        ResourceHandlingOption: NotRequired[str]
        MaxItems: NotRequired[int]
        Marker: NotRequired[str]

    class Position(TypedDict):
        Line: NotRequired[int]
        Column: NotRequired[int]

    class Statement(TypedDict):
        SourcePolicyId: NotRequired[str]
        SourcePolicyType: NotRequired[str]
        StartPosition: NotRequired[Position]
        EndPosition: NotRequired[Position]

    class OrganizationsDecisionDetail(TypedDict):
        AllowedByOrganizations: NotRequired[bool]

    class PermissionsBoundaryDecisionDetail(TypedDict):
        AllowedByPermissionsBoundary: NotRequired[bool]

    class ResourceSpecificResult(TypedDict):
        EvalResourceName: str
        EvalResourceDecision: str
        MatchedStatements: NotRequired[list[Statement]]
        MissingContextValues: NotRequired[list[str]]
        EvalDecisionDetails: NotRequired[dict[str, str]]
        PermissionsBoundaryDecisionDetail: NotRequired[PermissionsBoundaryDecisionDetail]

    class EvaluationResult(TypedDict):
        EvalActionName: str
        EvalResourceName: NotRequired[str]
        EvalDecision: str
        MatchedStatements: NotRequired[list[Statement]]
        MissingContextValues: NotRequired[list[str]]
        OrganizationsDecisionDetail: NotRequired[OrganizationsDecisionDetail]
        PermissionsBoundaryDecisionDetail: NotRequired[PermissionsBoundaryDecisionDetail]
        EvalDecisionDetails: NotRequired[dict[str, str]]
        ResourceSpecificResults: NotRequired[list[ResourceSpecificResult]]

    class SimulatePolicyResponse(TypedDict):
        EvaluationResults: NotRequired[list[EvaluationResult]]
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]

    class InlinePolicyIdentifierType(TypedDict):
        PolicyName: str
        AttachmentType: str
        AttachmentName: str

    class PolicyIdentifier(TypedDict):
        PolicyType: NotRequired[str]
        PolicyArn: NotRequired[str]
        InlinePolicyIdentifier: NotRequired[InlinePolicyIdentifierType]

    class SimulatePrincipalPolicyRequest(TypedDict):
        PolicySourceArn: str
        PolicyInputList: NotRequired[list[str]]
        PermissionsBoundaryPolicyInputList: NotRequired[list[str]]
        PolicyExclusionList: NotRequired[list[PolicyIdentifier]]
        ActionNames: list[str]
        ResourceArns: NotRequired[list[str]]
        ResourcePolicy: NotRequired[str]
        ResourceOwner: NotRequired[str]
        CallerArn: NotRequired[str]
        ContextEntries: NotRequired[list[ContextEntry]]
        ResourceHandlingOption: NotRequired[str]
        MaxItems: NotRequired[int]
        Marker: NotRequired[str]

    class TagInstanceProfileRequest(TypedDict):
        InstanceProfileName: str
        Tags: list[Tag]

    class TagOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str
        Tags: list[Tag]

    class TagPolicyRequest(TypedDict):
        PolicyArn: str
        Tags: list[Tag]

    class TagRoleRequest(TypedDict):
        RoleName: str
        Tags: list[Tag]

    class TagUserRequest(TypedDict):
        UserName: str
        Tags: list[Tag]

    class UntagInstanceProfileRequest(TypedDict):
        InstanceProfileName: str
        TagKeys: list[str]

    class UntagOpenIDConnectProviderRequest(TypedDict):
        OpenIDConnectProviderArn: str
        TagKeys: list[str]

    class UntagPolicyRequest(TypedDict):
        PolicyArn: str
        TagKeys: list[str]

    class UntagRoleRequest(TypedDict):
        RoleName: str
        TagKeys: list[str]

    class UntagUserRequest(TypedDict):
        UserName: str
        TagKeys: list[str]

    class UpdateAccessKeyRequest(TypedDict):
        UserName: NotRequired[str]
        AccessKeyId: str
        Status: str

    class UpdateAccountPasswordPolicyRequest(TypedDict):
        MinimumPasswordLength: NotRequired[int]
        RequireSymbols: NotRequired[bool]
        RequireNumbers: NotRequired[bool]
        RequireUppercaseCharacters: NotRequired[bool]
        RequireLowercaseCharacters: NotRequired[bool]
        AllowUsersToChangePassword: NotRequired[bool]
        MaxPasswordAge: NotRequired[int]
        PasswordReusePrevention: NotRequired[int]
        HardExpiry: NotRequired[bool]

    class UpdateAssumeRolePolicyRequest(TypedDict):
        RoleName: str
        PolicyDocument: str

    class UpdateGroupRequest(TypedDict):
        GroupName: str
        NewPath: NotRequired[str]
        NewGroupName: NotRequired[str]

    class UpdateLoginProfileRequest(TypedDict):
        UserName: str
        Password: NotRequired[str]
        PasswordResetRequired: NotRequired[bool]
        MaxSigninSessionDuration: NotRequired[int]
        ResetMaxSigninSessionDuration: NotRequired[bool]

    class UpdateOpenIDConnectProviderThumbprintRequest(TypedDict):
        OpenIDConnectProviderArn: str
        ThumbprintList: list[str]

    class UpdateRoleRequest(TypedDict):
        RoleName: str
        Description: NotRequired[str]
        MaxSessionDuration: NotRequired[int]
        MaxSigninSessionDuration: NotRequired[int]
        ResetMaxSigninSessionDuration: NotRequired[bool]

    class UpdateRoleResponse(TypedDict):
        pass

    class UpdateRoleDescriptionRequest(TypedDict):
        RoleName: str
        Description: str

    class UpdateRoleDescriptionResponse(TypedDict):
        Role: NotRequired[Role]

    class UpdateUserRequest(TypedDict):
        UserName: str
        NewPath: NotRequired[str]
        NewUserName: NotRequired[str]

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
