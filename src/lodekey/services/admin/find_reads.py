"""Gather, from the records, every way to the value of a secret, a parameter or a KMS key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from lodekey.arn import Arn, is_arn
from lodekey.crypto import encryption_sdk
from lodekey.errors import ApiError, Missing
from lodekey.gate import authorize
from lodekey.gate.context import Came, Context
from lodekey.gate.operation import AnyOperation, Bare, Resource
from lodekey.identity.organization import levels_of
from lodekey.identity.principals_of import root_principal
from lodekey.policy.ask import Guard, Keys
from lodekey.services.admin.errors import NoSuchResourceException
from lodekey.services.admin.reads import Call, Read
from lodekey.services.secretsmanager.secrets import Secret, versions_of
from lodekey.services.secretsmanager.values import bound_to
from lodekey.services.ssm import names
from lodekey.services.ssm.parameters import Parameter, Version, version_numbered
from lodekey.services.ssm.seal_values import SECURE
from lodekey.services.ssm.tiers import ADVANCED

FREE_IN_KMS = (
    "kms:encryptioncontext",
    "kms:encryptionalgorithm",
    "kms:requestalias",
    "kms:recipientattestation",
    "kms:reencryptonsamekey",
)
FREE_IN_SECRETS = (
    "secretsmanager:secretid",
    "secretsmanager:versionid",
    "secretsmanager:versionstage",
)
VERSION_KEY = "kms:encryptioncontext:secretversionid"
FORWARDING = ("ssm", "secretsmanager", "lambda", "logs", "s3")
_OF_RESOURCE = ("aws:resource", "aws:requestedregion", "kms:viaservice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is asked about.

    Args:
        arn: Its ARN.
        account: Who owns it.
        region: Where it is.
        reads: Every way to its value.
        notes: What an answer has to say besides.
        advanced: Whether it is a parameter that can be given a resource policy.
    """

    arn: str
    account: str
    region: str
    reads: tuple[Read, ...]
    notes: tuple[str, ...] = ()
    advanced: bool = False


def find_target(ctx: Context, name: str) -> Target:
    """The secret, parameter or key called *name*, with every way to read it.

    Raises:
        NoSuchResourceException: There is none, or nothing that can be read.
    """
    parsed = Arn.parse(name) if is_arn(name) else None
    finder = _FINDERS.get(parsed.service) if parsed else None
    if parsed is None or finder is None:
        raise NoSuchResourceException(f"`{name}` is no secret, parameter or KMS key.")
    place = _Place(ctx, parsed.account, parsed.region or ctx.region)
    try:
        return finder(place, name)
    except (ApiError, Missing):
        raise NoSuchResourceException(f"There is no `{name}`.") from None


class _Place:
    """An account in a Region, seen with the eyes of its root, whom no policy is asked about."""

    def __init__(self, ctx: Context, account: str, region: str) -> None:
        principal = root_principal(ctx.tx, account)
        self.account, self.region = account, region
        self.ctx = structs.replace(
            ctx, principal=principal, region=region, came=Came(secure=True), via="", keys={}
        )

    def operation(self, service: str, name: str) -> AnyOperation:
        return self.ctx.gate.operation(service, name)

    def call(
        self,
        op: AnyOperation,
        request: Mapping[str, Any],
        resource: Resource,
        *,
        via: str = "",
        free: tuple[str, ...] = (),
        facts: Keys | None = None,
    ) -> Call:
        """A call on what was found."""
        inside = structs.replace(self.ctx, via=via)
        own = {} if op.keys is None else op.keys(inside, request, resource)
        return Call(
            action=op.action,
            resource=resource.arn,
            account=resource.account,
            guard=guarded(self.ctx, op.action, resource),
            facts={
                **facts_of(inside, op.action, resource),
                **{key: value for key, value in own.items() if not key.startswith(free or ("\0",))},
                **(facts or {}),
            },
            free=free,
            via=via,
        )

    def decrypt(
        self, blob: bytes, context: Mapping[str, str], via: str, name: str = "Decrypt"
    ) -> Call | None:
        """Opening a blob; None: its key is gone, and so is what it sealed."""
        op = self.operation("kms", "Decrypt")
        request = {"CiphertextBlob": blob, "EncryptionContext": dict(context)}
        try:
            key = op.on(self.ctx, request)
        except (ApiError, Missing):
            return None
        found = self.call(op, request, key, via=via)
        return found if name == "Decrypt" else replace(found, action=f"kms:{name}")


