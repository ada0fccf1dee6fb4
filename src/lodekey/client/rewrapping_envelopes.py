"""Values that were sealed on the client, under a new key: KMS re-encrypts, and no value comes out.

https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
"""

from __future__ import annotations

import base64
import binascii
import json

from botocore.exceptions import ClientError

from lodekey.client import envelope
from lodekey.client.failures import code_of, translated
from lodekey.client.kept import Entry
from lodekey.client.masking import fields_of
from lodekey.client.places import Place
from lodekey.client.stores import Stores

SHORTEST = 60
"""Bytes; no ciphertext of KMS is shorter."""
_NONE_OF_OURS = frozenset({"InvalidCiphertextException", "ValidationException"})


def seal_anew(
    stores: Stores, entry: Entry, target: str, old: str = "", *, write: bool = True
) -> list[str]:
    """Put a value's envelopes, the whole or its fields, under a new key.

    Args:
        stores: Where.
        entry: The value.
        target: The new key's ARN.
        old: The ARN of the key whose envelopes are meant; empty: any.
        write: False: only look.

    Returns:
        The ARNs of the keys that they were under.

    Raises:
        Denied: KMS does not let the caller re-encrypt, or the store does not let it write.
        Changed: Somebody else changed the value meanwhile.
    """
    kept = stores.get(entry.place)
    if isinstance(kept.content, bytes):
        return []
    sources: list[str] = []

    def anew(text: str) -> str:
        blob, source = _re_encrypted(stores, text, entry.place, target)
        if source in {"", target} or (old and source != old):
            return text
        sources.append(source)
        return base64.b64encode(blob).decode()

    fields = fields_of(kept.content)
    if fields is None:
        content = anew(kept.content)
    else:
        members = json.loads(kept.content)
        new = {name: anew(each) for name, each in members.items() if isinstance(each, str)}
        content = json.dumps({**members, **new}, ensure_ascii=False)
    if sources and write:
        key = target if entry.kind == "SecureString" else ""
        stores.put(entry.place, content, key=key, unchanged_since=kept.version)
    return sources


def _re_encrypted(stores: Stores, text: str, place: Place, target: str) -> tuple[bytes, str]:
    """The ciphertext under the new key, and the key that it was under; empty: it is none."""
    try:
        blob = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        return b"", ""
    kms = stores.connection.client("kms")
    for bound in (True, False) if len(blob) >= SHORTEST else ():
        context = envelope.context_of(place, bound=bound)
        with translated():
            try:
                answer = kms.re_encrypt(
                    CiphertextBlob=blob,
                    SourceEncryptionContext=context,
                    DestinationEncryptionContext=context,
                    DestinationKeyId=target,
                )
            except ClientError as error:
                if code_of(error) not in _NONE_OF_OURS:
                    raise
            else:
                return answer["CiphertextBlob"], answer["SourceKeyId"]
    return b"", ""
