"""Read one value with less work than boto3 does for it.

Endpoint, Region, credentials, proxies and certificates are boto3's: they are taken from a boto3
client. Only the request is put together here, for the two operations that read a value. Whatever is
not answered with success is asked once more through boto3, which retries, refreshes credentials and
words errors.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, HeadersDict

from lodekey.client.connection import Connection
from lodekey.client.kept import Kept
from lodekey.client.places import Place
from lodekey.client.stores import Stores


@dataclass(frozen=True, slots=True)
class _Service:
    """One service of a connection: where it is, and how its requests are signed."""

    http: Any
    url: str
    host: str
    region: str
    name: str


_TARGETS = {
    "ssm": ("ssm", "AmazonSSM.GetParameter"),
    "sm": ("secretsmanager", "secretsmanager.GetSecretValue"),
}
_HEADERS = "content-type;host;x-amz-date;x-amz-target"
_HEADERS_WITH_TOKEN = "content-type;host;x-amz-date;x-amz-security-token;x-amz-target"  # noqa: S105 - names
_TYPE = "application/x-amz-json-1.1"


class FastReader:
    """Reads single values of a connection.

    Args:
        stores: The connection's stores, which do what this cannot.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._connection: Connection = stores.connection
        self._services: dict[str, _Service] = {}
        self._signing: dict[str, tuple[tuple[str, str, str], bytes]] = {}

    def get(self, place: Place) -> Kept:
        """Read one value.

        Raises:
            Failure: As `Stores.get` says it.
        """
        answer = None if place.version else self._answer(place)
        if answer is None:
            return self._stores.get(place)
        if place.scheme == "ssm":
            parameter = answer["Parameter"]
            return Kept(
                place,
                parameter["Value"],
                str(parameter["Version"]),
                modified=_moment(parameter["LastModifiedDate"]),
                secret=parameter["Type"] == "SecureString",
            )
        text = answer.get("SecretString")
        return Kept(
            place,
            base64.b64decode(answer["SecretBinary"]) if text is None else text,
            answer["VersionId"],
            tuple(answer.get("VersionStages", ())),
            _moment(answer["CreatedDate"]),
        )

    def _answer(self, place: Place) -> dict[str, Any] | None:
        """The service's answer; None: boto3 should ask."""
        name, target = _TARGETS[place.scheme]
        service = self._services.get(name) or self._service(name)
        session_credentials = self._connection.session.get_credentials()
        if session_credentials is None:
            return None
        asked: dict[str, Any] = (
            {"Name": place.name, "WithDecryption": True}
            if place.scheme == "ssm"
            else {"SecretId": place.name}
        )
        body = json.dumps(asked).encode()
        try:
            keys = session_credentials.get_frozen_credentials()
            headers = self._signed(service, target, body, keys)
            request = AWSPreparedRequest("POST", service.url, headers, body, stream_output=False)
            response = service.http.send(request)
            if response.status_code != 200:
                return None
            answer: dict[str, Any] = json.loads(response.content)
        except Exception:  # noqa: BLE001 - boto3 meets the same trouble, and words it
            return None
        return answer

    def _service(self, name: str) -> _Service:
        client = self._connection.client(name)
        url = client.meta.endpoint_url.rstrip("/") + "/"
        http = client._endpoint.http_session  # noqa: SLF001 - proxies and certificates are set there
        made = _Service(http, url, urlsplit(url).netloc, client.meta.region_name, name)
        self._services[name] = made
        return made

    def _signed(self, service: _Service, target: str, body: bytes, keys: Any) -> Any:
        """The request's headers, with a Signature Version 4.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        names, token = (_HEADERS_WITH_TOKEN, keys.token) if keys.token else (_HEADERS, "")
        lines = f"content-type:{_TYPE}\nhost:{service.host}\nx-amz-date:{moment}\n"
        if token:
            lines += f"x-amz-security-token:{token}\n"
        lines += f"x-amz-target:{target}\n"
        digest = hashlib.sha256(body).hexdigest()
        canonical = hashlib.sha256(f"POST\n/\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
        scope = f"{moment[:8]}/{service.region}/{service.name}/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{canonical}"
        key = self._signing_key(keys.secret_key, moment[:8], service.region, service.name)
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        headers = HeadersDict()
        headers["Content-Type"] = _TYPE
        headers["Host"] = service.host
        headers["X-Amz-Date"] = moment
        headers["X-Amz-Target"] = target
        if token:
            headers["X-Amz-Security-Token"] = token
        headers["Authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return headers

    def _signing_key(self, secret: str, date: str, region: str, service: str) -> bytes:
        parts = (secret, date, region)
        known = self._signing.get(service)
        if known is not None and known[0] == parts:
            return known[1]
        key = f"AWS4{secret}".encode()
        for part in (date, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._signing[service] = (parts, key)
        return key


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
