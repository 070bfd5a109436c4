"""Sealing a document as PDF/A-2b: one PDF page per side of a sheet, the picture as captured, its words beneath.

The caller hands over the sides in physical order, each with its reading:

    report = write_document(
        [SealPage(path, frame, side_reading, bookmarks=("1", "2"))],
        target,
        DocumentMeta(title, dossier_code, "vi", document_type, created_at),
        profile="faithful",
    )

- A side stays the legal page: an A3 sheet is one A3 page of true size, shown upright; within it the text runs
  left half, then right half, and `bookmarks` (one per page of the reading) point to the halves. Where the office
  wants the halves of a kind of paper as pages, `half` names the one a page shows.
- `faithful` keeps the captured JPEG untouched; `layered` parts each colour text page into layers (ocr.layers).
- Nothing is coloured or binarised: a side that is not colour is sealed as it came, with a finding.
- The same input gives the same bytes: dates come from `meta`, the identifier from the content.
- The file is written beside its name, opened again and checked (pages, text, pictures, PDF/A-2b); only a file
  that passed takes the name. Otherwise nothing is there and `SealFailed` or the reader's refusal is raised.

A signed PDF among the sources loses its signature when its pages are taken over: its path is in
`SealReport.keep_beside`, and the caller keeps that file byte for byte in the package.
"""

import logging
import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pikepdf.pdfa
import pypdfium2
from pikepdf import Array, Dictionary, Name

from ocr.image import PdfLocked, is_pdf
from ocr.lawful import LOW_RESOLUTION, NOT_COLOUR, TEXT_DPI, lacks_of
from ocr.pdf import jpeg_is_whole
from ocr.pdfpages import Profile, SealPage, assembled, decimal, placed
from ocr.reading import Finding
from ocr.textlayer import has_text
from station.core.errors import N_, OurFault
from station.core.files import sha256_of, whole_file

log = logging.getLogger(__name__)

_PAGES_AT_ONCE = 50

# What the law asks for (ocr.lawful), said of a sheet of the file.
_LACKS = {
    NOT_COLOUR: N_(
        "Sheet {sheet} is not in colour, the law asks for colour: scan it again in colour or give a reason."
    ),
    LOW_RESOLUTION: N_(
        "Sheet {sheet} has only {dpi} dpi, the law asks for {least}: scan it again at 300 dpi or give a reason."
    ),
}
_SIGNED = N_("{name} carries a digital signature; the signed file is kept unchanged beside the sealed one.")


class SealFailed(OurFault):
    sentence = N_(
        "The PDF/A file failed its check ({reason}) and was not kept. Your pages are safe. "
        "Seal again; if it fails again, tell your IT staff."
    )


@dataclass(frozen=True)
class DocumentMeta:
    """What the file says about itself. `language` is an RFC 3066 tag such as "vi"; `created_at` is in UTC.

    `least_dpi` is what the law asks of its kind of paper.
    """

    title: str
    dossier_code: str
    language: str
    document_type: str
    created_at: datetime
    least_dpi: int = TEXT_DPI


@dataclass(frozen=True)
class SealReport:
    """What was written.

    Attributes:
        pages: PDF pages.
        bytes: size of the file.
        sha256: of the file.
        findings: what the law would have otherwise, `sheet` counting the sides of the file from 1.
        text_layer: some page has words.
        layered_pages: pages written in layers; the others hold their picture as captured.
        keep_beside: signed source files the package must carry unchanged.
    """

    pages: int
    bytes: int
    sha256: str
    findings: tuple[Finding, ...]
    text_layer: bool
    layered_pages: int = 0
    keep_beside: tuple[Path, ...] = ()


def write_document(
    pages: Sequence[SealPage], target: Path, meta: DocumentMeta, profile: Profile
) -> SealReport:
    """Writes one document; `target` exists afterwards whole and checked, or not at all.

    Raises:
        SealFailed: the written file did not pass its checks.
        InputRefused: a source cannot be read (damaged, locked); the sentence says which.
        DiskFull: no space.
    """
    signed = tuple(
        dict.fromkeys(page.image for page in pages if is_pdf(page.image) and is_signed(page.image))
    )
    findings = _findings(pages, meta.least_dpi)
    findings += [Finding("signed_source", _SIGNED, {"name": path.name}) for path in signed]
    with assembled(pages, target, profile) as (document, layered_pages), whole_file(target) as stream:
        _add_bookmarks(document, pages)
        _describe(document, meta)
        document.save(stream, **pikepdf.pdfa.resolve_save_kwargs("2b", deterministic_id=True))
        stream.flush()
        written = Path(stream.name)
        _check(written, pages)
        size, digest = written.stat().st_size, sha256_of(written)
    return SealReport(
        pages=len(pages),
        bytes=size,
        sha256=digest,
        findings=tuple(findings),
        text_layer=any(_word_count(page) for page in pages),
        layered_pages=layered_pages,
        keep_beside=signed,
    )


