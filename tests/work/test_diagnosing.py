"""What the IT staff gets names nobody."""

import zipfile
from pathlib import Path

from station.core import files
from station.work import diagnosing, people
from station.work.station import open_station


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
