"""Requests and responses of s3.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class AbortMultipartUploadRequest(TypedDict):
        Bucket: str
        Key: str
        UploadId: str
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        IfMatchInitiatedTime: NotRequired[float]

    class AbortMultipartUploadOutput(TypedDict):
        RequestCharged: NotRequired[str]
        VersionId: NotRequired[str]

    class CompletedPart(TypedDict):
        ETag: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        PartNumber: NotRequired[int]

    class CompletedMultipartUpload(TypedDict):
        Parts: NotRequired[list[CompletedPart]]

    class CompleteMultipartUploadRequest(TypedDict):
        Bucket: str
        Key: str
        MultipartUpload: NotRequired[CompletedMultipartUpload]
        UploadId: str
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]
        MpuObjectSize: NotRequired[int]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        IfMatch: NotRequired[str]
        IfNoneMatch: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]

    class CompleteMultipartUploadOutput(TypedDict):
        Location: NotRequired[str]
        Bucket: NotRequired[str]
        Key: NotRequired[str]
        Expiration: NotRequired[str]
        ETag: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        VersionId: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestCharged: NotRequired[str]

    class CopyObjectRequest(TypedDict):
        ACL: NotRequired[str]
        Bucket: str
        CacheControl: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ContentDisposition: NotRequired[str]
        ContentEncoding: NotRequired[str]
        ContentLanguage: NotRequired[str]
        ContentType: NotRequired[str]
        CopySource: str
        CopySourceIfMatch: NotRequired[str]
        CopySourceIfModifiedSince: NotRequired[float]
        CopySourceIfNoneMatch: NotRequired[str]
        CopySourceIfUnmodifiedSince: NotRequired[float]
        Expires: NotRequired[float]
        GrantFullControl: NotRequired[str]
        GrantRead: NotRequired[str]
        GrantReadACP: NotRequired[str]
        GrantWriteACP: NotRequired[str]
        IfMatch: NotRequired[str]
        IfNoneMatch: NotRequired[str]
        Key: str
        Metadata: NotRequired[dict[str, str]]
        MetadataDirective: NotRequired[str]
        TaggingDirective: NotRequired[str]
        AnnotationDirective: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        StorageClass: NotRequired[str]
        WebsiteRedirectLocation: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        CopySourceSSECustomerAlgorithm: NotRequired[str]
        CopySourceSSECustomerKey: NotRequired[str]
        CopySourceSSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        Tagging: NotRequired[str]
        ObjectLockMode: NotRequired[str]
        ObjectLockRetainUntilDate: NotRequired[float]
        ObjectLockLegalHoldStatus: NotRequired[str]
        ObjectLockEventHold: NotRequired[str]
        ObjectLockEventHoldDurationDays: NotRequired[int]
        ObjectLockEventHoldDurationYears: NotRequired[int]
        ExpectedBucketOwner: NotRequired[str]
        ExpectedSourceBucketOwner: NotRequired[str]

    class CopyObjectResult(TypedDict):
        ETag: NotRequired[str]
        LastModified: NotRequired[float]
        ChecksumType: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]

    class CopyObjectOutput(TypedDict):
        CopyObjectResult: NotRequired[CopyObjectResult]
        Expiration: NotRequired[str]
        CopySourceVersionId: NotRequired[str]
        VersionId: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestCharged: NotRequired[str]

    class LocationInfo(TypedDict):
        Type: NotRequired[str]
        Name: NotRequired[str]

    class BucketInfo(TypedDict):
        DataRedundancy: NotRequired[str]
        Type: NotRequired[str]

    class Tag(TypedDict):
        Key: str
        Value: str

    class CreateBucketConfiguration(TypedDict):
        LocationConstraint: NotRequired[str]
        Location: NotRequired[LocationInfo]
        Bucket: NotRequired[BucketInfo]
        Tags: NotRequired[list[Tag]]

    class CreateBucketRequest(TypedDict):
        ACL: NotRequired[str]
        Bucket: str
        CreateBucketConfiguration: NotRequired[CreateBucketConfiguration]
        GrantFullControl: NotRequired[str]
        GrantRead: NotRequired[str]
        GrantReadACP: NotRequired[str]
        GrantWrite: NotRequired[str]
        GrantWriteACP: NotRequired[str]
        ObjectLockEnabledForBucket: NotRequired[bool]
        ObjectOwnership: NotRequired[str]
        BucketNamespace: NotRequired[str]

    class CreateBucketOutput(TypedDict):
        Location: NotRequired[str]
        BucketArn: NotRequired[str]

    class CreateMultipartUploadRequest(TypedDict):
        ACL: NotRequired[str]
        Bucket: str
        CacheControl: NotRequired[str]
        ContentDisposition: NotRequired[str]
        ContentEncoding: NotRequired[str]
        ContentLanguage: NotRequired[str]
        ContentType: NotRequired[str]
        Expires: NotRequired[float]
        GrantFullControl: NotRequired[str]
        GrantRead: NotRequired[str]
        GrantReadACP: NotRequired[str]
        GrantWriteACP: NotRequired[str]
        Key: str
        Metadata: NotRequired[dict[str, str]]
        ServerSideEncryption: NotRequired[str]
        StorageClass: NotRequired[str]
        WebsiteRedirectLocation: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestPayer: NotRequired[str]
        Tagging: NotRequired[str]
        ObjectLockMode: NotRequired[str]
        ObjectLockRetainUntilDate: NotRequired[float]
        ObjectLockLegalHoldStatus: NotRequired[str]
        ObjectLockEventHold: NotRequired[str]
        ObjectLockEventHoldDurationDays: NotRequired[int]
        ObjectLockEventHoldDurationYears: NotRequired[int]
        ExpectedBucketOwner: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumType: NotRequired[str]

    class CreateMultipartUploadOutput(TypedDict):
        AbortDate: NotRequired[float]
        AbortRuleId: NotRequired[str]
        Bucket: NotRequired[str]
        Key: NotRequired[str]
        UploadId: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestCharged: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumType: NotRequired[str]
        VersionId: NotRequired[str]

    class DeleteBucketRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteBucketEncryptionRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteBucketLifecycleRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteBucketOwnershipControlsRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteBucketPolicyRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteBucketTaggingRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class DeleteObjectRequest(TypedDict):
        Bucket: str
        Key: str
        MFA: NotRequired[str]
        VersionId: NotRequired[str]
        RequestPayer: NotRequired[str]
        BypassGovernanceRetention: NotRequired[bool]
        ExpectedBucketOwner: NotRequired[str]
        IfMatch: NotRequired[str]
        IfMatchLastModifiedTime: NotRequired[float]
        IfMatchSize: NotRequired[int]

    class DeleteObjectOutput(TypedDict):
        DeleteMarker: NotRequired[bool]
        VersionId: NotRequired[str]
        RequestCharged: NotRequired[str]

    class DeleteObjectTaggingRequest(TypedDict):
        Bucket: str
        Key: str
        VersionId: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]

    class DeleteObjectTaggingOutput(TypedDict):
        VersionId: NotRequired[str]

    class ObjectIdentifier(TypedDict):
        Key: str
        VersionId: NotRequired[str]
        ETag: NotRequired[str]
        LastModifiedTime: NotRequired[float]
        Size: NotRequired[int]

    class Delete(TypedDict):
        Objects: list[ObjectIdentifier]
        Quiet: NotRequired[bool]

    class DeleteObjectsRequest(TypedDict):
        Bucket: str
        Delete: Delete
        MFA: NotRequired[str]
        RequestPayer: NotRequired[str]
        BypassGovernanceRetention: NotRequired[bool]
        ExpectedBucketOwner: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]

    class DeletedObject(TypedDict):
        Key: NotRequired[str]
        VersionId: NotRequired[str]
        DeleteMarker: NotRequired[bool]
        DeleteMarkerVersionId: NotRequired[str]

    class Error(TypedDict):
        Key: NotRequired[str]
        VersionId: NotRequired[str]
        Code: NotRequired[str]
        Message: NotRequired[str]

    class DeleteObjectsOutput(TypedDict):
        Deleted: NotRequired[list[DeletedObject]]
        RequestCharged: NotRequired[str]
        Errors: NotRequired[list[Error]]

    class DeletePublicAccessBlockRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class GetBucketAclRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class Owner(TypedDict):
        DisplayName: NotRequired[str]
        ID: NotRequired[str]

    class Grantee(TypedDict):
        DisplayName: NotRequired[str]
        EmailAddress: NotRequired[str]
        ID: NotRequired[str]
        Type: str
        URI: NotRequired[str]

    class Grant(TypedDict):
        Grantee: NotRequired[Grantee]
        Permission: NotRequired[str]

    class GetBucketAclOutput(TypedDict):
        Owner: NotRequired[Owner]
        Grants: NotRequired[list[Grant]]

    class GetBucketEncryptionRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class ServerSideEncryptionByDefault(TypedDict):
        SSEAlgorithm: str
        KMSMasterKeyID: NotRequired[str]

    class BlockedEncryptionTypes(TypedDict):
        EncryptionType: NotRequired[list[str]]

    class ServerSideEncryptionRule(TypedDict):
        ApplyServerSideEncryptionByDefault: NotRequired[ServerSideEncryptionByDefault]
        BucketKeyEnabled: NotRequired[bool]
        BlockedEncryptionTypes: NotRequired[BlockedEncryptionTypes]

    class ServerSideEncryptionConfiguration(TypedDict):
        Rules: list[ServerSideEncryptionRule]

    class GetBucketEncryptionOutput(TypedDict):
        ServerSideEncryptionConfiguration: NotRequired[ServerSideEncryptionConfiguration]

    class GetBucketLifecycleConfigurationRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class LifecycleExpiration(TypedDict):
        Date: NotRequired[float]
        Days: NotRequired[int]
        ExpiredObjectDeleteMarker: NotRequired[bool]

    class LifecycleRuleAndOperator(TypedDict):
        Prefix: NotRequired[str]
        Tags: NotRequired[list[Tag]]
        ObjectSizeGreaterThan: NotRequired[int]
        ObjectSizeLessThan: NotRequired[int]

    class LifecycleRuleFilter(TypedDict):
        Prefix: NotRequired[str]
        Tag: NotRequired[Tag]
        ObjectSizeGreaterThan: NotRequired[int]
        ObjectSizeLessThan: NotRequired[int]
        And: NotRequired[LifecycleRuleAndOperator]

    class Transition(TypedDict):
        Date: NotRequired[float]
        Days: NotRequired[int]
        StorageClass: NotRequired[str]

    class NoncurrentVersionTransition(TypedDict):
        NoncurrentDays: NotRequired[int]
        StorageClass: NotRequired[str]
        NewerNoncurrentVersions: NotRequired[int]

    class NoncurrentVersionExpiration(TypedDict):
        NoncurrentDays: NotRequired[int]
        NewerNoncurrentVersions: NotRequired[int]

    class AbortIncompleteMultipartUpload(TypedDict):
        DaysAfterInitiation: NotRequired[int]

    class LifecycleRule(TypedDict):
        Expiration: NotRequired[LifecycleExpiration]
        ID: NotRequired[str]
        Prefix: NotRequired[str]
        Filter: NotRequired[LifecycleRuleFilter]
        Status: str
        Transitions: NotRequired[list[Transition]]
        NoncurrentVersionTransitions: NotRequired[list[NoncurrentVersionTransition]]
        NoncurrentVersionExpiration: NotRequired[NoncurrentVersionExpiration]
        AbortIncompleteMultipartUpload: NotRequired[AbortIncompleteMultipartUpload]

    class GetBucketLifecycleConfigurationOutput(TypedDict):
        Rules: NotRequired[list[LifecycleRule]]
        TransitionDefaultMinimumObjectSize: NotRequired[str]

    class GetBucketLocationRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class GetBucketLocationOutput(TypedDict):
        LocationConstraint: NotRequired[str]

    class GetBucketOwnershipControlsRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class OwnershipControlsRule(TypedDict):
        ObjectOwnership: str

    class OwnershipControls(TypedDict):
        Rules: list[OwnershipControlsRule]

    class GetBucketOwnershipControlsOutput(TypedDict):
        OwnershipControls: NotRequired[OwnershipControls]

    class GetBucketPolicyRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class GetBucketPolicyOutput(TypedDict):
        Policy: NotRequired[str]

    class GetBucketPolicyStatusRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class PolicyStatus(TypedDict):
        IsPublic: NotRequired[bool]

    class GetBucketPolicyStatusOutput(TypedDict):
        PolicyStatus: NotRequired[PolicyStatus]

    class GetBucketTaggingRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class GetBucketTaggingOutput(TypedDict):
        TagSet: list[Tag]

    class GetBucketVersioningRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class GetBucketVersioningOutput(TypedDict):
        Status: NotRequired[str]
        MFADelete: NotRequired[str]

    class GetObjectRequest(TypedDict):
        Bucket: str
        IfMatch: NotRequired[str]
        IfModifiedSince: NotRequired[float]
        IfNoneMatch: NotRequired[str]
        IfUnmodifiedSince: NotRequired[float]
        Key: str
        Range: NotRequired[str]
        ResponseCacheControl: NotRequired[str]
        ResponseContentDisposition: NotRequired[str]
        ResponseContentEncoding: NotRequired[str]
        ResponseContentLanguage: NotRequired[str]
        ResponseContentType: NotRequired[str]
        ResponseExpires: NotRequired[float]
        VersionId: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        PartNumber: NotRequired[int]
        ExpectedBucketOwner: NotRequired[str]
        ChecksumMode: NotRequired[str]

    class GetObjectOutput(TypedDict):
        Body: NotRequired[bytes]
        DeleteMarker: NotRequired[bool]
        AcceptRanges: NotRequired[str]
        Expiration: NotRequired[str]
        Restore: NotRequired[str]
        LastModified: NotRequired[float]
        ContentLength: NotRequired[int]
        ETag: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]
        MissingMeta: NotRequired[int]
        VersionId: NotRequired[str]
        CacheControl: NotRequired[str]
        ContentDisposition: NotRequired[str]
        ContentEncoding: NotRequired[str]
        ContentLanguage: NotRequired[str]
        ContentRange: NotRequired[str]
        ContentType: NotRequired[str]
        Expires: NotRequired[float]
        WebsiteRedirectLocation: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        Metadata: NotRequired[dict[str, str]]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        StorageClass: NotRequired[str]
        RequestCharged: NotRequired[str]
        ReplicationStatus: NotRequired[str]
        PartsCount: NotRequired[int]
        TagCount: NotRequired[int]
        ObjectLockMode: NotRequired[str]
        ObjectLockRetainUntilDate: NotRequired[float]
        ObjectLockLegalHoldStatus: NotRequired[str]
        ObjectLockEventHold: NotRequired[str]
        ObjectLockEventHoldDurationDays: NotRequired[int]
        ObjectLockEventHoldDurationYears: NotRequired[int]

    class GetObjectAttributesRequest(TypedDict):
        Bucket: str
        Key: str
        VersionId: NotRequired[str]
        MaxParts: NotRequired[int]
        PartNumberMarker: NotRequired[int]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        ObjectAttributes: list[str]

    class Checksum(TypedDict):
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]

    class ObjectPart(TypedDict):
        PartNumber: NotRequired[int]
        Size: NotRequired[int]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]

    class GetObjectAttributesParts(TypedDict):
        TotalPartsCount: NotRequired[int]
        PartNumberMarker: NotRequired[int]
        NextPartNumberMarker: NotRequired[int]
        MaxParts: NotRequired[int]
        IsTruncated: NotRequired[bool]
        Parts: NotRequired[list[ObjectPart]]

    class GetObjectAttributesOutput(TypedDict):
        DeleteMarker: NotRequired[bool]
        LastModified: NotRequired[float]
        VersionId: NotRequired[str]
        RequestCharged: NotRequired[str]
        ETag: NotRequired[str]
        Checksum: NotRequired[Checksum]
        ObjectParts: NotRequired[GetObjectAttributesParts]
        StorageClass: NotRequired[str]
        ObjectSize: NotRequired[int]

    class GetObjectTaggingRequest(TypedDict):
        Bucket: str
        Key: str
        VersionId: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        RequestPayer: NotRequired[str]

    class GetObjectTaggingOutput(TypedDict):
        VersionId: NotRequired[str]
        TagSet: list[Tag]

    class GetPublicAccessBlockRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class PublicAccessBlockConfiguration(TypedDict):
        BlockPublicAcls: NotRequired[bool]
        IgnorePublicAcls: NotRequired[bool]
        BlockPublicPolicy: NotRequired[bool]
        RestrictPublicBuckets: NotRequired[bool]

    class GetPublicAccessBlockOutput(TypedDict):
        PublicAccessBlockConfiguration: NotRequired[PublicAccessBlockConfiguration]

    class HeadBucketRequest(TypedDict):
        Bucket: str
        ExpectedBucketOwner: NotRequired[str]

    class HeadBucketOutput(TypedDict):
        BucketArn: NotRequired[str]
        BucketLocationType: NotRequired[str]
        BucketLocationName: NotRequired[str]
        BucketRegion: NotRequired[str]
        AccessPointAlias: NotRequired[bool]

    class HeadObjectRequest(TypedDict):
        Bucket: str
        IfMatch: NotRequired[str]
        IfModifiedSince: NotRequired[float]
        IfNoneMatch: NotRequired[str]
        IfUnmodifiedSince: NotRequired[float]
        Key: str
        Range: NotRequired[str]
        ResponseCacheControl: NotRequired[str]
        ResponseContentDisposition: NotRequired[str]
        ResponseContentEncoding: NotRequired[str]
        ResponseContentLanguage: NotRequired[str]
        ResponseContentType: NotRequired[str]
        ResponseExpires: NotRequired[float]
        VersionId: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        PartNumber: NotRequired[int]
        ExpectedBucketOwner: NotRequired[str]
        ChecksumMode: NotRequired[str]

    class HeadObjectOutput(TypedDict):
        DeleteMarker: NotRequired[bool]
        AcceptRanges: NotRequired[str]
        Expiration: NotRequired[str]
        Restore: NotRequired[str]
        ArchiveStatus: NotRequired[str]
        LastModified: NotRequired[float]
        ContentLength: NotRequired[int]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]
        ETag: NotRequired[str]
        MissingMeta: NotRequired[int]
        VersionId: NotRequired[str]
        CacheControl: NotRequired[str]
        ContentDisposition: NotRequired[str]
        ContentEncoding: NotRequired[str]
        ContentLanguage: NotRequired[str]
        ContentType: NotRequired[str]
        ContentRange: NotRequired[str]
        Expires: NotRequired[float]
        WebsiteRedirectLocation: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        Metadata: NotRequired[dict[str, str]]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        StorageClass: NotRequired[str]
        RequestCharged: NotRequired[str]
        ReplicationStatus: NotRequired[str]
        PartsCount: NotRequired[int]
        TagCount: NotRequired[int]
        ObjectLockMode: NotRequired[str]
        ObjectLockRetainUntilDate: NotRequired[float]
        ObjectLockLegalHoldStatus: NotRequired[str]
        ObjectLockEventHold: NotRequired[str]
        ObjectLockEventHoldDurationDays: NotRequired[int]
        ObjectLockEventHoldDurationYears: NotRequired[int]

    class ListBucketsRequest(TypedDict):
        MaxBuckets: NotRequired[int]
        ContinuationToken: NotRequired[str]
        Prefix: NotRequired[str]
        BucketRegion: NotRequired[str]

    class Bucket(TypedDict):
        Name: NotRequired[str]
        CreationDate: NotRequired[float]
        BucketRegion: NotRequired[str]
        BucketArn: NotRequired[str]

    class ListBucketsOutput(TypedDict):
        Buckets: NotRequired[list[Bucket]]
        Owner: NotRequired[Owner]
        ContinuationToken: NotRequired[str]
        Prefix: NotRequired[str]

    class ListMultipartUploadsRequest(TypedDict):
        Bucket: str
        Delimiter: NotRequired[str]
        EncodingType: NotRequired[str]
        KeyMarker: NotRequired[str]
        MaxUploads: NotRequired[int]
        Prefix: NotRequired[str]
        UploadIdMarker: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        RequestPayer: NotRequired[str]

    class Initiator(TypedDict):
        ID: NotRequired[str]
        DisplayName: NotRequired[str]

    class MultipartUpload(TypedDict):
        UploadId: NotRequired[str]
        Key: NotRequired[str]
        Initiated: NotRequired[float]
        StorageClass: NotRequired[str]
        Owner: NotRequired[Owner]
        Initiator: NotRequired[Initiator]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumType: NotRequired[str]
        VersionId: NotRequired[str]

    class CommonPrefix(TypedDict):
        Prefix: NotRequired[str]

    class ListMultipartUploadsOutput(TypedDict):
        Bucket: NotRequired[str]
        KeyMarker: NotRequired[str]
        UploadIdMarker: NotRequired[str]
        NextKeyMarker: NotRequired[str]
        Prefix: NotRequired[str]
        Delimiter: NotRequired[str]
        NextUploadIdMarker: NotRequired[str]
        MaxUploads: NotRequired[int]
        IsTruncated: NotRequired[bool]
        Uploads: NotRequired[list[MultipartUpload]]
        CommonPrefixes: NotRequired[list[CommonPrefix]]
        EncodingType: NotRequired[str]
        RequestCharged: NotRequired[str]

    class ListObjectVersionsRequest(TypedDict):
        Bucket: str
        Delimiter: NotRequired[str]
        EncodingType: NotRequired[str]
        KeyMarker: NotRequired[str]
        MaxKeys: NotRequired[int]
        Prefix: NotRequired[str]
        VersionIdMarker: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        RequestPayer: NotRequired[str]
        OptionalObjectAttributes: NotRequired[list[str]]

    class RestoreStatus(TypedDict):
        IsRestoreInProgress: NotRequired[bool]
        RestoreExpiryDate: NotRequired[float]

    class ObjectVersion(TypedDict):
        ETag: NotRequired[str]
        ChecksumAlgorithm: NotRequired[list[str]]
        ChecksumType: NotRequired[str]
        Size: NotRequired[int]
        StorageClass: NotRequired[str]
        Key: NotRequired[str]
        VersionId: NotRequired[str]
        IsLatest: NotRequired[bool]
        LastModified: NotRequired[float]
        Owner: NotRequired[Owner]
        RestoreStatus: NotRequired[RestoreStatus]

    class DeleteMarkerEntry(TypedDict):
        Owner: NotRequired[Owner]
        Key: NotRequired[str]
        VersionId: NotRequired[str]
        IsLatest: NotRequired[bool]
        LastModified: NotRequired[float]

    class ListObjectVersionsOutput(TypedDict):
        IsTruncated: NotRequired[bool]
        KeyMarker: NotRequired[str]
        VersionIdMarker: NotRequired[str]
        NextKeyMarker: NotRequired[str]
        NextVersionIdMarker: NotRequired[str]
        Versions: NotRequired[list[ObjectVersion]]
        DeleteMarkers: NotRequired[list[DeleteMarkerEntry]]
        Name: NotRequired[str]
        Prefix: NotRequired[str]
        Delimiter: NotRequired[str]
        MaxKeys: NotRequired[int]
        CommonPrefixes: NotRequired[list[CommonPrefix]]
        EncodingType: NotRequired[str]
        RequestCharged: NotRequired[str]

    class ListObjectsRequest(TypedDict):
        Bucket: str
        Delimiter: NotRequired[str]
        EncodingType: NotRequired[str]
        Marker: NotRequired[str]
        MaxKeys: NotRequired[int]
        Prefix: NotRequired[str]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        OptionalObjectAttributes: NotRequired[list[str]]

    class Object(TypedDict):
        Key: NotRequired[str]
        LastModified: NotRequired[float]
        ETag: NotRequired[str]
        ChecksumAlgorithm: NotRequired[list[str]]
        ChecksumType: NotRequired[str]
        Size: NotRequired[int]
        StorageClass: NotRequired[str]
        Owner: NotRequired[Owner]
        RestoreStatus: NotRequired[RestoreStatus]

    class ListObjectsOutput(TypedDict):
        IsTruncated: NotRequired[bool]
        Marker: NotRequired[str]
        NextMarker: NotRequired[str]
        Contents: NotRequired[list[Object]]
        Name: NotRequired[str]
        Prefix: NotRequired[str]
        Delimiter: NotRequired[str]
        MaxKeys: NotRequired[int]
        CommonPrefixes: NotRequired[list[CommonPrefix]]
        EncodingType: NotRequired[str]
        RequestCharged: NotRequired[str]

    class ListObjectsV2Request(TypedDict):
        Bucket: str
        Delimiter: NotRequired[str]
        EncodingType: NotRequired[str]
        MaxKeys: NotRequired[int]
        Prefix: NotRequired[str]
        ContinuationToken: NotRequired[str]
        FetchOwner: NotRequired[bool]
        StartAfter: NotRequired[str]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        OptionalObjectAttributes: NotRequired[list[str]]

    class ListObjectsV2Output(TypedDict):
        IsTruncated: NotRequired[bool]
        Contents: NotRequired[list[Object]]
        Name: NotRequired[str]
        Prefix: NotRequired[str]
        Delimiter: NotRequired[str]
        MaxKeys: NotRequired[int]
        CommonPrefixes: NotRequired[list[CommonPrefix]]
        EncodingType: NotRequired[str]
        KeyCount: NotRequired[int]
        ContinuationToken: NotRequired[str]
        NextContinuationToken: NotRequired[str]
        StartAfter: NotRequired[str]
        RequestCharged: NotRequired[str]

    class ListPartsRequest(TypedDict):
        Bucket: str
        Key: str
        MaxParts: NotRequired[int]
        PartNumberMarker: NotRequired[int]
        UploadId: str
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]

    class Part(TypedDict):
        PartNumber: NotRequired[int]
        LastModified: NotRequired[float]
        ETag: NotRequired[str]
        Size: NotRequired[int]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]

    class ListPartsOutput(TypedDict):
        AbortDate: NotRequired[float]
        AbortRuleId: NotRequired[str]
        Bucket: NotRequired[str]
        Key: NotRequired[str]
        UploadId: NotRequired[str]
        PartNumberMarker: NotRequired[int]
        NextPartNumberMarker: NotRequired[int]
        MaxParts: NotRequired[int]
        IsTruncated: NotRequired[bool]
        Parts: NotRequired[list[Part]]
        Initiator: NotRequired[Initiator]
        Owner: NotRequired[Owner]
        StorageClass: NotRequired[str]
        RequestCharged: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumType: NotRequired[str]
        VersionId: NotRequired[str]

    class PutBucketEncryptionRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ServerSideEncryptionConfiguration: ServerSideEncryptionConfiguration
        ExpectedBucketOwner: NotRequired[str]

    class BucketLifecycleConfiguration(TypedDict):
        Rules: list[LifecycleRule]

    class PutBucketLifecycleConfigurationRequest(TypedDict):
        Bucket: str
        ChecksumAlgorithm: NotRequired[str]
        LifecycleConfiguration: NotRequired[BucketLifecycleConfiguration]
        ExpectedBucketOwner: NotRequired[str]
        TransitionDefaultMinimumObjectSize: NotRequired[str]

    class PutBucketLifecycleConfigurationOutput(TypedDict):
        TransitionDefaultMinimumObjectSize: NotRequired[str]

    class PutBucketOwnershipControlsRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        OwnershipControls: OwnershipControls
        ChecksumAlgorithm: NotRequired[str]

    class PutBucketPolicyRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ConfirmRemoveSelfBucketAccess: NotRequired[bool]
        Policy: str
        ExpectedBucketOwner: NotRequired[str]

    class Tagging(TypedDict):
        TagSet: list[Tag]

    class PutBucketTaggingRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        Tagging: Tagging
        ExpectedBucketOwner: NotRequired[str]

    class VersioningConfiguration(TypedDict):
        MFADelete: NotRequired[str]
        Status: NotRequired[str]

    class PutBucketVersioningRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        MFA: NotRequired[str]
        VersioningConfiguration: VersioningConfiguration
        ExpectedBucketOwner: NotRequired[str]

    class PutObjectRequest(TypedDict):
        ACL: NotRequired[str]
        Body: NotRequired[bytes]
        Bucket: str
        CacheControl: NotRequired[str]
        ContentDisposition: NotRequired[str]
        ContentEncoding: NotRequired[str]
        ContentLanguage: NotRequired[str]
        ContentLength: NotRequired[int]
        ContentMD5: NotRequired[str]
        ContentType: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        Expires: NotRequired[float]
        IfMatch: NotRequired[str]
        IfNoneMatch: NotRequired[str]
        GrantFullControl: NotRequired[str]
        GrantRead: NotRequired[str]
        GrantReadACP: NotRequired[str]
        GrantWriteACP: NotRequired[str]
        Key: str
        WriteOffsetBytes: NotRequired[int]
        Metadata: NotRequired[dict[str, str]]
        ServerSideEncryption: NotRequired[str]
        StorageClass: NotRequired[str]
        WebsiteRedirectLocation: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestPayer: NotRequired[str]
        Tagging: NotRequired[str]
        ObjectLockMode: NotRequired[str]
        ObjectLockRetainUntilDate: NotRequired[float]
        ObjectLockLegalHoldStatus: NotRequired[str]
        ObjectLockEventHold: NotRequired[str]
        ObjectLockEventHoldDurationDays: NotRequired[int]
        ObjectLockEventHoldDurationYears: NotRequired[int]
        ExpectedBucketOwner: NotRequired[str]

    class PutObjectOutput(TypedDict):
        Expiration: NotRequired[str]
        ETag: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        ChecksumType: NotRequired[str]
        ServerSideEncryption: NotRequired[str]
        VersionId: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        SSEKMSEncryptionContext: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        Size: NotRequired[int]
        RequestCharged: NotRequired[str]

    class PutObjectTaggingRequest(TypedDict):
        Bucket: str
        Key: str
        VersionId: NotRequired[str]
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        Tagging: Tagging
        ExpectedBucketOwner: NotRequired[str]
        RequestPayer: NotRequired[str]

    class PutObjectTaggingOutput(TypedDict):
        VersionId: NotRequired[str]

    class PutPublicAccessBlockRequest(TypedDict):
        Bucket: str
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        PublicAccessBlockConfiguration: PublicAccessBlockConfiguration
        ExpectedBucketOwner: NotRequired[str]

    class UploadPartRequest(TypedDict):
        Body: NotRequired[bytes]
        Bucket: str
        ContentLength: NotRequired[int]
        ContentMD5: NotRequired[str]
        ChecksumAlgorithm: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        Key: str
        PartNumber: int
        UploadId: str
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]

    class UploadPartOutput(TypedDict):
        ServerSideEncryption: NotRequired[str]
        ETag: NotRequired[str]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestCharged: NotRequired[str]
        VersionId: NotRequired[str]

    class UploadPartCopyRequest(TypedDict):
        Bucket: str
        CopySource: str
        CopySourceIfMatch: NotRequired[str]
        CopySourceIfModifiedSince: NotRequired[float]
        CopySourceIfNoneMatch: NotRequired[str]
        CopySourceIfUnmodifiedSince: NotRequired[float]
        CopySourceRange: NotRequired[str]
        Key: str
        PartNumber: int
        UploadId: str
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKey: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        CopySourceSSECustomerAlgorithm: NotRequired[str]
        CopySourceSSECustomerKey: NotRequired[str]
        CopySourceSSECustomerKeyMD5: NotRequired[str]
        RequestPayer: NotRequired[str]
        ExpectedBucketOwner: NotRequired[str]
        ExpectedSourceBucketOwner: NotRequired[str]

    class CopyPartResult(TypedDict):
        ETag: NotRequired[str]
        LastModified: NotRequired[float]
        ChecksumCRC32: NotRequired[str]
        ChecksumCRC32C: NotRequired[str]
        ChecksumCRC64NVME: NotRequired[str]
        ChecksumSHA1: NotRequired[str]
        ChecksumSHA256: NotRequired[str]
        ChecksumSHA512: NotRequired[str]
        ChecksumMD5: NotRequired[str]
        ChecksumXXHASH64: NotRequired[str]
        ChecksumXXHASH3: NotRequired[str]
        ChecksumXXHASH128: NotRequired[str]

    class UploadPartCopyOutput(TypedDict):
        CopySourceVersionId: NotRequired[str]
        CopyPartResult: NotRequired[CopyPartResult]
        ServerSideEncryption: NotRequired[str]
        SSECustomerAlgorithm: NotRequired[str]
        SSECustomerKeyMD5: NotRequired[str]
        SSEKMSKeyId: NotRequired[str]
        BucketKeyEnabled: NotRequired[bool]
        RequestCharged: NotRequired[str]
        VersionId: NotRequired[str]

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
