"""A second verifier of Signature Version 4, slow and literal, written from AWS's text alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
It shares nothing with the server's.
"""

from __future__ import annotations

import hashlib
import hmac
import posixpath
from urllib.parse import parse_qsl, quote, unquote

from lodekey.wire.http import HttpRequest


def holds(http: HttpRequest, secret_key: str) -> bool:
    """Whether the signature is the one that *secret_key* makes; times are not looked at."""
    parameters = parse_qsl(http.query, keep_blank_values=True)
    if "authorization" in http.headers:
        algorithm, _, rest = http.headers["authorization"].partition(" ")
        fields = dict(field.strip().split("=", 1) for field in rest.split(","))
        credential, names = fields["Credential"], fields["SignedHeaders"]
        signature, date = fields["Signature"], http.headers["x-amz-date"]
    else:
        given = dict(parameters)
        algorithm, credential = given["X-Amz-Algorithm"], given["X-Amz-Credential"]
        names, signature = given["X-Amz-SignedHeaders"], given["X-Amz-Signature"]
        date = given["X-Amz-Date"]
        parameters = [pair for pair in parameters if pair[0] != "X-Amz-Signature"]
    day, region, service, terminator = credential.split("/")[1:]
    canonical = "\n".join(
        [
            http.method,
            canonical_path(http.path, service),
            "&".join(
                f"{name}={value}"
                for name, value in sorted(
                    (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
                    for name, value in parameters
                )
            ),
            *(f"{name}:{' '.join(http.headers[name].split())}" for name in names.split(";")),
            "",
            names,
            payload(http, service),
        ]
    )
    scope = f"{day}/{region}/{service}/{terminator}"
    text = f"{algorithm}\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = ("AWS4" + secret_key).encode()
    for part in (day, region, service, terminator):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == signature


def canonical_path(path: str, service: str) -> str:
    """S3's as sent; all others' without dots, and encoded once more."""
    if service == "s3":
        return "/".join(quote(unquote(part), safe="-_.~") for part in path.split("/"))
    normal = posixpath.normpath(path).replace("//", "/")
    end = "/" if path.endswith(("/", "/.", "/..")) and normal != "/" else ""
    return quote(normal + end, safe="/-_.~")


def payload(http: HttpRequest, service: str) -> str:
    """What the last line says of the body."""
    if service == "s3" and "authorization" not in http.headers:
        return "UNSIGNED-PAYLOAD"
    if service == "s3" and http.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD":
        return "UNSIGNED-PAYLOAD"
    return hashlib.sha256(http.body).hexdigest()
