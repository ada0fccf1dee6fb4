"""Systems Manager: parameters.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag


def _request(deed: Deed, name: str) -> dict[str, Any]:
    if deed["Type"] not in {"String", "StringList"}:
        raise Refused(
            "Properties validation failed for resource "
            f"{deed.logical} with message:\n#/Type: {deed['Type']} is not a valid enum value"
        )
    return {
        "Name": name,
        **deed.some(
            "Type", "Value", "Description", "AllowedPattern", "Tier", "Policies", "DataType"
        ),
    }


def _attributes(deed: Deed, name: str) -> dict[str, Any]:
    arn = f"arn:aws:ssm:{deed.region}:{deed.account}:parameter/{name.removeprefix('/')}"
    return {"Arn": arn, "Type": deed["Type"], "Value": deed["Value"]}


async def create(deed: Deed) -> Made:
    """PutParameter; SecureString is no type that CloudFormation makes."""
    name = str(deed.get("Name") or f"CFN-{deed.name(120)}")
    request = _request(deed, name)
    own = [{"Key": key, "Value": value} for key, value in (deed.get("Tags") or {}).items()]
    tags = deed.tag_list(own)
    if tags:
        request["Tags"] = tags
    await deed.call("ssm", "PutParameter", request, names=lambda _: name)
    return Made(name, _attributes(deed, name))


async def update(deed: Deed) -> dict[str, Any] | None:
    """PutParameter over the old value."""
    if set(_changed(deed)) - {"Tags"}:
        await deed.call("ssm", "PutParameter", {**_request(deed, deed.physical), "Overwrite": True})
    put, gone = retag(deed)
    named = {"ResourceType": "Parameter", "ResourceId": deed.physical}
    if gone:
        await deed.call("ssm", "RemoveTagsFromResource", {**named, "TagKeys": gone})
    if put:
        tags = [{"Key": key, "Value": value} for key, value in put.items()]
        await deed.call("ssm", "AddTagsToResource", {**named, "Tags": tags})
    return _attributes(deed, deed.physical)


def _changed(deed: Deed) -> list[str]:
    return [name for name in {*deed.properties, *deed.old} if deed.changed(name)]


async def delete(deed: Deed) -> None:
    """DeleteParameter."""
    await deed.quietly("ssm", "DeleteParameter", {"Name": deed.physical})


async def live(deed: Deed) -> dict[str, Any]:
    """The value and type."""
    found = (await deed.call("ssm", "GetParameter", {"Name": deed.physical}))["Parameter"]
    return {"Type": found["Type"], "Value": found["Value"], "Name": found["Name"]}


TYPES = (
    ResourceType(
        name="AWS::SSM::Parameter",
        create=create,
        update=update,
        delete=delete,
        live=live,
        properties=words("AllowedPattern DataType Description Name Policies Tags Tier Type Value"),
        required=words("Type Value"),
        replaced_by=words("Name"),
        attributes=words("Arn Type Value"),
    ),
)
