"""Day end: enrolled by an invitation, delivered over a line that is cut, or on a stick."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest_journeys import Run, conforms, station_command
from conftest_work import CODE, PAPERS, RECORD, draw_paper

from capture.files import close_decoder
from station.store.reference import import_rows
from station.work import ingesting
from station.work.station import open_station
from sync.warehouse import embedded

#: Slow enough that the cut falls into the middle of a package of about a megabyte.
SLOW = "60K"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def read_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one read dossier whose originals are heavy."""
    home = tmp_path_factory.mktemp("day") / "home"
    papers = tmp_path_factory.mktemp("papers")
    station = open_station(home)
    with station.transaction() as conn:
        import_rows(conn, [RECORD], station.now())
    for name, lines in PAPERS.items():
        draw_paper(papers / name, lines)
        _make_heavy(papers / name)
    ingesting.ingest(station, [papers], "intake", None)
    close_decoder()
    return home


def _make_heavy(path: Path) -> None:
    """Pale grain over the page, as a scanner sees paper: the file grows, the words stay readable."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as page:
        pixels = np.asarray(page).astype(np.int16)
    grain = np.random.default_rng(1).integers(-6, 7, pixels.shape)
    Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8)).save(path, dpi=(200, 200))


@pytest.fixture
def sealed(read_folder: Path, home: Path, run: Run) -> Path:
    """A sealed dossier in the outbox of this test's data folder."""
    shutil.copytree(read_folder, home)
    assert run("settings", "set", "branch", "Chi nhánh Mẫu").code == 0
    accepted = run("verify", CODE, "--accept", "--json")
    assert conforms(accepted.json, "dossier")["state"] == "ready", accepted.err
    assert len(conforms(run("seal", "--ready", "--json").json, "seal")["sealed"]) == 1
    return home


def enrol(run: Run, warehouse: embedded.EmbeddedWarehouse, folder: Path) -> None:
    invitation = folder / "invitation.json"
    invitation.write_text(warehouse.add_station("Chi nhánh Mẫu").to_text(), encoding="utf-8")
    answer = run("enrol", invitation, "--json")
    assert answer.code == 0, answer.err
    conforms(answer.json, "enrol")


def wait_until(what: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)


def test_a_cut_line_is_resumed_where_it_was_and_the_package_arrives_once(
    sealed: Path, run: Run, tmp_path: Path
) -> None:
    data, port = tmp_path / "warehouse", free_port()
    data.mkdir()
    warehouse = embedded.start(data, port)
    enrol(run, warehouse, tmp_path)
    sending = subprocess.Popen(
        station_command(sealed, "sync", "--limit-rate", SLOW), stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: any((data / "objects" / "uploads").rglob("*")), 60)
    time.sleep(2)
    warehouse.kill()
    _, sentence = sending.communicate(timeout=120)
    assert sending.returncode == 5, sentence
    [package] = conforms(run("outbox", "--json").json, "outbox")["packages"]
    assert package["state"] == "waiting"
    assert package["tries"] == 1
    assert package["problem"].endswith(".")
    assert 0 < package["offset_bytes"] < package["size_bytes"]
    with embedded.start(data, port):
        answer = run("sync", "--json")
        assert answer.code == 0, answer.err
        assert len(conforms(answer.json, "sync")["delivered"]) == 1
        assert run("sync", "--json").json["delivered"] == []
    assert len([p for p in (data / "objects" / "bags").rglob("*") if p.is_file()]) == 1
    assert run("dossiers", CODE, "--json").json["state"] == "delivered"


def test_a_package_travels_on_a_stick_and_its_receipt_comes_back(
    sealed: Path, run: Run, tmp_path: Path
) -> None:
    data, stick = tmp_path / "warehouse", tmp_path / "stick"
    data.mkdir()
    stick.mkdir()
    with embedded.start(data) as warehouse:
        enrol(run, warehouse, tmp_path)
    written = conforms(run("export", stick, "--json").json, "export")["exported"]
    assert len(written) == 1
    received = subprocess.run(
        [sys.executable, "-m", "sync.warehouse", "receive", str(stick), "--data", str(data), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert received.returncode == 0, received.stderr
    assert conforms(run("receipts", stick, "--json").json, "receipts")["delivered"] == written
    assert conforms(run("receipts", stick, "--json").json, "receipts")["delivered"] == []
    assert run("dossiers", CODE, "--json").json["state"] == "delivered"


def test_a_mortgage_ends_with_a_typed_serial_that_reaches_the_warehouse_without_a_picture(
    run: Run, tmp_path: Path
) -> None:
    records = tmp_path / "records.csv"
    code = "H48.12-260302-0010"
    head = (
        "dossier_code,procedure_code,applicant_name,certificate_serial,received_at,status,resolved_at,branch"
    )
    records.write_text(
        f"{head}\n{code},1.011441,Nguyễn Thị Mẫu,AA 09122325,02/03/2026,9,03/03/2026,Chi nhánh Mẫu\n",
        encoding="utf-8",
    )
    assert run("settings", "set", "branch", "Chi nhánh Mẫu").code == 0
    assert run("records", "import", records).code == 0
    assert run("result", code, "AA 912").code == 2
    typed = conforms(run("result", code, "AA09122325", "--json").json, "dossier")
    assert (typed["state"], typed["stage"], typed["documents"]) == ("ready", "result", [])
    assert len(conforms(run("seal", "--ready", "--json").json, "seal")["sealed"]) == 1
    data = tmp_path / "warehouse"
    data.mkdir()
    with embedded.start(data) as warehouse:
        enrol(run, warehouse, tmp_path)
        answer = run("sync", "--json")
        assert len(conforms(answer.json, "sync")["delivered"]) == 1, answer.err
    assert run("dossiers", code, "--json").json["state"] == "delivered"
    rates = run(
        "report", "rates", "--stage", "result", "--format", "json", "--from", "2026-03-01", "--json"
    ).json
    for rule in ("official", "strict"):
        assert rates["rule"][rule]["total"]["digitised"] == 1
