"""WhoCanRead: who can read a value, who could come to, and the proof that nobody else can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lodekey.arn import is_arn
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, Deferred, operation
from lodekey.lazily import lazily
from lodekey.services.admin.shapes import WhoCanReadRequest, WhoCanReadResponse

if TYPE_CHECKING:
    from lodekey.services.admin import prove_readers
else:
    prove_readers = lazily("lodekey.services.admin.prove_readers")

OWN_FORMS = {"ssm:": "ssm", "sm:": "secretsmanager", "kms:": "kms"}


def full_arn(ctx: Context, request: WhoCanReadRequest) -> str:
    """The ARN that the request means: ``ssm:/path``, ``sm:name`` and ``kms:id`` are one's own."""
    name = request["Resource"]
    if is_arn(name):
        return name
    start = f"{ctx.region}:{ctx.account}"
    for prefix in OWN_FORMS:
        if name.startswith(prefix):
            rest = name.removeprefix(prefix)
            if prefix == "ssm:":
                return f"arn:aws:ssm:{start}:parameter/{rest.removeprefix('/')}"
            if prefix == "sm:":
                return f"arn:aws:secretsmanager:{start}:secret:{rest}"
            return f"arn:aws:kms:{start}:{rest if rest.startswith('alias/') else 'key/' + rest}"
    return name


def readers_of(ctx: Context, request: WhoCanReadRequest) -> Bare:
    """What is asked about: the readers of something that an account owns."""
    arn = full_arn(ctx, request)
    account = (arn.split(":")[4] if is_arn(arn) else "") or ctx.account
    return Bare(f"arn:aws:lodekey:{ctx.region}:{account}:readers", account)


@operation("lodekey:WhoCanRead", on=readers_of)
def who_can_read(
    ctx: Context, request: WhoCanReadRequest, target: Bare
) -> WhoCanReadResponse | Deferred[WhoCanReadResponse]:
    """Say who can read a secret, a parameter, or what a KMS key seals, and who could come to."""
    return prove_readers.readers(ctx, full_arn(ctx, request), request.get("Principal", ""))
