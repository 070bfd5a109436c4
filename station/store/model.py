"""Rows of dossiers, documents, fields and components as frozen values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class DossierState(StrEnum):
    """open: being put together · ready: may be sealed · returned: a rescan is asked for ·
    sealed: package in the outbox · delivered: the warehouse signed for it."""

    OPEN = "open"
    READY = "ready"
    RETURNED = "returned"
    SEALED = "sealed"
    DELIVERED = "delivered"


#: States in which pages and fields may still be changed.
EDITABLE = (DossierState.OPEN, DossierState.READY, DossierState.RETURNED)


@dataclass(frozen=True)
class Dossier:
    id: int
    intake_id: int
    run_no: int
    stage: str
    state: DossierState
    dossier_code: str | None
    temporary_code: str
    matched_by: str | None
    match_reasons: tuple[str, ...]
    candidates: tuple[dict[str, Any], ...]
    procedure_code: str | None
    branch: str
    version: int
    sheets_confirmed: int | None
    opened_by: str
    opened_at: str
    sealed_at: str | None
    delivered_at: str | None

    @property
    def code(self) -> str:
        """The dossier code, or the temporary one while no record is matched."""
        return self.dossier_code or self.temporary_code


@dataclass(frozen=True)
class DocumentPage:
    """A page in its document. `name` and `frame` are the delivered file and the image in it."""

    page_id: int
    side_id: int
    half: str
    blank: bool
    name: str
    frame: int
    original_sha256: str


@dataclass(frozen=True)
class Document:
    id: int
    dossier_id: int
    position: int
    type_id: str
    confidence: float
    reasons: tuple[str, ...]
    state: str
    verified_by: str | None
    pdf_file: str | None
    pdf_sha256: str | None
    pdf_pages: int | None
    #: The earlier document of another dossier that this is a second scan of.
    same_as: int | None
    pages: tuple[DocumentPage, ...]


@dataclass(frozen=True)
class Field:
    """`read_value` is the machine's reading, `value` the office's; the second is None until somebody, or a
    named rule (`verified_by` = "rule:…"), vouches for it."""

    id: int
    document_id: int
    name: str
    read_value: str | None
    confidence: float
    flagged: bool
    page_id: int | None
    box: tuple[int, int, int, int] | None
    rule: str
    kind: str
    reasons: tuple[str, ...]
    candidates: tuple[str, ...]
    value: str | None
    verified_by: str | None
    verified_at: str | None

    @property
    def shown(self) -> str:
        return self.value if self.value is not None else self.read_value or ""


@dataclass(frozen=True)
class Component:
    component_id: str
    duty: str
    exempt_reason: str | None
    outcome: str
    document_id: int | None
    reused_from: str | None


@dataclass(frozen=True)
class RescanTask:
    id: int
    dossier_id: int
    page_id: int | None
    reason: str
    note: str
    asked_by: str
    asked_at: str
    done_at: str | None
