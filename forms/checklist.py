"""What a procedure asks for against what is there: missing, surplus, expired, unreadable, told before the citizen leaves."""

import datetime as dt
from collections.abc import Collection, Sequence
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

#: Papers every dossier may hold without being asked for: receipts, control sheets, covers.
ALWAYS_WELCOME = ("giay_tiep_nhan", "phieu_kiem_soat", UNKNOWN)


@dataclass(frozen=True)
class HeldPaper:
    """A paper in the dossier.

    Attributes:
        paper_id: the caller's id.
        issued_on: its date, None when unknown; papers without date do not expire.
        readable: False when its pages could not be read.
    """

    paper_id: int
    type_id: str
    issued_on: dt.date | None = None
    readable: bool = True


@dataclass(frozen=True)
class Standing:
    """One component: `outcome` is missing, digitised or reused; `papers` fulfil it.

    Attributes:
        lack: what to tell where it is missing and nothing is there for it; empty otherwise.
        noticed: what is wrong with papers that are there for it.
    """

    component: Component
    outcome: str
    papers: tuple[int, ...]
    lack: str = ""
    noticed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """All components of a stage, papers nobody asked for (`surplus`), and what else to tell (`besides`)."""

    standings: tuple[Standing, ...]
    surplus: tuple[int, ...]
    besides: tuple[str, ...] = ()

    @property
    def noticed(self) -> tuple[str, ...]:
        """What to tell of papers that are there: expired, unreadable, surplus, another serial."""
        found = [s for standing in self.standings for s in standing.noticed]
        # One paper may fit two components.
        return tuple(dict.fromkeys((*found, *self.besides)))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Everything to tell the citizen now: what is missing, then what was noticed."""
        return (*(s.lack for s in self.standings if s.lack), *self.noticed)

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
            standing = replace(standing, lack=because(SERIAL_MISSING), noticed=())
        standings.append(standing)
        used.update(standing.papers)
    wanted = {t for c in components for t in c.types}
    surplus = [
        p
        for p in papers
        if p.paper_id not in used and p.type_id not in wanted and p.type_id not in ALWAYS_WELCOME
    ]
    welcome = [
        p for p in papers if p.type_id in ALWAYS_WELCOME and p.type_id not in wanted and not p.readable
    ]
    told = [because(UNREADABLE, paper=catalogue.name_of_type(p.type_id, language)) for p in welcome]
    told += [because(SURPLUS, paper=catalogue.name_of_type(p.type_id, language)) for p in surplus]
    return Checklist(tuple(standings), tuple(p.paper_id for p in surplus), tuple(told))


def with_reused(found: Checklist, reused: Collection[Component]) -> Checklist:
    """The checklist where papers held elsewhere stand for some components: those are not missing any more."""
    standings = (
        Standing(s.component, "reused", ()) if s.outcome == "missing" and s.component in reused else s
        for s in found.standings
    )
    return replace(found, standings=tuple(standings))


def with_serial(found: Checklist, typed: str, recorded: str) -> Checklist:
    """The checklist of a result whose certificate was typed: a serial unlike the record's is said."""
    if not recorded or code_key(recorded) == code_key(typed):
        return found
    return replace(found, besides=(*found.besides, because(OTHER_SERIAL, recorded=recorded, typed=typed)))


def _standing(
    component: Component, papers: Sequence[HeldPaper], catalogue: Catalogue, on: dt.date, language: str
) -> Standing:
    fitting = [p for p in papers if p.type_id in component.types]
    noticed = []
    good = []
    for paper in fitting:
        name = catalogue.name_of_type(paper.type_id, language)
        until = valid_until(paper, catalogue)
        if until is not None and until < on and paper.issued_on is not None:
            noticed.append(
                because(EXPIRED, paper=name, date=f"{paper.issued_on:%d/%m/%Y}", until=f"{until:%d/%m/%Y}")
            )
        elif not paper.readable:
            noticed.append(because(UNREADABLE, paper=name))
        else:
            good.append(paper)
    if good:
        ids = tuple(p.paper_id for p in good)
        return Standing(component, "digitised", ids, noticed=tuple(noticed))
    lack = ""
    if component.duty == "required" and not noticed:
        names = " / ".join(catalogue.name_of_type(t, language) for t in component.types)
        case = component.case
        lack = because(MISSING_CASE, paper=names, case=case) if case else because(MISSING, paper=names)
    return Standing(component, "missing", (), lack, tuple(noticed))


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
