"""Every operation served, by name: for the wire, for neighbours, for docs and for proofs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from lodekey.gate.operation import AnyOperation, Service
from lodekey.wire.codec import Codec, codec


class Catalog:
    """The services of one server. A room is opened when something of it is first asked for.

    Args:
        rooms: By botocore's name of the service, the package whose `SERVICE` it is. All of them
            are in `lodekey.app.registry.ROOMS`.
    """

    def __init__(self, rooms: Mapping[str, str]) -> None:
        self.broken: set[str] = set()  # rooms that could not be opened: a fault of ours
        self._packages = rooms
        self._open: dict[str, Service] = {}
        self._rooms: dict[int, Service] = {}
        self._written: dict[int, tuple[str, Codec]] = {}
        self._offered: dict[tuple[str, str], tuple[AnyOperation, Codec]] = {}
        self._operations: dict[tuple[str, str], AnyOperation] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The services by botocore's names, in order of registration."""
        return tuple(self._packages)

    def service(self, name: str) -> Service | None:
        """The room called *name*, opened if it was not; None: there is none."""
        found = self._open.get(name)
        if found is None and name in self._packages:
            self.broken.add(name)
            found = import_module(self._packages[name]).SERVICE
            self.add(found)
            self.broken.discard(name)
        return found

    def add(self, service: Service) -> None:
        """Offer what *service* offers, from now on."""
        self._open[service.name] = service
        for operation in service.operations:
            self._rooms[id(operation)] = service
            self._operations[service.name, operation.name] = operation

    def find(self, service: str, operation: str) -> AnyOperation | None:
        """The operation, or None where it is not offered. *service* is botocore's name."""
        if service not in self._open:
            self.service(service)
        return self._operations.get((service, operation))

    def offered(self, service: str, operation: str) -> tuple[AnyOperation, Codec] | None:
        """The operation and its codec, or None where it is not offered."""
        found = self._offered.get((service, operation))
        if found is None:
            op = self.find(service, operation)
            if op is not None:
                found = self._offered[service, operation] = op, codec(service, operation)
        return found

    def __getitem__(self, name: tuple[str, str]) -> AnyOperation:
        found = self.find(*name)
        if found is None:
            raise KeyError(name)
        return found

    def service_of(self, operation: AnyOperation) -> Service:
        """The service room that an operation belongs to."""
        if id(operation) not in self._rooms:  # a neighbor took it from the room's own files
            self.service(operation.service)
        return self._rooms[id(operation)]

    def name_of(self, operation: AnyOperation) -> str:
        """Botocore's name of the operation's service."""
        return self.service_of(operation).name

    def trail_of(self, operation: AnyOperation) -> tuple[str, Codec]:
        """What the trail calls the operation's service (``kms.amazonaws.com``), and its codec."""
        found = self._written.get(id(operation))
        if found is None:
            name = self.name_of(operation)
            found = self._written[id(operation)] = (
                f"{name}.amazonaws.com",
                codec(name, operation.name),
            )
        return found
