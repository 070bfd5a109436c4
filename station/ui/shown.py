"""What the screens show: plain values between presenters and views. No Qt, no database rows.

Sentences in here are already in the reader's language unless their name says otherwise. Boxes are those of
`ocr.reading`: pixels of the upright page image.
"""

from dataclasses import dataclass, field

from ocr.reading import Box


@dataclass(frozen=True)
class SourceShown:
    """A scanner or folder to choose. `kind` as in capture.source.Device."""

    id: str
    name: str
    kind: str
    available: bool


@dataclass(frozen=True)
class RecordShown:
    """A procedure record, as match or candidate; `reasons` say why it is proposed."""

    dossier_code: str
    applicant_name: str
    applicant_id: str
    date_of_birth: str
    procedure_name: str
    parcel_no: str
    map_sheet: str
    commune: str
    received_at: str
    due_at: str
    score: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComponentShown:
    """A line of the checklist. `duty` required/optional/exempt, `outcome` missing/digitised/reused."""

    name: str
    duty: str
    outcome: str
    component_id: str = ""


@dataclass(frozen=True)
class OfferShown:
    """A paper the office already holds that can stand for a component.

    `issued_on` is empty where no date is known. `page_id` is its first page, None where it lies elsewhere: at `place`.
    """

    component_id: str
    component: str
    paper_id: str
    title: str
    issued_on: str
    reason: str
    place: str
    page_id: int | None


@dataclass(frozen=True)
class RescanShown:
    """What somebody sent back for scanning. `number` is the page's in its pile, 0 where none is named."""

    task_id: int
    intake_id: int
    dossier_id: int
    dossier_code: str
    page_id: int | None
    number: int
    document: str
    reason: str
    note: str
    asked_by: str
    asked_at: str


@dataclass(frozen=True)
class PageShown:
    """A page in the strip. `picture_key` changes whenever its picture does."""

    page_id: int
    number: int
    picture_key: str
    state: str
    blank: bool = False
    problem: str = ""
    #: The reason given for what its picture lacks by law.
    excuse: str = ""


@dataclass(frozen=True)
class DocumentShown:
    """A document of the strip; `document_id` None gathers pages not yet grouped."""

    document_id: int | None
    type_id: str
    title: str
    confidence: float
    state: str
    pages: tuple[PageShown, ...]


@dataclass(frozen=True)
class FieldShown:
    """A field beside the page. `verified_by` is a name, a rule, or empty."""

    document_id: int
    name: str
    label: str
    value: str
    confidence: float
    doubtful: bool
    critical: bool
    verified_by: str
    page_id: int | None
    box: Box | None
    candidates: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    #: The one signed in scanned the paper, and its type asks for somebody else.
    second_person: bool = False

    @property
    def key(self) -> tuple[int, str]:
        return (self.document_id, self.name)

    @property
    def waits_for_another(self) -> bool:
        """Whether only a second person can settle it."""
        return self.second_person and self.doubtful and not self.verified_by


@dataclass(frozen=True)
class RefusedShown:
    """A file that was set aside, with the sentence that says why and what to do."""

    refusal_id: int
    name: str
    reason: str
    at: str


@dataclass(frozen=True)
class CountsShown:
    """What has come: sheets, sides, blank pages, pages and how many of the sides are read."""

    sheets: int = 0
    sides: int = 0
    blanks: int = 0
    pages: int = 0
    read: int = 0


@dataclass(frozen=True)
class DossierShown:
    """A dossier on the scan screen.

    `expected_sheets` is what `expected_by` (operator, separator, receipt) says; `fitting_sheets` are the numbers
    that are right; `open_points` are the sentences that say why it is not ready; `noticed` those to tell the citizen of papers
    that are there: surplus, expired, unreadable, scanned before; `held_before` are the held papers some are scans of again.
    """

    dossier_id: int
    code: str
    state: str
    stage: str
    record: RecordShown | None
    candidates: tuple[RecordShown, ...]
    components: tuple[ComponentShown, ...]
    documents: tuple[DocumentShown, ...]
    fields: tuple[FieldShown, ...]
    counts: CountsShown
    confirmed: bool = False
    expected_sheets: int | None = None
    expected_by: str = ""
    fitting_sheets: frozenset[int] = frozenset()
    open_points: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()
    held_before: tuple[str, ...] = ()
    rescans: tuple[RescanShown, ...] = ()

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    def fits(self, sheets: int) -> bool:
        """Whether this is the number of sheets that were scanned."""
        return sheets in (self.fitting_sheets or {self.counts.sheets})


@dataclass(frozen=True)
class WordShown:
    text: str
    box: Box


@dataclass(frozen=True)
class DoubtShown:
    """One doubtful field of the verify screen, across dossiers."""

    field: FieldShown
    dossier_code: str
    document_title: str
    record_value: str = ""
    #: Changes whenever the picture of the field's page does.
    picture_key: str = ""

    @property
    def second_person(self) -> bool:
        """Whether somebody else than the one signed in must look at it."""
        return self.field.second_person


@dataclass(frozen=True)
class FoundShown:
    """A row of the dossiers table."""

    dossier_id: int
    code: str
    applicant_name: str
    procedure_name: str
    state: str
    stage: str
    branch: str
    pages: int
    updated_at: str


@dataclass(frozen=True)
class FoundDocumentShown:
    """A document of the chosen dossier with its PDF, empty while there is none."""

    title: str
    pages: int
    pdf: str
    page_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class HistoryShown:
    """One line of who did what."""

    at: str
    who: str
    what: str


@dataclass(frozen=True)
class ParcelShown:
    """A package in the outbox. `state` waiting/delivered/refused; `problem` is a sentence."""

    package_id: str
    dossier_code: str
    size_bytes: int
    sent_bytes: int
    state: str
    tries: int
    next_try: str
    problem: str
    receipt: str
    queued_at: str


@dataclass(frozen=True)
class StatusShown:
    """The status line. `place` is training, demonstration, or empty for the office's own folder."""

    scanner: str
    scanner_good: bool
    network_good: bool | None
    waiting: int
    failed: int
    free_bytes: int
    who: str
    place: str = ""


@dataclass(frozen=True)
class PersonShown:
    """An account of the station."""

    name: str
    full_name: str
    role: str
    active: bool


@dataclass(frozen=True)
class ChoiceShown:
    """A setting to choose or type. `kind` is text, number, switch or choice; a locked one is only shown."""

    key: str
    label: str
    kind: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    locked: bool = False


@dataclass(frozen=True)
class CheckShown:
    """A line of the station's self-examination: what, whether it is good, and the remedy."""

    what: str
    good: bool
    remedy: str = ""


@dataclass(frozen=True)
class SectionShown:
    """A group of settings."""

    title: str
    choices: tuple[ChoiceShown, ...] = field(default=())
