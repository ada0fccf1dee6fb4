"""Requests and responses of cloudtrail.

Generated from the service model by ``tools/generate_shapes.py``: do not edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NotRequired, TypedDict

    class Tag(TypedDict):
        Key: str
        Value: NotRequired[str]

    class CreateTrailRequest(TypedDict):
        Name: str
        S3BucketName: str
        S3KeyPrefix: NotRequired[str]
        SnsTopicName: NotRequired[str]
        IncludeGlobalServiceEvents: NotRequired[bool]
        IsMultiRegionTrail: NotRequired[bool]
        EnableLogFileValidation: NotRequired[bool]
        CloudWatchLogsLogGroupArn: NotRequired[str]
        CloudWatchLogsRoleArn: NotRequired[str]
        KmsKeyId: NotRequired[str]
        IsOrganizationTrail: NotRequired[bool]
        TagsList: NotRequired[list[Tag]]
        RecursiveLogging: NotRequired[bool]

    class CreateTrailResponse(TypedDict):
        Name: NotRequired[str]
        S3BucketName: NotRequired[str]
        S3KeyPrefix: NotRequired[str]
        SnsTopicName: NotRequired[str]
        SnsTopicARN: NotRequired[str]
        IncludeGlobalServiceEvents: NotRequired[bool]
        IsMultiRegionTrail: NotRequired[bool]
        TrailARN: NotRequired[str]
        LogFileValidationEnabled: NotRequired[bool]
        CloudWatchLogsLogGroupArn: NotRequired[str]
        CloudWatchLogsRoleArn: NotRequired[str]
        KmsKeyId: NotRequired[str]
        IsOrganizationTrail: NotRequired[bool]
        RecursiveLogging: NotRequired[bool]

    class DeleteTrailRequest(TypedDict):
        Name: str

    class DeleteTrailResponse(TypedDict):
        pass

    class DescribeTrailsRequest(TypedDict):
        trailNameList: NotRequired[list[str]]
        includeShadowTrails: NotRequired[bool]

    class Trail(TypedDict):
        Name: NotRequired[str]
        S3BucketName: NotRequired[str]
        S3KeyPrefix: NotRequired[str]
        SnsTopicName: NotRequired[str]
        SnsTopicARN: NotRequired[str]
        IncludeGlobalServiceEvents: NotRequired[bool]
        IsMultiRegionTrail: NotRequired[bool]
        HomeRegion: NotRequired[str]
        TrailARN: NotRequired[str]
        LogFileValidationEnabled: NotRequired[bool]
        CloudWatchLogsLogGroupArn: NotRequired[str]
        CloudWatchLogsRoleArn: NotRequired[str]
        KmsKeyId: NotRequired[str]
        HasCustomEventSelectors: NotRequired[bool]
        HasInsightSelectors: NotRequired[bool]
        IsOrganizationTrail: NotRequired[bool]
        RecursiveLogging: NotRequired[bool]

    class DescribeTrailsResponse(TypedDict):
        trailList: NotRequired[list[Trail]]

    class GetTrailRequest(TypedDict):
        Name: str

    class GetTrailResponse(TypedDict):
        Trail: NotRequired[Trail]

    class GetTrailStatusRequest(TypedDict):
        Name: str

    class GetTrailStatusResponse(TypedDict):
        IsLogging: NotRequired[bool]
        LatestDeliveryError: NotRequired[str]
        LatestNotificationError: NotRequired[str]
        LatestDeliveryTime: NotRequired[float]
        LatestNotificationTime: NotRequired[float]
        StartLoggingTime: NotRequired[float]
        StopLoggingTime: NotRequired[float]
        LatestCloudWatchLogsDeliveryError: NotRequired[str]
        LatestCloudWatchLogsDeliveryTime: NotRequired[float]
        LatestDigestDeliveryTime: NotRequired[float]
        LatestDigestDeliveryError: NotRequired[str]
        LatestDeliveryAttemptTime: NotRequired[str]
        LatestNotificationAttemptTime: NotRequired[str]
        LatestNotificationAttemptSucceeded: NotRequired[str]
        LatestDeliveryAttemptSucceeded: NotRequired[str]
        TimeLoggingStarted: NotRequired[str]
        TimeLoggingStopped: NotRequired[str]

    class ListTrailsRequest(TypedDict):
        NextToken: NotRequired[str]

    class TrailInfo(TypedDict):
        TrailARN: NotRequired[str]
        Name: NotRequired[str]
        HomeRegion: NotRequired[str]

    class ListTrailsResponse(TypedDict):
        Trails: NotRequired[list[TrailInfo]]
        NextToken: NotRequired[str]

    class LookupAttribute(TypedDict):
        AttributeKey: str
        AttributeValue: str

    class LookupEventsRequest(TypedDict):
        LookupAttributes: NotRequired[list[LookupAttribute]]
        StartTime: NotRequired[float]
        EndTime: NotRequired[float]
        EventCategory: NotRequired[str]
        MaxResults: NotRequired[int]
        NextToken: NotRequired[str]

    class Resource(TypedDict):
        ResourceType: NotRequired[str]
        ResourceName: NotRequired[str]

    class Event(TypedDict):
        EventId: NotRequired[str]
        EventName: NotRequired[str]
        ReadOnly: NotRequired[str]
        AccessKeyId: NotRequired[str]
        EventTime: NotRequired[float]
        EventSource: NotRequired[str]
        Username: NotRequired[str]
        Resources: NotRequired[list[Resource]]
        CloudTrailEvent: NotRequired[str]

    class LookupEventsResponse(TypedDict):
        Events: NotRequired[list[Event]]
        NextToken: NotRequired[str]

    class StartLoggingRequest(TypedDict):
        Name: str

    class StartLoggingResponse(TypedDict):
        pass

    class StopLoggingRequest(TypedDict):
        Name: str

    class StopLoggingResponse(TypedDict):
        pass

else:
    # Fifteen hundred classes that nobody looks at cost an eighth of a start.
    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return dict
