"""The demonstration, whole; and killed at random moments, as a power cut would."""

import json
import random
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pikepdf
import pytest
from conftest_journeys import Answer, Run, conforms, station_command

from station.store import database

KILLS = 10


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """One demonstration, run once for the tests that look at what it left."""
    home = tmp_path_factory.mktemp("demo") / "home"
    done = subprocess.run(
        station_command(home, "demo", "--headless", "--json"),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return home, Answer(done.returncode, done.stdout, done.stderr)


def truth_of(home: Path) -> dict[str, list[dict[str, object]]]:
    loaded: dict[str, list[dict[str, object]]] = json.loads((home / "samples" / "truth.json").read_text())
    return loaded


def test_three_dossiers_go_from_the_folder_to_the_receipt(finished: tuple[Path, Answer]) -> None:
    home, answer = finished
    assert answer.code == 0, answer.err
    result = conforms(answer.json, "demo")
    truth = truth_of(home)
    assert result["sides"] == sum(len(f["images"]) for f in truth["files"])  # type: ignore[arg-type]
    assert {d["dossier_code"] for d in result["dossiers"]} == {d["dossier_code"] for d in truth["dossiers"]}
    assert result["delivered"] == 3
    assert result["blank_pages"] > 0


def test_a_folded_certificate_is_put_in_the_order_of_its_pages(finished: tuple[Path, Answer]) -> None:
    home, _ = finished
    with closing(database.connect(home / "station.db")) as conn:
        rows = conn.execute(
            "SELECT page.half, page.side_id FROM document_page JOIN page ON page.id = page_id"
            " JOIN document ON document.id = document_id"
            " WHERE type_id = 'giay_chung_nhan' AND half <> 'full' ORDER BY document_page.position"
        ).fetchall()
    # the outside 4|1 was scanned first, then the inside 2|3
    outside, inside = sorted({row["side_id"] for row in rows})
    order = [("right", outside), ("left", inside), ("right", inside), ("left", outside)]
    assert [tuple(row) for row in rows] == order


def test_a_sealed_paper_gives_its_vietnamese_text_back(finished: tuple[Path, Answer]) -> None:
    home, answer = finished
    pdfs = {d["type"]: Path(d["pdf"]) for dossier in answer.json["dossiers"] for d in dossier["documents"]}
    text = subprocess.run(
        ["pdftotext", str(pdfs["don_bien_dong"]), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "ĐƠN ĐĂNG KÝ BIẾN ĐỘNG" in text
    for path in pdfs.values():
        with pikepdf.open(path) as pdf:
            assert len(pdf.pages) >= 1
    assert home.exists()


def test_what_was_verified_names_who_vouched_for_it(finished: tuple[Path, Answer]) -> None:
    home, _ = finished
    with closing(database.connect(home / "station.db")) as conn:
        vouchers = {
            r["verified_by"]
            for r in conn.execute("SELECT DISTINCT verified_by FROM field WHERE value IS NOT NULL")
        }
    assert vouchers == {"rule:record", "demo operator"}


def test_the_check_finds_rows_files_and_hashes_in_agreement(finished: tuple[Path, Answer], run: Run) -> None:
    home, _ = finished
    answer = run("check", "--json", at=home)
    assert answer.code == 0, answer.err
    assert conforms(answer.json, "check") == {
        "problems": [],
        "orphans": [],
        "originals": answer.json["originals"],
        "packages": 3,
    }


def test_a_dossier_is_found_by_a_name_without_tones_and_shown_in_full(
    finished: tuple[Path, Answer], run: Run
) -> None:
    home, answer = finished
    code = answer.json["dossiers"][0]["dossier_code"]
    shown = conforms(run("dossiers", code, "--json", at=home).json, "dossier")
    assert shown["state"] == "delivered"
    assert shown["record"]["dossier_code"] == code
    with closing(database.connect(home / "station.db")) as conn:
        from station.store.reference import fold

        name = fold(shown["record"]["applicant_name"])
        assert conn.execute("SELECT count(*) FROM record").fetchone()[0] > 3
    found = conforms(run("dossiers", "--find", name, "--json", at=home).json, "dossiers")
    assert code in [d["dossier_code"] for d in found["dossiers"]]


def test_run_again_it_finds_everything_done_and_ends_in_seconds(
    finished: tuple[Path, Answer], run: Run
) -> None:
    home, first = finished
    again = run("demo", "--headless", "--json", at=home)
    assert again.code == 0, again.err
    assert again.json["dossiers"] == first.json["dossiers"]


def test_a_backup_restored_elsewhere_is_whole(
    finished: tuple[Path, Answer], run: Run, tmp_path: Path
) -> None:
    home, _ = finished
    assert run("backup", tmp_path / "copy", "--json", at=home).code == 0
    restored = run("restore", tmp_path / "copy", "--json", at=tmp_path / "new")
    assert restored.code == 0, restored.err
    assert conforms(restored.json, "restore")["problems"] == 0
    assert len(run("dossiers", "--json", at=tmp_path / "new").json["dossiers"]) == 3
    again = run("restore", tmp_path / "copy", at=home)
    assert again.code == 2
    assert "already holds data" in again.err


def test_the_demonstration_refuses_a_folder_of_real_dossiers(run: Run, tmp_path: Path) -> None:
    paper = tmp_path / "paper.png"
    from PIL import Image

    Image.new("RGB", (800, 600), "white").save(paper, dpi=(200, 200))
    assert run("ingest", paper).code == 0
    answer = run("demo", "--headless")
    assert answer.code == 2
    assert "holds real dossiers" in answer.err


@pytest.mark.parametrize("seed", [1])
def test_killed_at_ten_random_moments_every_side_is_there_once_and_arrives_once(
    home: Path, run: Run, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        process = subprocess.Popen(
            station_command(home, "demo", "--headless", "--json"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.5, 9.0))
        process.kill()
        process.wait()
    answer = run("demo", "--headless", "--json")
    assert answer.code == 0, answer.err
    wanted = sorted(
        (Path(str(f["path"])).name, i["index"])  # type: ignore[index]
        for f in truth_of(home)["files"]
        for i in f["images"]  # type: ignore[attr-defined]
    )
    with closing(database.connect(home / "station.db")) as conn:
        held = sorted(
            (Path(r["name"]).name, r["frame"]) for r in conn.execute("SELECT name, frame FROM side")
        )
        packages = [tuple(r) for r in conn.execute("SELECT dossier_code, state FROM package")]
    assert held == wanted
    assert len(packages) == len(set(packages)) == 3
    assert {state for _, state in packages} == {"delivered"}
    bags = list((home / "warehouse").rglob("bags/*"))
    assert len([b for b in bags if b.is_file()]) == 3
    assert run("check", "--json").json["problems"] == []
