"""What to do when the disk itself fails."""

from __future__ import annotations

import logging
import os
import sys
from typing import Final, NoReturn

EXIT_CODE: Final = os.EX_IOERR

log = logging.getLogger(__name__)


def end_process(reason: BaseException) -> NoReturn:
    """Stop at once, without cleaning up.

    After a failed write or fsync nobody can say what is on the disk: the kernel may have dropped
    the pages and will report success the next time. Only a new start reads what really is there.
    What was acknowledged before is safe; what was not may be lost.
    """
    log.critical("the disk failed, ending the process: %s", reason)
    sys.stderr.flush()
    os._exit(EXIT_CODE)
