"""What a child process costs: wall seconds, CPU seconds, peak memory, with everything that it starts.

Belongs here: running and measuring one command. Does not belong here: which commands, and what figures mean.
"""

from __future__ import annotations

import resource
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import psutil

SAMPLING_SECONDS: Final = 0.05


class CommandFailedError(Exception):
    """A measured command failed; the message is its output."""


@dataclass(frozen=True)
class Cost:
    """What a command cost, its descendants included.

    Attributes:
        seconds: Wall time.
        cpu_seconds: User and system time of all processes.
        peak_bytes: Largest sum of the resident memory of all processes at one moment, sampled; memory that forked
            processes share is counted for each.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        CommandFailedError: it exited with another code than 0.
    """
    started, cpu_before = perf_counter(), _cpu_of_children()
    with subprocess.Popen(
        command, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        output, _ = process.communicate()
        seconds = perf_counter() - started
        watch.stop()
    if process.returncode != 0:
        raise CommandFailedError(f"{' '.join(command)[:200]} exited with {process.returncode}:\n{output[-4000:]}")
    # The system counts to the end what was waited for; sampling sees those as well that were left to themselves.
    return Cost(seconds, max(_cpu_of_children() - cpu_before, watch.cpu_seconds), watch.peak_bytes)


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class _Watch(threading.Thread):
    """Samples a process and its descendants until it ends; keeps the last CPU time seen of each."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._root = psutil.Process(pid)
        self._cpu: dict[tuple[int, float], float] = {}
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(SAMPLING_SECONDS):
            self._sample()

    def stop(self) -> None:
        self._ended.set()
        self.join()

    @property
    def cpu_seconds(self) -> float:
        return sum(self._cpu.values())

    def _sample(self) -> None:
        try:
            processes = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return
        resident = 0
        for process in processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    resident += process.memory_info().rss
                    self._cpu[(process.pid, process.create_time())] = times.user + times.system
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        self.peak_bytes = max(self.peak_bytes, resident)
