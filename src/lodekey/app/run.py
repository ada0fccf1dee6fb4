"""Run a server until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lodekey import __version__
from lodekey.app.body_limits import longest_body
from lodekey.app.build import House, build
from lodekey.app.front import serve
from lodekey.app.http_limits import Limits
from lodekey.app.incoming import Bounds, Intakes
from lodekey.app.place import write_credentials, write_running
from lodekey.app.workers import KEEPER, Place
from lodekey.crypto.hygiene import harden
from lodekey.crypto.root_keys import Locked
from lodekey.gate.settings import Settings
from lodekey.identity.accounts import SetupError
from lodekey.wire import s3_paths

log = logging.getLogger("lodekey")


def run(*, data: Path, options: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """Build the house, listen, and stop in good order at SIGTERM or SIGINT.

    Args:
        data: The data directory.
        options: The words of ``lodekey up``.
        environment: For ``LODEKEY_ROOT_ACCESS_KEY_ID`` and its neighbours.

    Returns:
        The process's exit code.
    """
    logging.basicConfig(
        level=logging.WARNING if options["quiet"] else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    harden()
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415 - an accelerator, not a need

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    return asyncio.run(_live(data, options, environment))


async def _live(data: Path, options: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    host, port = str(options["host"]), int(options["port"])
    place = Place.read(str(options.get("worker", "")))
    tls = tls_context(options["tls_certificate"], options["tls_key"])
    try:
        listener = listen(host, port, shared=place is not None)
        endpoint = options["endpoint"] or endpoint_of(listener, tls=tls is not None)
        settings = Settings(
            data=data,
            region=str(options["region"]),
            account=str(options["account"]),
            database=str(options["database"]),
            endpoint=endpoint,
            dev=bool(options["dev"]),
            secure_loopback=not options["strict_transport"],
            functions="unsafe" if options["unsafe_functions"] else "sandbox",
            functions_may_reach=tuple(options["functions_may_reach"]),
            worker=place.number if place else 0,
            longest_put=int(options["longest_put"]) << 20,
        )
        house = build(settings, root_key=str(options["root_key"]), environment=environment)
    except (OSError, SetupError, Locked) as error:
        sys.stderr.write(f"lodekey: {error}\n")
        return 1
    for name in s3_domains(settings.endpoint, options["s3_domain"]):
        s3_paths.add_base_host(name)
    intakes = Intakes(house.gate, data, Bounds(disk=int(options["long_bodies"]) << 20))
    limits = Limits(body_limit=longest_body, intakes=intakes)
    _spare_the_collector()
    front = await serve(house.server.receive, listener, ssl=tls, limits=limits)
    house.clockwork.start()
    if place is None or place.is_first:
        announce(house, quiet=bool(options["quiet"]))
    if place is not None:
        place.tell_ready(stop.set)
    await stop.wait()
    log.info("stopping")
    await front.stop()
    await house.stop()
    intakes.close()
    return 0


def _spare_the_collector() -> None:
    """Have what stands for good not looked through again, and look through the rest less often.

    A batch of requests has thousands of objects that live until its answers leave; none of them is
    garbage that only the collector finds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; port 0 means any. *shared*: with other workers, on the same port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024, reuse_port=shared)


def endpoint_of(listener: socket.socket, *, tls: bool) -> str:
    """The URL of a listening socket; a wildcard address is shown as loopback."""
    host, port = listener.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def s3_domains(endpoint: str, named: Iterable[str]) -> list[str]:
    """The names below which buckets are looked for: the endpoint's, if it has one, and *named*."""
    host = urlsplit(endpoint).hostname or ""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        host = ""
    return [name for name in (host, *named) if name]


def tls_context(certificate: str | None, key: str | None) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the operator's certificate, or None for plain HTTP."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def announce(house: House, *, quiet: bool) -> None:
    """Leave word for other commands, and tell the person at the terminal."""
    settings = house.settings
    if house.first.root_key is not None:
        write_credentials(settings.data, *house.first.root_key)
    pid = os.getppid() if os.environ.get(KEEPER) == str(os.getppid()) else os.getpid()
    facts = {"endpoint": settings.endpoint, "region": settings.region, "pid": pid}
    write_running(settings.data, {**facts, "account": settings.account})
    if quiet:
        return
    lines = [
        f"lodekey {__version__} listens on {settings.endpoint}",
        f"  account {settings.account}, region {settings.region}",
        f"  data    {settings.data}",
        '  point AWS clients at it:  eval "$(lodekey env)"',
    ]
    if settings.dev:
        lines.append("  --dev: the access key `test` with secret `test` is the root")
    sys.stderr.write("\n".join(lines) + "\n")