def is_signed(path: Path) -> bool:
    """Whether a PDF carries a digital signature.

    Raises:
        PdfLocked: it needs a password.
    """
    try:
        with pikepdf.open(path) as document:
            form = document.Root.get("/AcroForm")
            if form is None:
                return False
            fields = list(form.get("/Fields", Array()))
            while fields:
                field = fields.pop()
                if field.get("/FT") == Name.Sig and "/V" in field:
                    return True
                fields.extend(field.get("/Kids", Array()))
            return False
    except pikepdf.PasswordError as error:
        raise PdfLocked(name=path.name) from error
    except pikepdf.PdfError:
        return False


def _findings(pages: Sequence[SealPage], least_dpi: int) -> list[Finding]:
    """What the law would have otherwise, side by side; a side of two PDF pages is one sheet, a blank one lacks nothing."""
    sides = {page.sheet: page.reading for page in pages}
    return [
        replace(lack, sentence=_LACKS[lack.kind], values={**lack.values, "sheet": number})
        for number, reading in enumerate(sides.values(), 1)
        if not reading.blank
        for lack in lacks_of(reading.dpi, reading.colour, least_dpi)
    ]


# ------------------------------------------------------------------ the file


def _add_bookmarks(document: pikepdf.Pdf, pages: Sequence[SealPage]) -> None:
    if not any(page.bookmarks for page in pages):
        return
    with document.open_outline() as outline:
        for number, page in enumerate(pages):
            for title, (read, place) in zip(page.bookmarks, placed(page), strict=False):
                if not title:
                    continue
                left, top = place.point(0, 0)
                right, bottom = place.point(read.width_px, read.height_px)
                rectangle = Array(
                    [document.pages[number].obj, Name.FitR]
                    + [
                        decimal(value)
                        for value in (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
                    ]
                )
                outline.root.append(pikepdf.OutlineItem(title, rectangle))


def _describe(document: pikepdf.Pdf, meta: DocumentMeta) -> None:
    """Title, language, dossier code and type where every PDF/A reader looks; dates from the caller."""
    moment = meta.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    document.Root.Lang = pikepdf.String(meta.language)
    document.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    with document.open_metadata(set_pikepdf_as_editor=False) as xmp:
        xmp["dc:title"] = meta.title
        xmp["dc:language"] = {meta.language}
        xmp["dc:identifier"] = meta.dossier_code
        xmp["dc:type"] = {meta.document_type}
        xmp["xmp:CreateDate"] = moment
        xmp["xmp:ModifyDate"] = moment
    pikepdf.pdfa.prepare(document, "2b")
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        xmp["xmp:MetadataDate"] = moment


def _word_count(page: SealPage) -> int:
    return sum(has_text(word) for read, _ in page.shown for word in read.words)


def _check(written: Path, pages: Sequence[SealPage]) -> None:
    """Opens the file again as a stranger would.

    Raises:
        SealFailed: something is missing or breaks the standard.
    """
    report = pikepdf.pdfa.validate_written(written, "2b")
    if not report.passed:
        log.error("PDF/A findings: %s", "; ".join(str(finding) for finding in report.findings[:10]))
        raise SealFailed(reason=f"PDF/A-2b: {report.findings[0] if report.findings else report.verdict}")
    with pikepdf.open(written) as document:
        if len(document.pages) != len(pages):
            raise SealFailed(reason=f"{len(document.pages)} / {len(pages)}")
        for number, sheet in enumerate(document.pages, 1):
            for image in sheet.obj.Resources.get("/XObject", Dictionary()).values():
                if image.get("/Subtype") == Name.Image and not _decodes(image):
                    raise SealFailed(reason=f"image, sheet {number}")
    _check_text(written, pages)


def _check_text(written: Path, pages: Sequence[SealPage]) -> None:
    # The reader keeps what it has seen in memory: it is opened anew every few pages.
    for first in range(0, len(pages), _PAGES_AT_ONCE):
        with closing(pypdfium2.PdfDocument(written)) as document:
            for number, page in enumerate(pages[first : first + _PAGES_AT_ONCE], first):
                if not _word_count(page):
                    continue
                with closing(document[number]) as sheet, closing(sheet.get_textpage()) as text:
                    if text.count_chars() == 0:
                        raise SealFailed(reason=f"text, sheet {number + 1}")


def _decodes(image: Any) -> bool:
    decoder = image.get("/Filter")
    if decoder == Name.DCTDecode:
        return jpeg_is_whole(image.read_raw_bytes())
    try:
        if isinstance(decoder, Array):  # a tile of a side in layers
            return jpeg_is_whole(zlib.decompress(image.read_raw_bytes()))
        if decoder == Name.FlateDecode:
            return len(image.read_bytes()) > 0
        pikepdf.PdfImage(image).as_pil_image().load()
    except (OSError, ValueError, zlib.error, pikepdf.PdfError):
        return False
    return True
