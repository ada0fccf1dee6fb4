"""The composition root: every part of a server, put together in one place that can be read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from lodekey import __version__
from lodekey.app.jobs import Clockwork
from lodekey.app.registry import PAGES, ROOMS
from lodekey.app.server import Page, Server
from lodekey.audit.trail import Trail
from lodekey.crypto.aead import Aead
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import RootKeyProvider, root_key_provider
from lodekey.errors import ServiceUnavailable
from lodekey.gate.catalog import Catalog
from lodekey.gate.gate import Gate
from lodekey.gate.pages import Pages
from lodekey.gate.settings import Settings
from lodekey.identity import organization
from lodekey.identity.accounts import FirstAccount, SetupError, first_account
from lodekey.store.port import Store
from lodekey.store.sqlite import SqliteStore
from lodekey.wire.http import HttpRequest, HttpResponse

log = logging.getLogger("lodekey")


class House(NamedTuple):
    """One server's parts, built and not yet listening."""

    settings: Settings
    first: FirstAccount
    barrier: Barrier
    store: Store
    trail: Trail
    gate: Gate
    server: Server
    clockwork: Clockwork

    async def stop(self) -> None:
        """Stop in good order: no new work, then what runs, then the trail and the store."""
        await self.clockwork.stop()
        await self.gate.background.stop()
        await self.server.stop()
        self.clockwork.leave()
        self.close()

    def close(self) -> None:
        """Let go of the threads and the files."""
        self.server.close()
        self.trail.close()
        self.store.close()


def build(
    settings: Settings,
    *,
    root_key: str = "",
    environment: Mapping[str, str] | None = None,
) -> House:
    """Open the data directory, creating what a first start needs, and put the parts together.

    Args:
        settings: The operator's decisions.
        root_key: Where the root key comes from, as a URI; empty: a file in the data directory.
        environment: For the variables that set the first account's root credentials.

    Raises:
        Locked: The data directory was sealed under another root key, or it cannot be had.
        SetupError: The settings do not go together, or the organization file cannot be taken.
    """
    data = settings.data
    private_directory(data)
    provider = root_key_provider(root_key or f"file:{data / 'root.key'}")
    barrier, store = open_store(data, settings.database, provider)
    trail = Trail(data / "trail", barrier.derive("trail"), store)
    first = first_account(store, settings.clock(), settings.account, environment or {})
    settings = msgspec.structs.replace(settings, account=first.id)
    _read_organization(data / "organization.json", store)
    catalog = Catalog(ROOMS)
    gate = Gate(
        catalog,
        store,
        trail,
        settings,
        Pages(Aead(barrier.derive("pages"))),
        Aead(barrier.derive("session-tokens")),
    )
    if settings.functions_may_reach:
        from lodekey.services.lambda_.execution import Functions  # noqa: PLC0415 - few want it

        Functions(gate.background)  # what is written wrong ends the start and not an invocation
    pages = {head: _page(module, gate) for head, module in PAGES.items()}
    server = Server(gate, lambda: health(gate), pages)
    return House(
        settings=settings,
        first=first,
        barrier=barrier,
        store=store,
        trail=trail,
        gate=gate,
        server=server,
        clockwork=Clockwork(gate.background, catalog),
    )


def _page(module: str, gate: Gate) -> Page:
    """What answers a path of our own: the `serve` of *module*, imported when it is first asked."""

    async def answer(http: HttpRequest) -> HttpResponse:
        response: HttpResponse = await import_module(module).serve(gate.background, http)
        return response

    return answer


def _read_organization(path: Path, store: Store) -> None:
    """Take the operator's description of the organization into the store, if there is one."""
    if path.exists():
        with store.transaction(write=True) as tx:
            organization.remember(tx, path.read_text("utf-8"))


def open_store(data: Path, database: str, provider: RootKeyProvider) -> tuple[Barrier, Store]:
    """The barrier and the store: a file in *data*, or a PostgreSQL *database*.

    Raises:
        Locked: The data was sealed under another root key, or it cannot be had.
        SetupError: The database cannot be used.
    """
    if not database:
        barrier = Barrier.open_or_create(provider, data / "keyring")
        return barrier, SqliteStore(data / "lodekey.db", barrier)
    try:
        from lodekey.store.postgres import (  # noqa: PLC0415 - an extra
            PostgresStore,
            shared_barrier,
        )
    except ImportError:
        raise SetupError("PostgreSQL needs `pip install 'lodekey[postgres]'`") from None
    try:
        barrier = shared_barrier(database, provider)
        return barrier, PostgresStore(database, barrier)
    except ServiceUnavailable as error:
        raise SetupError(f"cannot use the database: {error.message}") from None


def health(gate: Gate) -> dict[str, Any]:
    """What the health page says: whether the server can keep its promises now."""
    broken = gate.catalog.broken
    return {
        "status": "running" if gate.trail.healthy and not broken else "degraded",
        "version": __version__,
        "worker": gate.settings.worker,
        "services": {
            name: "error" if name in broken else "available" for name in sorted(gate.catalog.names)
        },
        "trail": "ok" if gate.trail.healthy else "not writable",
    }


def private_directory(path: Path) -> None:
    """Make *path*, for its owner alone."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
