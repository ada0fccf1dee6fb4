"""Secrets of Secrets Manager, read through ``/aws/reference/secretsmanager/NAME``.

The caller needs both permissions: ``ssm:GetParameter`` on the reference, and
``secretsmanager:GetSecretValue`` on the secret.

Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from lodekey.errors import AccessDeniedException, ApiError, ValidationException
from lodekey.gate.context import Context
from lodekey.services.ssm.errors import ParameterNotFound
from lodekey.services.ssm.names import REFERENCE
from lodekey.services.ssm.shapes import Parameter as ParameterShown

_VERSION_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def read(ctx: Context, place: str, *, decrypt: bool) -> ParameterShown:
    """Read a secret as a parameter.

    Args:
        ctx: The request.
        place: ``/aws/reference/secretsmanager/NAME``, with ``:VERSION`` or ``:STAGE`` or without.
        decrypt: Whether the request says WithDecryption; it must.

    Raises:
        ValidationException: It does not.
        ParameterNotFound: Secrets Manager does not give the secret.
        AccessDeniedException: Secrets Manager does not let the caller.
    """
    if not decrypt:
        raise ValidationException(
            "WithDecryption flag must be True for retrieving a Secret Manager secret."
        )
    secret_id, _, selector = place.removeprefix(REFERENCE).partition(":")
    request: dict[str, Any] = {"SecretId": secret_id}
    if selector:
        is_id = _VERSION_ID.fullmatch(selector) is not None
        request["VersionId" if is_id else "VersionStage"] = selector
    try:
        secret = ctx.call(
            ctx.gate.operation("secretsmanager", "GetSecretValue"), request, via="ssm"
        )
    except ApiError as error:
        raise _worded(ctx, error) from error
    if "SecretString" not in secret:
        raise ParameterNotFound(
            f"The secret {secret_id} has a binary value, which a parameter cannot have."
        )
    answer: ParameterShown = {
        "Name": place.partition(":")[0],
        "Type": "SecureString",
        "Value": secret["SecretString"],
        "Version": 0,
        "SourceResult": json.dumps(secret, default=str),
        "LastModifiedDate": secret["CreatedDate"],
        "ARN": secret["ARN"],
        "DataType": "text",
    }
    if selector:
        answer["Selector"] = f":{selector}"
    return answer


def _worded(ctx: Context, error: ApiError) -> ApiError:
    message = (
        f"{error.message} (Service: AWSSecretsManager; Status Code: 400; Error Code: "
        f"{error.code}; Request ID: {ctx.request_id}; Proxy: null)"
    )
    if error.code != "AccessDeniedException":
        return ParameterNotFound(message)
    denied = AccessDeniedException(message)
    denied.headers.update(error.headers)
    denied.denial = error.denial
    return denied
