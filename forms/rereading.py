"""Reading one paper anew, after the operator said what it is or which pages belong to it."""

import datetime as dt
from collections.abc import Sequence

from forms.card import read_by_form
from forms.checks import ask_for_unread, doubt_failed
from forms.confirm import confirm
from forms.correct import correct_fields, prepare
from forms.doctype import Catalogue
from forms.extract import Extractor, lay_out_document
from forms.gazetteer import Gazetteer
from forms.in_words import weigh_words
from forms.machine import machine_fields
from forms.proposal import FieldReading, FlowPage, ProposedDocument, Record


def read_document(
    type_id: str,
    flow: Sequence[FlowPage],
    catalogue: Catalogue,
    units: Gazetteer,
    record: Record | None,
    today: dt.date | None = None,
) -> dict[str, FieldReading]:
    """The fields of a paper of a known type, from its pages in logical order.

    Args:
        record: the dossier's procedure record, for values to agree or differ with.
        today: days after it are doubted; None does without that check.
    """
    kind = catalogue.document_types[type_id]
    pages = [(page.page_key, page.reading) for page in flow]
    extractor = Extractor(units.ends_in_province, catalogue.stops)
    text = lay_out_document(pages)
    fields = weigh_words(kind, text.tokens, text.keys, extractor.read(kind, text))
    fields = machine_fields(kind, pages, fields)
    if kind.card:
        fields = read_by_form(pages, fields, units)
    fields = doubt_failed(kind, correct_fields(kind, fields, prepare(catalogue), units), today)
    document = ProposedDocument(type_id, 1.0, tuple(key for key, _ in pages), fields)
    return ask_for_unread(kind, confirm([document], catalogue, record)[0].fields, document.page_keys)
