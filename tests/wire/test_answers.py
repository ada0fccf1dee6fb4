"""The net under the rooms' answers."""

from __future__ import annotations

import pytest

from lodekey.wire.answers import UnfitAnswer, must_fit
from lodekey.wire.codec import codec
from lodekey.wire.models import model

LISTED = model("kms").operations["ListKeys"].output


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"keys": []}, "has no member 'keys'"),
        ({"Keys": {}}, "Keys is no list but dict"),
        ({"Keys": ["a"]}, r"Keys\[0\] is no structure but str"),
        ({"Keys": [{"KeyId": 1}]}, r"Keys\[0\].KeyId is no string but int"),
        ({"Truncated": "yes"}, "Truncated is no boolean but str"),
        ({"NextMarker": None}, "NextMarker is null"),
    ],
)
def test_an_answer_that_does_not_fit(answer: dict[str, object], complaint: str) -> None:
    with pytest.raises(UnfitAnswer, match=complaint):
        must_fit(model("kms"), LISTED, answer)
    with pytest.raises(UnfitAnswer):
        codec("kms", "ListKeys").write(answer, "id")


def test_an_answer_that_fits() -> None:
    must_fit(model("kms"), LISTED, {"Keys": [{"KeyId": "a"}], "Truncated": False})
    must_fit(model("kms"), None, None)


def test_an_answer_where_there_is_none() -> None:
    with pytest.raises(UnfitAnswer):
        must_fit(model("kms"), None, {"a": 1})
