"""What sorting proposes: dossiers, documents, fields, a record. Machine's readings, never the office's values.

`page_key` is whatever integer the caller knows its page by. Values are written as the office writes them:
dates dd/mm/yyyy, areas and money as plain numbers, names and addresses NFC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ocr.reading import Box, PageReading


@dataclass(frozen=True)
class FlowPage:
    """One logical page in the order it was fed.

    Attributes:
        page_key: the caller's id of the page.
        side_key: the caller's id of the image it lies on (halves of a spread share it).
        reading: what was read on it.
        separator: payload when the sheet it lies on is a separator, else None.
        begins: "document" or "dossier" when something beside the page says that one begins here (a fixed number
            of sheets), "" otherwise.
    """

    page_key: int
    side_key: int
    reading: PageReading
    separator: str | None = None
    begins: str = ""


@dataclass(frozen=True)
class FieldReading:
    """A field as the machine read it. `rule` names what found it, `reasons` say why it is (un)sure."""

    name: str
    value: str
    confidence: float
    flagged: bool
    page_key: int | None
    box: Box | None
    rule: str
    #: "printed", "handwritten", "qr", "mrz" or "barcode"
    kind: str
    reasons: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposedDocument:
    type_id: str
    confidence: float
    page_keys: tuple[int, ...]
    fields: dict[str, FieldReading]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """A procedure record of the one-stop system, as imported."""

    dossier_code: str
    procedure_code: str
    procedure_name: str
    applicant_name: str
    applicant_id: str
    date_of_birth: str
    address: str
    commune: str
    district: str
    province: str
    parcel_no: str
    map_sheet: str
    certificate_serial: str
    received_at: str
    due_at: str
    branch: str
    progress: str = ""


@dataclass(frozen=True)
class Candidate:
    """A record that might be the dossier's. `score` 0–1, `reasons` sentences, `by` the strongest reason's name."""

    record: Record
    score: float
    by: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposedDossier:
    """One separated run of an intake.

    Attributes:
        match: the record taken, None when none is good enough.
        candidates: the best few, match first, for the operator to choose from.
    """

    documents: tuple[ProposedDocument, ...]
    match: Candidate | None
    candidates: tuple[Candidate, ...] = ()
    reasons: tuple[str, ...] = ()
    printed_code: str | None = None


class CandidateSource(Protocol):
    """Where records are looked up; each answers at most 50 rows."""

    def by_code(self, dossier_code: str) -> Sequence[Record]: ...
    def near_code(self, dossier_code: str) -> Sequence[Record]: ...
    def by_id(self, personal_id: str) -> Sequence[Record]: ...
    def by_serial(self, certificate_serial: str) -> Sequence[Record]: ...
    def by_name_birth(self, name: str, date_of_birth: str) -> Sequence[Record]: ...
    def by_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[Record]: ...


@dataclass(frozen=True)
class NoRecords:
    """A candidate source of an office that has imported none yet."""

    empty: tuple[Record, ...] = field(default=())

    def by_code(self, dossier_code: str) -> Sequence[Record]:
        return self.empty

    def near_code(self, dossier_code: str) -> Sequence[Record]:
        return self.empty

    def by_id(self, personal_id: str) -> Sequence[Record]:
        return self.empty

    def by_serial(self, certificate_serial: str) -> Sequence[Record]:
        return self.empty

    def by_name_birth(self, name: str, date_of_birth: str) -> Sequence[Record]:
        return self.empty

    def by_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> Sequence[Record]:
        return self.empty
