"""From a flow of pages to dossiers and documents: where a paper begins, which pages go on with it, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forms.classify import FIRST_PAGE_FROM, Classifier, PageEvidence
from forms.doctype import UNKNOWN, Catalogue, DocumentType
from forms.marks import same_form, unlike_forms
from forms.proposal import FlowPage
from forms.reasons import because
from forms.values import DOSSIER_CODE
from station.core.errors import N_

#: What the station's own sheet "next document" carries (ocr.barcode); every other separator begins a dossier.
NEXT_DOCUMENT = "SCAN:NEXT-DOCUMENT"
#: A page with fewer clear words says nothing: a back with specks, a page with a stamp only.
NO_WORDS = 5
#: A page of text; if it went on with a well-known paper, some phrase of that paper would be on it.
FULL_PAGE = 90
#: A paper is well known when so many phrases of its later pages are.
WELL_KNOWN = 5
#: A page with fewer words and no heading is the back or the end of the paper before it.
FEW_WORDS = 25

STARTED_BY_TITLE = N_('The heading reads "{title}".')
STARTED_BY_PHRASES = N_("No title was readable; {count} phrases of this paper were found on the page.")
STARTED_UNKNOWN = N_('The heading "{title}" belongs to no paper of the catalogue.')
STARTED_WITHOUT_HEADING = N_("Nothing on the page belongs to the paper before it or to any known paper.")
STARTED_BY_SEPARATOR = N_("A separator before the page says that a new document begins.")
STARTED_BY_CARD = N_("The front of an identity card begins here.")
STARTED_BY_CERTIFICATE = N_("Halves of a folded certificate were put in the order of its pages.")
STARTED_BY_FORM = N_("The page carries the form number {form}, the paper before it {other}.")
WENT_ON_BY_FORM = N_("Page {page} carries the form number {form}, as the paper before it does.")
WENT_ON_BY_SERIAL = N_("Page {page} names the certificate {serial}, as the paper before it does.")
WENT_ON_BY_NUMBER = N_("Page {page} carries the page number {number}.")
WENT_ON_BY_PHRASES = N_("Page {page} goes on with the paper: {count} of its later phrases were found.")
WENT_ON_FEW_WORDS = N_("Page {page} has few words and no heading; it is kept with the paper before it.")
WENT_ON_NO_HEADING = N_("Page {page} has no heading of its own; it is kept with the paper before it.")
WENT_ON_CARD_BACK = N_("Page {page} is the back of the card.")


@dataclass
class Draft:
    """A document while its pages are being collected."""

    type_id: str
    score: float
    pages: list[FlowPage]
    evidence: list[PageEvidence]
    reasons: list[str] = field(default_factory=list)

    def add(self, page: FlowPage, evidence: PageEvidence, reason: str) -> None:
        self.pages.append(page)
        self.evidence.append(evidence)
        if reason:
            self.reasons.append(reason)


@dataclass
class Run:
    """Pages between two separators, as documents. `by_words`: the separator's code or patch was not readable."""

    separator: str | None
    by_words: bool = False
    drafts: list[Draft] = field(default_factory=list)


def segment(
    flow: Sequence[FlowPage], classifier: Classifier, weighed: dict[int, PageEvidence] | None = None
) -> list[Run]:
    """The runs of an intake and their documents, in the order they were fed. Blank pages belong to none.

    Args:
        flow: the intake's pages in feeding order, separators included.
        classifier: weighs each page.
        weighed: what earlier looks at the same pile found of its pages; what this one finds is added.
    """
    runs: list[Run] = [Run(None)]
    evidence = {} if weighed is None else weighed
    for page in flow:
        if page.separator is None and not page.reading.blank and page.page_key not in evidence:
            evidence[page.page_key] = classifier.weigh(page.reading)
    sides: dict[int, list[PageEvidence]] = {}
    for page in flow:
        if page.page_key in evidence:
            sides.setdefault(page.side_key, []).append(evidence[page.page_key])
    begins = ""
    for page in flow:
        said = page.separator
        if said is None and page.page_key in evidence:
            said = evidence[page.page_key].separator
        if said is not None and said.startswith(NEXT_DOCUMENT):
            begins = begins or "document"
        elif said is not None:
            runs.append(Run(said, by_words=page.separator is None))
            begins = ""
        else:
            begins = page.begins if begins != "dossier" and page.begins else begins
            if page.page_key in evidence:
                if begins == "dossier":
                    runs.append(Run(None))
                said_here = evidence[page.page_key], sides[page.side_key]
                _put(runs[-1].drafts, page, *said_here, classifier.catalogue, begins == "document")
                begins = ""
    runs = [r for r in runs if r.drafts or r.separator]
    for run in runs:
        for draft in run.drafts:
            _order(draft, classifier.catalogue.document_types)
    return [r for r in runs if r.drafts]


