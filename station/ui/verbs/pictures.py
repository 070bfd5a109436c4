"""Pages as pictures, made in one child process: a decoder may crash, and the window must stay.

The child is spawned when the first picture is asked for and ends with the window.
"""

import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar, cast

from ocr.reading import Box
from station.core import process
from station.store import pages
from station.ui.verbs.session import Session
from station.work import reading, searching

_T = TypeVar("_T")


def _page(path: Path, frame: int, recipe: Any, index: int) -> bytes:
    from ocr.image import encode_jpeg
    from ocr.side import render_page

    return encode_jpeg(render_page(path, frame, recipe, index), 92)


def _original(path: Path, frame: int) -> bytes:
    from ocr.image import encode_jpeg, load

    return encode_jpeg(load(path, frame).array, 92)


def _small(path: Path, frame: int, recipe: Any, index: int | None, longest_px: int) -> bytes:
    """A small picture of one page of the side; the whole side where `index` is None."""
    from ocr.image import encode_jpeg, fitted
    from ocr.side import render_page, thumbnail

    if index is None or recipe is None or len(recipe.pages) == 1:
        return thumbnail(path, frame, recipe, longest_px)
    return encode_jpeg(fitted(render_page(path, frame, recipe, index), longest_px), 80)


def _cut(path: Path, frame: int, recipe: Any, index: int, place: Box) -> bytes:
    """A part of a page; what of `place` lies beyond its edges is left out."""
    from ocr.image import encode_jpeg
    from ocr.side import render_page

    left, top, right, bottom = (max(0, n) for n in place)
    return encode_jpeg(render_page(path, frame, recipe, index)[top:bottom, left:right].copy(), 92)


def _pdf_count(path: Path) -> int:
    from ocr.pdf_view import count_pdf_pages

    return count_pdf_pages(path)


def _pdf_page(path: Path, number: int) -> bytes:
    from ocr.pdf_view import render_pdf_page

    return render_pdf_page(path, number)


class PictureVerbs:
    """Where the screens' pictures come from."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def page_picture(self, page_id: int) -> bytes:
        """The upright page, as the boxes of its reading count pixels."""
        path, frame, recipe, index = self._place(page_id)
        if recipe is None or index is None:
            return self._ask(_original, path, frame)
        return self._ask(_page, path, frame, recipe, index)

    def original_picture(self, page_id: int) -> bytes:
        """The side as it was scanned."""
        path, frame, _recipe, _index = self._place(page_id)
        return self._ask(_original, path, frame)

    def thumbnail(self, page_id: int, longest_px: int) -> bytes:
        path, frame, recipe, index = self._place(page_id)
        return self._ask(_small, path, frame, recipe, index, longest_px)

    def snippet(self, page_id: int, place: Box) -> bytes:
        """A part of the upright page, in pixels of its reading."""
        path, frame, recipe, index = self._place(page_id)
        return self._ask(_cut, path, frame, recipe, index or 0, place) if recipe is not None else b""

    def pdf_count(self, file: str) -> int:
        return self._call(_pdf_count, Path(file), kind=int)

    def pdf_page(self, file: str, number: int) -> bytes:
        """A page of a PDF as an encoded picture."""
        return self._ask(_pdf_page, Path(file), number)

    def _place(self, page_id: int) -> tuple[Path, int, Any, int | None]:
        """File, frame, recipe and which of its pages; a negative id is that of a side not yet read."""
        station = self._session.station
        if page_id < 0:
            with station.reading() as conn:
                side = pages.get_side(conn, -page_id)
            return station.original(side.original_sha256), side.frame, None, None
        path, frame, _page_reading, row = searching.page_picture(station, page_id)
        found = reading.find_reading(station, row["reading_key"])
        if found is None:
            return path, frame, None, None
        index = next((n for n, p in enumerate(found.recipe.pages) if p.side == row["half"]), None)
        return path, frame, found.recipe, index

    def _ask(self, make: Any, *values: object) -> bytes:
        return self._call(make, *values, kind=bytes)

    def _call(self, make: Any, *values: object, kind: type[_T]) -> _T:
        """What the child answers; a child that died is made anew and asked once more."""
        for last in (False, True):
            with self._lock:
                if self._pool is None:
                    self._pool = process.worker_pool(1)
                pool = self._pool
            try:
                return cast(_T, pool.submit(make, *values).result())
            except BrokenProcessPool:
                with self._lock:
                    if self._pool is pool:
                        pool.shutdown(wait=False)
                        self._pool = None
                if last:
                    raise
        raise AssertionError("the second try returns or raises")

    def close(self) -> None:
        """Ends the child."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=True, cancel_futures=True)
                self._pool = None
