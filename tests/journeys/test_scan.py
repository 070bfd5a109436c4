"""Scanning with SANE's own test device, in a child process."""

import json
import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

from conftest_journeys import Run, conforms, station_command

from station.store import database

TEST_DEVICE = {"STATION_SANE_TEST": "1"}


def test_no_clerk_sees_the_test_scanner_unasked(run: Run) -> None:
    found = conforms(run("devices", "--json", env={"STATION_SANE_TEST": ""}).json, "devices")
    assert not [d for d in found["devices"] if "test" in d["id"]]


def test_the_feeder_is_emptied_and_every_sheet_kept(run: Run, home: Path) -> None:
    devices = conforms(run("devices", "--json", env=TEST_DEVICE).json, "devices")["devices"]
    device = next(d["id"] for d in devices if d["kind"] == "sane")
    answer = run("scan", "--device", device, "--json", env=TEST_DEVICE)
    assert answer.code == 0, answer.err
    result = conforms(answer.json, "scan")
    assert result["sides"] == 10
    assert result["stopped_by"] is None
    with closing(database.connect(home / "station.db")) as conn:
        originals = {r["original_sha256"] for r in conn.execute("SELECT original_sha256 FROM side")}
    assert all((home / "originals" / sha256).exists() for sha256 in originals)


def test_cancel_keeps_what_has_come(run: Run, home: Path) -> None:
    devices = run("devices", "--json", env=TEST_DEVICE).json["devices"]
    device = next(d["id"] for d in devices if d["kind"] == "sane")
    process = subprocess.Popen(
        station_command(home, "scan", "--device", device, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **TEST_DEVICE},
    )
    _wait_for_a_side(home)
    process.send_signal(signal.SIGINT)
    answer, _ = process.communicate(timeout=240)
    with closing(database.connect(home / "station.db")) as conn:
        sides = conn.execute("SELECT count(*) FROM side").fetchone()[0]
    told = conforms(json.loads(answer), "scan")
    assert told["stopped_by"] == "operator"
    assert told["sides"] == sides >= 1


def test_an_unknown_device_is_a_sentence_and_exit_four(run: Run) -> None:
    answer = run("scan", "--device", "sane:nowhere")
    assert answer.code == 4
    assert answer.err.strip().endswith(".")


def _wait_for_a_side(home: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        if (home / "station.db").exists():
            with closing(database.connect(home / "station.db")) as conn:
                try:
                    if conn.execute("SELECT count(*) FROM side").fetchone()[0]:
                        return
                except Exception as error:  # noqa: BLE001 - the table comes with the first migration
                    assert "no such table" in str(error), error
        time.sleep(0.05)
    raise AssertionError("no side came")
