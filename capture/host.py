"""The child process that a driver or a decoder of foreign files lives in, seen from the station's side.

A driver may hang, crash, eat memory or write rubbish to the screen. So each lives in a process of its own
and speaks lines of JSON: requests on its standard input, reports on its standard output. The station
waits for each report with a time limit; when nothing comes, the whole process group ends, and the operator
reads a sentence. A child whose standard input closes knows that the station is gone and ends by itself.

Lines instead of `multiprocessing`: a TWAIN driver needs a 32-bit interpreter of its own, and a child must not
run the window's main module again. The one reader thread is here because a pipe on Windows cannot be waited
for with a limit; it ends with the pipe and touches nothing but its queue.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# A child that is asked to end gets this long for its last page before its whole group is killed.
PATIENCE_S = 5.0
# Enough of a driver's last words for the log of a support case.
LAST_WORDS_BYTES = 2000

Report = dict[str, Any]


class ChildDied(Exception):
    """The child ended without saying so. `last_words` is the tail of its standard error."""

    def __init__(self, code: int, last_words: str) -> None:
        super().__init__(f"child ended with {code}: {last_words}")
        self.code = code
        self.last_words = last_words


class ChildSilent(Exception):
    """No report within the time limit; the child has been killed."""


class Child:
    """A running module of `capture` that answers in lines of JSON.

    Args:
        module: run as `python -m module`; it must use `capture.child` on its side.
        python: another interpreter, for drivers of another word size.
        environment: variables added to this process's own.
    """

    def __init__(
        self, module: str, python: str = sys.executable, environment: Mapping[str, str] | None = None
    ) -> None:
        self._last_words = tempfile.TemporaryFile()  # noqa: SIM115 closed with the child
        self._process = subprocess.Popen(
            [python, "-m", module],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._last_words,
            env=_environment(environment or {}),
            start_new_session=os.name != "nt",
        )
        self._reports: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name=f"reports of {module}", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, request: Mapping[str, object]) -> None:
        """Hands over a request; a child that is gone is noticed by the next `receive`."""
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError, OSError):
            stdin.write(json.dumps(request).encode() + b"\n")

    def receive(self, limit_s: float) -> Report:
        """The next report.

        Raises:
            ChildSilent: nothing came within `limit_s`; the child is killed.
            ChildDied: it ended.
        """
        report = self.poll(limit_s)
        if report is None:
            self.kill()
            raise ChildSilent
        return report

    def poll(self, limit_s: float) -> Report | None:
        """The next report, None when none came within `limit_s`; the child goes on.

        Raises:
            ChildDied: it ended.
        """
        try:
            row = self._reports.get(timeout=limit_s)
        except queue.Empty:
            return None
        if row is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE_S)
            self.kill()
            raise ChildDied(self._process.returncode, self._tail())
        report: Report = json.loads(row)
        return report

    def close(self) -> None:
        """Asks the child to end and waits for it; kills it when it does not."""
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError):
            stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            log.warning("a driver process did not end and was killed")
        self.kill()

    def kill(self) -> None:
        """Ends the child and everything it started."""
        if os.name == "nt":
            self._process.kill()
        else:
            # The group may outlive its leader: a driver program started by the child.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(PATIENCE_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for row in stdout:
                self._reports.put(row)
        self._reports.put(None)

    def _tail(self) -> str:
        size = self._last_words.seek(0, os.SEEK_END)
        self._last_words.seek(max(0, size - LAST_WORDS_BYTES))
        return self._last_words.read().decode(errors="replace").strip()


def _environment(added: Mapping[str, str]) -> dict[str, str]:
    """This process's variables, the packages findable, and one thread for numeric libraries."""
    packages = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(p for p in (packages, os.environ.get("PYTHONPATH", "")) if p)
    return {**os.environ, "PYTHONPATH": path, "OMP_THREAD_LIMIT": "1", **added}