def _put(
    drafts: list[Draft],
    page: FlowPage,
    evidence: PageEvidence,
    siblings: Sequence[PageEvidence],
    catalogue: Catalogue,
    parted: bool,
) -> None:
    """Places a page; a separator before it begins a document whatever the page says."""
    if not parted:
        _place(drafts, page, evidence, siblings, catalogue)
        return
    fresh: list[Draft] = []
    _place(fresh, page, evidence, siblings, catalogue)
    for draft in fresh:
        draft.reasons.append(because(STARTED_BY_SEPARATOR))
    drafts += fresh


def _place(
    drafts: list[Draft],
    page: FlowPage,
    evidence: PageEvidence,
    siblings: Sequence[PageEvidence],
    catalogue: Catalogue,
) -> None:
    """Puts one page into the open document or begins a new one."""
    last = drafts[-1] if drafts else None
    if last is not None and evidence.words < NO_WORDS and not page.reading.codes and not siblings[1:]:
        last.add(page, evidence, because(WENT_ON_FEW_WORDS, page=len(last.pages) + 1))
        return
    open_type = catalogue.document_types.get(last.type_id) if last else None
    number = _pages_with_words(last) + 1 if last else 1
    certificate = _certificate(last, open_type, evidence, siblings, page, catalogue)
    if certificate is not None:
        if certificate and last:
            last.add(page, evidence, "")
        else:
            kind = next(t for t in catalogue.document_types.values() if t.certificate)
            drafts.append(
                _begin(
                    kind.id, max(0.9, evidence.title_score), page, evidence, because(STARTED_BY_CERTIFICATE)
                )
            )
        return
    if _card(drafts, last, open_type, page, evidence, catalogue):
        return
    reason = _goes_on(last, open_type, evidence, number)
    if reason and last:
        last.add(page, evidence, reason)
        return
    type_id, score, why = _beginning(evidence, last)
    drafts.append(_begin(type_id, score, page, evidence, why))


def _pages_with_words(draft: Draft) -> int:
    return sum(1 for e in draft.evidence if e.words >= NO_WORDS)


def _begin(type_id: str, score: float, page: FlowPage, evidence: PageEvidence, why: str) -> Draft:
    return Draft(type_id, score, [page], [evidence], [why])


def _certificate(
    last: Draft | None,
    open_type: DocumentType | None,
    evidence: PageEvidence,
    siblings: Sequence[PageEvidence],
    page: FlowPage,
    catalogue: Catalogue,
) -> bool | None:
    """True: goes on with the open certificate; False: begins one; None: not a certificate's page."""
    certificate_ids = [t.id for t in catalogue.document_types.values() if t.certificate]
    titled = evidence.title in certificate_ids
    if evidence.title and not titled and evidence.title_score > 0.85:
        return None
    on_sheet = len(siblings) > 1 and any(s.role or s.title in certificate_ids for s in siblings)
    is_part = bool(evidence.role) or titled or on_sheet
    if not is_part:
        return None
    inside = last is not None and open_type is not None and open_type.certificate
    if not titled and not on_sheet and not inside:
        named = sum(evidence.later.get(i, 0.0) + evidence.first.get(i, 0.0) for i in certificate_ids)
        others = max([v for k, v in evidence.later.items() if k not in certificate_ids] or [0.0])
        if named < 2 or others >= named:
            return None
    if not inside or last is None or open_type is None:
        return False
    if not titled and evidence.role != 1 and _shared_serial(last, evidence):
        return True
    roles = {e.role for e in last.evidence if e.role}
    shares_sheet = any(p.side_key == page.side_key for p in last.pages)
    if shares_sheet and _pages_with_words(last) < open_type.pages[1]:
        return True
    if evidence.role and evidence.role in roles and evidence.role != 4:
        return False
    return _pages_with_words(last) < open_type.pages[1] and not (titled and 1 in roles)


