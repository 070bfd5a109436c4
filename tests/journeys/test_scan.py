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
DEVICE = "sane:test:0"
# A card instead of an A3 sheet: what is tested is the way of the sheets, not how long reading them takes.
SMALL = """[small]
source = "adf"
dpi = 200
page_width_mm = 60.0
page_height_mm = 40.0
[slow]
source = "adf"
dpi = 200
page_width_mm = 60.0
page_height_mm = 40.0
extra = { read-delay = "yes", read-delay-duration = "100000" }
"""


def test_no_clerk_sees_the_test_scanner_unasked(run: Run) -> None:
    found = conforms(run("devices", "--json", env={"STATION_SANE_TEST": ""}).json, "devices")
    assert not [d for d in found["devices"] if "test" in d["id"]]


def test_the_feeder_is_emptied_and_every_sheet_kept(run: Run, home: Path) -> None:
    devices = conforms(run("devices", "--json", env=TEST_DEVICE).json, "devices")["devices"]
    assert DEVICE in [d["id"] for d in devices]
    (home / "profiles.toml").write_text(SMALL)
    answer = run(
        "scan", "--device", DEVICE, "--profile", "small", "--sheets", "11", "--json", env=TEST_DEVICE
    )
    assert answer.code == 0, answer.err
    assert "11" in answer.err, "ten sheets came where eleven were counted, and that is said"
    result = conforms(answer.json, "scan")
    assert result["sides"] == 10
    assert result["stopped_by"] is None
    with closing(database.connect(home / "station.db")) as conn:
        originals = {r["original_sha256"] for r in conn.execute("SELECT original_sha256 FROM side")}
    assert all((home / "originals" / sha256).exists() for sha256 in originals)


def test_cancel_keeps_what_has_come(run: Run, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "profiles.toml").write_text(SMALL)
    process = subprocess.Popen(
        station_command(home, "scan", "--device", DEVICE, "--profile", "slow", "--json"),
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
    assert run("scan", "--device", DEVICE, "--backs").code == 2, "backs of which fronts?"
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


def test_a_preview_keeps_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    picture = tmp_path / "preview.jpg"
    assert run("preview", str(picture), "--device", DEVICE, env=TEST_DEVICE).code == 0
    assert picture.read_bytes().startswith(b"\xff\xd8")
    with closing(database.connect(home / "station.db")) as conn:
        assert conn.execute("SELECT count(*) FROM side").fetchone()[0] == 0
