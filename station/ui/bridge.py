"""Work off the main thread: one pool, results and progress brought home to the main thread.

These are the only threads of the window. A job gets its `Task`, reports through it and asks it whether
to stop; what it returns arrives at `done`, what it raises at `failed`, both on the main thread. Nothing
is delivered after `close`, so that a closing window is never called back.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from station.core.errors import OurFault, StationError
from station.ui.running import Task

log = logging.getLogger(__name__)

T = TypeVar("T")

# Scanning, reading, sending and a page picture at once, with room for searches.
THREADS = 6


class _Deliver(Protocol):
    def __call__(self) -> None: ...


class Background(QObject):
    """The bridge: `run` starts a job, everything else follows on the main thread."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="job")
        self._tasks: set[Task] = set()
        self._closed = threading.Event()
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        job: Callable[[Task], T],
        done: Callable[[T], None],
        failed: Callable[[StationError], None],
        progress: Callable[[Any], None] | None = None,
    ) -> Task:
        """Starts `job` in the pool and returns its task, whose `stop()` asks it to end early."""
        task = Task(lambda value: self._send(lambda: progress(value)) if progress else None)
        if self._closed.is_set():
            # A timer that rings while the window goes.
            task.stop()
            return task
        self._tasks.add(task)
        future = self._pool.submit(job, task)
        future.add_done_callback(lambda f: self._send(lambda: self._ended(task, f, done, failed)))
        return task

    def home(self, call: Callable[..., None]) -> Callable[..., None]:
        """A function that may be called from a job and runs `call` on the main thread."""
        return lambda *values: self._send(lambda: call(*values))

    @property
    def busy_count(self) -> int:
        """How many jobs have neither ended nor failed."""
        return len(self._tasks)

    def close(self) -> None:
        """Asks every job to stop, waits for them, and delivers nothing more."""
        self._closed.set()
        for task in tuple(self._tasks):
            task.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._tasks.clear()

    def _send(self, call: _Deliver) -> None:
        if not self._closed.is_set():
            self._arrived.emit(call)

    @Slot(object)
    def _deliver(self, call: _Deliver) -> None:
        if not self._closed.is_set():
            call()

    def _ended(
        self,
        task: Task,
        future: "Future[T]",
        done: Callable[[T], None],
        failed: Callable[[StationError], None],
    ) -> None:
        self._tasks.discard(task)
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            done(future.result())
        elif isinstance(error, StationError):
            failed(error)
        else:
            log.error("a job failed", exc_info=error)
            failed(OurFault(what=type(error).__name__))
