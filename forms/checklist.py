"""What a procedure asks for against what is there: missing, surplus, expired, unreadable, told before the citizen leaves."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forms.doctype import UNKNOWN, Catalogue, Component, Procedure
from forms.normalise import code_key
from forms.reasons import because
from station.core.errors import N_

MISSING = N_("{paper} is missing.")
MISSING_CASE = N_("{paper} is missing; it is asked for when {case}.")
EXPIRED = N_("{paper} of {date} was valid until {until}.")
UNREADABLE = N_("{paper} is there but could not be read; scan it again.")
SURPLUS = N_("{paper} is not asked for by this procedure.")
SERIAL_MISSING = N_(
    "No new certificate is issued: type the serial of the certificate that the result is noted on."
)
OTHER_SERIAL = N_("The record names certificate {recorded}; {typed} was typed. Compare it with the paper.")
TWICE = N_("{paper} is there {count} times.")

#: Papers every dossier may hold without being asked for: receipts, control sheets, covers.
ALWAYS_WELCOME = ("giay_tiep_nhan", "phieu_kiem_soat", UNKNOWN)


@dataclass(frozen=True)
class HeldPaper:
    """A paper in the dossier.

    Attributes:
        paper_id: the caller's id.
        issued_on: its date, None when unknown; papers without date do not expire.
        readable: False when its pages could not be read.
        reused: it was taken from an earlier dossier.
    """

    paper_id: int
    type_id: str
    issued_on: dt.date | None = None
    readable: bool = True
    reused: bool = False


@dataclass(frozen=True)
class Standing:
    """One component: `outcome` is missing, digitised or reused; `papers` fulfil it."""

    component: Component
    outcome: str
    papers: tuple[int, ...]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """All components of a stage, papers nobody asked for, and what to tell the citizen now."""

    standings: tuple[Standing, ...]
    surplus: tuple[int, ...]
    sentences: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Is every required component there?"""
        return all(s.outcome != "missing" for s in self.standings if s.component.duty == "required")


def check(
    procedure: Procedure,
    stage: str,
    papers: Sequence[HeldPaper],
    catalogue: Catalogue,
    on: dt.date,
    language: str,
) -> Checklist:
    """The checklist of a procedure's stage.

    Args:
        stage: "intake" or "result".
        on: the day by which validity counts, that of receipt.
        language: of the papers' names in the sentences.
    """
    components = procedure.results if stage == "result" else procedure.components
    standings = []
    used: set[int] = set()
    for component in components:
        standing = _standing(component, papers, catalogue, on, language)
        if stage == "result" and not procedure.new_file_expected and _wants_serial(standing, catalogue):
            standing = replace(standing, sentences=(because(SERIAL_MISSING),))
        standings.append(standing)
        used.update(standing.papers)
    wanted = {t for c in components for t in c.types}
    surplus = [
        p
        for p in papers
        if p.paper_id not in used and p.type_id not in wanted and p.type_id not in ALWAYS_WELCOME
    ]
    told = [s for standing in standings for s in standing.sentences]
    told += [because(SURPLUS, paper=catalogue.name_of_type(p.type_id, language)) for p in surplus]
    return Checklist(tuple(standings), tuple(p.paper_id for p in surplus), tuple(told))


def with_serial(found: Checklist, typed: str, recorded: str) -> Checklist:
    """The checklist of a result whose certificate was typed: nothing is missing, an unlike serial is said."""
    told = [s for s in found.sentences if s != SERIAL_MISSING]
    if recorded and code_key(recorded) != code_key(typed):
        told.append(because(OTHER_SERIAL, recorded=recorded, typed=typed))
    return replace(found, sentences=tuple(told))


def _standing(
    component: Component, papers: Sequence[HeldPaper], catalogue: Catalogue, on: dt.date, language: str
) -> Standing:
    fitting = [p for p in papers if p.type_id in component.types]
    sentences = []
    good = []
    for paper in fitting:
        name = catalogue.name_of_type(paper.type_id, language)
        until = valid_until(paper, catalogue)
        if until is not None and until < on and paper.issued_on is not None:
            sentences.append(
                because(EXPIRED, paper=name, date=f"{paper.issued_on:%d/%m/%Y}", until=f"{until:%d/%m/%Y}")
            )
        elif not paper.readable:
            sentences.append(because(UNREADABLE, paper=name))
        else:
            good.append(paper)
    if good:
        reused = all(p.reused for p in good)
        return Standing(
            component, "reused" if reused else "digitised", tuple(p.paper_id for p in good), tuple(sentences)
        )
    if component.duty == "required" and not sentences:
        names = " / ".join(catalogue.name_of_type(t, language) for t in component.types)
        sentences.append(
            because(MISSING_CASE, paper=names, case=component.case)
            if component.case
            else because(MISSING, paper=names)
        )
    return Standing(component, "missing", (), tuple(sentences))


def _wants_serial(standing: Standing, catalogue: Catalogue) -> bool:
    required = standing.component.duty == "required"
    return required and standing.outcome == "missing" and catalogue.is_certificate(standing.component)


def valid_until(paper: HeldPaper, catalogue: Catalogue) -> dt.date | None:
    """The last day a paper is valid; None for papers without limit or without date."""
    kind = catalogue.document_types.get(paper.type_id)
    if kind is None or not kind.validity_months or paper.issued_on is None:
        return None
    month = paper.issued_on.month - 1 + kind.validity_months
    year, month = paper.issued_on.year + month // 12, month % 12 + 1
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(paper.issued_on.day, last))