def facts_of(ctx: Context, action: str, resource: Resource) -> Keys:
    """The context keys that a call has whoever makes it."""
    found = authorize.context_keys(ctx, action, resource)
    return {key: value for key, value in found.items() if key.startswith(_OF_RESOURCE)}


def guarded(ctx: Context, action: str, resource: Resource) -> Guard:
    """The resource's policies with the resource control policies of its account."""
    if action.partition(":")[0] not in authorize.RCP_SERVICES or not resource.account:
        return resource.guard
    return replace(resource.guard, rcps=levels_of(ctx.tx, resource.account).rcps)


# A secret.


def _secret(place: _Place, name: str) -> Target:
    op = place.operation("secretsmanager", "GetSecretValue")
    secret: Secret
    try:
        secret = op.on(place.ctx, {"SecretId": name})
    except Missing:  # without the six characters that end a secret's ARN
        secret = op.on(place.ctx, {"SecretId": name.split(":", 6)[6]})
    request = {"SecretId": secret.arn}
    direct = place.call(op, request, secret, free=FREE_IN_SECRETS)
    forwarded = place.call(op, request, secret, via="ssm", free=FREE_IN_SECRETS)
    notes: dict[str, None] = {}
    reads: list[Read] = []
    for decrypt in _openings(place, secret, notes):
        reads.append(Read(name="GetSecretValue", calls=(direct, decrypt)))
        reads += [
            Read(
                name=f"{reader} of {names.REFERENCE}{secret.name}",
                calls=(_reference(place, reader, secret), forwarded, decrypt),
                account=secret.account,
            )
            for reader in ("GetParameter", "GetParameters")
        ]
    if not reads:
        notes["It has no value that could be opened now."] = None
    if secret.replicas:
        regions = ", ".join(sorted(secret.replicas))
        notes[f"It has replicas in {regions}: ask about each by its ARN."] = None
    return Target(
        arn=secret.arn,
        account=secret.account,
        region=secret.region,
        reads=tuple(reads),
        notes=tuple(notes),
    )


def _openings(place: _Place, secret: Secret, notes: dict[str, None]) -> Iterator[Call]:
    """Every forwarded Decrypt that opens a version: alike ones once."""
    seen: set[str] = set()
    for version in versions_of(place.ctx.tx, secret):
        context = bound_to(secret, version.sealed_as or version.id)
        for wrapped in version.keys:
            call = place.decrypt(wrapped.blob, context, "secretsmanager")
            if call is None:
                notes["A KMS key of some version is gone; nobody opens that version."] = None
                continue
            once = call.resource
            if call.guard.grants or _minds_version(call):
                once += version.id
            else:  # identity policies may speak of single versions, too: any may be meant
                facts = {key: value for key, value in call.facts.items() if key != VERSION_KEY}
                call = replace(call, facts=facts, free=(VERSION_KEY,))
            if once not in seen:
                seen.add(once)
                yield call


def _minds_version(call: Call) -> bool:
    policy = call.guard.policy
    return policy is not None and "secretversionid" in policy.text.lower()


def _reference(place: _Place, reader: str, secret: Secret) -> Call:
    op = place.operation("ssm", reader)
    arn = names.arn_of(place.region, place.account, names.REFERENCE + secret.name)
    bare = Bare(arn, place.account)
    return place.call(op, {}, bare)


# A parameter.


