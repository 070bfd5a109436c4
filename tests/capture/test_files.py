"""Files of every kind an office sends, whole and broken."""

import os
import signal
import struct
import zlib
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image

import capture.files
from capture import problems
from capture.files import FileLimits, FileSource, inspect, list_intakes, natural_order
from capture.resolution import believed_dpi
from capture.source import RawFile, RefusedFile, ScanSettings
from tests.capture.pages import draw_page

pytestmark = [
    pytest.mark.keeps_running("the decoder of this module"),
    pytest.mark.usefixtures("shared_decoder"),
]


def never() -> bool:
    return False


def claim_size(path: Path, width_px: int, height_px: int) -> None:
    """Writes a small PNG whose head says that it is huge."""
    draw_page().save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = struct.pack(">II", width_px, height_px)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    path.write_bytes(content)


def taken(path: Path) -> RawFile:
    found = inspect(path)
    assert isinstance(found, RawFile), found
    return found


def refusal(path: Path, limits: FileLimits = capture.files.LIMITS) -> RefusedFile:
    found = inspect(path, limits)
    assert isinstance(found, RefusedFile), found
    assert found.values["name"] == path.name
    assert found.sentence.format(**found.values)
    return found


@pytest.mark.parametrize(
    ("suffix", "media_type"),
    [
        ("jpg", "image/jpeg"),
        ("png", "image/png"),
        ("tif", "image/tiff"),
        ("webp", "image/webp"),
        ("bmp", "image/bmp"),
        ("jp2", "image/jp2"),
        ("pdf", "application/pdf"),
    ],
)
def test_each_kind_of_picture_is_taken(tmp_path: Path, suffix: str, media_type: str) -> None:
    path = tmp_path / f"scan.{suffix}"
    if suffix == "pdf":
        draw_page().save(path, resolution=200)
    else:
        draw_page().save(path, dpi=(200, 200))
    found = taken(path)
    assert found.media_type == media_type
    (frame,) = found.frames
    assert (frame.index, frame.mode) == (0, "colour")
    assert abs(frame.width_px - 620) <= 1
    assert abs(frame.height_px - 877) <= 1
    if suffix not in ("webp", "jp2"):
        assert frame.dpi == 200


def test_the_kind_is_read_off_the_content_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    draw_page().save(path, format="JPEG", dpi=(300, 300))
    assert taken(path).media_type == "image/jpeg"


def test_every_page_of_a_tiff_is_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    pages = [draw_page(n, mode="1") for n in (1, 2, 3)]
    pages[0].save(path, save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200))
    found = taken(path)
    assert [(f.index, f.mode, f.dpi) for f in found.frames] == [(n, "bilevel", 200) for n in range(3)]


def test_every_page_of_a_pdf_is_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "copier.pdf"
    pages = [draw_page(n) for n in (1, 2)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=150)
    found = taken(path)
    assert [(f.index, f.dpi) for f in found.frames] == [(0, 150), (1, 150)]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "nothing.pdf"
    path.touch()
    assert refusal(path).sentence == problems.EMPTY_FILE


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "jp2", "pdf"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_half_written_file_is_refused(tmp_path: Path, suffix: str, share: float) -> None:
    whole = tmp_path / f"whole.{suffix}"
    page = Image.effect_noise((620, 877), 60).convert("RGB")
    if suffix == "pdf":
        pages = [page, page]
        page.save(whole, save_all=True, append_images=pages, resolution=150)
    else:
        page.save(whole, **({"compression": "jpeg"} if suffix == "tif" else {}))
    half = tmp_path / f"half.{suffix}"
    content = whole.read_bytes()
    half.write_bytes(content[: int(len(content) * share)])
    assert refusal(half).sentence in (problems.HALF_WRITTEN, problems.DAMAGED)


