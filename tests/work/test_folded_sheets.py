"""Folded sheets: cut alike in one pile, their pages in the order they are read, found again and sealed."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from resources.samples import fonts
from station.store import dossiers, pages
from station.work import ingesting, reading, scanning, searching, sorting
from station.work.reading import reading_of
from station.work.sealed_pages import pages_of
from station.work.station import Station, open_station
from tests.benchmarks.alignment import character_errors
from tests.benchmarks.folded import FED, folded_certificate


@pytest.fixture
def empty(tmp_path: Path) -> Station:
    return open_station(tmp_path / "home")


@pytest.mark.slow
def test_a_folded_certificate_is_read_shown_found_and_sealed_as_pages_one_to_four(
    empty: Station, tmp_path: Path
) -> None:
    folded = folded_certificate(tmp_path / "papers", "a test", "normal", FED[1], "a")
    result = ingesting.ingest(empty, [folded.sides[0].parent], "intake", None)
    with empty.reading() as conn:
        sides = pages.list_sides(conn, result.intake_ids[0])
        [dossier] = dossiers.list_of_intake(conn, result.intake_ids[0])
        [paper] = searching.show_by_id(empty, dossier.id).documents
        sealed = [page for _, page in pages_of(empty, conn, dossier, paper, "whole")]
    fed = {side.id: number for number, side in enumerate(sides)}
    assert paper.type_id == "giay_chung_nhan"
    assert [(fed[p.side_id], p.half) for p in paper.pages] == folded.pages
    truths = [
        next(page for page in folded.truths[side]["pages"] if page["side"] == half)
        for side, half in folded.pages
    ]
    for page, truth in zip(paper.pages, truths, strict=True):
        _, _, read, _ = searching.page_picture(empty, page.page_id)
        wrong, letters = character_errors(truth, read.text if read else "")
        assert wrong < 0.15 * letters
    # sheets in physical order, bookmarks to their halves
    assert [page.bookmarks for page in sealed] == [("2", "3"), ("4", "1")]
    fields = {f.name: f for f in searching.show_by_id(empty, dossier.id).fields[paper.id]}
    order = [p.page_id for p in paper.pages]
    assert order.index(fields["owner_name"].page_id) in (0, 1)
    found = searching.find_dossiers(empty, fields["owner_name"].shown)
    assert [d.id for d in found] == [dossier.id]


@pytest.mark.slow
@pytest.mark.parametrize("one_by_one", [False, True], ids=["all at once", "as they come"])
def test_a_sheet_with_a_stamp_over_its_fold_is_cut_as_the_others_of_its_pile(
    empty: Station, tmp_path: Path, one_by_one: bool
) -> None:
    sheets = [tmp_path / "pile" / f"{number}.png" for number in range(3)]
    for sheet in sheets:
        _draw_spread(sheet, stamped=sheet == sheets[0])
    if one_by_one:
        intake = scanning.open_intake(empty, "files", "intake", None)
        for sheet in sheets:
            scanning.take_files(empty, intake, [sheet])
            reading.read_waiting(empty)
        sorting.sort_as_it_comes(empty, intake.id, fresh=True)
    else:
        ingesting.ingest(empty, [tmp_path / "pile"], "intake", None)
    with empty.reading() as conn:
        sides = pages.list_sides(conn, 1)
    cuts = [read.recipe.split_at for side in sides if (read := reading_of(empty, side))]
    assert cuts == pytest.approx([0.505] * 3, abs=0.003)


def _draw_spread(path: Path, *, stamped: bool) -> None:
    """An A3 sheet at 100 dpi with print on both halves and the shadow of its fold."""
    sheet = Image.new("RGB", (1654, 1169), "white")
    pen, font = ImageDraw.Draw(sheet), fonts.load("serif", "regular", 26)
    for row in range(9):
        for left in (90, 950):
            pen.text(
                (left, 120 + 100 * row), "Thửa đất số 12, tờ bản đồ số 7, xã Mẫu", fill="black", font=font
            )
        if stamped:
            pen.text((690, 170 + 100 * row), "ĐÃ ĐĂNG KÝ THẾ CHẤP", fill=(90, 90, 90), font=font)
    fold = round(0.505 * sheet.width)
    for distance in range(-5, 6):
        shade = 8 * (6 - abs(distance))
        for row in range(sheet.height):
            red, green, blue = sheet.getpixel((fold + distance, row))  # type: ignore[misc]
            sheet.putpixel(
                (fold + distance, row), (max(0, red - shade), max(0, green - shade), max(0, blue - shade))
            )
    path.parent.mkdir(exist_ok=True)
    sheet.save(path, dpi=(100, 100))
