"""Scanning with SANE's own test device, in a child process."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from conftest_journeys import Run, conforms, station_command

from capture.files import FileLimits, close_decoder, inspect
from station.store import database, pages
from station.work import refused, scanning
from station.work.station import open_station
from tests.capture.pages import draw_page, number_on

TEST_DEVICE = {"STATION_SANE_TEST": "1"}
DEVICE = "sane:test:0"
OUT_OF_PAPER = "Document feeder out of documents"
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


def test_a_jam_is_exit_four_and_the_backs_of_its_pile_are_laid_between_the_fronts(
    run: Run, home: Path, tmp_path: Path
) -> None:
    feeder = Feeder(tmp_path)
    scan = ("scan", "--device", "sane:fake:one", "--profile", "a4_dossier", "--json")
    jammed = run(*scan, env=feeder.holds(3, "Document feeder jammed"))
    assert (jammed.code, jammed.json["sides"]) == (4, 3), jammed.err
    intake = ("--intake", jammed.json["intake_id"])
    backs = run(*scan, *intake, "--backs", env=feeder.holds(6, OUT_OF_PAPER))
    assert (backs.code, conforms(backs.json, "scan")["sides"]) == (0, 6), backs.err
    with closing(database.connect(home / "station.db")) as conn:
        rows = conn.execute("SELECT original_sha256 FROM side ORDER BY position").fetchall()
    assert [number_on(home / "originals" / row["original_sha256"]) for row in rows] == [1, 6, 2, 5, 3, 4]


def test_each_counter_of_a_watched_folder_gets_its_own_intake(run: Run, home: Path, tmp_path: Path) -> None:
    for counter in (1, 2):
        inner = tmp_path / "share" / f"counter {counter}"
        inner.mkdir(parents=True)
        for number in (1, 2):
            draw_page(number + counter, 60, 90).save(inner / f"{number}.jpg", dpi=(100, 100))
    answer = run("watch", tmp_path / "share", "--once", "--json")
    assert (answer.code, conforms(answer.json, "watch")["files"]) == (0, 4), answer.err
    with closing(database.connect(home / "station.db")) as conn:
        rows = conn.execute("SELECT i.source FROM side s JOIN intake i ON i.id = s.intake_id ORDER BY s.id")
        sources = [Path(row["source"]).name for row in rows]
    assert sources == ["counter 1"] * 2 + ["counter 2"] * 2


def test_a_refused_file_is_tried_again_by_its_number(run: Run, home: Path, tmp_path: Path) -> None:
    station = open_station(home)
    intake = scanning.open_intake(station, "files")
    large, rubbish = tmp_path / "large.jpg", tmp_path / "rubbish.jpg"
    draw_page().save(large, dpi=(100, 100))
    rubbish.write_bytes(b"nothing of the kind")
    for path in (large, rubbish):
        scanning.take(station, intake.id, inspect(path, FileLimits(pixels=1000)), None)
    close_decoder()
    numbers = {Path(refusal.name).name: refusal.id for refusal in refused.list_refused(station)}
    answer = run("refused", "--retry", numbers["large.jpg"], "--retry", numbers["rubbish.jpg"], "--json")
    assert answer.code == 3, "one of them is refused still"
    assert "large.jpg was taken in." in answer.err
    assert [row["id"] for row in conforms(answer.json, "refused")["refused"]] == [numbers["rubbish.jpg"]]
    with station.reading() as conn:
        assert [Path(side.name).name for side in pages.list_sides(conn, intake.id)] == ["large.jpg"]


class Feeder:
    """A scripted scanimage in the place of the real one; sheets are numbered through all scans."""

    def __init__(self, folder: Path) -> None:
        self._script, self._feeder = folder / "script.json", folder / "feeder"
        fake = Path(__file__).parents[1] / "capture" / "fake_scanimage.py"
        program = folder / "bin" / "scanimage"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} "$@"\n')
        program.chmod(0o755)
        path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {"PATH": path, "FAKE_SCANNER": str(self._script)}

    def holds(self, sheets: int, then: str) -> dict[str, str]:
        """Variables for a verb that meets this feeder: sheets up to this number lie in it, then comes `then`."""
        script = {"sheets": sheets, "then": then, "feeder": str(self._feeder)}
        self._script.write_text(json.dumps(script))
        return self._environment
