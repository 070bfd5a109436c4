"""From the pages of an intake to proposed dossiers: segment, classify, read, check, correct, match.

The one door of this room. It looks at no picture and no database: pages come as they were read, records through
a CandidateSource. Everything it says is a proposal with its reasons.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from forms.card import read_by_form
from forms.checks import ask_for_unread, doubt_failed
from forms.classify import Classifier, PageEvidence
from forms.confirm import confirm
from forms.correct import correct_fields, prepare
from forms.doctype import Catalogue, DocumentType
from forms.extract import Extractor, lay_out_document
from forms.gazetteer import Gazetteer
from forms.in_words import weigh_words
from forms.machine import machine_fields, printed_code
from forms.match import match_record
from forms.proposal import (
    CandidateSource,
    FieldReading,
    FlowPage,
    ProposedDocument,
    ProposedDossier,
)
from forms.reasons import because
from forms.reuse import note_twice
from forms.segment import Draft, Run, segment, split_at_receipts
from station.core.errors import N_

TODAYS_PLACE = N_('Since July 2025 this place is "{today}".')


def sort_intake(
    flow: Sequence[FlowPage],
    catalogue: Catalogue,
    records: CandidateSource,
    units: Gazetteer | None,
    today: dt.date | None = None,
) -> tuple[ProposedDossier, ...]:
    """The dossiers of an intake as the machine understands them, in the order they were fed.

    Args:
        flow: the intake's pages in feeding order, separators included.
        units: for addresses; None goes without their check and correction.
        today: days after it are doubted; None does without that check.
    """
    classifier, extractor = _workers(catalogue, units)
    runs = split_at_receipts(segment(flow, classifier), catalogue)
    return tuple(_dossier(run, catalogue, extractor, records, units, today) for run in runs)


def group_pages(
    flow: Sequence[FlowPage],
    catalogue: Catalogue,
    units: Gazetteer | None,
    weighed: dict[int, PageEvidence],
) -> tuple[ProposedDocument, ...]:
    """The papers of an intake without their fields: what can be shown while pages still come in.

    `weighed` is kept from look to look, so that each weighs only what came since.
    """
    classifier, _extractor = _workers(catalogue, units)
    return tuple(
        ProposedDocument(
            d.type_id, round(d.score, 3), tuple(p.page_key for p in d.pages), {}, tuple(d.reasons)
        )
        for run in segment(flow, classifier, weighed)
        for d in run.drafts
    )


@lru_cache(maxsize=4)
def _prepared(catalogue_key: int, units_key: int, held: "_Held") -> tuple[Classifier, Extractor]:
    complete = held.units.ends_in_province if held.units else _never
    return Classifier(held.catalogue), Extractor(complete, held.catalogue.stops, held.catalogue.stop_words)


class _Held:
    """A catalogue and a gazetteer as one hashable thing, so that what is made of them is made once."""

    def __init__(self, catalogue: Catalogue, units: Gazetteer | None) -> None:
        self.catalogue = catalogue
        self.units = units

    def __hash__(self) -> int:
        return hash((id(self.catalogue), id(self.units)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.catalogue is self.catalogue and other.units is self.units


def _workers(catalogue: Catalogue, units: Gazetteer | None) -> tuple[Classifier, Extractor]:
    return _prepared(id(catalogue), id(units), _Held(catalogue, units))


def _never(text: str) -> bool:
    return False


def _dossier(
    run: Run,
    catalogue: Catalogue,
    extractor: Extractor,
    records: CandidateSource,
    units: Gazetteer | None,
    today: dt.date | None,
) -> ProposedDossier:
    documents = [_document(draft, catalogue, extractor, units, today) for draft in run.drafts]
    readings = [p.reading for d in run.drafts for p in d.pages]
    code = printed_code(run.separator, documents, readings, run.by_words)
    match, candidates, reasons = match_record(confirm(documents, catalogue, None), code, records, units)
    documents = [
        replace(d, fields=ask_for_unread(catalogue.document_types[d.type_id], d.fields, d.page_keys))
        for d in confirm(documents, catalogue, match.record if match else None)
    ]
    if units is not None:
        documents = [_with_todays_places(d, catalogue.document_types[d.type_id], units) for d in documents]
    texts = ["\n".join(p.reading.text for p in draft.pages) for draft in run.drafts]
    return ProposedDossier(
        documents=tuple(note_twice(documents, texts, catalogue)),
        match=match,
        candidates=candidates,
        reasons=reasons,
        printed_code=code.code if code else None,
    )


def _with_todays_places(document: ProposedDocument, kind: DocumentType, units: Gazetteer) -> ProposedDocument:
    """The document, addresses of old units with today's proposed beside them; what the paper says stays."""
    fields = dict(document.fields)
    for name, reading in document.fields.items():
        spec = kind.field(name)
        today = units.in_todays_units(reading.value) if spec and spec.kind == "address" else None
        if today is not None:
            fields[name] = replace(
                reading,
                candidates=tuple(dict.fromkeys((*reading.candidates, today))),
                reasons=(*reading.reasons, because(TODAYS_PLACE, today=today)),
            )
    return replace(document, fields=fields)


def _document(
    draft: Draft, catalogue: Catalogue, extractor: Extractor, units: Gazetteer | None, today: dt.date | None
) -> ProposedDocument:
    kind = catalogue.document_types[draft.type_id]
    pages = [(p.page_key, p.reading) for p in draft.pages]
    text = lay_out_document(pages)
    fields: dict[str, FieldReading] = extractor.read(kind, text)
    fields = weigh_words(kind, text.tokens, text.keys, fields)
    fields = machine_fields(kind, pages, fields)
    if kind.card:
        fields = read_by_form(pages, fields, units)
    fields = correct_fields(kind, fields, prepare(catalogue), units)
    fields = doubt_failed(kind, fields, today)
    return ProposedDocument(
        type_id=kind.id,
        confidence=round(draft.score, 3),
        page_keys=tuple(key for key, _ in pages),
        fields=fields,
        reasons=tuple(draft.reasons),
    )
