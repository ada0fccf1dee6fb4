"""Messages of the AWS Encryption SDK."""

import os

import pytest

from lodekey.crypto.encryption_sdk import BadMessage, open_message, read_message, seal_message

KEY = bytes(range(32))
ARN = "arn:aws:kms:us-east-1:111122223333:key/1"
CONTEXT = {"PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/p", "a": "ä"}


def sealed(value: bytes = b"value") -> bytes:
    return seal_message(value, KEY, b"blob", key_arn=ARN, context=CONTEXT)


@pytest.mark.parametrize("value", [b"", b"x", os.urandom(8192)])
def test_round_trip(value: bytes) -> None:
    message = read_message(sealed(value))
    assert message.context == CONTEXT
    assert message.key_arn == ARN
    assert message.encrypted_key == b"blob"
    assert open_message(message, KEY) == value


def test_no_two_are_alike() -> None:
    assert sealed() != sealed()


def test_another_data_key_does_not_open() -> None:
    with pytest.raises(BadMessage, match="commits to another"):
        open_message(read_message(sealed()), bytes(32))


def test_no_byte_may_change() -> None:
    whole = sealed()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        with pytest.raises(BadMessage):
            open_message(read_message(bytes(changed)), KEY)


def test_no_part_is_a_message() -> None:
    whole = sealed()
    for end in range(len(whole)):
        with pytest.raises(BadMessage):
            read_message(whole[:end])
    with pytest.raises(BadMessage):
        read_message(whole + b"x")
