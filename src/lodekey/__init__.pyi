from lodekey.client.calling import given, retrying
from lodekey.client.failures import Changed, Denied, Failure, NotFound, Unreachable
from lodekey.client.values import Values

__version__: str
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
