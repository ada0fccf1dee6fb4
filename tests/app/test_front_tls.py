"""The front over TLS."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fronts import QUICK, Served, read_all, read_one, running
from lodekey.app.run import tls_context

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    where = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (where / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (where / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return where / "certificate.pem", where / "key.pem"


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
