"""``lodekey doctor``: is everything set up so that the other words can work?"""

from __future__ import annotations

import sys

from lodekey.cli.client_word import Told, client_word
from lodekey.client import exit_codes
from lodekey.client.checkup import examine


@client_word("doctor", short_help="look whether endpoint, credentials and project are in order")
def command(told: Told) -> None:
    """Look at versions, endpoint, clock, credentials, stores, keys and the project file.

    The exit code is 6 where something is not in order.
    """
    results = examine(told.connection, told.project)
    told.answer(
        [{"check": each.name, "ok": each.ok, "message": each.message} for each in results],
        *(f"{'ok ' if each.ok else 'BAD'}  {each.name}: {each.message}" for each in results),
    )
    if not all(each.ok for each in results):
        sys.exit(exit_codes.FINDINGS)
