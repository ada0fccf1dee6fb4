"""A request while it is decided: its context keys, asked for once, and single statements.

What is here is shared by `decide` and `explain`; every line of it is on the hot path.
"""

from __future__ import annotations

from lodekey.policy.ask import Ask, Grant, Switches
from lodekey.policy.document import SOURCE_FUNCTION, Document, Placed
from lodekey.policy.keys import Keys
from lodekey.policy.names import DIRECT, NOT, Named
from lodekey.policy.statement import Statement
from lodekey.policy.switches import (
    FUNCTION_KEY_FORWARDED,
    FUNCTION_KEY_HIDDEN,
    LITERAL_VARIABLES,
)

_WITHOUT_FUNCTION = frozenset({"resource", "key", "trust"})


class Question:
    """An `Ask` under evaluation."""

    __slots__ = ("_keys", "action", "ask", "caller", "resource", "switches")

    def __init__(self, ask: Ask, switches: Switches) -> None:
        self.ask = ask
        self.caller = ask.caller
        self.action = ask.action
        self.resource = ask.resource
        self.switches = switches
        self._keys: Keys | None = None

    def keys(self) -> Keys:
        """The request's context keys."""
        if self._keys is None:
            self._keys = self.ask.keys()
        return self._keys

    def keys_for(self, document: Document) -> Keys:
        """The context keys as *document* may see them."""
        keys = self.keys()
        if self.hides_function(document):
            return {key: value for key, value in keys.items() if key != SOURCE_FUNCTION}
        return keys

    def hides_function(self, document: Document) -> bool:
        """Whether *document* asks for ``lambda:SourceFunctionArn`` and may not see it.

        AWS says that the key "cannot be used in resource-based policies". Whether it stays in the
        context of a call that a service forwards is an open point.
        """
        if not document.reads_function:
            return False
        if document.kind in _WITHOUT_FUNCTION and self.switches.on(FUNCTION_KEY_HIDDEN):
            return True
        forwarded = self.keys().get("aws:viaawsservice") == "true"
        return forwarded and not self.switches.on(FUNCTION_KEY_FORWARDED)

    def fits(self, document: Document, statement: Statement) -> bool:
        """Whether resource and conditions of a statement hold, the action being known to match."""
        resource = statement.resource
        if resource is not None and not resource(self.resource):
            return False
        if not statement.asks_keys:
            return True
        keys = self._keys
        if keys is None or document.reads_function:
            keys = self.keys_for(document)
        literal = self.switches.on(LITERAL_VARIABLES)
        varying = statement.varying
        if varying is not None and not varying(self.resource, keys, literal):
            return False
        for condition in statement.conditions:  # noqa: SIM110 (a generator costs a microsecond)
            if not condition.holds(keys, literal):
                return False
        return True

    def holds(self, grant: Grant) -> bool:
        """Whether the constraints of a KMS grant hold."""
        return grant.holds(self.keys())

    def first(self, statements: tuple[Placed, ...]) -> Placed | None:
        """The first that fits of *statements* that hang on the caller."""
        for placed in statements:
            if self.fits(*placed):
                return placed
        return None

    def first_denying(self, statements: tuple[Placed, ...]) -> Placed | None:
        """The first that fits and reaches the caller of denying *statements* on a resource."""
        for placed in statements:
            names = placed[1].names
            if names is not None and names.denies(self.caller) and self.fits(*placed):
                return placed
        return None

    def closest(self, statements: tuple[Placed, ...]) -> tuple[Named, Placed | None]:
        """Of the allowing *statements* on a resource, the one that means the caller closest."""
        closest, found = NOT, None
        for placed in statements:
            names = placed[1].names
            if names is not None:
                named = names.allows(self.caller)
                if named > closest and self.fits(*placed):
                    closest, found = named, placed
                    if named == DIRECT:
                        break
        return closest, found
