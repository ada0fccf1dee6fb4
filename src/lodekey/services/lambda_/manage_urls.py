"""Give functions URLs, see them, change them, take them back.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
"""

from __future__ import annotations

import secrets
import string
from typing import Any, cast

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import Resource, operation
from lodekey.policy.ask import Keys
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceConflictException,
    ResourceNotFoundException,
)
from lodekey.services.lambda_.finding import Found, function_named
from lodekey.services.lambda_.manage_invocations import configured_named
from lodekey.services.lambda_.names import LATEST
from lodekey.services.lambda_.paging import page
from lodekey.services.lambda_.shapes import (
    CreateFunctionUrlConfigRequest,
    CreateFunctionUrlConfigResponse,
    DeleteFunctionUrlConfigRequest,
    FunctionUrlConfig,
    GetFunctionUrlConfigRequest,
    GetFunctionUrlConfigResponse,
    ListFunctionUrlConfigsRequest,
    ListFunctionUrlConfigsResponse,
    UpdateFunctionUrlConfigRequest,
    UpdateFunctionUrlConfigResponse,
)
from lodekey.services.lambda_.urls import URL_IDS, URLS, Url, UrlName, shown

_ALPHABET = string.ascii_lowercase + string.digits
_ID_LENGTH = 32


def of_auth(ctx: Context, request: Any, found: Resource) -> Keys:
    """``lambda:FunctionArn``, and ``lambda:FunctionUrlAuthType``: the request's, or the URL's."""
    keys = {"lambda:functionarn": found.arn}
    if "AuthType" in request:
        keys["lambda:functionurlauthtype"] = request["AuthType"]
    elif isinstance(found, Found) and (url := URLS.get(ctx.tx, *place(found))) is not None:
        keys["lambda:functionurlauthtype"] = url.auth
    return keys


def place(found: Found) -> tuple[str, ...]:
    """Where the URL of a function or an alias is filed."""
    return (*found.where, found.name.qualifier)


def url_of(ctx: Context, found: Found) -> Url:
    """The URL of a function or an alias.

    Raises:
        ResourceNotFoundException: It has none.
    """
    url = URLS.get(ctx.tx, *place(found))
    if url is None:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    return url


@operation("lambda:CreateFunctionUrlConfig", on=configured_named, keys=of_auth, writes=True)
def create_function_url_config(
    ctx: Context, request: CreateFunctionUrlConfigRequest, found: Found
) -> CreateFunctionUrlConfigResponse:
    """Give a function or an alias a URL."""
    name = found.name
    if name.qualifier == LATEST or name.qualifier.isdigit():
        raise InvalidParameterValueException(
            "Function URLs are for functions and aliases, not for versions.", Type="User"
        )
    if URLS.get(ctx.tx, *place(found)) is not None:
        raise ResourceConflictException(
            f"Failed to create function url config for [functionArn = {name.arn}]. Error message: "
            "FunctionUrlConfig exists for this Lambda function",
            Type="User",
        )
    id_ = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    url = Url(
        id=id_,
        account=name.account,
        region=name.region,
        name=name.name,
        qualifier=name.qualifier,
        auth=request["AuthType"],
        created=ctx.now,
        modified=ctx.now,
        mode=request.get("InvokeMode", "BUFFERED"),
        cors=dict(request.get("Cors", {})),
    )
    URLS.put(ctx.tx, *place(found), record=url)
    owner = UrlName(name.account, name.region, name.name, name.qualifier)
    URL_IDS.put(ctx.tx, id_, record=owner)
    answer = shown(url, ctx.gate.settings.endpoint)
    answer.pop("LastModifiedTime")
    return cast("CreateFunctionUrlConfigResponse", answer)


@operation("lambda:GetFunctionUrlConfig", on=configured_named, keys=of_auth)
def get_function_url_config(
    ctx: Context, request: GetFunctionUrlConfigRequest, found: Found
) -> GetFunctionUrlConfigResponse:
    """Show the URL of a function or an alias."""
    answer = shown(url_of(ctx, found), ctx.gate.settings.endpoint)
    return cast("GetFunctionUrlConfigResponse", answer)


@operation("lambda:UpdateFunctionUrlConfig", on=configured_named, keys=of_auth, writes=True)
def update_function_url_config(
    ctx: Context, request: UpdateFunctionUrlConfigRequest, found: Found
) -> UpdateFunctionUrlConfigResponse:
    """Change who may call a URL, and how."""
    url = url_of(ctx, found)
    changed = replace(
        url,
        auth=request.get("AuthType", url.auth),
        mode=request.get("InvokeMode", url.mode),
        cors=dict(request["Cors"]) if "Cors" in request else url.cors,
        modified=ctx.now,
    )
    URLS.put(ctx.tx, *place(found), record=changed)
    answer = shown(changed, ctx.gate.settings.endpoint)
    return cast("UpdateFunctionUrlConfigResponse", answer)


@operation("lambda:DeleteFunctionUrlConfig", on=configured_named, keys=of_auth, writes=True)
def delete_function_url_config(
    ctx: Context, request: DeleteFunctionUrlConfigRequest, found: Found
) -> None:
    """Take a URL back."""
    url = url_of(ctx, found)
    URLS.delete(ctx.tx, *place(found))
    URL_IDS.delete(ctx.tx, url.id)


@operation("lambda:ListFunctionUrlConfigs", on=function_named)
def list_function_url_configs(
    ctx: Context, request: ListFunctionUrlConfigsRequest, found: Found
) -> ListFunctionUrlConfigsResponse:
    """List the URLs of a function and its aliases."""
    every = [(parts[0], url) for parts, url in URLS.scan(ctx.tx, *found.where)]
    listed = page(ctx, request, f"urls {found.function.name}", every)
    endpoint = ctx.gate.settings.endpoint
    configs = [cast("FunctionUrlConfig", shown(url, endpoint)) for url in listed.items]
    answer: ListFunctionUrlConfigsResponse = {"FunctionUrlConfigs": configs}
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer
