"""Packages unpacked for execution environments, shared among those that run the same."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from lodekey.services.lambda_.functions import Code
from lodekey.services.lambda_.packages import Shelf, unpack

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Tree(NamedTuple):
    """Where one function's code and merged layers lie."""

    key: tuple[str, ...]
    task: Path
    layers: Path | None


class Unpacked:
    """The unpacked packages in use.

    Args:
        shelf: Where packages are kept.
        scratch: A private directory.
        in_thread: Runs blocking work.
    """

    def __init__(self, shelf: Shelf, scratch: Path, in_thread: InThread) -> None:
        self._shelf = shelf
        self._root = scratch / "code"
        self._in_thread = in_thread
        self._users: dict[tuple[str, ...], int] = {}
        self._made = 0
        self._trees: dict[tuple[str, ...], asyncio.Future[Tree]] = {}
        shutil.rmtree(self._root, ignore_errors=True)

    async def take(self, code: Code, layers: list[Code]) -> Tree:
        """The trees of *code* and *layers*, unpacked if nobody uses them yet."""
        key = (code.id, *(layer.id for layer in layers))
        self._users[key] = self._users.get(key, 0) + 1
        if key not in self._trees:
            self._made += 1
            home = self._root / str(self._made)
            self._trees[key] = asyncio.ensure_future(
                self._in_thread(lambda: self._unpack(key, home, code, layers))
            )
        try:
            return await asyncio.shield(self._trees[key])
        except BaseException:
            self._trees.pop(key, None)
            self._users.pop(key, None)
            raise

    def _unpack(self, key: tuple[str, ...], home: Path, code: Code, layers: list[Code]) -> Tree:
        unpack(self._shelf.read(code), home / "task")
        merged = home / "layers" if layers else None
        for layer in layers:
            unpack(self._shelf.read(layer), home / "layers")
        return Tree(key, home / "task", merged)

    async def give_back(self, tree: Tree) -> None:
        """Let go of a tree; it is removed when nobody uses it."""
        left = self._users.get(tree.key, 0) - 1
        if left > 0:
            self._users[tree.key] = left
            return
        self._users.pop(tree.key, None)
        self._trees.pop(tree.key, None)
        home = tree.task.parent
        await self._in_thread(lambda: shutil.rmtree(home, ignore_errors=True))

    def remove(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self._root, ignore_errors=True)
