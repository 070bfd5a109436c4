"""Work off the main thread comes home to it."""

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from capture.problems import PaperJam
from station.core.errors import OurFault, StationError
from station.ui.bridge import Background
from station.ui.running import Task


@pytest.fixture
def background(qt: QApplication) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def wait(true: Callable[[], bool]) -> None:
    for _ in range(2000):
        if true():
            return
        QApplication.processEvents()
        threading.Event().wait(0.002)
    raise AssertionError("never came")


def test_a_job_runs_elsewhere_and_its_result_and_progress_come_home(background: Background) -> None:
    threads: list[str] = []
    got: list[object] = []

    def job(task: Task) -> str:
        threads.append(threading.current_thread().name)
        task.report(1)
        task.report(2)
        return "done"

    def home(value: object) -> None:
        threads.append(threading.current_thread().name)
        got.append(value)

    background.run(job, home, lambda _error: None, home)
    wait(lambda: len(got) == 3)
    assert got == [1, 2, "done"]
    assert threads[0] != "MainThread"
    assert set(threads[1:]) == {"MainThread"}


def test_a_fault_of_the_scanner_arrives_as_its_sentence(background: Background) -> None:
    failed: list[StationError] = []

    def job(_task: Task) -> None:
        raise PaperJam(device="Máy quét mẫu")

    background.run(job, lambda _result: None, failed.append)
    wait(lambda: bool(failed))
    assert isinstance(failed[0], PaperJam)


@pytest.mark.expects_log("a job failed")
def test_a_bug_is_logged_and_arrives_as_one_sentence(background: Background) -> None:
    failed: list[StationError] = []

    def job(_task: Task) -> float:
        return 1 / 0

    background.run(job, lambda _result: None, failed.append)
    wait(lambda: bool(failed))
    assert isinstance(failed[0], OurFault)


def test_a_job_is_asked_to_stop_and_keeps_what_it_has(background: Background) -> None:
    results: list[int] = []

    def job(task: Task) -> int:
        count = 0
        while not task.wait(0.005):
            count += 1
        return count

    task = background.run(job, results.append, lambda _error: None)
    wait(lambda: background.busy_count == 1)
    task.stop()
    wait(lambda: bool(results))
    assert background.busy_count == 0


def test_nothing_is_delivered_after_the_window_is_closed(qt: QApplication) -> None:
    background = Background()
    delivered: list[object] = []
    begun = threading.Event()

    def job(task: Task) -> str:
        begun.set()
        task.wait(5.0)
        return "too late"

    background.run(job, delivered.append, lambda _error: None)
    begun.wait(5.0)
    background.close()
    QApplication.processEvents()
    assert delivered == []
