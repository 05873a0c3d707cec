"""Processes that a run forks: they are copies of the worker, down to its connections, and must not go on as one."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

logger = logging.getLogger("task_api")


@contextmanager
def ending_forks() -> Iterator[None]:
    """End a process that was forked inside and comes out of it: the row and what follows are its parent's."""
    pid = os.getpid()
    code: object = 0
    try:
        yield
    except SystemExit as error:
        code = error.code or 0
        raise
    except BaseException:
        code = 1
        if os.getpid() != pid:
            logger.exception("A process that a task forked met an error and ends.")
        raise
    finally:
        if os.getpid() != pid:
            # A daemon may have none of them, or have closed them.
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            # Neither handlers nor the exits of connections, which would reach the server through the parent's sockets.
            os._exit(code if isinstance(code, int) else 1)
