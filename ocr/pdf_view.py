"""Pages of a sealed PDF as pictures to look at. Called in a child process: a PDF may crash its reader."""

import io
from contextlib import closing
from pathlib import Path

import pypdfium2

# Points of a PDF are 1/72 inch; an A4 page of this length is about 200 dpi.
LONGEST_PX = 2400


def count_pdf_pages(path: Path) -> int:
    """How many pages the file has.

    Raises:
        pypdfium2.PdfiumError: it is no PDF, or damaged.
    """
    with closing(pypdfium2.PdfDocument(path)) as document:
        return len(document)


def render_pdf_page(path: Path, number: int, longest_px: int = LONGEST_PX) -> bytes:
    """The page `number` (from 0) as a JPEG whose longer side is at most `longest_px`."""
    with closing(pypdfium2.PdfDocument(path)) as document:
        document.init_forms()
        page = document[number]
        picture = page.render(scale=longest_px / max(page.get_size())).to_pil()
        stream = io.BytesIO()
        picture.convert("RGB").save(stream, "JPEG", quality=88)
        return stream.getvalue()
