"""Decorators that give a function its values when it is called, and call it again after a rotation.

```python
values = Values("sm:app/")


@given(values, password="db#password")
def connect(*, password: str) -> Connection: ...


@retrying(values, "db#password", on=OperationalError)
def query(): ...
```

Nothing is read when the decorator runs, so no value is frozen at import.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from lodekey.client.failures import DENIED_CODES, NOT_FOUND_CODES, Denied, NotFound, code_of
from lodekey.client.values import Values

Function = TypeVar("Function", bound=Callable[..., Any])
Errors = type[BaseException] | tuple[type[BaseException], ...]
AFTER_ROTATION: tuple[type[BaseException], ...] = (Denied, NotFound, ClientError)
"""What a caller with an old value meets; of botocore's errors only denials and missing things."""


def given(values: Values, **names: str) -> Callable[[Function], Function]:
    """Pass values as keyword arguments of these names; an argument that is passed wins.

    Args:
        values: Where they are from.
        names: The value's name for each argument.
    """

    def decorate(function: Function) -> Function:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*positional: Any, **passed: Any) -> Any:
                wanted = {each: name for each, name in names.items() if each not in passed}
                fetched = {each: await values.fetch(name) for each, name in wanted.items()}
                return await function(*positional, **fetched, **passed)

            return call_async  # type: ignore[return-value]

        @functools.wraps(function)
        def call(*positional: Any, **passed: Any) -> Any:
            read = {each: values[name] for each, name in names.items() if each not in passed}
            return function(*positional, **read, **passed)

        return call  # type: ignore[return-value]

    return decorate


def retrying(
    values: Values, *names: str, on: Errors = AFTER_ROTATION
) -> Callable[[Function], Function]:
    """Call the function once more, with *names* read anew, when it fails as after a rotation.

    The function must look its values up (or be `given` them, further inside).

    Args:
        values: Where they are from.
        names: What to read anew; none: all that is held.
        on: The errors that an old value causes.
    """

    def decorate(function: Function) -> Function:
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*positional: Any, **passed: Any) -> Any:
                try:
                    return await function(*positional, **passed)
                except on as error:
                    if not _may_be_rotation(error):
                        raise
                await asyncio.to_thread(values.refresh, *names)
                return await function(*positional, **passed)

            return call_async  # type: ignore[return-value]

        @functools.wraps(function)
        def call(*positional: Any, **passed: Any) -> Any:
            try:
                return function(*positional, **passed)
            except on as error:
                if not _may_be_rotation(error):
                    raise
            values.refresh(*names)
            return function(*positional, **passed)

        return call  # type: ignore[return-value]

    return decorate


def _may_be_rotation(error: BaseException) -> bool:
    return not isinstance(error, ClientError) or code_of(error) in DENIED_CODES | NOT_FOUND_CODES
