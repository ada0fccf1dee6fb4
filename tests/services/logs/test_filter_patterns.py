"""The filter-pattern language, by AWS's examples and at its edges."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.filter_patterns import compile_pattern
from world import World


def matches(pattern: str, message: str) -> bool:
    return compile_pattern(pattern)(message) is not None


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "[error 400]", False),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", True),
        ("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED", False),
        ("?ERROR ?ARGUMENTS", "[ERROR 401] UNAUTHORIZED", True),
        ("?ERROR ?ARGUMENTS", "fine", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", False),
        ("ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED", True),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", False),
        ("-ARGUMENTS", "fine", True),
        ("ERROR ?WARN", "ERROR", True),
        ("%AUTHORIZED%", "UNAUTHORIZED", True),
        (r"%4\d\d%", "status 404", True),
        (r"%4\d\d%", "status 504", False),
        (r'"say \"hi\""', 'they say "hi" here', True),
        ("a=b", "x a=b", True),
    ],
)
def test_terms(pattern: str, message: str, expected: bool) -> None:
    assert matches(pattern, message) is expected


EVENT = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "x"],'
    '"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null,'
    '"ThisFlag": true, "n": 1e3, "latency": 0.5, "a.b": {"c": "d"}, "empty": "", "cluster": "c1"}'
)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ("{ $.eventType = Update* }", True),
        ("{ $.eventType = *date*ail }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ('{ $.arrayKey[1] = "value" }', False),
        ('{ $.arrayKey[7] = "value" }', False),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[*].id = 2 }", True),
        ("{ $.objectList[*].id = 3 }", False),
        ("{ $.n = 1000 }", True),
        ("{ $.n >= 1e3 && $.n <= 1000.0 }", True),
        ("{ $.n > 1000 }", False),
        ("{ $.latency < 1 }", True),
        ("{ $.eventType > 1 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject NOT EXISTS }", False),
        ("{ $.SomeObject EXISTS }", True),
        ("{ $['a.b'].c = d }", True),
        ("{ $.eventType = %Up.*Trail% }", True),
        ("{ $.eventType = %^Trail% }", False),
        ('{ ($.n = 1 || $.cluster = "c1") && $.ThisFlag IS TRUE }', True),
        ('{ $.n = 1 || $.cluster = "c1" && $.ThisFlag IS FALSE }', False),
        ('{ ($.n = 1000 || $.cluster = "c2") && ($.ThisFlag IS FALSE) }', False),
        ('{ $.missing = "x" }', False),
        ('{ $.missing != "x" }', False),
    ],
)
def test_json(pattern: str, expected: bool) -> None:
    assert matches(pattern, EVENT) is expected


@pytest.mark.parametrize("message", ["", "text", "1", '"x"', "[" * 50_000, "{"])
def test_what_is_not_json_does_not_match(message: str) -> None:
    assert not matches("{ $.a NOT EXISTS }", message)


LINE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, logger, user, time, request, status, bytes]", True),
        ("[ip, logger, user, time, request, status]", False),
        ("[ip, logger, user, time, request, status_code = 404, bytes > 1000]", True),
        ("[ip, logger, user, time, request, status_code = 4*, bytes > 2000]", False),
        ("[w1, w2, w3, ..., status_code = 4*, bytes]", True),
        ("[..., status_code = 4*, bytes]", True),
        ("[ip, ...]", True),
        ("[ip = 10.*, ...]", False),
        ("[..., status_code = 404 || status_code = 410, bytes]", True),
        ("[..., status_code >= 400 && status_code < 404, bytes]", False),
        ('[..., request = "*.html*", status_code, bytes]', True),
        ("[..., request =%index%, status_code, bytes]", True),
        ("[..., status_code != 404, bytes]", False),
        ("[a,b,c,d,e,f,g,...]", True),
        ("[a,b,c,d,e,f,g,h,...]", False),
    ],
)
def test_fields(pattern: str, expected: bool) -> None:
    assert matches(pattern, LINE) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }",
        "{ $.a = }",
        "{ a = 1 }",
        "{ $.a = 1",
        "{ ($.a = 1 }",
        "{ $.a = 1 $.b = 2 }",
        "{ $.a > x }",
        "{ $.a IS MAYBE }",
        "{ $.a NOT THERE }",
        "{}",
        "{ " + "(" * 500 + "$.a = 1" + ")" * 500 + " }",
        "[a, ..., b, ...]",
        "[a b]",
        "[a, , b]",
        "[]",
        "[a = 1 && b = 2]",
        "[a",
        '"open',
        "%(a+)+%",
        "%[%",
        "%a{e<=1}%",
        "%a% %b% %c%",
    ],
)
def test_malformed(pattern: str) -> None:
    with pytest.raises(InvalidParameterException, match="Invalid filter pattern"):
        compile_pattern(pattern)


def test_a_pattern_cannot_hold_the_server() -> None:
    test = compile_pattern("%" + ".*" * 40 + "b%")
    began = time.perf_counter()
    test("a" * 5_000)
    assert time.perf_counter() - began < 2


def test_try_a_pattern(world: World) -> None:
    logs = world.client("logs")
    got: Any = logs.test_metric_filter(
        filterPattern="[ip, logger, user, time, request, status_code = 4*, bytes]",
        logEventMessages=[LINE, "short", LINE.replace("404", "200")],
    )
    [match] = got["matches"]
    assert match["eventNumber"] == 1
    assert match["eventMessage"] == LINE
    assert match["extractedValues"]["$ip"] == "127.0.0.1"
    assert match["extractedValues"]["$time"] == "10/Oct/2000:13:25:15 -0700"
    assert match["extractedValues"]["$request"] == "GET /index.html HTTP/1.0"
    got = logs.test_metric_filter(
        filterPattern='{ $.eventType = "UpdateTrail" && $.n > 1 }', logEventMessages=[EVENT]
    )
    assert got["matches"][0]["extractedValues"] == {"$.eventType": "UpdateTrail", "$.n": "1000.0"}
    with pytest.raises(ClientError) as caught:
        logs.test_metric_filter(filterPattern="{ bad }", logEventMessages=["x"])
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"


PIECES = ["$.a", "$", "[", "]", "{", "}", "(", ")", "&&", "||", "=", "!=", "<", "%", '"', "IS"]
PIECES += ["NULL", "NOT", "EXISTS", "...", ",", "x", "*", "1", "?", "-", "\\", " ", ".b", "[0]"]


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(["", "{ %s }", "[%s]"]))
def test_any_pattern_is_answered(pieces: list[str], frame: str) -> None:
    text = " ".join(pieces)
    try:
        test = compile_pattern(frame % text if frame else text)
    except InvalidParameterException:
        return
    for message in (LINE, EVENT, "", "x", "{"):
        test(message)
