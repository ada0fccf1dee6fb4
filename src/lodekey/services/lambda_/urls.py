"""Function URLs: the records, and what their readers see.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from lodekey.services.lambda_.functions import shown_time
from lodekey.services.lambda_.names import FunctionName
from lodekey.store.port import Collection

URL_PATH = "/_lodekey/url/"


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """The URL of a function or an alias.

    Args:
        id: What its host name begins with on AWS.
        auth: ``AWS_IAM`` or ``NONE``.
        mode: ``BUFFERED`` or ``RESPONSE_STREAM``.
        cors: As the request had it.
    """

    id: str
    account: str
    region: str
    name: str
    qualifier: str
    auth: str
    created: float
    modified: float
    mode: str = "BUFFERED"
    cors: dict[str, Any] = {}

    @property
    def named(self) -> FunctionName:
        """The function or alias."""
        return FunctionName(self.account, self.region, self.name, self.qualifier)


class UrlName(msgspec.Struct, frozen=True):
    """Whose URL an id is: where the record is filed."""

    account: str
    region: str
    name: str
    qualifier: str


URLS = Collection("lambda/url", Url)
URL_IDS = Collection("lambda/url-id", UrlName)


def shown(url: Url, endpoint: str) -> dict[str, Any]:
    """What readers see."""
    answer: dict[str, Any] = {
        "FunctionUrl": f"{endpoint}{URL_PATH}{url.id}/",
        "FunctionArn": url.named.arn,
        "AuthType": url.auth,
        "CreationTime": shown_time(url.created),
        "LastModifiedTime": shown_time(url.modified),
        "InvokeMode": url.mode,
    }
    if url.cors:
        answer["Cors"] = url.cors
    return answer
