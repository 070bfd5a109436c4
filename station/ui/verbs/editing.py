"""Changes of a pile's order and geometry, as the strip's keys and drags ask for them."""

from collections.abc import Sequence

from station.store.model import Document
from station.ui.scan.office import Edit
from station.ui.verbs.session import Session
from station.work import editing, searching, spreads


class EditVerbs:
    """Edits, undo and redo of one dossier."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def edit(self, dossier_id: int, edit: Edit) -> bool:
        """Carries out an edit of all its pages as one step; False where there is nothing to change."""
        station = self._session.station
        with editing.as_one_step():
            if edit.kind == "page.type" and edit.document_id is not None:
                editing.set_type(station, dossier_id, edit.document_id, edit.value)
                return True
            if edit.kind in ("page.document_up", "page.document_down"):
                return self._order(dossier_id, edit.document_id, -1 if edit.kind == "page.document_up" else 1)
            if edit.kind == "page.merge":
                return self._merge(dossier_id, edit.document_id)
            if edit.kind == "page.new_document":
                return self._begin_document(dossier_id, edit.page_ids)
            if edit.kind == "page.blank":
                return self._mark_blank(dossier_id, edit.page_ids)
            ordered = tuple(reversed(edit.page_ids)) if edit.kind == "page.down" else edit.page_ids
            changed = False
            for page_id in (p for p in ordered if p > 0):
                changed |= self._edit_page(dossier_id, edit, page_id)
            return changed

    def _edit_page(self, dossier_id: int, edit: Edit, page_id: int) -> bool:
        station = self._session.station
        papers = searching.show_by_id(station, dossier_id).documents
        document, at = _place(papers, page_id)
        if edit.kind == "page.move":
            return self._move(dossier_id, papers, edit, page_id, document)
        if edit.kind in ("page.up", "page.down"):
            return self._step(dossier_id, papers, document, page_id, -1 if edit.kind == "page.up" else 1)
        if document is None:
            return False
        if edit.kind in ("page.left", "page.right"):
            editing.rotate(station, dossier_id, page_id, 1 if edit.kind == "page.right" else -1)
        elif edit.kind == "page.split":
            halved = document.pages[at].half != "full"
            cut = None if halved else spreads.suggested_split(station, page_id)
            editing.resplit(station, dossier_id, page_id, cut)
        elif edit.kind == "page.split_all":
            spreads.split_all_alike(station, dossier_id, page_id)
        elif edit.kind == "page.delete":
            editing.remove_page(station, dossier_id, page_id)
        return True

    def _begin_document(self, dossier_id: int, page_ids: Sequence[int]) -> bool:
        """From one page on, or of several pages chosen, or of pages that lie in no document."""
        station = self._session.station
        chosen = [p for p in page_ids if p > 0]
        papers = searching.show_by_id(station, dossier_id).documents
        if not chosen:
            return False
        document, _at = _place(papers, chosen[0])
        if len(chosen) == 1 and document is not None:
            editing.split(station, dossier_id, document.id, chosen[0])
        else:
            editing.gather(station, dossier_id, chosen)
        return True

    def _mark_blank(self, dossier_id: int, page_ids: Sequence[int]) -> bool:
        """All of them blank, or none where all were."""
        station = self._session.station
        flags = {p: editing.is_blank(station, p) for p in page_ids if p > 0}
        blank = not all(flags.values())
        for page_id in (p for p, was in flags.items() if was != blank):
            editing.set_blank(station, dossier_id, page_id, blank)
        return bool(flags)

    def _step(
        self, dossier_id: int, papers: Sequence[Document], document: Document | None, page_id: int, by: int
    ) -> bool:
        """One place up or down; past the end of a document into its neighbour, from outside into the last."""
        station = self._session.station
        ids = [p.id for p in papers]
        if document is None:
            if by > 0 or not papers:
                return False
            editing.move_page(station, dossier_id, page_id, ids[-1], len(papers[-1].pages))
            return True
        at = [p.page_id for p in document.pages].index(page_id)
        if 0 <= at + by < len(document.pages):
            editing.move_page(station, dossier_id, page_id, document.id, at + by)
            return True
        number = ids.index(document.id) + by
        if not 0 <= number < len(papers):
            return False
        place = len(papers[number].pages) if by < 0 else 0
        editing.move_page(station, dossier_id, page_id, ids[number], place)
        return True

    def _move(
        self,
        dossier_id: int,
        papers: Sequence[Document],
        edit: Edit,
        page_id: int,
        document: Document | None,
    ) -> bool:
        """Before a page, or to the end of a document; out of every document where none is named."""
        station = self._session.station
        if edit.document_id is None:
            if document is not None:
                editing.remove_page(station, dossier_id, page_id)
            return document is not None
        target = next(p for p in papers if p.id == edit.document_id)
        old = [p.page_id for p in target.pages]
        order = [p for p in old if p != page_id]
        place = order.index(edit.before_page_id) if edit.before_page_id in order else len(order)
        if edit.before_page_id == page_id or old == [*order[:place], page_id, *order[place:]]:
            return False
        editing.move_page(station, dossier_id, page_id, target.id, place)
        return True

    def _merge(self, dossier_id: int, document_id: int | None) -> bool:
        station = self._session.station
        ids = [p.id for p in searching.show_by_id(station, dossier_id).documents]
        if document_id not in ids or ids.index(document_id) == 0:
            return False
        editing.merge(station, dossier_id, ids[ids.index(document_id) - 1], document_id)
        return True

    def _order(self, dossier_id: int, document_id: int | None, by: int) -> bool:
        """One place up or down among the documents."""
        station = self._session.station
        ids = [p.id for p in searching.show_by_id(station, dossier_id).documents]
        at = ids.index(document_id) if document_id in ids else -1
        if at < 0 or not 0 <= at + by < len(ids):
            return False
        ids[at], ids[at + by] = ids[at + by], ids[at]
        editing.order_documents(station, dossier_id, ids)
        return True

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
