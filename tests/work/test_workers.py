"""The readers' processes: what becomes of them when the station is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

STATION = """
import os, sys, time
from station.core.process import worker_pool

if __name__ == "__main__":
    pool = worker_pool(1)
    print(pool.submit(os.getpid).result(), flush=True)
    time.sleep(60)
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_reader_outlives_a_killed_station(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(STATION, encoding="utf-8")
    station = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert station.stdout is not None
    reader = int(station.stdout.readline())
    assert is_running(reader)
    station.send_signal(signal.SIGKILL)
    station.wait()
    station.stdout.close()
    until = time.monotonic() + 10
    while is_running(reader) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(reader)
