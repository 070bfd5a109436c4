"""Rows of the store as the values screens show."""

from collections.abc import Sequence

from forms.doctype import Catalogue
from forms.reasons import explain
from ocr.reading import Finding
from station.core.errors import N_
from station.store.model import Document, Field
from station.store.pages import Side
from station.store.reference import ProcedureRecord
from station.ui.language import Language
from station.ui.shown import (
    ComponentShown,
    CountsShown,
    DocumentShown,
    DossierShown,
    FieldShown,
    PageShown,
    RecordShown,
)
from station.ui.verbs.labels import field_label
from station.work.counting import Announced
from station.work.searching import DossierView
from station.work.standing import is_critical

# Names of the rules and sources that match a dossier, as reasons an operator can read.
REASONS = {
    "operator": N_("chosen by hand"),
    "code": N_("the dossier code stands on a paper"),
    "dossier_code": N_("the dossier code stands on a paper"),
    "barcode": N_("the bar code carries the dossier code"),
    "id": N_("the ID number is the same"),
    "id_number": N_("the ID number is the same"),
    "parcel": N_("the parcel is the same"),
    "name": N_("the name is the same"),
    "serial": N_("the certificate serial is the same"),
}


class Shower:
    """Turns rows into shown values in one language, with one catalogue."""

    def __init__(self, language: Language, catalogue: Catalogue, sure_from: float) -> None:
        self._language = language
        self._catalogue = catalogue
        self._sure_from = sure_from

    def title(self, type_id: str) -> str:
        return self._catalogue.name_of_type(type_id, self._language.code)

    def record(
        self, record: ProcedureRecord, score: float | None = None, reasons: tuple[str, ...] = ()
    ) -> RecordShown:
        return RecordShown(
            dossier_code=record.dossier_code,
            applicant_name=record.applicant_name,
            applicant_id=record.applicant_id,
            date_of_birth=record.date_of_birth,
            procedure_name=record.procedure_name,
            parcel_no=record.parcel_no,
            map_sheet=record.map_sheet,
            commune=record.commune,
            received_at=record.received_at,
            due_at=record.due_at,
            score=score,
            reasons=tuple(self.reason(r) for r in reasons),
        )

    def reason(self, reason: str) -> str:
        """A stored reason in the reader's language."""
        return explain(self._language(REASONS.get(reason, reason)), self._language)

    def candidate(self, kept: dict[str, object]) -> RecordShown:
        """A candidate as the store keeps it: the record's columns, score and reasons."""
        row = kept["record"]
        assert isinstance(row, dict)
        names = RecordShown.__dataclass_fields__.keys() & row.keys()
        score, reasons = kept.get("score"), kept.get("reasons")
        return RecordShown(
            **{name: str(row[name] or "") for name in names},
            score=float(score) if isinstance(score, int | float) else None,
            reasons=tuple(self.reason(str(r)) for r in reasons) if isinstance(reasons, list) else (),
        )

    def field(self, document: Document, field: Field, second_person: bool = False) -> FieldShown:
        critical = is_critical(self._catalogue, document.type_id, field.name)
        return FieldShown(
            document_id=document.id,
            name=field.name,
            label=field_label(field.name, self._language),
            value=field.shown,
            confidence=field.confidence,
            doubtful=field.value is None and (critical or field.flagged),
            critical=critical,
            verified_by=field.verified_by or "",
            page_id=field.page_id,
            box=field.box,
            candidates=field.candidates,
            reasons=tuple(self.reason(r) for r in field.reasons),
            second_person=second_person,
        )

    def dossier(
        self,
        view: DossierView,
        pages: dict[int, PageShown],
        counts: CountsShown,
        said: Announced | None,
        own: frozenset[int],
    ) -> DossierShown:
        """A dossier with its documents.

        Args:
            pages: the intake's pages by id.
            own: documents that somebody else must verify.
        """
        dossier = view.dossier
        shown = tuple(self._document(d, pages) for d in view.documents)
        record = None
        if view.record is not None:
            record = self.record(view.record, reasons=dossier.match_reasons)
        return DossierShown(
            dossier_id=dossier.id,
            code=dossier.code,
            state=dossier.state.value,
            stage=dossier.stage,
            record=record,
            candidates=tuple(self.candidate(c) for c in dossier.candidates),
            components=tuple(
                ComponentShown(self.component(c.component_id), c.duty, c.outcome, c.component_id)
                for c in view.components
            ),
            documents=shown,
            fields=tuple(self.field(d, f, d.id in own) for d in view.documents for f in view.fields[d.id]),
            counts=counts,
            confirmed=dossier.sheets_confirmed is not None,
            expected_sheets=said.sheets if said else None,
            expected_by=said.source if said else "",
            open_points=tuple(self._language(m) for m in view.missing),
            noticed=view.noticed,
            held_before=tuple(view.same_as.values()),
        )

    def component(self, component_id: str) -> str:
        """What a line of the checklist asks for, in the reader's language."""
        types, _, case = component_id.partition(" (")
        names = " / ".join(self.title(t) for t in types.split("|"))
        return f"{names} ({explain(case.removesuffix(')'), self._language)})" if case else names

    def _document(self, document: Document, pages: dict[int, PageShown]) -> DocumentShown:
        return DocumentShown(
            document_id=document.id,
            type_id=document.type_id,
            title=self.title(document.type_id),
            confidence=document.confidence,
            state=document.state,
            pages=tuple(pages[p.page_id] for p in document.pages if p.page_id in pages),
        )


def picture_key(side: Side, half: str) -> str:
    """Names a page's picture; another turn or split is another picture."""
    return f"{side.id}.{half}.{side.reading_key or ''}"


def page_shown(
    language: Language,
    side: Side,
    page_id: int,
    half: str,
    number: int,
    findings: Sequence[Finding],
    blank: bool,
    excuse: str = "",
) -> PageShown:
    """A page of the strip. Its picture's key changes with the reading's recipe."""
    problem = ""
    if side.problem is not None:
        problem = language(side.problem["sentence"], **side.problem["values"])
    else:
        problem = " ".join(language(f.sentence, **f.values) for f in findings[:2])
    return PageShown(
        page_id=page_id,
        number=number,
        picture_key=picture_key(side, half),
        state=side.state,
        blank=blank,
        problem=problem,
        excuse=excuse,
    )
