"""The samples: what they contain, that their truth is true, and that the same seed makes the same paper."""

import csv
import json
import random
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image

from ocr.patch import find_patch
from resources.samples import cards, facts, fonts, khmer, papers, plans, separators
from resources.samples import case as cases
from resources.samples.corpus import make_corpus
from resources.samples.delivery import deliver
from resources.samples.demo import DemoSamples, make_demo
from resources.samples.dossier import documents_of, sides_of
from resources.samples.papers import Order
from resources.samples.scan import Lie, Placed, Scan, Side, scan
from resources.samples.sheet import Sheet
from resources.samples.style import OFFICES
from tests.benchmarks.perfect import perfect_result
from tests.benchmarks.scoring import score

DARK = 110
CLEAN = Lie(dpi=200, mode="gray", level="clean", noise=0)
# Fields that a paper has only when the person is married, young enough, or the wording names them.
SOMETIMES = {"expiry_date", "notary_office", "applicant_name"} | {
    name for names in facts.FIELD_NAMES.values() for name in names if "spouse" in name
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSamples:
    return make_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def demo_truth(demo: DemoSamples) -> dict:
    return json.loads(demo.truth.read_text(encoding="utf-8"))


def images_of(root: Path, file: dict) -> list[Image.Image]:
    path = root / file["path"]
    if path.suffix == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            return [
                pdf[index].render(scale=image["dpi"] / 72).to_pil().convert("L")
                for index, image in enumerate(file["images"])
            ]
    picture = Image.open(path)
    frames = []
    for index in range(len(file["images"])):
        picture.seek(index)
        frames.append(picture.convert("L"))
    return frames


def one_case(seed: int = 4, route: str = "barcode_receipt", procedure: str = "chuyen_nhuong") -> cases.Case:
    return cases.make(1, random.Random(seed), route=route, procedure=procedure)


def one_scan(doc_type: str, lie: Lie, **wishes: object) -> Scan:
    rng = random.Random(5)
    order = Order(doc_type, "a", dpi=lie.dpi, **wishes)  # type: ignore[arg-type]
    document = documents_of(one_case(), [(order, 0)], rng)[0]
    return scan(sides_of(document, duplex=False, spreads=True, rng=rng)[0], lie, rng)


# -- the demonstration -------------------------------------------------------------------------------


def test_the_demonstration_has_three_dossiers_each_found_in_another_way(
    demo: DemoSamples, demo_truth: dict
) -> None:
    assert [dossier["route"] for dossier in demo_truth["dossiers"]] == [
        "barcode_receipt",
        "cccd_qr",
        "name_parcel",
    ]
    images = [image for file in demo_truth["files"] for image in file["images"]]
    assert 18 <= len(images) <= 26
    assert any(image["is_a3_spread"] for image in images)
    assert any(image["blank"] for image in images)
    assert any(image["rotation"] for image in images)
    codes = {code["symbology"] for image in images for page in image["pages"] for code in page["barcodes"]}
    assert codes == {"Code128", "QRCode"}
    assert all(dossier.folder.is_dir() and list(dossier.folder.iterdir()) for dossier in demo.dossiers)


def test_every_demonstrated_dossier_has_its_record_among_others(demo: DemoSamples) -> None:
    with demo.records_csv.open(encoding="utf-8", newline="") as file:
        codes = [row["dossier_code"] for row in csv.DictReader(file)]
    assert len(codes) >= 400
    assert {dossier.dossier_code for dossier in demo.dossiers} <= set(codes)


def test_the_code_of_the_third_dossier_is_printed_nowhere(demo: DemoSamples, demo_truth: dict) -> None:
    code = demo.dossiers[2].dossier_code
    assert code
    pages = [
        page
        for file in demo_truth["files"]
        for image in file["images"]
        if image["dossier_id"] == "D003"
        for page in image["pages"]
    ]
    assert pages
    assert all(code not in line["text"] for page in pages for line in page["lines"])
    assert all(not page["barcodes"] for page in pages)


def test_the_codes_of_the_demonstration_can_be_read(demo: DemoSamples, demo_truth: dict) -> None:
    root = demo.truth.parent
    wanted, read = set(), set()
    for file in demo_truth["files"]:
        told = [
            code["payload"]
            for image in file["images"]
            for page in image["pages"]
            for code in page["barcodes"]
        ]
        if told:
            wanted |= set(told)
            read |= {
                found.text for picture in images_of(root, file) for found in zxingcpp.read_barcodes(picture)
            }
    assert wanted and wanted <= read


# -- truth -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("turn", "skew", "bow_mm"),
    [(0, 0.0, 0.0), (0, 3.0, 0.0), (90, -2.0, 1.2), (180, 1.5, 0.0), (270, 5.0, 0.6)],
)
def test_the_truth_says_where_the_ink_is(turn: int, skew: float, bow_mm: float) -> None:
    made = one_scan(
        "don_bien_dong",
        Lie(dpi=200, mode="gray", level="clean", turn=turn, skew=skew, bow_mm=bow_mm, noise=0),
    )
    ink = np.asarray(made.image) < DARK
    lines = made.truth["pages"][0]["lines"]  # type: ignore[index]
    assert len(lines) > 20
    for line in lines:
        xs, ys = zip(*line["quad"], strict=True)
        inside = ink[max(0, int(min(ys))) : int(max(ys)) + 1, max(0, int(min(xs))) : int(max(xs)) + 1]
        assert inside.any(), line["text"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_lines_fall_to_the_right_by_the_skew_told(turn: int) -> None:
    made = one_scan(
        "hop_dong_chuyen_nhuong", Lie(dpi=200, mode="gray", level="clean", turn=turn, skew=2.5, noise=0)
    )
    for line in made.truth["pages"][0]["lines"]:  # type: ignore[index]
        (x0, y0), (x1, y1) = line["quad"][:2]
        if np.hypot(x1 - x0, y1 - y0) > 300:
            angle = np.degrees(np.arctan2(y1 - y0, x1 - x0))
            assert (angle - turn - 2.5 + 180) % 360 - 180 == pytest.approx(0, abs=0.1)


def test_a_folded_certificate_lies_open_as_four_and_one_then_two_and_three() -> None:
    rng = random.Random(1)
    document = documents_of(one_case(), [(Order("giay_chung_nhan", "a", dpi=100, variant="folded"), 0)], rng)[
        0
    ]
    sides = sides_of(document, duplex=False, spreads=True, rng=rng)
    assert [[placed.page_no for placed in side.placed] for side in sides] == [[4, 1], [2, 3]]
    truth = scan(sides[0], Lie(dpi=100, mode="gray", level="clean"), rng).truth
    assert truth["paper"] == "A3" and truth["is_a3_spread"] is True
    assert abs(truth["split"]["at"] - 0.5) < 0.04  # type: ignore[index]


def test_a_cadastral_extract_on_a3_is_one_page() -> None:
    truth = one_scan("trich_luc_ban_do", CLEAN, variant="a3").truth
    assert truth["paper"] == "A3" and truth["is_a3_spread"] is False and truth["split"] is None


def test_the_back_of_a_single_sheet_is_blank_in_duplex() -> None:
    rng = random.Random(1)
    document = documents_of(one_case(), [(Order("xac_nhan_cu_tru", "a", dpi=100), 0)], rng)[0]
    front, back = sides_of(document, duplex=True, spreads=True, rng=rng)
    assert front.placed and not back.placed
    truth = scan(back, Lie(dpi=100, mode="gray", level="normal", effects=("bleed_through",)), rng).truth
    assert truth["blank"] is True and truth["pages"] == [] and truth["effects"] == ["bleed_through"]


def test_an_odd_side_on_a3_glass_leaves_a_blank_half() -> None:
    rng = random.Random(2)
    document = next(
        found
        for seed in range(30)
        if len(
            (
                found := documents_of(
                    one_case(seed), [(Order("hop_dong_chuyen_nhuong", "a", dpi=60), 0)], rng
                )[0]
            ).paper.sheets
        )
        == 3
    )
    last = sides_of(document, duplex=False, spreads=True, rng=rng, glass=True)[-1]
    pages = scan(last, Lie(dpi=60, mode="gray", level="clean"), rng).truth["pages"]
    assert [page["blank"] for page in pages] == [False, True]  # type: ignore[attr-defined]


# -- papers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("office", sorted(OFFICES))
@pytest.mark.parametrize("doc_type", sorted(facts.FIELD_NAMES))
def test_every_paper_of_every_office_carries_its_fields(office: str, doc_type: str) -> None:
    case = one_case(11)
    paper = papers.build(
        case,
        Order(doc_type, office, dpi=60, variant="bia_ho_so" if doc_type == "khac" else ""),
        random.Random(2),
    )
    assert facts.FIELD_NAMES[doc_type] - set(paper.fields) <= SOMETIMES
    assert all(paper.fields.values())
    # Forms with a box for each digit part them.
    written = "".join(line.text for sheet in paper.sheets for line in sheet.lines).lower().replace(" ", "")
    for name in ("parcel_no", "certificate_serial", "dossier_code", "id_number"):
        if name in paper.fields:
            assert paper.fields[name].lower().replace(" ", "") in written


@pytest.mark.parametrize("doc_type", ["don_bien_dong", "to_khai_lptb"])
def test_values_written_by_hand_are_told_apart_from_print(doc_type: str) -> None:
    hand = fonts.available_hands()[0]
    paper = papers.build(one_case(), Order(doc_type, "a", dpi=60, hand=hand), random.Random(2))
    assert {info.kind for info in paper.field_info.values()} == {"handwritten"}
    kinds = {run.kind for sheet in paper.sheets for line in sheet.lines for run in line.runs}
    assert kinds == {"printed", "handwritten"}


def test_the_machine_readable_zone_keeps_its_check_digits() -> None:
    who = one_case().applicant
    first, second, third = cards.mrz(who)
    assert {len(first), len(second), len(third)} == {30}
    assert first.startswith("IDVNM") and who.id_number in first
    assert icao_check(first[5:14]) == first[14]
    assert icao_check(second[0:6]) == second[6] and icao_check(second[8:14]) == second[14]
    assert icao_check(first[5:30] + second[0:7] + second[8:15] + second[18:29]) == second[29]


def icao_check(text: str) -> str:
    """ICAO 9303, weights 7 3 1, letters from 10."""
    return str(
        sum(int(letter, 36) * (7, 3, 1)[index % 3] for index, letter in enumerate(text.replace("<", "0")))
        % 10
    )


def test_nobody_in_the_samples_can_be_a_real_citizen() -> None:
    rng = random.Random(8)
    for number in range(40):
        who = cases.make(number, rng, route="none").applicant
        assert who.id_number[6:8] == "00" and len(who.id_number) == 12
        assert who.phone.startswith("0990")
        assert int(who.id_number[3]) % 2 == (who.sex == "Nữ")


def test_khmer_letters_are_stacked_not_strung(tmp_path: Path) -> None:
    told = json.loads(khmer.make_titles(tmp_path).read_text(encoding="utf-8"))
    assert [document["type"] for document in told["documents"]] == list(khmer.KINDS)
    assert all(set(document["fields"]) == khmer.FIELDS for document in told["documents"])
    # A letter under another takes no width of its own once shaped.
    face = fonts.load("khmer", "regular", 40)
    for stacked in ("ខ្ម", "ត្ត"):
        assert face.getlength(stacked) == pytest.approx(face.getlength(stacked[0]), abs=1)


def test_separators_carry_the_code_or_the_patch() -> None:
    rng = random.Random(1)
    for kind in separators.KINDS:
        side = separators.separator(kind, "D001", "H48.12-250102-0003", 200, False, rng)
        found = {code.text for code in zxingcpp.read_barcodes(scan(side, CLEAN, rng).image)}
        assert found == ({"PATCHT"} if kind == "patch" else {"H48.12-250102-0003"})
        assert scan(side, CLEAN, rng).truth["separator"] == kind
        patch = find_patch(np.asarray(scan(side, CLEAN, rng).image), CLEAN.dpi)
        assert (patch.symbology if patch else None) == ("PatchT" if kind == "patch" else None)


# -- fonts -------------------------------------------------------------------------------------------


def test_all_faces_know_their_letters() -> None:
    for family, faces in fonts.FAMILIES.items():
        for face in faces:
            assert fonts.find_face(family, face).is_file()


def test_a_face_without_vietnamese_letters_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = TTFont(fonts.find_face("sans", "regular"))
    del face["FFTM"]
    keep = subset.Subsetter()
    keep.populate(text="abcdefghijklmnopqrstuvwxyz")
    keep.subset(face)
    poor = tmp_path / fonts.FAMILIES["sans"]["regular"]
    poor.parent.mkdir()
    face.save(poor)
    monkeypatch.setattr(fonts, "SYSTEM_FONTS", tmp_path)
    fonts.find_face.cache_clear()
    with pytest.raises(fonts.FontLacksLetters, match="fonts-liberation2"):
        fonts.find_face("sans", "regular")
    with pytest.raises(fonts.FontMissing, match=r"LiberationSerif-Regular\.ttf"):
        fonts.find_face("serif", "regular")
    fonts.find_face.cache_clear()


# -- deliveries and corpora --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff_jpeg", "tiff_g4", "pdf", "pdf_per_document"])
def test_every_delivery_holds_every_side(tmp_path: Path, kind: str) -> None:
    rng = random.Random(1)
    mode = "bilevel" if kind == "tiff_g4" else "gray"
    sheet = Sheet(210, 297, 100, False)
    sheet.printed(40, 40, "Một dòng chữ", fonts.load("serif", "regular", 20))
    side = Side((Placed(sheet, "D001-01", "khac", 1, "full"),), (210, 297), "D001")
    lie = Lie(dpi=100, mode=mode, level="clean")
    stream = [(scan(side, lie, rng), document) for document in ("D001-01", "D001-01", "D001-02")]
    files = deliver(tmp_path, "lo_001", "SCAN", kind, stream)
    pictures = [picture for file in files for picture in images_of(tmp_path, file)]  # type: ignore[arg-type]
    assert len(pictures) == 3
    assert all((np.asarray(picture) < DARK).any() for picture in pictures)
    assert len(files) == {"pdf_per_document": 2, "jpeg": 3, "png": 3, "webp": 3}.get(kind, 1)


def test_the_same_seed_makes_the_same_corpus_and_its_truth_scores_full_marks(tmp_path: Path) -> None:
    told = [make_corpus(tmp_path / name, 1, 21, ("b", "c"), ("hard",), 300) for name in ("one", "two")]
    assert told[0].read_bytes() == told[1].read_bytes()
    assert (tmp_path / "one/records.csv").read_bytes() == (tmp_path / "two/records.csv").read_bytes()
    truth = json.loads(told[0].read_text(encoding="utf-8"))
    for file in truth["files"]:
        assert (tmp_path / "one" / file["path"]).read_bytes() == (
            tmp_path / "two" / file["path"]
        ).read_bytes()
    assert all(len(document["pages"]) == document["page_count"] for document in truth["documents"])
    rows = {row.name: row for row in score(truth, perfect_result(truth))}
    for name in (
        "images answered",
        "orientation",
        "document types",
        "fields F1, printed",
        "grouping F1 (2·exact of true + said)",
    ):
        assert rows[name].share == 1.0
    assert rows["character errors, all levels"].hits == rows["false matches"].hits == 0


def test_no_code_is_printed_where_the_route_does_without() -> None:
    rng = random.Random(3)
    for number in range(60):
        case = cases.make(number, rng, route=plans.route(rng))
        plan = plans.plan(case, "normal", "a", plans.DELIVERIES[number % len(plans.DELIVERIES)], rng)
        types = {order.doc_type for order, _ in plan.orders}
        if case.route in ("name_parcel", "none", "cccd_qr"):
            assert not types & {"giay_tiep_nhan", "phieu_kiem_soat", "thong_bao_thue"}
            assert not any(order.with_code for order, _ in plan.orders)
        if case.route == "name_parcel":
            assert "cccd" not in types
        if case.route == "cccd_qr":
            assert "cccd" in types and plan.dpi == 300
