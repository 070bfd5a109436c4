"""Pictures for the screens: fetched off the main thread, kept for a moment, delivered as Qt images."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QImage

from ocr.reading import Box
from station.core.errors import StationError
from station.ui.running import Run
from station.ui.widgets.picture import decode, halves

# An A3 page with its halves is 93 MB: the page looked at, the one before and the one after.
PAGES_KEPT = 3
THUMBNAIL_PX = 260
# Around a snippet, in heights of its box: the words before and after help to read it.
SNIPPET_MARGIN = 1.2
# A snippet is about 0.3 MB.
SNIPPETS_KEPT = 100


class PictureOffice(Protocol):
    """Where pictures come from; jobs off the main thread. An encoded picture each."""

    def page_picture(self, page_id: int) -> bytes: ...
    def original_picture(self, page_id: int) -> bytes: ...
    def thumbnail(self, page_id: int, longest_px: int) -> bytes: ...
    def snippet(self, page_id: int, place: Box) -> bytes: ...
    def pdf_count(self, file: str) -> int: ...
    def pdf_page(self, file: str, number: int) -> bytes: ...


Levels = tuple[QImage, ...]


class Pictures:
    """Fetches and remembers pictures by their keys."""

    def __init__(self, office: PictureOffice, run: Run) -> None:
        self._office = office
        self._run = run
        self._pages: OrderedDict[str, Levels] = OrderedDict()
        self._waiting: dict[str, list[Callable[[Levels], None]]] = {}
        self._snippets: OrderedDict[str, QImage] = OrderedDict()

    def thumbnail(self, page_id: int, deliver: Callable[[QImage], None]) -> None:
        """A small picture of the page."""
        self._run(
            lambda _task: decode(self._office.thumbnail(page_id, THUMBNAIL_PX)),
            deliver,
            lambda _error: deliver(QImage()),
        )

    def page(self, page_id: int, key: str, deliver: Callable[[Levels], None]) -> None:
        """The whole page with its halves."""
        self._fetch(f"page {key}", lambda: self._office.page_picture(page_id), deliver)

    def original(self, page_id: int, key: str, deliver: Callable[[Levels], None]) -> None:
        """The side as it was scanned."""
        self._fetch(f"original {key}", lambda: self._office.original_picture(page_id), deliver)

    def pdf_count(self, file: str, deliver: Callable[[int], None]) -> None:
        """How many pages a PDF has; 0 where it cannot be read."""
        self._run(lambda _task: self._office.pdf_count(file), deliver, lambda _error: deliver(0))

    def pdf_page(self, file: str, number: int, deliver: Callable[[Levels], None]) -> None:
        """A page of a PDF, counted from 0."""
        self._fetch(f"pdf {file} {number}", lambda: self._office.pdf_page(file, number), deliver)

    def snippet(self, page_id: int, key: str, box: Box, deliver: Callable[[QImage], None]) -> None:
        """The place of a field, with a margin around it: cut from the page where that is here or on its way."""
        if f"page {key}" in self._pages or f"page {key}" in self._waiting:
            self.page(page_id, key, lambda levels: deliver(cut_out(levels, box)))
            return
        name = f"{key} {box}"
        if name in self._snippets:
            deliver(self._snippets[name])
            return

        def arrived(image: QImage) -> None:
            self._snippets[name] = image
            while len(self._snippets) > SNIPPETS_KEPT:
                self._snippets.popitem(last=False)
            deliver(image)

        place = with_margin(box)
        self._run(
            lambda _task: decode(self._office.snippet(page_id, place)),
            arrived,
            lambda _error: deliver(QImage()),
        )

    def _fetch(self, key: str, get: Callable[[], bytes], deliver: Callable[[Levels], None]) -> None:
        if key in self._pages:
            self._pages.move_to_end(key)
            deliver(self._pages[key])
            return
        if key in self._waiting:
            self._waiting[key].append(deliver)
            return
        self._waiting[key] = [deliver]
        self._run(
            lambda _task: halves(decode(get())),
            lambda levels: self._arrived(key, levels),
            lambda error: self._failed(key, error),
        )

    def _arrived(self, key: str, levels: Levels) -> None:
        self._pages[key] = levels
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        for deliver in self._waiting.pop(key, []):
            deliver(levels)

    def _failed(self, key: str, _error: StationError) -> None:
        for deliver in self._waiting.pop(key, []):
            deliver(())


def with_margin(box: Box) -> Box:
    """A box with the words before and after it; it may reach beyond the page."""
    left, top, right, bottom = box
    margin = round(max(20, (bottom - top) * SNIPPET_MARGIN))
    return (left - margin, top - margin, right + margin, bottom + margin)


def cut_out(levels: Levels, box: Box) -> QImage:
    """The place of a box with its surroundings; null where there is no picture."""
    if not levels or levels[0].isNull():
        return QImage()
    left, top, right, bottom = with_margin(box)
    place = QRect(left, top, right - left, bottom - top)
    return levels[0].copy(place.intersected(levels[0].rect()))
