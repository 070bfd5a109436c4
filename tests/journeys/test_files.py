"""Files of every kind, good and bad, through `station ingest`."""

import io
import shutil
from pathlib import Path

import pikepdf
import pytest
from conftest_journeys import Run, conforms
from PIL import Image, ImageDraw

from resources.samples import fonts


@pytest.fixture
def paper() -> Image.Image:
    """A page with a few printed Vietnamese lines, at 200 dpi."""
    page = Image.new("RGB", (1654, 2339), "white")
    pen = ImageDraw.Draw(page)
    font = fonts.load("serif", "regular", 40)
    for number, text in enumerate(
        (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "GIẤY ỦY QUYỀN",
            "Tôi là Nguyễn Thị Mẫu",
        )
    ):
        pen.text((300, 200 + 120 * number), text, fill="black", font=font)
    return page


def saved(page: Image.Image, path: Path, **options: object) -> Path:
    page.save(path, dpi=(200, 200), **options)  # type: ignore[arg-type]
    return path


def test_every_kind_of_file_is_read(run: Run, paper: Image.Image, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    for name in ("1.jpg", "2.png", "3.webp"):
        saved(paper, folder / name)
    grey = paper.convert("1")
    saved(grey, folder / "4.tif", compression="group4", save_all=True, append_images=[grey])
    saved(paper, folder / "5.tif", compression="jpeg")
    paper.save(folder / "6.pdf", resolution=200, save_all=True, append_images=[paper])
    answer = run("ingest", folder, "--json")
    assert answer.code == 0, answer.err
    result = conforms(answer.json, "ingest")
    assert [len(f["images"]) for f in result["files"]] == [1, 1, 1, 2, 1, 2]
    for file in result["files"]:
        for image in file["images"]:
            assert "Nguyễn Thị Mẫu" in image["pages"][0]["text"]


def test_a_file_known_in_its_intake_makes_no_second_row(run: Run, paper: Image.Image, tmp_path: Path) -> None:
    folder = tmp_path / "pile"
    folder.mkdir()
    saved(paper, folder / "1.jpg")
    first = run("ingest", folder, "--json").json
    saved(paper, folder / "2.jpg")
    second = run("ingest", folder, "--json").json
    assert [f["known"] for f in first["files"]] == [False]
    assert [f["known"] for f in second["files"]] == [True, False]
    assert len(second["dossiers"]) == 1
    assert second["files"][0]["images"] == first["files"][0]["images"]


def test_bad_files_are_set_aside_with_a_sentence_and_the_rest_goes_on(
    run: Run, paper: Image.Image, tmp_path: Path, home: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    good = saved(paper, folder / "1-good.jpg")
    (folder / "2-empty.jpg").touch()
    (folder / "3-half.jpg").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (folder / "4-rubbish.png").write_bytes(b"this is not a picture" * 50)
    locked = io.BytesIO()
    paper.save(locked, format="PDF", resolution=200)
    with pikepdf.open(locked) as pdf:
        pdf.save(folder / "5-locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    shutil.copy(good, folder / "6-good.jpg")
    answer = run("ingest", folder, "--json")
    assert answer.code == 3
    result = conforms(answer.json, "ingest")
    refused = {Path(f["path"]).name: f["refused"] for f in result["files"]}
    assert refused["1-good.jpg"] is None
    assert refused["6-good.jpg"] is None
    sentences = [refused[n] for n in ("2-empty.jpg", "3-half.jpg", "4-rubbish.png", "5-locked.pdf")]
    assert all(s and s.endswith(".") for s in sentences)
    assert "password" in sentences[3]
    assert len(set(sentences)) == 4
    assert len(list((home / "quarantine").iterdir())) >= 3
    assert {Path(f.name).name for f in folder.iterdir()} == set(refused)


def test_a_path_that_is_not_there_is_usage(run: Run, tmp_path: Path) -> None:
    answer = run("ingest", tmp_path / "nowhere")
    assert answer.code == 2
    assert "does not exist" in answer.err


def test_records_are_imported_and_bad_rows_listed(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "records.csv"
    table.write_text(
        "dossier_code,applicant_name,received_at,stage\n"
        "H48.12-260302-0001,Nguyễn Thị Mẫu,02/03/2026,Tiếp nhận hồ sơ\n"
        ",Không Có Mã,02/03/2026,Trình ký\n"
        "H48.12-260302-0002,Trần Văn Mẫu,hôm qua,Trình ký\n",
        encoding="utf-8",
    )
    answer = run("records", "import", table, "--json")
    assert answer.code == 3
    result = conforms(answer.json, "records-import")
    assert (result["taken"], result["refused"]) == (1, 2)
    assert [b["row"] for b in result["bad_rows"]] == [3, 4]
    found = conforms(run("records", "find", "nguyen thi mau", "--json").json, "records-find")
    assert [r["dossier_code"] for r in found["records"]] == ["H48.12-260302-0001"]
    assert found["records"][0]["status"] == 2


def test_an_administrator_brings_papers_in_from_a_table(run: Run, tmp_path: Path) -> None:
    assert conforms(run("catalogue", "--json").json, "catalogue")["own_files"] == []
    table = tmp_path / "papers.csv"
    head = "id,name_vi,name_en,name_km,titles,valid_from\n"
    table.write_text(head + "di_chuc,Di chúc,Testament,មតក,DI CHÚC,2026-06-01\n", encoding="utf-8")
    answer = run("catalogue", "import", table, "--json")
    assert conforms(answer.json, "catalogue-import")["files"] == ["document_types/di_chuc.toml"]
    table.write_text(head + "di_chuc,Di chúc,Testament,មតក,DI CHÚC,soon\n", encoding="utf-8")
    refused = run("catalogue", "import", table)
    assert refused.code == 3 and "Row 2" in refused.err
    assert conforms(run("catalogue", "--json").json, "catalogue")["own_files"] == [
        "document_types/di_chuc.toml"
    ]


def test_a_wrong_catalogue_file_is_named_by_line_and_key(run: Run, home: Path) -> None:
    run("dossiers")
    folder = home / "catalogue" / "procedures"
    folder.mkdir(parents=True)
    (folder / "wrong.toml").write_text('id = "x_y"\nlevel = "village"\n', encoding="utf-8")
    answer = run("catalogue")
    assert answer.code == 3
    assert "wrong.toml" in answer.err and "line 2" in answer.err and "level" in answer.err


def test_the_results_of_one_dossier_are_certificates_of_its_record(
    run: Run, paper: Image.Image, tmp_path: Path
) -> None:
    table = tmp_path / "records.csv"
    head = "dossier_code,procedure_code,procedure_name,applicant_name,received_at\n"
    code = "H48.12-260302-0001"
    table.write_text(f"{head}{code},1.012784,Tách thửa đất,Nguyễn Thị Mẫu,02/03/2026\n", encoding="utf-8")
    run("records", "import", table)
    folder = tmp_path / "results"
    folder.mkdir()
    font = fonts.load("serif", "regular", 38)
    for serial, parcel in (("AA 09122325", "12"), ("AA 09122326", "13")):
        page = Image.new("RGB", paper.size, "white")
        lines = (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "GIẤY CHỨNG NHẬN",
            "QUYỀN SỬ DỤNG ĐẤT, QUYỀN SỞ HỮU TÀI SẢN GẮN LIỀN VỚI ĐẤT",
            "1. Người sử dụng đất: Bà Nguyễn Thị Mẫu, CCCD số: 051190000123",
            f"2. Thông tin thửa đất: Thửa đất số: {parcel}; tờ bản đồ số: 7",
            "Quảng Ngãi, ngày 05 tháng 3 năm 2026",
            "Số vào sổ cấp Giấy chứng nhận: VP 01234",
            serial,
        )
        for number, text in enumerate(lines):
            ImageDraw.Draw(page).text((200, 200 + 110 * number), text, fill="black", font=font)
        saved(page, folder / f"{parcel}.png")
    answer = run("ingest", folder, "--stage", "result", "--dossier", code, "--json")
    (dossier,) = conforms(answer.json, "ingest")["dossiers"]
    assert (dossier["dossier_code"], dossier["stage"]) == (code, "result")
    values = [{name: f["value"] for name, f in d["fields"].items()} for d in dossier["documents"]]
    assert [v["certificate_serial"] for v in values] == ["AA 09122325", "AA 09122326"]
    assert {(v["certificate_book_no"], v["certificate_date"]) for v in values} == {("VP 01234", "05/03/2026")}
    shown = conforms(run("dossiers", code, "--json").json, "dossier")
    assert [(c["component_id"], c["outcome"]) for c in shown["components"]] == [
        ("giay_chung_nhan", "digitised")
    ]
