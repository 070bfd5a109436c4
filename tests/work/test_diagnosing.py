"""What the IT staff gets names nobody."""

import logging
import zipfile
from pathlib import Path

from station.core import files
from station.core.log import start_log
from station.work import diagnosing, people
from station.work.station import open_station
from tests.conftest import ExpectLog


def test_the_diagnostics_hold_no_number_code_or_name_of_a_person(tmp_path: Path) -> None:
    station = open_station(tmp_path / "home")
    people.add_account(station, "Lê Thị Bịa", "operator", "mot-mat-khau-dai")
    told = (
        f"Lê Thị Bịa took 048199000007 of H48.12-260301-0007 and TMP-260301-00012 from {station.home}/spool"
    )
    files.put_bytes(station.folder("logs") / "station.log", f"{told}\nPaper jam in scanner 4711\n".encode())
    diagnosing.bundle(station, tmp_path / "for-it.zip")
    with zipfile.ZipFile(tmp_path / "for-it.zip") as archive:
        whole = "\n".join(archive.read(name).decode() for name in archive.namelist())
    for private in ("Bịa", "048199000007", "H48.12-260301", "TMP-2603", str(station.home)):
        assert private not in whole
    assert "Paper jam in scanner 4711" in whole and "language = vi" in whole


def test_the_log_says_where_a_fault_was_raised_and_nothing_that_stood_on_a_paper(
    tmp_path: Path, expect_log: ExpectLog
) -> None:
    start_log(tmp_path)
    try:
        with expect_log("could not be sorted"):
            try:
                {"Nguyễn Văn Bịa": 1}["Trần Thị Bịa"]
            except KeyError as error:
                try:
                    raise ValueError("Lê Văn Bịa") from error
                except ValueError:
                    logging.getLogger("station").exception("an intake could not be sorted")
        text = (tmp_path / "station.log").read_text(encoding="utf-8")
    finally:
        start_log(tmp_path / "away")
    told = [line for line in text.splitlines() if not line.startswith("    ")]
    assert "an intake could not be sorted" in told[0] and __file__ in text
    assert [line for line in told if line in ("KeyError", "ValueError")] == ["KeyError", "ValueError"]
    assert "Bịa" not in "\n".join(told)
