"""What the second evaluator compares: JSON, wildcards, and the values of conditions."""

import base64
import datetime as dt
import ipaddress
import json
import re
from fractions import Fraction


class Error(Exception):
    """A comparison that cannot be made."""


# --- JSON --------------------------------------------------------------------------------------


def statements_of(document):
    body = json.loads(document.text)["Statement"]
    return list(enumerate(body if isinstance(body, list) else [body]))


def sid(index, statement):
    return statement.get("Sid") or f"#{index + 1}"


def listed(value):
    return value if isinstance(value, list) else [value]


def word(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


# --- wildcards ---------------------------------------------------------------------------------


def plain(text):
    return [(each, True) for each in text]


def text_of(tokens):
    return "".join(each for each, _ in tokens)


def glob(tokens, text):
    """Whether tokens match the whole of a text; every wildcard matches anything."""
    return _walk([(each, wild, True) for each, wild in tokens], text)


def _walk(tokens, text):
    """Positions of the text that can be reached, token by token.

    A token is a character, whether it may be a wildcard, and whether that crosses colons.
    """
    reached = {0}
    for char, wild, crosses in tokens:
        onward = set()
        for at in reached:
            if wild and char == "*":
                end = at
                onward.add(end)
                while end < len(text) and (crosses or text[end] != ":"):
                    end += 1
                    onward.add(end)
            elif at < len(text):
                fits = (crosses or text[at] != ":") if wild and char == "?" else text[at] == char
                if fits:
                    onward.add(at + 1)
        reached = onward
    return len(text) in reached


def parts_of(tokens):
    parts = [[]]
    for char, wild in tokens:
        if char == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append((char, wild))
    return parts


def is_resource(tokens, resource, *, expand):
    wild_star = ("*", True)
    if tokens and all(each == wild_star for each in tokens):
        return True
    parts = parts_of(tokens)
    if len(parts) < 6 and tokens[-1:] != [wild_star]:
        if not expand or not text_of(tokens).startswith("arn:"):
            return False
        parts += [[wild_star]] * (6 - len(parts))
    out = []
    for number, part in enumerate(parts):
        last = number == 5
        out += [(":", False, False)] if number else []
        for at, (char, wild) in enumerate(part):
            ends = char == "*" and at == len(part) - 1
            out.append((char, wild, last or ends))
    return _walk(out, resource)


def is_arn_like(got, tokens):
    if text_of(tokens) == "*" and tokens[0][1]:
        return True
    parts = parts_of(tokens)
    if len(parts) < 6:
        return False
    out = []
    for number, part in enumerate(parts):
        out += [(":", False, False)] if number else []
        out += [(char, wild, number == 5) for char, wild in part]
    return _walk(out, got)


# --- comparisons -------------------------------------------------------------------------------


def number(text):
    if len(text) > 64 or not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)", text):
        raise Error(text)
    return Fraction(text if not text.endswith(".") else text + "0")


def moment(text):
    if re.fullmatch(r"[0-9]{5,15}(\.[0-9]{1,9})?", text):
        seconds = Fraction(text)
        return seconds / 1000 if seconds >= 10**11 else seconds
    zone = dt.timedelta()
    fraction = Fraction(0)
    if match := re.fullmatch(r"(.*T.*?)([+-])([0-9]{2}):?([0-9]{2})", text):
        text = match[1]
        zone = dt.timedelta(hours=int(match[3]), minutes=int(match[4]))
        zone = -zone if match[2] == "-" else zone
        if abs(zone) >= dt.timedelta(days=1) or int(match[4]) > 59:
            raise Error(text)
    elif text.endswith("Z") and "T" in text:
        text = text[:-1]
    if match := re.fullmatch(r"(.*T..:..:..)\.([0-9]{1,9})", text):
        text, fraction = match[1], Fraction("0." + match[2])
    for form, pattern in (
        ("%Y", r"[0-9]{4}"),
        ("%Y-%m", r"[0-9]{4}-[0-9]{2}"),
        ("%Y-%m-%d", r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        ("%Y-%m-%dT%H:%M", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"),
        ("%Y-%m-%dT%H:%M:%S", r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"),
    ):
        if re.fullmatch(pattern, text):
            try:
                at = dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC) - zone
            except (ValueError, OverflowError) as error:
                raise Error(text) from error
            return (
                Fraction(int((at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).total_seconds()))
                + fraction
            )
    raise Error(text)


def truth(text):
    if text.lower() not in ("true", "false"):
        raise Error(text)
    return text.lower() == "true"


def octets(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Error(text) from error


def network(text):
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise Error(text) from error


def _inside(got, wanted):
    got, wanted = network(got), network(text_of(wanted))
    return got.version == wanted.version and got.subnet_of(wanted)


def _ordered(parse):
    return {
        "Equals": (lambda got, to: parse(got) == parse(text_of(to)), False, False),
        "NotEquals": (lambda got, to: parse(got) == parse(text_of(to)), True, False),
        "LessThan": (lambda got, to: parse(got) < parse(text_of(to)), False, False),
        "LessThanEquals": (lambda got, to: parse(got) <= parse(text_of(to)), False, False),
        "GreaterThan": (lambda got, to: parse(got) > parse(text_of(to)), False, False),
        "GreaterThanEquals": (lambda got, to: parse(got) >= parse(text_of(to)), False, False),
    }


def _same(got, to):
    return got == text_of(to)


def _same_ignoring_case(got, to):
    return got.lower() == text_of(to).lower()


def _like(got, to):
    return glob(to, got)


COMPARISONS = {
    "StringEquals": (_same, False, True),
    "StringNotEquals": (_same, True, True),
    "StringEqualsIgnoreCase": (_same_ignoring_case, False, True),
    "StringNotEqualsIgnoreCase": (_same_ignoring_case, True, True),
    "StringLike": (_like, False, True),
    "StringNotLike": (_like, True, True),
    "ArnEquals": (is_arn_like, False, True),
    "ArnLike": (is_arn_like, False, True),
    "ArnNotEquals": (is_arn_like, True, True),
    "ArnNotLike": (is_arn_like, True, True),
    **{f"Numeric{name}": each for name, each in _ordered(number).items()},
    **{f"Date{name}": each for name, each in _ordered(moment).items()},
    "Bool": (lambda got, to: truth(got) == truth(text_of(to)), False, True),
    "BinaryEquals": (lambda got, to: octets(got) == octets(text_of(to)), False, False),
    "IpAddress": (_inside, False, False),
    "NotIpAddress": (_inside, True, False),
}
