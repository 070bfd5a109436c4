"""How presenters ask for work without knowing Qt or threads: `Task` and the `Run` they are given."""

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from station.core.errors import StationError

T = TypeVar("T")


class Task:
    """One running job: it reports through it and learns from it whether to stop."""

    def __init__(self, report: Callable[[Any], None]) -> None:
        self._report = report
        self._stop = threading.Event()

    def report(self, value: Any) -> None:
        """Sends something to the job's `progress` on the main thread."""
        self._report(value)

    def stop(self) -> None:
        """Asks the job to end early; what it has done stays."""
        self._stop.set()

    def should_stop(self) -> bool:
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Waits for so long or until the job should stop; True means stop."""
        return self._stop.wait(seconds)


class Run(Protocol):
    """Starts `job` off the main thread; `done`, `failed` and `progress` are called on it."""

    def __call__(
        self,
        job: Callable[[Task], T],
        done: Callable[[T], None],
        failed: Callable[[StationError], None],
        progress: Callable[[Any], None] | None = None,
    ) -> Task: ...