def _parameter(place: _Place, name: str) -> Target:
    op = place.operation("ssm", "GetParameter")
    parameter = op.on(place.ctx, {"Name": name})
    if not isinstance(parameter, Parameter):
        raise NoSuchResourceException(f"`{name}` is no parameter of one's own.")
    notes: dict[str, None] = {}
    ways = list(_sights(place, parameter))
    reads: list[Read] = []
    for opened in _seals(place, parameter, notes):
        for way, call, account in ways:
            for suffix, calls in opened:
                reads.append(Read(name=way + suffix, calls=(call, *calls), account=account))
    return Target(
        arn=parameter.arn,
        account=parameter.account,
        region=parameter.region,
        reads=tuple(reads),
        notes=tuple(notes),
        advanced=parameter.newest.tier == ADVANCED,
    )


def _sights(place: _Place, parameter: Parameter) -> Iterator[tuple[str, Call, str]]:
    """Every call that shows what is stored, sealed or not; and whose it is alone."""
    for name in ("GetParameter", "GetParameters", "GetParameterHistory"):
        yield name, place.call(place.operation("ssm", name), {}, parameter), ""
    op = place.operation("ssm", "GetParametersByPath")
    parent = parameter.place.rpartition("/")[0] or "/"
    path = parent
    while True:
        on = op.on(place.ctx, {"Path": path})
        free = ("ssm:recursive",) if path == parent else ()
        facts: Keys = {} if free else {"ssm:recursive": "true"}
        call = place.call(op, {"Path": path}, on, free=free, facts=facts)
        yield f"GetParametersByPath {path}", call, parameter.account
        if path == "/":
            return
        path = path.rpartition("/")[0] or "/"


Opened = list[tuple[str, tuple[Call, ...]]]


def _seals(place: _Place, parameter: Parameter, notes: dict[str, None]) -> Iterator[Opened]:
    """For each key that seals a version: every way to open what was seen."""
    seen: set[str] = set()
    for number in range(parameter.oldest, parameter.newest.number + 1):
        version = version_numbered(place.ctx.tx, parameter, number)
        if version is None:
            continue
        if version.type != SECURE:
            if "" not in seen:
                yield [("", ())]
            seen.add("")
            continue
        blob, context = _sealed(version), {"PARAMETER_ARN": parameter.arn}
        forwarded = place.decrypt(blob, context, "ssm")
        direct = place.decrypt(blob, context, "")
        again = place.decrypt(blob, context, "", "ReEncryptFrom")
        if forwarded is None or direct is None or again is None:
            notes["A KMS key of some version is gone; nobody opens that version."] = None
        elif forwarded.resource not in seen:
            seen.add(forwarded.resource)
            yield [
                (" with decryption", (forwarded,)),
                (", then Decrypt", (direct,)),
                (", then ReEncrypt to a key of one's own", (replace(again, free=FREE_IN_KMS[3:]),)),
            ]


def _sealed(version: Version) -> bytes:
    if version.tier != ADVANCED:
        return version.value
    return encryption_sdk.read_message(version.value).encrypted_key


# A key.


def _key(place: _Place, name: str) -> Target:
    key = place.operation("kms", "DescribeKey").on(place.ctx, {"KeyId": name})
    op = place.operation("kms", "Decrypt")
    reads = []
    if key.key.usage == "ENCRYPT_DECRYPT":
        request = {"KeyId": key.arn}
        direct = place.call(op, request, key, free=FREE_IN_KMS)
        reads = [
            Read(name="Decrypt", calls=(direct,)),
            Read(
                name="ReEncrypt to a key of one's own",
                calls=(replace(direct, action="kms:ReEncryptFrom"),),
            ),
        ]
        for via in FORWARDING:
            forwarded = place.call(op, request, key, via=via, free=FREE_IN_KMS)
            reads.append(Read(name=f"Decrypt through {via}", calls=(forwarded,)))
    notes = () if reads else ("It seals nothing: it is not a key for encryption.",)
    return Target(
        arn=key.arn, account=key.account, region=place.region, reads=tuple(reads), notes=notes
    )


_FINDERS = {"secretsmanager": _secret, "ssm": _parameter, "kms": _key}
