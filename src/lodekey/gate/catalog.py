"""Every operation served, by name: for the wire, for neighbours, for docs and for proofs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lodekey.gate.operation import AnyOperation, Service
from lodekey.wire.codec import Codec, codec


class Catalog:
    """The services of one server. The registry is `lodekey.app.build.SERVICES`: readable."""

    def __init__(self, services: Sequence[Service]) -> None:
        self.services = {service.name: service for service in services}
        self._rooms = {id(op): service for service in services for op in service.operations}
        self._written: dict[int, tuple[str, Codec]] = {}
        self._operations = {
            (service.name, operation.name): operation
            for service in services
            for operation in service.operations
        }

    def find(self, service: str, operation: str) -> AnyOperation | None:
        """The operation, or None where it is not offered. *service* is botocore's name."""
        return self._operations.get((service, operation))

    def __getitem__(self, name: tuple[str, str]) -> AnyOperation:
        return self._operations[name]

    def __iter__(self) -> Iterator[tuple[str, AnyOperation]]:
        """Each operation with its service's name, in order of registration."""
        for (service, _), operation in self._operations.items():
            yield service, operation

    def service_of(self, operation: AnyOperation) -> Service:
        """The service room that an operation belongs to."""
        return self._rooms[id(operation)]

    def name_of(self, operation: AnyOperation) -> str:
        """Botocore's name of the operation's service."""
        return self._rooms[id(operation)].name

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
