"""A pool of readers: each page in a child process with a time limit; a crash costs that page and says so."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from ocr.reading import ReadOptions, SideReading
from station.core import process
from station.core.errors import N_, InputRefused, StationError

log = logging.getLogger(__name__)


class PageTooSlow(InputRefused):
    sentence = N_(
        "This page took longer than {seconds} seconds to read and was set aside. Scan it again, or type its fields."
    )


class ReaderCrashed(InputRefused):
    sentence = N_(
        "Reading this page stopped unexpectedly; it was set aside. Scan it again, or type its fields."
    )


@dataclass(frozen=True)
class ReadJob:
    key: int
    file: Path
    frame: int
    options: ReadOptions


Outcome = SideReading | StationError


class Readers:
    """Reads sides in parallel. Use as a context manager; leaving it ends the child processes."""

    def __init__(self, workers: int, time_limit_s: float) -> None:
        self._workers = workers or process.worker_count()
        self._time_limit_s = time_limit_s
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> "Readers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def read(
        self, jobs: Sequence[ReadJob], should_stop: Callable[[], bool] = lambda: False
    ) -> Iterator[tuple[ReadJob, Outcome]]:
        """Yields each job with its reading or the problem that cost the page, in order of completion.

        Stopping leaves the rest unread; their sides stay captured.
        """
        waiting = list(reversed(jobs))
        running: dict[Future[SideReading], tuple[ReadJob, float]] = {}
        while waiting or running:
            if should_stop():
                waiting.clear()
            while waiting and len(running) < self._workers:
                job = waiting.pop()
                running[self._submit(job)] = (job, time.monotonic())
            done, _ = wait(running, timeout=min(0.5, self._time_limit_s), return_when=FIRST_COMPLETED)
            broken: list[ReadJob] = []
            for future in done:
                job, _ = running.pop(future)
                error = future.exception()
                if isinstance(error, BrokenProcessPool):
                    broken.append(job)
                else:
                    yield job, _outcome(future)
            if broken:
                broken += [job for job, _ in running.values()]
                running.clear()
                self._end_children()
                for job in broken:
                    yield job, self._read_alone(job)
            late = [job for job, since in running.values() if time.monotonic() - since > self._time_limit_s]
            if late:
                waiting += [job for job, _ in running.values() if job not in late]
                running.clear()
                self._end_children()
                for job in late:
                    yield job, PageTooSlow(seconds=int(self._time_limit_s))

    def _submit(self, job: ReadJob) -> Future[SideReading]:
        from ocr.side import read_side

        if self._pool is None:
            self._pool = process.worker_pool(self._workers, process.step_back)
        try:
            return self._pool.submit(read_side, job.file, job.frame, job.options)
        except BrokenProcessPool:
            self._end_children()
            return self._submit(job)

    def _read_alone(self, job: ReadJob) -> Outcome:
        """After a crash: which of the pages in hand was it? Each is read once more by itself."""
        from ocr.side import read_side

        with process.worker_pool(1, process.step_back) as pool:
            future = pool.submit(read_side, job.file, job.frame, job.options)
            done, _ = wait([future], timeout=self._time_limit_s)
            if not done:
                for child in list(pool._processes.values()):
                    child.kill()
                return PageTooSlow(seconds=int(self._time_limit_s))
            return _outcome(future)

    def _end_children(self) -> None:
        if self._pool is not None:
            for child in list(self._pool._processes.values()):
                child.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _outcome(future: Future[SideReading]) -> Outcome:
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, StationError):
        return error
    log.warning("a page could not be read: %s", type(error).__name__, exc_info=error)
    return ReaderCrashed()
