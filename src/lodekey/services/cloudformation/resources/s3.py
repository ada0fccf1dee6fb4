"""S3: buckets and their policies.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused, document
from lodekey.services.cloudformation.resources import lifecycle
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words


def _attributes(deed: Deed, name: str) -> dict[str, Any]:
    return {
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": f"{name}.s3.{deed.region}.amazonaws.com",
        "DualStackDomainName": f"{name}.s3.dualstack.{deed.region}.amazonaws.com",
        "WebsiteURL": f"http://{name}.s3-website-{deed.region}.amazonaws.com",
    }


async def create_bucket(deed: Deed) -> Made:
    """CreateBucket, then each setting by its own operation."""
    if deed.get("AccessControl", "Private") != "Private":
        raise Refused("AccessControl other than Private is not offered: use a bucket policy")
    name = str(deed.get("BucketName") or deed.name(63, lower=True))
    request: dict[str, Any] = {"Bucket": name}
    if deed.region != "us-east-1":
        request["CreateBucketConfiguration"] = {"LocationConstraint": deed.region}
    await deed.call("s3", "CreateBucket", request, names=lambda _: name)
    for member, put in SETTINGS.items():
        if member in deed.properties:
            await put(deed, name)
    await _tag(deed, name)
    return Made(name, _attributes(deed, name))


_ENCRYPTION = {"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}
"""The API's words for a template's, where they differ."""


async def _encrypt(deed: Deed, name: str) -> None:
    if "BucketEncryption" not in deed.properties:
        await deed.call("s3", "DeleteBucketEncryption", {"Bucket": name})
        return
    rules = [
        {_ENCRYPTION.get(member, member): value for member, value in each.items()}
        for each in deed["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    ]
    request = {"Bucket": name, "ServerSideEncryptionConfiguration": {"Rules": rules}}
    await deed.call("s3", "PutBucketEncryption", request)


async def _block(deed: Deed, name: str) -> None:
    if "PublicAccessBlockConfiguration" not in deed.properties:
        await deed.call("s3", "DeletePublicAccessBlock", {"Bucket": name})
        return
    block = deed["PublicAccessBlockConfiguration"]
    request = {"Bucket": name, "PublicAccessBlockConfiguration": block}
    await deed.call("s3", "PutPublicAccessBlock", request)


async def _version(deed: Deed, name: str) -> None:
    status = deed.get("VersioningConfiguration", {"Status": "Suspended"})
    await deed.call(
        "s3", "PutBucketVersioning", {"Bucket": name, "VersioningConfiguration": status}
    )


async def _own(deed: Deed, name: str) -> None:
    if "OwnershipControls" not in deed.properties:
        await deed.call("s3", "DeleteBucketOwnershipControls", {"Bucket": name})
        return
    request = {"Bucket": name, "OwnershipControls": deed["OwnershipControls"]}
    await deed.call("s3", "PutBucketOwnershipControls", request)


async def _expire(deed: Deed, name: str) -> None:
    if "LifecycleConfiguration" not in deed.properties:
        await deed.call("s3", "DeleteBucketLifecycle", {"Bucket": name})
        return
    await deed.call("s3", "PutBucketLifecycleConfiguration", lifecycle.request(deed, name))


SETTINGS = {
    "BucketEncryption": _encrypt,
    "PublicAccessBlockConfiguration": _block,
    "VersioningConfiguration": _version,
    "OwnershipControls": _own,
    "LifecycleConfiguration": _expire,
}


async def _tag(deed: Deed, name: str) -> None:
    tags = deed.tag_list(deed.get("Tags"))
    if tags:
        request = {"Bucket": name, "Tagging": {"TagSet": tags}}
        await deed.call("s3", "PutBucketTagging", request)


async def update_bucket(deed: Deed) -> dict[str, Any] | None:
    """Every setting that changed."""
    for member, put in SETTINGS.items():
        if deed.changed(member):
            await put(deed, deed.physical)
    new = deed.tags(deed.get("Tags"))
    if new != deed.former_tags(deed.old.get("Tags")):
        if new:
            await _tag(deed, deed.physical)
        else:
            await deed.call("s3", "DeleteBucketTagging", {"Bucket": deed.physical})
    return None


async def delete_bucket(deed: Deed) -> None:
    """DeleteBucket; a bucket that holds objects does not go, as on AWS."""
    await deed.quietly("s3", "DeleteBucket", {"Bucket": deed.physical})


async def live_bucket(deed: Deed) -> dict[str, Any]:
    """Versioning, encryption, and what is blocked to the public."""
    found = await deed.call("s3", "GetBucketVersioning", {"Bucket": deed.physical})
    shown: dict[str, Any] = {"BucketName": deed.physical}
    if "Status" in found:
        shown["VersioningConfiguration"] = {"Status": found["Status"]}
    if "PublicAccessBlockConfiguration" in deed.properties:
        there = await deed.quietly("s3", "GetPublicAccessBlock", {"Bucket": deed.physical})
        block = there["PublicAccessBlockConfiguration"] if there else {}
        asked = deed["PublicAccessBlockConfiguration"]
        shown["PublicAccessBlockConfiguration"] = {name: block.get(name, False) for name in asked}
    if "BucketEncryption" in deed.properties:
        there = await deed.call("s3", "GetBucketEncryption", {"Bucket": deed.physical})
        (rule,) = there["ServerSideEncryptionConfiguration"]["Rules"]
        (asked,) = deed["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        words = {_ENCRYPTION.get(name, name): name for name in asked}
        same = {name: rule[word] for word, name in words.items() if word in rule}
        shown["BucketEncryption"] = {"ServerSideEncryptionConfiguration": [same]}
    return shown


async def put_policy(deed: Deed) -> Made:
    """PutBucketPolicy."""
    name = str(deed["Bucket"])
    request = {"Bucket": name, "Policy": document(deed["PolicyDocument"])}
    await deed.call("s3", "PutBucketPolicy", request, names=lambda _: name)
    return Made(name, {})


async def update_policy(deed: Deed) -> dict[str, Any] | None:
    """The same again."""
    await put_policy(deed)
    return None


async def delete_policy(deed: Deed) -> None:
    """DeleteBucketPolicy."""
    await deed.quietly("s3", "DeleteBucketPolicy", {"Bucket": deed["Bucket"]})


async def live_policy(deed: Deed) -> dict[str, Any]:
    """The policy."""
    found = await deed.call("s3", "GetBucketPolicy", {"Bucket": deed.physical})
    return {"Bucket": deed.physical, "PolicyDocument": json.loads(found["Policy"])}


TYPES = (
    ResourceType(
        name="AWS::S3::Bucket",
        create=create_bucket,
        update=update_bucket,
        delete=delete_bucket,
        live=live_bucket,
        properties=words(
            "AccessControl BucketEncryption BucketName LifecycleConfiguration OwnershipControls "
            "PublicAccessBlockConfiguration Tags VersioningConfiguration"
        ),
        not_offered=words(
            "AbacStatus AccelerateConfiguration AnalyticsConfigurations BucketNamePrefix "
            "BucketNamespace CorsConfiguration IntelligentTieringConfigurations "
            "InventoryConfigurations LoggingConfiguration MetadataConfiguration "
            "MetadataTableConfiguration MetricsConfigurations NotificationConfiguration "
            "ObjectLockConfiguration ObjectLockEnabled ReplicationConfiguration "
            "WebsiteConfiguration"
        ),
        replaced_by=words("BucketName"),
        attributes=words("Arn DomainName DualStackDomainName RegionalDomainName WebsiteURL"),
    ),
    ResourceType(
        name="AWS::S3::BucketPolicy",
        create=put_policy,
        update=update_policy,
        delete=delete_policy,
        live=live_policy,
        properties=words("Bucket PolicyDocument"),
        required=words("Bucket PolicyDocument"),
        replaced_by=words("Bucket"),
    ),
)
