"""Changes of a pile's order and geometry, as the strip's keys and drags ask for them."""

from collections.abc import Sequence

from station.store import pages
from station.store.model import Document
from station.ui.scan.office import Edit
from station.ui.verbs.session import Session
from station.work import editing, searching
from station.work.station import Station

# Where a spread is parted when the operator parts it: its fold.
FOLD = 0.5


class EditVerbs:
    """Edits, undo and redo of one dossier."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def edit(self, dossier_id: int, edit: Edit) -> None:
        """Carries out an edit for each of its pages."""
        station = self._session.station
        if edit.kind == "page.type" and edit.document_id is not None:
            editing.set_type(station, dossier_id, edit.document_id, edit.value)
            return
        if edit.kind in ("page.document_up", "page.document_down"):
            self._order(station, dossier_id, edit.document_id, -1 if edit.kind == "page.document_up" else 1)
            return
        if edit.kind == "page.merge":
            self._merge(station, dossier_id, edit.document_id)
            return
        ordered = tuple(reversed(edit.page_ids)) if edit.kind == "page.down" else edit.page_ids
        for page_id in ordered:
            if page_id > 0:
                self._edit_page(station, dossier_id, edit, page_id)

    def _edit_page(self, station: Station, dossier_id: int, edit: Edit, page_id: int) -> None:
        papers = searching.show_by_id(station, dossier_id).documents
        document, at = _place(papers, page_id)
        if edit.kind in ("page.left", "page.right"):
            editing.rotate(station, dossier_id, page_id, 1 if edit.kind == "page.right" else -1)
        elif edit.kind == "page.split":
            halved = document is not None and document.pages[at].half != "full"
            editing.resplit(station, dossier_id, page_id, None if halved else FOLD)
        elif edit.kind == "page.blank":
            with station.reading() as conn:
                blank = pages.get_page(conn, page_id).blank
            editing.set_blank(station, dossier_id, page_id, not blank)
        elif edit.kind == "page.delete":
            editing.remove_page(station, dossier_id, page_id)
        elif edit.kind == "page.new_document" and document is not None:
            editing.split(station, dossier_id, document.id, page_id)
        elif edit.kind in ("page.up", "page.down") and document is not None:
            self._step(station, dossier_id, papers, document, at, -1 if edit.kind == "page.up" else 1)
        elif edit.kind == "page.move" and edit.document_id is not None:
            self._move(station, dossier_id, papers, edit, page_id)

    @staticmethod
    def _step(
        station: Station,
        dossier_id: int,
        papers: Sequence[Document],
        document: Document,
        at: int,
        by: int,
    ) -> None:
        """One place up or down; past the end of a document into its neighbour."""
        page_id = document.pages[at].page_id
        if 0 <= at + by < len(document.pages):
            editing.move_page(station, dossier_id, page_id, document.id, at + by)
            return
        number = [p.id for p in papers].index(document.id) + by
        if 0 <= number < len(papers):
            neighbour = papers[number]
            place = len(neighbour.pages) if by < 0 else 0
            editing.move_page(station, dossier_id, page_id, neighbour.id, place)

    @staticmethod
    def _move(
        station: Station, dossier_id: int, papers: Sequence[Document], edit: Edit, page_id: int
    ) -> None:
        target = next(p for p in papers if p.id == edit.document_id)
        order = [p.page_id for p in target.pages if p.page_id != page_id]
        place = order.index(edit.before_page_id) if edit.before_page_id in order else 0
        if edit.before_page_id is None:
            place = len(order)
        editing.move_page(station, dossier_id, page_id, target.id, place)

    @staticmethod
    def _merge(station: Station, dossier_id: int, document_id: int | None) -> None:
        papers = searching.show_by_id(station, dossier_id).documents
        ids = [p.id for p in papers]
        if document_id in ids and ids.index(document_id) > 0:
            editing.merge(station, dossier_id, ids[ids.index(document_id) - 1], document_id)

    @staticmethod
    def _order(station: Station, dossier_id: int, document_id: int | None, by: int) -> None:
        """One place up or down among the documents."""
        ids = [p.id for p in searching.show_by_id(station, dossier_id).documents]
        if document_id not in ids:
            return
        at = ids.index(document_id)
        if 0 <= at + by < len(ids):
            ids[at], ids[at + by] = ids[at + by], ids[at]
            editing.order_documents(station, dossier_id, ids)

    def put_in(self, dossier_id: int, page_id: int, side_ids: Sequence[int], replace: bool) -> None:
        """Puts fresh sides in a page's place or behind it."""
        station = self._session.station
        if replace:
            editing.replace_page(station, dossier_id, page_id, side_ids)
            return
        papers = searching.show_by_id(station, dossier_id).documents
        document, at = _place(papers, page_id)
        if document is not None:
            editing.insert_sides(station, dossier_id, side_ids, document.id, at + 1)

    def undo(self, dossier_id: int) -> bool:
        """False when there is nothing to take back."""
        try:
            editing.undo(self._session.station, dossier_id)
        except editing.NothingToUndo:
            return False
        return True

    def redo(self, dossier_id: int) -> bool:
        try:
            editing.redo(self._session.station, dossier_id)
        except editing.NothingToRedo:
            return False
        return True


def _place(papers: Sequence[Document], page_id: int) -> tuple[Document | None, int]:
    """The document a page lies in and its place there."""
    for document in papers:
        for number, page in enumerate(document.pages):
            if page.page_id == page_id:
                return document, number
    return None, 0
