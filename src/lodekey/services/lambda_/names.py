"""The names of functions, versions, aliases and layers, in all the forms that requests use.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (FunctionName)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)

LATEST = "$LATEST"

_FORM = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:"
    r"|(?:(?P<partial>\d{12}):)?function:"
    r"|(?P<short>\d{12}):)?"
    r"(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?"
)
_LAYER = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):layer:)?"
    r"(?P<name>[a-zA-Z0-9_-]+)(?::(?P<version>\d+))?"
)


class FunctionName(NamedTuple):
    """A function, and perhaps a version or an alias of it.

    Args:
        account: The account that owns it.
        region: Where it is.
        name: Its name.
        qualifier: A version, an alias, ``$LATEST``, or empty.
    """

    account: str
    region: str
    name: str
    qualifier: str = ""

    @property
    def arn(self) -> str:
        """The ARN, with the qualifier where there is one."""
        return self.unqualified_arn + (f":{self.qualifier}" if self.qualifier else "")

    @property
    def unqualified_arn(self) -> str:
        """The ARN of the function itself."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    def not_found(self) -> ResourceNotFoundException:
        """What a caller reads where there is none such."""
        return ResourceNotFoundException(f"Function not found: {self.arn}", Type="User")


def read_name(text: str, qualifier: str, account: str, region: str) -> FunctionName:
    """Take a function's name apart.

    Args:
        text: As the request has it: a name, a partial or a whole ARN, with a qualifier or without.
        qualifier: The request's own qualifier; empty: none.
        account: The caller's.
        region: The request's.

    Raises:
        InvalidParameterValueException: It is no name, or names two qualifiers.
        ResourceNotFoundException: It lies in another region.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidParameterValueException(
            f"The provided function name is not valid: {text}", Type="User"
        )
    derived = match["qualifier"] or ""
    if derived and qualifier and derived != qualifier:
        raise InvalidParameterValueException(
            "The derived qualifier from the function name does not match the specified qualifier.",
            Type="User",
        )
    there = match["region"] or region
    if there != region:
        raise ResourceNotFoundException(
            f"Functions from '{there}' are not reachable in this region ('{region}')", Type="User"
        )
    owner = match["account"] or match["partial"] or match["short"] or account
    return FunctionName(owner, region, match["name"], qualifier or derived)


class LayerName(NamedTuple):
    """A layer, and perhaps a version of it; zero: none named."""

    account: str
    region: str
    name: str
    version: int = 0

    @property
    def arn(self) -> str:
        """The ARN of the layer itself."""
        return f"arn:aws:lambda:{self.region}:{self.account}:layer:{self.name}"

    @property
    def version_arn(self) -> str:
        """The ARN of the version."""
        return f"{self.arn}:{self.version}"


def read_layer(text: str, account: str, region: str, version: int = 0) -> LayerName:
    """Take a layer's name apart.

    Raises:
        InvalidParameterValueException: It is none.
    """
    match = _LAYER.fullmatch(text)
    if match is None:
        raise InvalidParameterValueException(f"Invalid Layer name: {text}", Type="User")
    found = int(match["version"] or 0)
    return LayerName(
        match["account"] or account, match["region"] or region, match["name"], version or found
    )
