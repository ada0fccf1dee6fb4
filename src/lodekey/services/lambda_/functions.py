"""Functions, their versions and aliases: the records, and what their readers see of them."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from lodekey.services.lambda_.names import LATEST, FunctionName
from lodekey.services.lambda_.shapes import AliasConfiguration, FunctionConfiguration
from lodekey.store.port import Collection, Transaction


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A package: where it is kept, and what it is.

    Args:
        id: The name of its file.
        key: What the file is sealed with: 32 bytes.
        sha256: Of the package, base64.
        size: Of the package, bytes.
        unzipped: Of what it holds, bytes.
    """

    id: str
    key: bytes
    sha256: str
    size: int
    unzipped: int


class LayerUse(msgspec.Struct, frozen=True, kw_only=True):
    """A layer version that a function uses; its code stays even if the version is deleted."""

    arn: str
    code: Code


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a function, ``$LATEST`` or published: all that an invocation depends on.

    Args:
        number: ``$LATEST``, ``1`` …
        environment: The variables, as JSON, sealed by KMS; empty: none.
        kms_key: The ARN of the customer's key that sealed them; empty: the AWS managed key.
        environment_key: The ARN of the key that sealed them.
        temporary: The size of ``/tmp``, MiB.
        log_format: ``Text`` or ``JSON``.
        log_group: Another than ``/aws/lambda/NAME``; empty: that.
        modified: Seconds since the epoch.
    """

    account: str
    region: str
    name: str
    number: str
    runtime: str
    role: str
    handler: str
    code: Code
    revision: str
    modified: float
    description: str = ""
    timeout: int = 3
    memory: int = 128
    temporary: int = 512
    environment: bytes = b""
    kms_key: str = ""
    environment_key: str = ""
    layers: tuple[LayerUse, ...] = ()
    architecture: str = "x86_64"
    tracing: str = "PassThrough"
    log_format: str = "Text"
    application_level: str = ""
    system_level: str = ""
    log_group: str = ""
    reason: str = ""

    @property
    def named(self) -> FunctionName:
        """Its full name."""
        return FunctionName(self.account, self.region, self.name, self.number)

    @property
    def group(self) -> str:
        """The log group."""
        return self.log_group or f"/aws/lambda/{self.name}"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function: what all its versions share, and ``$LATEST``.

    Args:
        latest: The version that can be changed.
        next_version: The number of the version to come; numbers are never used again.
        reserved: Reserved concurrency; None: none.
        recursion: ``Terminate`` or ``Allow``.
        runtime_updates: ``Auto``, ``FunctionUpdate`` or ``Manual``.
        created: Seconds since the epoch.
    """

    account: str
    region: str
    name: str
    latest: Version
    created: float
    next_version: int = 1
    tags: dict[str, str] = {}
    reserved: int | None = None
    recursion: str = "Terminate"
    runtime_updates: str = "Auto"

    @property
    def named(self) -> FunctionName:
        """Its name."""
        return FunctionName(self.account, self.region, self.name)


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """A name for a version, or for two of them with a weight."""

    account: str
    region: str
    function: str
    name: str
    version: str
    revision: str
    description: str = ""
    weights: dict[str, float] = {}

    @property
    def named(self) -> FunctionName:
        """Its full name."""
        return FunctionName(self.account, self.region, self.function, self.name)

    def choose(self, chance: float) -> str:
        """The version that an invocation gets; *chance* is between 0 and 1."""
        for version, weight in self.weights.items():
            if chance < weight:
                return version
            chance -= weight
        return self.version


FUNCTIONS = Collection("lambda/function", Function)
VERSIONS = Collection("lambda/version", Version)
ALIASES = Collection("lambda/alias", Alias)


def padded(number: str) -> str:
    """A version's number as it is filed: names sort by number."""
    return number.zfill(10)


def function_of(tx: Transaction, name: FunctionName) -> Function | None:
    """The function called *name*, whatever its qualifier."""
    return FUNCTIONS.get(tx, name.account, name.region, name.name)


def alias_of(tx: Transaction, name: FunctionName) -> Alias | None:
    """The alias that *name* names."""
    return ALIASES.get(tx, name.account, name.region, name.name, name.qualifier)


def version_of(tx: Transaction, function: Function, qualifier: str) -> Version | None:
    """The version that *qualifier* names: a number, ``$LATEST``, an alias (its main version).

    Empty names ``$LATEST``.
    """
    if qualifier in {"", LATEST}:
        return function.latest
    where = (function.account, function.region, function.name)
    if qualifier.isdigit():
        return VERSIONS.get(tx, *where, padded(qualifier))
    alias = ALIASES.get(tx, *where, qualifier)
    return None if alias is None else version_of(tx, function, alias.version)


def version_to_run(tx: Transaction, function: Function, qualifier: str) -> Version | None:
    """The version that an invocation by *qualifier* gets: an alias may choose among two."""
    if qualifier not in {"", LATEST} and not qualifier.isdigit():
        alias = ALIASES.get(tx, function.account, function.region, function.name, qualifier)
        if alias is None:
            return None
        qualifier = alias.choose(random.random())  # noqa: S311 - a weight, not a secret
    return version_of(tx, function, qualifier)


def new_revision() -> str:
    """A revision id."""
    return str(uuid.uuid4())


def shown_time(seconds: float) -> str:
    """A time as Lambda writes it: ``2024-05-06T07:08:09.123+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def runtime_version_arn(region: str, runtime: str) -> str:
    """The ARN that stands for the version of a runtime: one for each runtime."""
    digest = hashlib.sha256(f"lodekey {runtime}".encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"


def configuration(
    version: Version, *, qualifier: str, variables: Mapping[str, str] | None, error: str = ""
) -> FunctionConfiguration:
    """What readers see of a version.

    Args:
        version: It.
        qualifier: What follows the function's ARN; empty: nothing.
        variables: The environment, opened for this reader; None: there is none, or it is refused.
        error: Why the reader does not see the environment.
    """
    shown: FunctionConfiguration = {
        "FunctionName": version.name,
        "FunctionArn": version.named._replace(qualifier=qualifier).arn,
        "Runtime": version.runtime,
        "Role": version.role,
        "Handler": version.handler,
        "CodeSize": version.code.size,
        "Description": version.description,
        "Timeout": version.timeout,
        "MemorySize": version.memory,
        "LastModified": shown_time(version.modified),
        "CodeSha256": version.code.sha256,
        "Version": version.number,
        "TracingConfig": {"Mode": version.tracing},
        "RevisionId": version.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [version.architecture],
        "EphemeralStorage": {"Size": version.temporary},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {
            "RuntimeVersionArn": runtime_version_arn(version.region, version.runtime)
        },
        "LoggingConfig": {"LogFormat": version.log_format, "LogGroup": version.group},
    }
    logging = shown["LoggingConfig"]
    if version.log_format == "JSON":
        logging["ApplicationLogLevel"] = version.application_level or "INFO"
        logging["SystemLogLevel"] = version.system_level or "INFO"
    if error:
        shown["Environment"] = {"Error": {"ErrorCode": "AccessDeniedException", "Message": error}}
    elif variables is not None:
        shown["Environment"] = {"Variables": dict(variables)}
    if version.kms_key:
        shown["KMSKeyArn"] = version.kms_key
    if version.layers:
        shown["Layers"] = [{"Arn": use.arn, "CodeSize": use.code.size} for use in version.layers]
    return shown


def alias_shown(alias: Alias) -> AliasConfiguration:
    """What readers see of an alias."""
    shown: AliasConfiguration = {
        "AliasArn": alias.named.arn,
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    if alias.weights:
        shown["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
    return shown
