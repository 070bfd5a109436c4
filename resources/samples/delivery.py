"""The files a scanner or copier leaves behind, in each of the ways the counters know."""

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

import img2pdf
from PIL import Image, TiffImagePlugin

from resources.samples.scan import Scan

FileTruth = dict[str, object]
# (scan, id of the document it begins or continues; None for separators)
Stream = Iterable[tuple[Scan, str | None]]

SUFFIXES = {
    "jpeg": "jpg",
    "png": "png",
    "webp": "webp",
    "tiff_jpeg": "tif",
    "tiff_g4": "tif",
    "pdf": "pdf",
    "pdf_per_document": "pdf",
}


def deliver(folder: Path, intake: str, stem: str, kind: str, stream: Stream) -> list[FileTruth]:
    """Writes the scans of one intake under folder/files/intake and tells what is in each file.

    Args:
        kind: a key of `SUFFIXES`; a bilevel page in a JPEG or WebP becomes a PNG's grey.
        stream: scans in the order of the feeder; consumed one by one, so that a pile needs little memory.
    """
    place = folder / "files" / intake
    place.mkdir(parents=True, exist_ok=True)
    write: Callable[[Path, list[Scan]], None]
    if kind in ("jpeg", "png", "webp"):
        groups: Iterator[Iterable[Scan]] = ([scan] for scan, _ in stream)
        write = _single
    elif kind == "pdf_per_document":
        groups = ((scan for scan, _ in group) for _, group in groupby(stream, key=lambda item: item[1]))
        write = _pdf
    else:
        groups = iter([(scan for scan, _ in stream)])
        write = _pdf if kind == "pdf" else _tiff
    files: list[FileTruth] = []
    for number, group in enumerate(groups, start=1):
        scans = list(group)
        path = place / f"{stem}_{number:04d}.{SUFFIXES[kind]}"
        write(path, scans)
        files.append(_told(folder, path, kind, intake, scans))
    return files


def _told(folder: Path, path: Path, kind: str, intake: str, scans: list[Scan]) -> FileTruth:
    images = [{**scan.truth, "index": index} for index, scan in enumerate(scans)]
    return {
        "path": path.relative_to(folder).as_posix(),
        "intake": intake,
        "format": kind.split("_")[0],
        "bytes": path.stat().st_size,
        "images": images,
    }


def _dpi(scan: Scan) -> tuple[int, int]:
    dpi = scan.truth["dpi"]
    assert isinstance(dpi, int)
    return dpi, dpi


def _quality(scan: Scan) -> int:
    quality = scan.truth["quality"]
    return quality if isinstance(quality, int) else 80


def _single(path: Path, scans: list[Scan]) -> None:
    scan = scans[0]
    if path.suffix == ".png":
        scan.image.save(path, dpi=_dpi(scan), compress_level=3)
        return
    image = scan.image.convert("L") if scan.image.mode == "1" else scan.image
    if path.suffix == ".webp":
        image.save(path, quality=_quality(scan), method=1)
    else:
        image.save(path, dpi=_dpi(scan), quality=_quality(scan))


def _encoded(scan: Scan) -> bytes:
    target = io.BytesIO()
    if scan.image.mode == "1":
        scan.image.save(target, "TIFF", compression="group4", dpi=_dpi(scan))
    else:
        scan.image.save(target, "JPEG", quality=_quality(scan), dpi=_dpi(scan))
    return target.getvalue()


def _pdf(path: Path, scans: list[Scan]) -> None:
    path.write_bytes(img2pdf.convert([_encoded(scan) for scan in scans]))


def _tiff(path: Path, scans: list[Scan]) -> None:
    bilevel = all(scan.image.mode == "1" for scan in scans)
    extra = {} if bilevel else {"quality": _quality(scans[0])}
    with TiffImagePlugin.AppendingTiffWriter(path, new=True) as tiff:
        for scan in scans:
            frame = scan.image if bilevel else _jpegable(scan.image)
            # Frames of one file may differ in resolution.
            frame.save(tiff, "TIFF", compression="group4" if bilevel else "jpeg", dpi=_dpi(scan), **extra)
            tiff.newFrame()


def _jpegable(frame: Image.Image) -> Image.Image:
    return frame.convert("L") if frame.mode == "1" else frame
