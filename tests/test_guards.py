"""The guards of conftest.py hold: a test that leaves something behind fails."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

CASES = """
import logging, subprocess, sys, threading
import pytest

log = logging.getLogger("room")

def test_unexpected_warning():
    log.warning("paper jam in tray 2")

@pytest.mark.expects_log("paper jam", "tray 2")
def test_expected_warning():
    log.warning("paper jam in tray 2")

@pytest.mark.expects_log("paper jam")
def test_promised_warning_missing():
    pass

def test_warning_in_context(expect_log):
    with expect_log("paper jam"):
        log.warning("paper jam in tray 2")

def test_thread_left():
    threading.Thread(target=threading.Event().wait, daemon=True, name="forgotten").start()

def test_process_left():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(8)"])

def test_clean():
    log.info("all well")
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    subprocess.run([sys.executable, "-c", ""], check=True)
"""
EXPECTED = {
    "test_unexpected_warning": {"PASSED", "ERROR"},
    "test_expected_warning": {"PASSED"},
    "test_promised_warning_missing": {"PASSED", "ERROR"},
    "test_warning_in_context": {"PASSED"},
    "test_thread_left": {"PASSED", "ERROR"},
    "test_process_left": {"PASSED", "ERROR"},
    "test_clean": {"PASSED"},
}


def test_a_test_that_warns_or_leaves_something_running_fails(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path / "conftest.py")
    text = (tmp_path / "conftest.py").read_text(encoding="utf-8")
    (tmp_path / "conftest.py").write_text(text.replace("GRACE_S = 5.0", "GRACE_S = 0.3"), encoding="utf-8")
    (tmp_path / "test_cases.py").write_text(CASES, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    outcomes: dict[str, set[str]] = {}
    for name, outcome in re.findall(r"::(\w+) (PASSED|ERROR|FAILED)", run.stdout):
        outcomes.setdefault(name, set()).add(outcome)
    assert outcomes == EXPECTED, run.stdout
