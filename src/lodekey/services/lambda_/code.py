"""Where a function's package comes from, and where its readers can have it."""

from __future__ import annotations

from typing import Any

from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.functions import Code, LayerUse
from lodekey.services.lambda_.packages import MOST_UNZIPPED, Package, check
from lodekey.services.lambda_.settings import invalid

CODE_PATH = "/_lodekey/lambda/code/"
CODE_SCOPE = "lambda code"
CODE_SECONDS = 600


def code_in(ctx: Context, request: Any) -> Package:
    """The package that a request brings or points to.

    Args:
        ctx: The request's; a package in the request itself was checked by `prepare`.
        request: Has ``S3Bucket`` and ``S3Key`` otherwise.

    Raises:
        InvalidParameterValueException: It has neither, or the object cannot be had.
    """
    if request.get("ImageUri"):
        raise invalid("ImageUri: container images are not offered by this server.")
    if ctx.prepared is not None:
        package: Package = ctx.prepared
        return package
    if request.get("ZipFile") is not None:
        # a forwarded call is not prepared
        return check(request["ZipFile"], direct=True)
    if not request.get("S3Bucket") or not request.get("S3Key"):
        raise invalid("Please provide a source for function code.")
    return check(object_body(ctx, request), direct=False)


def object_body(ctx: Context, request: Any) -> bytes:
    """The body of the object that a request points to, read as the caller.

    Raises:
        InvalidParameterValueException: S3 refuses it.
    """
    wanted = {"Bucket": request["S3Bucket"], "Key": request["S3Key"]}
    if request.get("S3ObjectVersion"):
        wanted["VersionId"] = request["S3ObjectVersion"]
    try:
        answer = ctx.call(ctx.gate.operation("s3", "GetObject"), wanted, via="lambda")
        return whole_body(answer["Body"])
    except KeyError:
        raise invalid("S3 is not offered by this server.") from None
    except ApiError as error:
        raise InvalidParameterValueException(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. "
            f"S3 Error Message: {error.message}",
            Type="User",
        ) from error


def whole_body(body: Any) -> bytes:
    """An object's body as bytes, whether S3 hands out bytes, a reader, or pieces."""
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    read = getattr(body, "read", None)
    whole: bytes = read() if read is not None else b"".join(body)
    return whole


def keep(ctx: Context, package: Package, layers: tuple[LayerUse, ...]) -> Code:
    """Keep *package*, sealed.

    Raises:
        InvalidParameterValueException: With its layers it is too large.
    """
    must_fit(package.unzipped, layers)
    return Functions.of(ctx.gate.background).shelf.keep(package)


def must_fit(unzipped: int, layers: tuple[LayerUse, ...]) -> None:
    """Check that code and layers together are not too large.

    Raises:
        InvalidParameterValueException: They are.
    """
    total = unzipped + sum(use.code.unzipped for use in layers)
    if total > MOST_UNZIPPED:
        raise invalid(
            f"Function code combined with layers exceeds the maximum allowed size of "
            f"{MOST_UNZIPPED} bytes. The actual size is {total} bytes."
        )


def code_location(ctx: Context, code: Code) -> str:
    """A URL under which the package can be had for ten minutes, by whoever has it."""
    position = [code.id, code.key, int(ctx.now) + CODE_SECONDS]
    token = ctx.gate.pages.token(CODE_SCOPE, position)
    return f"{ctx.gate.settings.endpoint}{CODE_PATH}{token}"