def _card(
    drafts: list[Draft],
    last: Draft | None,
    open_type: DocumentType | None,
    page: FlowPage,
    evidence: PageEvidence,
    catalogue: Catalogue,
) -> bool:
    """Places the sides of identity cards; False when the page is none."""
    cards = [t.id for t in catalogue.document_types.values() if t.card]
    phrases = sum(evidence.first.get(i, 0.0) for i in cards)
    backs = sum(evidence.later.get(i, 0.0) for i in cards)
    titled = evidence.title in cards
    front = evidence.card_front or phrases >= FIRST_PAGE_FROM or (titled and (phrases >= 1 or backs >= 1))
    back = evidence.card_back or backs >= 2
    if not cards or not (front or back) or (evidence.title and not titled and evidence.title_score > 0.85):
        return False
    fronted = last is not None and open_type is not None and open_type.card
    if (
        back
        and not front
        and fronted
        and last is not None
        and len(last.pages) == 1
        and not _both_sides(last.evidence[0], cards)
    ):
        last.add(page, evidence, because(WENT_ON_CARD_BACK, page=len(last.pages) + 1))
    else:
        drafts.append(_begin(cards[0], 0.97 if front else 0.85, page, evidence, because(STARTED_BY_CARD)))
    return True


def _both_sides(evidence: PageEvidence, cards: Sequence[str]) -> bool:
    return evidence.card_back or sum(evidence.later.get(i, 0.0) for i in cards) >= 2


def _goes_on(last: Draft | None, open_type: DocumentType | None, evidence: PageEvidence, number: int) -> str:
    """Why the page belongs to the open document; "" when it does not."""
    if last is None or open_type is None:
        return ""
    later = evidence.later.get(open_type.id, 0.0)
    if evidence.title:
        repeated = evidence.title == open_type.id and evidence.number == number and number > 1
        mentioned = evidence.title_score < 0.88 and later >= 2 and not evidence.national_header
        if not (repeated or mentioned):
            return ""
    if later >= 1 and later >= max(evidence.first.values(), default=0.0):
        return because(WENT_ON_BY_PHRASES, page=number, count=max(1, round(later)))
    other_first = max(((v, k) for k, v in evidence.first.items() if k != open_type.id), default=(0.0, ""))
    other_later = max(((v, k) for k, v in evidence.later.items() if k != open_type.id), default=(0.0, ""))
    if other_first[0] >= FIRST_PAGE_FROM or _another_form(last, evidence):
        return ""
    begins_anew = evidence.national_header or evidence.first.get(open_type.id, 0.0) >= FIRST_PAGE_FROM
    if not begins_anew and any(same_form(evidence.form, e.form) for e in last.evidence):
        return because(WENT_ON_BY_FORM, page=number, form=evidence.form)
    if evidence.number == number and number > 1:
        return because(WENT_ON_BY_NUMBER, page=number, number=number)
    if other_later[0] >= 2 and not later:
        return ""
    if later > 0 and not evidence.national_header:
        return because(WENT_ON_BY_PHRASES, page=number, count=1)
    of_none_other = max(other_first[0], other_later[0]) < 1 and not begins_anew and not evidence.heading
    if of_none_other and (serial := _shared_serial(last, evidence)):
        return because(WENT_ON_BY_SERIAL, page=number, serial=serial)
    if evidence.words < FEW_WORDS and not evidence.national_header and not evidence.heading:
        return because(WENT_ON_FEW_WORDS, page=number)
    if evidence.national_header or evidence.heading or number > open_type.pages[1]:
        return ""
    if open_type.card:
        return ""
    if evidence.words >= FULL_PAGE and len(open_type.continuation) >= WELL_KNOWN and last.type_id != UNKNOWN:
        return ""  # a full page of a paper whose later pages are known, with none of their phrases
    return because(WENT_ON_NO_HEADING, page=number)


def _another_form(last: Draft, evidence: PageEvidence) -> str:
    """The open paper's form number where the page carries another; "" where not."""
    forms = [e.form for e in last.evidence if e.form]
    return forms[0] if forms and all(unlike_forms(evidence.form, f) for f in forms) else ""


def _shared_serial(last: Draft, evidence: PageEvidence) -> str:
    """A certificate that both the open paper and the page name; "" for none."""
    return min((s for e in last.evidence for s in e.serials & evidence.serials), default="")