def test_a_pdf_with_a_password_is_refused(tmp_path: Path) -> None:
    plain, closed = tmp_path / "plain.pdf", tmp_path / "closed.pdf"
    draw_page().save(plain)
    with pikepdf.open(plain) as document:
        document.save(closed, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    assert refusal(closed).sentence == problems.WITH_PASSWORD


def test_a_pdf_that_only_forbids_printing_is_taken(tmp_path: Path) -> None:
    plain, open_one = tmp_path / "plain.pdf", tmp_path / "owner.pdf"
    draw_page().save(plain)
    with pikepdf.open(plain) as document:
        document.save(open_one, encryption=pikepdf.Encryption(user="", owner="secret"))
    assert len(taken(open_one).frames) == 1


def test_rubbish_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.jpg"
    path.write_bytes(os.urandom(5000))
    assert refusal(path).sentence == problems.UNKNOWN_FORMAT


def test_a_file_of_zeros_is_a_copy_that_was_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(bytes(5000))
    assert refusal(path).sentence == problems.HALF_WRITTEN


def test_a_rubbish_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.4\n" + os.urandom(3000) + b"\n%%EOF\n")
    assert refusal(path).sentence == problems.DAMAGED


def test_a_picture_that_claims_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    claim_size(path, 20_000, 20_000)
    found = refusal(path)
    assert found.sentence == problems.TOO_MANY_PIXELS
    assert found.values["limit"] == 200


def test_a_file_with_too_many_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.tif"
    pages = [Image.new("1", (8, 8)) for _ in range(6)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert refusal(path, FileLimits(pages=5)).sentence == problems.TOO_MANY_PAGES


def test_a_file_that_needs_too_much_memory_is_refused_and_the_next_goes_on(tmp_path: Path) -> None:
    hungry, small = tmp_path / "hungry.png", tmp_path / "small.png"
    claim_size(hungry, 12_000, 12_000)
    draw_page().save(small)
    found = refusal(hungry, FileLimits(memory_bytes=300 << 20))
    assert found.sentence in (problems.TOO_HUNGRY, problems.DECODER_DIED)
    assert taken(small).frames


def test_a_file_that_takes_too_long_is_refused_and_the_next_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "slow.png"
    Image.new("RGB", (2000, 3000)).save(path)
    found = inspect(path, FileLimits(seconds=0.01))
    assert isinstance(found, RefusedFile)
    assert found.sentence == problems.TOO_SLOW
    assert isinstance(inspect(path), RawFile)


def test_a_decoder_that_dies_costs_one_file(tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    draw_page().save(path)
    taken(path)
    child = capture.files._decoder._child
    assert child is not None
    os.kill(child._process.pid, signal.SIGSTOP)
    assert refusal(path, FileLimits(seconds=0.3)).sentence == problems.TOO_SLOW
    assert taken(path).frames


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "page.png", tmp_path / "link.png"
    draw_page().save(target)
    link.symlink_to(target)
    assert refusal(link).sentence == problems.OUTSIDE


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.pdf").sentence == problems.NOT_READABLE


def test_files_are_copied_to_the_spool_and_the_given_ones_stay(tmp_path: Path, spool: Path) -> None:
    good, bad = tmp_path / "a.png", tmp_path / "b.png"
    draw_page().save(good)
    bad.write_bytes(b"no picture")
    results = list(FileSource([good, bad]).scan("files", ScanSettings(), spool, never))
    first, second = results
    assert isinstance(first, RawFile)
    assert first.path.parent == spool
    assert first.name == str(good)
    assert first.path.read_bytes() == good.read_bytes()
    assert isinstance(second, RefusedFile)
    assert second.path == bad
    assert second.values["name"] == "b.png"
    assert list(spool.iterdir()) == [first.path]


def test_page_2_comes_before_page_10() -> None:
    names = [Path(n) for n in ("p10.jpg", "P2.jpg", "p1.jpg", "a.jpg", "10.jpg", "9.jpg")]
    assert [p.name for p in natural_order(names)] == [
        "9.jpg",
        "10.jpg",
        "a.jpg",
        "p1.jpg",
        "P2.jpg",
        "p10.jpg",
    ]


def test_each_folder_that_holds_files_is_one_intake(tmp_path: Path) -> None:
    for name in (
        "top/one/2.jpg",
        "top/one/10.jpg",
        "top/two/deep/1.jpg",
        "top/.hidden/1.jpg",
        "top/two/deep/Thumbs.db",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    loose = [tmp_path / "x.pdf", tmp_path / "w.pdf"]
    for path in loose:
        path.touch()
    intakes = list_intakes([loose[0], tmp_path / "top", loose[1]])
    assert [(name, [p.name for p in held]) for name, held in intakes] == [
        ("x", ["x.pdf", "w.pdf"]),
        ("one", ["2.jpg", "10.jpg"]),
        ("two/deep", ["1.jpg"]),
    ]


@pytest.mark.parametrize(
    ("width_px", "height_px", "stated", "dpi"),
    [
        (2480, 3508, 72.0, 300),
        (1654, 2339, None, 200),
        (4961, 3508, 96.0, 300),
        (2480, 3508, 300.0, 300),
        (1011, 638, None, 300),
        (3300, 3300, None, 300),
    ],
)
def test_a_missing_resolution_is_read_off_the_paper(
    width_px: int, height_px: int, stated: float | None, dpi: int
) -> None:
    assert believed_dpi(width_px, height_px, stated) == dpi


def test_a_drawn_pdf_page_counts_at_the_usual_resolution(tmp_path: Path) -> None:
    path = tmp_path / "drawn.pdf"
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842).close()
    document.save(path)
    document.close()
    (frame,) = taken(path).frames
    assert (frame.dpi, frame.width_px, frame.height_px) == (300, 2479, 3508)
