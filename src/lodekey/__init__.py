"""Keep a value behind a private key, let only the workload you name open it, and prove it."""

__version__ = "0.1.0"
__all__ = [
    "Changed",
    "Denied",
    "Failure",
    "NotFound",
    "Unreachable",
    "Values",
    "__version__",
    "given",
    "retrying",
]

_HOMES = {
    "Values": "values",
    "given": "calling",
    "retrying": "calling",
    "Changed": "failures",
    "Denied": "failures",
    "Failure": "failures",
    "NotFound": "failures",
    "Unreachable": "failures",
}


def __getattr__(name: str) -> object:
    """Load the client only for those who use it: the server and its commands do not."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lodekey' has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - `lodekey account create` counts milliseconds

    found: object = getattr(importlib.import_module(f"lodekey.client.{_HOMES[name]}"), name)
    return found
