"""Random values that fit a shape of a service's model, for tests that go over every operation."""

from __future__ import annotations

import re._constants as sre
import re._parser as parser
from random import Random
from typing import Any

import msgspec

from lodekey.wire.models import Member, Model, Shape
from lodekey.wire.patterns import matcher, translate

LETTERS = "abcXYZ019 -_/.:=+@~<&>\"'%?#\t\u00e9\u4e2d\U0001f511"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
CLASSES = {
    sre.CATEGORY_DIGIT: "0123456789",
    sre.CATEGORY_WORD: "abcXYZ_09",
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_SPACE: "abc/!",
}


class Values:
    """Makes values; the same seed makes the same ones."""

    def __init__(self, model: Model, seed: int = 0) -> None:
        self.model = model
        self.letters = LETTERS
        self.random = Random(seed)

    def of(self, member: Member, depth: int = 0) -> Any:
        """A value for *member*."""
        shape = self.model.shape(member)
        if shape.type == "structure" and depth and not shape.required and shape.members:
            # Half of the protocols have no way to say an empty structure.
            one = self.random.choice(sorted(shape.members))
            shape = msgspec.structs.replace(shape, required=(one,))
        return getattr(self, shape.type)(shape, depth)

    def structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        chance = 0.7 if depth < 3 else 0.3
        return {
            name: self.located(member)
            if member.location
            else self.inside(name, shape, member, depth + 1)
            for name, member in shape.members.items()
            if name in (*shape.required, shape.payload)
            or member.location == "statusCode"
            or self.random.random() < chance
        }

    def inside(self, name: str, outer: Shape, member: Member, depth: int) -> Any:
        """A value that stands in a body."""
        shape = self.model.shape(member)
        if name == outer.payload and shape.type == "string":  # an empty one is no body
            return self.string(msgspec.structs.replace(shape, min=1), depth)
        if member.flattened or shape.flattened:  # there is no way to say that one is empty
            return getattr(self, shape.type)(
                msgspec.structs.replace(shape, min=max(1, shape.min or 0)), depth
            )
        return self.of(member, depth)

    def located(self, member: Member) -> Any:
        """A value that can stand in a path, a query, a header or the status."""
        shape = self.model.shape(member)
        if member.location == "statusCode":
            return 202
        if shape.type == "list":
            shape = msgspec.structs.replace(shape, min=max(1, shape.min or 0))
            return self.list(shape, 1)
        if member.location in ("header", "headers", "uri"):
            was, self.letters = self.letters, "abcXYZ019-_/.:=+@~!"
            if shape.type == "map":
                shape = msgspec.structs.replace(shape, min=1)
            if shape.type == "string":
                shape = msgspec.structs.replace(shape, min=max(1, shape.min or 0))
            value = getattr(self, shape.type)(shape, 1)
            self.letters = was
            return value
        return self.of(member, 1)

    def double(self, shape: Shape, depth: int) -> float:
        low = -1e6 if shape.min is None else shape.min
        high = 1e6 if shape.max is None else shape.max
        return self.random.choice([low, high, (low + high) / 2])

    def list(self, shape: Shape, depth: int) -> list[Any]:
        low = int(shape.min or 0)
        high = int(min(low + 2, low + 2 if shape.max is None else shape.max))
        return [self.of(shape.member, depth + 1) for _ in range(self.random.randint(low, high))]

    def map(self, shape: Shape, depth: int) -> dict[str, Any]:
        low = int(shape.min or 0)
        high = int(min(low + 2, low + 2 if shape.max is None else shape.max))
        made: dict[str, Any] = {}
        for _ in range(self.random.randint(low, high)):
            made[self.of(shape.key, depth + 1)] = self.of(shape.value, depth + 1)
        return made

    def string(self, shape: Shape, depth: int) -> str:
        if shape.enum:
            return self.random.choice(shape.enum)
        low, high = int(shape.min or 0), int(10**6 if shape.max is None else shape.max)
        if shape.pattern:
            return self.matching(shape.pattern, low, high)
        length = self.random.randint(low, min(high, low + 8))
        return "".join(self.random.choice(self.letters) for _ in range(length))

    def blob(self, shape: Shape, depth: int) -> bytes:
        low = int(shape.min or 0)
        high = int(min(low + 20, low + 20 if shape.max is None else shape.max))
        return self.random.randbytes(self.random.randint(low, high))

    def boolean(self, shape: Shape, depth: int) -> bool:
        return self.random.random() < 0.5

    def timestamp(self, shape: Shape, depth: int) -> float:
        return float(self.random.randint(0, 2**31))

    def integer(self, shape: Shape, depth: int) -> int:
        low = -(2**31) if shape.min is None else int(shape.min)
        high = 2**31 - 1 if shape.max is None else int(shape.max)
        return self.random.randint(low, high)

    def long(self, shape: Shape, depth: int) -> int:
        low = -(2**53) if shape.min is None else int(shape.min)
        high = 2**53 if shape.max is None else int(shape.max)
        return self.random.randint(low, high)

    def matching(self, pattern: str, low: int, high: int) -> str:
        """A text that the Java *pattern* matches, of an allowed length."""
        tree = parser.parse(translate(pattern))
        fits = matcher(pattern)
        for most in [3, 10, 30, 60, *(-low + k for k in range(min(low, 30)))] * 40:
            text = self.grow(tree, most)
            if low <= len(text) <= high and fits(text):
                return text
        raise AssertionError(f"no text found for {pattern!r} {low}..{high}")

    def grow(self, tree: Any, most: int) -> str:
        return "".join(self.part(op, argument, most) for op, argument in tree)

    def part(self, op: Any, argument: Any, most: int) -> str:
        if op is sre.LITERAL:
            return chr(argument)
        if op is sre.ANY:
            return self.random.choice(PRINTABLE)
        if op is sre.IN:
            return self.one_of(argument)
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, limit, inner = argument
            count = self.random.randint(least, max(least, min(int(limit), most)))
            if most < 0:  # exactly so many, where the pattern leaves it open
                count = max(least, min(int(limit), -most))
            return "".join(self.grow(inner, most) for _ in range(count))
        if op is sre.SUBPATTERN:
            return self.grow(argument[3], most)
        if op is sre.BRANCH:
            return self.grow(self.random.choice(argument[1]), most)
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            return ""
        if op is sre.NOT_LITERAL:
            return self.random.choice([c for c in PRINTABLE if c != chr(argument)])
        raise AssertionError(op)

    def one_of(self, choices: Any) -> str:
        if choices[0][0] is sre.NEGATE:
            excluded = {c for op, a in choices[1:] for c in self.members(op, a)}
            return self.random.choice([c for c in PRINTABLE if c not in excluded])
        return self.random.choice(self.members(*self.random.choice(choices)))

    def members(self, op: Any, argument: Any) -> str:
        if op is sre.LITERAL:
            return chr(argument)
        if op is sre.RANGE:
            low, high = argument
            return "".join(map(chr, range(low, min(high, low + 200) + 1)))
        return CLASSES[argument]
