"""The front over TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from certificates import self_signed
from fronts import QUICK, Served, read_all, read_one, running
from lodekey.app.run import tls_context

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(certificate: tuple[Path, Path]) -> Iterator[Served]:
    context = tls_context(*map(str, certificate))
    with running(replace(QUICK, headers=2.0, idle=2.0), context=context) as served:
        served.context = ssl.create_default_context(cafile=str(certificate[0]))
        yield served


def test_requests_over_tls_are_secure(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(GET % b"a" + GET % b"b")
        assert [b"GET /a ", b"GET /b "] == [read_one(connection)[2] for _ in range(2)]
    assert server.asked[-1].secure


def test_a_refusal_is_read_over_tls(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /a HTTP/1.1\r\n\r\n")
        assert 400 == read_one(connection)[0]
        assert b"" == read_all(connection)


def test_plain_http_gets_nothing(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(GET % b"plain")
        assert b"HTTP/1.1 200" not in read_all(connection)
    assert "/plain" not in server.paths()


def test_old_versions_are_refused(server: Served) -> None:
    assert server.context is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with context.wrap_socket(raw) as connection:
        assert connection.version() in ("TLSv1.3", "TLSv1.2")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=5)
    with raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw)
