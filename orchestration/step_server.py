"""The process that every step is forked from: it imports dbt, dlt and Great Expectations once, for all of them.

Belongs here: starting it early, and ending it with its parent. Does not belong here: Dagster itself, whose import
this is there to overlap.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from multiprocessing import forkserver
from typing import Final

PRELOADED: Final = "orchestration.preload"
_PR_SET_PDEATHSIG: Final = 1


def start_step_server() -> None:
    """Start the process now, so that it imports while this one does. The settings' environment must be applied."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dagster._core.executor.multiprocess", PRELOADED])
    forkserver.ensure_running()


def die_with_parent() -> None:
    """Have this process, and all that are forked from it, killed when their parents end, however these end.

    Linux alone can do so.
    """
    if sys.platform != "linux":
        return
    parent = 0

    def remember() -> None:
        nonlocal parent
        parent = os.getpid()

    def follow() -> None:
        _ask_for_death()
        # A parent that ended before it could be asked for would not be noticed any more.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    _ask_for_death()
    os.register_at_fork(before=remember, after_in_child=follow)


def _ask_for_death() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
