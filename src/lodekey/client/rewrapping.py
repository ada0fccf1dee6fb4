"""What is to be sealed anew when a key is replaced."""

from __future__ import annotations

from lodekey.client.connection import Connection
from lodekey.client.failures import NotFound, translated
from lodekey.client.kept import Entry
from lodekey.client.places import Place
from lodekey.client.stores import Stores


def due(stores: Stores, prefix: Place | None, new: str, old: str = "") -> list[Entry]:
    """The sealed values under *prefix* (or sealed by *old*) that are not under *new*.

    Raises:
        NotFound: A key is not there.
    """
    connection = stores.connection
    target, source = key_arn(connection, new), key_arn(connection, old) if old else ""
    known: dict[str, str] = {}
    found = []
    for entry in stores.entries(prefix):
        if entry.kind not in {"SecureString", "Secret"}:
            continue
        if entry.key not in known:
            default = "alias/aws/ssm" if entry.place.scheme == "ssm" else "alias/aws/secretsmanager"
            known[entry.key] = _arn_or_name(connection, entry.key or default)
        sealed_by = known[entry.key]
        if sealed_by != target and source in {"", sealed_by}:
            found.append(entry)
    return found


def key_arn(connection: Connection, key: str) -> str:
    """The ARN of a key by id, ARN or alias.

    Raises:
        NotFound: There is no such key.
    """
    with translated():
        arn: str = connection.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    return arn


def _arn_or_name(connection: Connection, key: str) -> str:
    try:
        return key_arn(connection, key)
    except NotFound:
        return key
