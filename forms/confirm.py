"""Sources weighed against each other: documents of a dossier, the record, the form of a value, the gazetteer."""

from collections.abc import Sequence

from forms.doctype import Catalogue
from forms.gazetteer import Gazetteer
from forms.proposal import ProposedDocument, Record


def confirm(
    documents: Sequence[ProposedDocument],
    catalogue: Catalogue,
    units: Gazetteer | None,
    record: Record | None,
) -> list[ProposedDocument]:
    return list(documents)
