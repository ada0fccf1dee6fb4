"""Messages of the AWS Encryption SDK: a value under a data key that KMS made.

Version 2 of the message format, algorithm suite 0x0478 (AES-256-GCM, HKDF-SHA512, key commitment,
no signature), one frame, one encrypted data key. The AWS Encryption SDK opens what `seal_message`
makes, and `open_message` opens what the SDK makes with this suite and one frame.

Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Mapping
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 2
SUITE = b"\x04\x78"
PROVIDER = b"aws-kms"
FRAMED = 2
FRAME_BYTES = 64 * 1024
TAG_BYTES = 16
_FINAL = b"\xff\xff\xff\xff"
_NO_IV = bytes(12)


class BadMessage(Exception):
    """The bytes are no message of this form, or were changed, or the data key is another."""


class Message(NamedTuple):
    """A message taken apart; nothing of it is authentic before `open_message` says so."""

    header: bytes
    header_tag: bytes
    message_id: bytes
    context: dict[str, str]
    key_arn: str
    encrypted_key: bytes
    commitment: bytes
    iv: bytes
    ciphertext: bytes


def _keys(data_key: bytes, message_id: bytes) -> tuple[AESGCM, bytes]:
    """The message's own key, and the commitment to the data key."""

    def derive(purpose: bytes) -> bytes:
        return HKDF(SHA512(), 32, salt=message_id, info=purpose).derive(data_key)

    return AESGCM(derive(SUITE + b"DERIVEKEY")), derive(b"COMMITKEY")


def _sized(data: bytes) -> bytes:
    return struct.pack(">H", len(data)) + data


def _context_bytes(context: Mapping[str, str]) -> bytes:
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    body = b"".join(_sized(name) + _sized(value) for name, value in pairs)
    return _sized(struct.pack(">H", len(pairs)) + body if pairs else b"")


def _frame_data(message_id: bytes, length: int) -> bytes:
    return message_id + b"AWSKMSEncryptionClient Final Frame" + struct.pack(">IQ", 1, length)


def seal_message(
    plaintext: bytes,
    data_key: bytes,
    encrypted_key: bytes,
    *,
    key_arn: str,
    context: Mapping[str, str],
) -> bytes:
    """Seal *plaintext*, of at most 64 KiB, under *data_key*.

    Args:
        plaintext: The value.
        data_key: 32 bytes, for this message alone.
        encrypted_key: The same, as KMS sealed it.
        key_arn: The KMS key that did.
        context: The encryption context under which it did.
    """
    message_id = os.urandom(32)
    key, commitment = _keys(data_key, message_id)
    header = b"".join(
        (
            bytes([VERSION]),
            SUITE,
            message_id,
            _context_bytes(context),
            struct.pack(">H", 1),
            _sized(PROVIDER),
            _sized(key_arn.encode()),
            _sized(encrypted_key),
            bytes([FRAMED]),
            struct.pack(">I", FRAME_BYTES),
            commitment,
        )
    )
    iv = struct.pack(">QI", 0, 1)
    return b"".join(
        (
            header,
            key.encrypt(_NO_IV, b"", header),
            _FINAL,
            struct.pack(">I", 1),
            iv,
            struct.pack(">I", len(plaintext)),
            key.encrypt(iv, plaintext, _frame_data(message_id, len(plaintext))),
        )
    )


class _Reader:
    """Takes bytes from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += count
        if self.at > len(self.data):
            raise BadMessage("the message ends too early")
        return self.data[self.at - count : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def sized(self) -> bytes:
        return self.take(self.number(2))

    def must_be(self, expected: bytes, what: str) -> None:
        if self.take(len(expected)) != expected:
            raise BadMessage(f"the message has another {what}")


def read_message(data: bytes) -> Message:
    """Take a message apart.

    Raises:
        BadMessage: It is none, or one of another form.
    """
    reader = _Reader(data)
    reader.must_be(bytes([VERSION]) + SUITE, "version or algorithm suite")
    message_id = reader.take(32)
    context = _read_context(_Reader(reader.sized()))
    reader.must_be(struct.pack(">H", 1) + _sized(PROVIDER), "number or provider of data keys")
    key_arn, encrypted_key = reader.sized(), reader.sized()
    reader.must_be(bytes([FRAMED]), "content type")
    reader.take(4)
    commitment = reader.take(32)
    header, header_tag = data[: reader.at], reader.take(TAG_BYTES)
    reader.must_be(_FINAL + struct.pack(">I", 1), "number of frames")
    iv = reader.take(12)
    ciphertext = reader.take(reader.number(4) + TAG_BYTES)
    if reader.at != len(data):
        raise BadMessage("the message goes on after its end")
    return Message(
        header,
        header_tag,
        message_id,
        context,
        key_arn.decode(errors="replace"),
        encrypted_key,
        commitment,
        iv,
        ciphertext,
    )


def _read_context(reader: _Reader) -> dict[str, str]:
    if not reader.data:
        return {}
    try:
        return {reader.sized().decode(): reader.sized().decode() for _ in range(reader.number(2))}
    except UnicodeDecodeError as error:
        raise BadMessage("the encryption context is not text") from error


def open_message(message: Message, data_key: bytes) -> bytes:
    """Open a message with its data key.

    Raises:
        BadMessage: The data key is another, or the message was changed.
    """
    key, commitment = _keys(data_key, message.message_id)
    if not hmac.compare_digest(commitment, message.commitment):
        raise BadMessage("the message commits to another data key")
    length = len(message.ciphertext) - TAG_BYTES
    try:
        key.decrypt(_NO_IV, message.header_tag, message.header)
        return key.decrypt(message.iv, message.ciphertext, _frame_data(message.message_id, length))
    except InvalidTag as error:
        raise BadMessage("the message was changed") from error