def _beginning(evidence: PageEvidence, last: Draft | None) -> tuple[str, float, str]:
    """Type, confidence and reason of a document that begins with the page."""
    best_first, by_first = max(((v, k) for k, v in evidence.first.items()), default=(0.0, ""))
    if evidence.title:
        support = evidence.first.get(evidence.title, 0.0) + evidence.later.get(evidence.title, 0.0)
        if (
            by_first
            and by_first != evidence.title
            and best_first >= FIRST_PAGE_FROM
            and (support < 0.5 or best_first >= support + 2)
            and evidence.title_score < 0.92
        ):
            return by_first, 0.8, because(STARTED_BY_PHRASES, count=round(best_first))
        score = min(0.99, evidence.title_score * 0.9 + 0.03 * min(3.0, support))
        return evidence.title, score, because(STARTED_BY_TITLE, title=evidence.title_text[:90])
    if best_first >= FIRST_PAGE_FROM:
        return (
            by_first,
            min(0.9, 0.6 + 0.06 * best_first),
            because(STARTED_BY_PHRASES, count=round(best_first)),
        )
    best_later, by_later = max(((v, k) for k, v in evidence.later.items()), default=(0.0, ""))
    together = best_first + evidence.later.get(by_first, 0.0)
    if by_first and together >= 2 and not evidence.heading:
        return by_first, 0.7, because(STARTED_BY_PHRASES, count=round(together))
    if best_later >= 2 and not evidence.heading:
        return by_later, 0.65, because(STARTED_BY_PHRASES, count=round(best_later))
    if evidence.heading:
        return UNKNOWN, 0.6, because(STARTED_UNKNOWN, title=evidence.heading[:90])
    if last is not None and (other := _another_form(last, evidence)):
        return UNKNOWN, 0.5, because(STARTED_BY_FORM, form=evidence.form, other=other)
    return UNKNOWN, 0.5, because(STARTED_WITHOUT_HEADING)


def _order(draft: Draft, types: Mapping[str, DocumentType]) -> None:
    """Puts the halves of a folded certificate in the order 1-2-3-4; other papers stay as they were fed."""
    kind = types.get(draft.type_id)
    if kind is None or not kind.certificate or len(draft.pages) < 2:
        return
    pairs = [(p, e) for p, e in zip(draft.pages, draft.evidence, strict=True) if e.words >= NO_WORDS]
    rest = [(p, e) for p, e in zip(draft.pages, draft.evidence, strict=True) if e.words < NO_WORDS]
    roles = _roles(pairs)
    order = sorted(range(len(pairs)), key=lambda i: (roles[i], i))
    ordered = [pairs[i] for i in order] + rest
    draft.pages = [p for p, _ in ordered]
    draft.evidence = [e for _, e in ordered]


def _roles(pairs: Sequence[tuple[FlowPage, PageEvidence]]) -> list[int]:
    """The certificate page each page is; what is not known follows from the other half of its sheet."""
    roles = [e.role for _, e in pairs]
    partner = {1: 4, 4: 1, 2: 3, 3: 2}
    for index, (page, _) in enumerate(pairs):
        if roles[index] == 0 or roles.count(roles[index]) > 1:
            mates = [
                roles[j]
                for j, (other, _) in enumerate(pairs)
                if j != index and other.side_key == page.side_key
            ]
            if mates and mates[0]:
                roles[index] = partner[mates[0]]
    missing = [r for r in (1, 2, 3, 4) if r not in roles]
    for index, role in enumerate(roles):
        if role == 0:
            roles[index] = missing.pop(0) if missing else 4
    return roles


def split_at_receipts(runs: Sequence[Run], catalogue: Catalogue) -> list[Run]:
    """Parts runs without separators where a second receipt, with another code, begins the next dossier."""
    parted: list[Run] = []
    for run in runs:
        codes: set[str] = set()
        current = Run(run.separator, run.by_words)
        for draft in run.drafts:
            kind = catalogue.document_types[draft.type_id]
            code = _code_of(draft) if kind.receipt else None
            if code and codes and code not in codes:
                parted.append(current)
                current = Run(None)
                codes = set()
            if code:
                codes.add(code)
            current.drafts.append(draft)
        parted.append(current)
    return parted


def _code_of(draft: Draft) -> str | None:
    """The dossier code on a receipt: in a barcode, else in its text."""
    for page in draft.pages:
        for code in page.reading.codes:
            match = DOSSIER_CODE.search(code.payload.upper())
            if match:
                return match[1]
    for page in draft.pages:
        match = DOSSIER_CODE.search(page.reading.text.upper())
        if match:
            return match[1]
    return None
