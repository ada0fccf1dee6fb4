"""One change to a signed request, anywhere that counts: never believed."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import lru_cache
from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import reference_sigv4
from lodekey.wire.http import HttpRequest
from lodekey.wire.sigv4 import AuthError, Claim, moment, read_claim, verify

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ALPHABET = string.ascii_letters + string.digits


def signed(
    signer: type, service: str, method: str, path: str, query: str, body: bytes, token: str | None
) -> HttpRequest:
    url = f"https://service.us-east-1.amazonaws.com{path}" + (f"?{query}" if query else "")
    headers = {"Host": "service.us-east-1.amazonaws.com", "X-Amz-Meta-Note": "some note"}
    if service == "kms":
        headers["X-Amz-Target"] = "TrentService.Decrypt"
        headers["Content-Type"] = "application/x-amz-json-1.1"
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    request.context["payload_signing_enabled"] = True
    signer(Credentials("AKIDEXAMPLE", SECRET, token), service, "us-east-1").add_auth(request)
    parts = urlsplit(request.url)
    lower = {name.lower(): str(value) for name, value in request.headers.items()}
    return HttpRequest(method, parts.path, parts.query, lower, body)


@lru_cache
def originals() -> list[tuple[HttpRequest, Claim]]:
    """Valid requests of every kind."""
    made = [
        signed(SigV4Auth, "kms", "POST", "/", "", b'{"KeyId":"alias/a"}', None),
        signed(SigV4Auth, "kms", "POST", "/", "", b'{"KeyId":"alias/a"}', "tok/en+="),
        signed(SigV4Auth, "sts", "GET", "/", "Action=GetSessionToken", b"", None),
        signed(SigV4Auth, "lambda", "POST", "/2015-03-31/functions/f%3A1/code", "", b"{}", None),
        signed(SigV4QueryAuth, "sts", "GET", "/", "Action=GetCallerIdentity", b"", "tok/en"),
        signed(S3SigV4Auth, "s3", "PUT", "/bucket/a%20key", "", b"content", None),
        signed(S3SigV4Auth, "s3", "GET", "/bucket", "list-type=2&prefix=a%2Fb", b"", "token"),
        signed(S3SigV4QueryAuth, "s3", "GET", "/bucket/a%20key", "versionId=7", b"", None),
    ]
    found = []
    for http in made:
        claim = read_claim(http)
        assert claim is not None
        found.append((http, claim))
    return found


def altered(text: str, random: Random) -> str:
    """*text* with one character more, fewer, or other."""
    at = random.randrange(len(text) + 1)
    kind = random.randrange(3)
    if kind == 0 or at == len(text):
        return text[:at] + random.choice(ALPHABET) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    return text[:at] + random.choice(ALPHABET.replace(text[at], "")) + text[at + 1 :]


Change = Callable[[HttpRequest, Claim, Random], HttpRequest]


def change_method(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    others = {"GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", http.method.lower()} - {http.method}
    return http._replace(method=random.choice(sorted(others)))


def change_path(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    return http._replace(path="/" + altered(http.path[1:], random))


def change_query(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    return http._replace(query=altered(http.query, random))


def change_header(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    name = random.choice(claim.signed.split(";"))
    return http._replace(
        headers={**http.headers, name: altered(http.headers.get(name, ""), random)}
    )


def drop_header(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    name = random.choice(claim.signed.split(";"))
    return http._replace(headers={n: v for n, v in http.headers.items() if n != name})


def add_header(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    name = "x-amz-" + "".join(random.choices(string.ascii_lowercase, k=6))
    return http._replace(headers={**http.headers, name: "x"})


def change_body(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    body = bytearray(http.body or b"\0")
    body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    return http._replace(body=bytes(body))


def change_authorization(http: HttpRequest, claim: Claim, random: Random) -> HttpRequest:
    if "authorization" not in http.headers:
        return change_query(http, claim, random)
    said = altered(http.headers["authorization"], random)
    return http._replace(headers={**http.headers, "authorization": said})


CHANGES: list[Change] = [
    change_method,
    change_path,
    change_query,
    change_header,
    drop_header,
    add_header,
    change_body,
    change_authorization,
]


def the_same(one: HttpRequest, other: HttpRequest, claim: Claim) -> bool:
    """Whether two requests mean the same by AWS's rules: then both may be believed."""
    unsigned_body = claim.service == "s3" and claim.kind == "query"

    def meaning(http: HttpRequest) -> object:
        query = sorted(parse_qsl(http.query, keep_blank_values=True))
        path = [unquote(part) for part in http.path.split("/")]
        headers = {n: " ".join(v.split()) for n, v in http.headers.items() if n != "authorization"}
        authorization = http.headers.get("authorization", "").replace(" ", "")
        body = b"" if unsigned_body else http.body
        return http.method, path, query, headers, authorization, body

    return meaning(one) == meaning(other)


def believed(http: HttpRequest, at: float) -> bool:
    try:
        claim = read_claim(http)
        if claim is None or claim.access_key_id != "AKIDEXAMPLE":
            return False  # there is no other key, so no secret to verify with
        verify(http, claim, SECRET, at)
    except AuthError:
        return False
    return True


def accepted(count: int, seed: int) -> tuple[list[str], int]:
    """What was believed of *count* mutants, and how many really differed."""
    random = Random(seed)
    tried, wrong = 0, []
    while tried < count:
        http, claim = random.choice(originals())
        change = random.choice(CHANGES)
        mutant = change(http, claim, random)
        if the_same(http, mutant, claim):
            continue
        tried += 1
        if believed(mutant, moment(claim.stamp) + 5):
            wrong.append(f"{change.__name__}: {http} became {mutant}")
    return wrong, tried


def test_the_originals_are_believed() -> None:
    """The control: what is refused below is refused for its one change."""
    for http, claim in originals():
        assert believed(http, moment(claim.stamp) + 5)
        assert reference_sigv4.holds(http, SECRET)
        assert not reference_sigv4.holds(http, SECRET + "x")


def test_no_mutant_is_believed() -> None:
    wrong, tried = accepted(3000, 1)
    assert 3000 == tried
    assert [] == wrong


@pytest.mark.torture
def test_no_mutant_of_a_million_is_believed() -> None:
    wrong, tried = accepted(1_000_000, 2)
    assert 1_000_000 == tried
    assert [] == wrong


def test_no_other_key_is_believed() -> None:
    random = Random(3)
    for _ in range(500):
        http, claim = random.choice(originals())
        with pytest.raises(AuthError):
            verify(http, claim, altered(SECRET, random), moment(claim.stamp) + 5)


def test_the_reference_agrees_about_mutants() -> None:
    random = Random(4)
    for _ in range(500):
        http, claim = random.choice(originals())
        mutant = random.choice(CHANGES)(http, claim, random)
        try:
            judged = reference_sigv4.holds(mutant, SECRET)
        except (KeyError, ValueError, IndexError):
            judged = False
        if not judged:
            assert not believed(mutant, moment(claim.stamp) + 5)
