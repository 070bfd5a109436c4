"""What every test is held to: no unexpected warning, nothing left running, nothing outside its folder.

A test that means a warning to be logged says which: `@pytest.mark.expects_log("paper jam")`, or, for the
lines between two statements, `with expect_log("paper jam"):`. Both take regular expressions that must be
found in the message; one that is never logged fails the test too.

A test whose wider fixture keeps a server or a pool running on purpose says so:
`@pytest.mark.keeps_running("the warehouse of this module")`.
"""

import logging
import multiprocessing
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

# Before Tesseract, OpenCV and Qt are loaded by any test module.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["OMP_THREAD_LIMIT"] = "1"

import pytest

# Threads and children end a moment after they are told to; a busy machine needs this long at most.
GRACE_S = 5.0
BENCHMARKS = Path(__file__).parent / "benchmarks"
# Helpers of Python itself that stay for the whole run.
ALLOWED_CHILDREN = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")

ExpectLog = Callable[[str], AbstractContextManager[None]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "expects_log(*patterns): warnings this test means to be logged")
    config.addinivalue_line("markers", "keeps_running(why): a wider fixture keeps threads or processes")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Figures are measured when asked for by name, not on the way."""
    asked = any("benchmarks" in argument for argument in config.args)
    return True if collection_path == BENCHMARKS and not asked else None


class _Warnings(logging.Handler):
    """Collects what is logged from WARNING up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def take(self, patterns: Sequence[str], since: int = 0) -> list[str]:
        """Removes the records in which a pattern is found; returns the patterns found in none."""
        taken: set[int] = set()
        never = []
        for pattern in patterns:
            found = {id(r) for r in self.records[since:] if re.search(pattern, r.getMessage())}
            taken |= found
            if not found:
                never.append(pattern)
        self.records = [r for r in self.records if id(r) not in taken]
        return never

    def text(self) -> str:
        return "\n".join(f"{r.levelname} {r.name}: {r.getMessage()}" for r in self.records)


@pytest.fixture(autouse=True)
def _data_folder_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that forgets to name its data folder must not meet the developer's own."""
    if "STATION_HOME" not in os.environ:
        monkeypatch.setenv("STATION_HOME", str(tmp_path_factory.getbasetemp() / "home-nobody-named"))


@pytest.fixture(autouse=True)
def _logged_warnings(request: pytest.FixtureRequest) -> Iterator[_Warnings]:
    """Fails a test that logged a warning nobody expected, or lacks one it promised."""
    collected = _Warnings()
    root = logging.getLogger()
    root.addHandler(collected)
    yield collected
    root.removeHandler(collected)
    promised = [p for marker in request.node.iter_markers("expects_log") for p in marker.args]
    assert collected.take(promised) == [], "promised but never logged"
    if collected.records:
        pytest.fail(f"unexpected log records:\n{collected.text()}", pytrace=False)


@pytest.fixture
def expect_log(_logged_warnings: _Warnings) -> ExpectLog:
    """A context in which a warning matching the pattern must be logged, and is no failure."""

    @contextmanager
    def expecting(pattern: str) -> Iterator[None]:
        since = len(_logged_warnings.records)
        yield
        assert _logged_warnings.take([pattern], since) == [], "promised but never logged"

    return expecting


@pytest.fixture(autouse=True)
def _nothing_left_running(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test after which a thread, a child process or a visible widget is still there."""
    threads = set(threading.enumerate())
    children = _children()
    yield
    if request.node.get_closest_marker("keeps_running") is not None:
        return
    left = _left(threads, children)
    until = time.monotonic() + GRACE_S
    while left and time.monotonic() < until:
        time.sleep(0.02)
        left = _left(threads, children)
    if left:
        pytest.fail("left running after the test:\n" + "\n".join(left), pytrace=False)


def _left(threads: set[threading.Thread], children: dict[int, str]) -> list[str]:
    multiprocessing.active_children()  # collects those that have ended
    return [
        *(f"thread {t.name}" for t in threading.enumerate() if t not in threads),
        *(f"process {pid}: {command}" for pid, command in _children().items() if pid not in children),
        *(f"widget {name}" for name in _visible_widgets()),
    ]


def _children() -> dict[int, str]:
    """Our live child processes and their command lines; nothing where there is no /proc."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            command = (entry.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z" and not any(a in command for a in ALLOWED_CHILDREN):
            found[int(entry.parent.name)] = command.strip()
    return found


def _visible_widgets() -> list[str]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return []
    return [repr(w) for w in widgets.QApplication.topLevelWidgets() if w.isVisible()]
