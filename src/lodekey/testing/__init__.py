"""What the pytest plugin hands to tests: a server, accounts in it, and identities in those.

Import the names for annotations; the fixtures of `lodekey.pytest_plugin` make the objects. Nothing
here needs the server's own modules, which run in a process apart.
"""

from lodekey.testing.account import Account, Identity, MakeIdentity
from lodekey.testing.environment import Environment
from lodekey.testing.server import Server
from lodekey.testing.shared import StartError

__all__ = ["Account", "Environment", "Identity", "MakeIdentity", "Server", "StartError"]
