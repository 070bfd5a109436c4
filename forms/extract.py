"""Reading the fields of one document: by label, by passage, in sentences, by the form of the value itself."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.confirm import PASSES_FROM
from forms.doctype import DocumentType, FieldSpec
from forms.labels import Hit, LabelBook
from forms.layout import PageLayout, Token, box_of, lay_out
from forms.normalise import fold, nfc, without_tones
from forms.passages import find_passages
from forms.proposal import FieldReading
from forms.regions import RUNNING, Stream
from forms.running import RunningText
from forms.values import Found, read_value
from forms.wordings import SCORE as UNLISTED
from forms.wordings import Wordings, with_unlisted
from ocr.reading import PageReading
from station.core.errors import N_

#: Share of handwritten words from which a value counts as written by hand.
HANDWRITTEN_FROM = 0.34
#: What follows the name of a person who is told from others.
_TELLS_WHO = frozenset({"sinh", "sn", "cccd", "cmnd", "cmt", "can", "cancuoc", "dinh", "mst", "ma", "nop"})
#: The person a paper is about.
_MAIN_PERSONS = ("applicant_name", "taxpayer_name", "owner_name", "full_name")
#: From so many values by hand or too doubtful to pass, and this share of all beside labels, the whole form was
#: filled in by hand: of 60 generated dossiers 6 % of the handwritten values then pass, and 0.8 % more of the printed
#: ones are asked for; with 0.5 it is 10 % and 0.2 %.
HANDS_LEAST = 3
HANDS_SHARE = 0.4

BY_LABEL = N_("Read beside its label.")
BY_WORDS = N_("Read beside a label in a wording that is not listed; known by its words.")
BY_PATTERN = N_("Read in a sentence of the text.")
BY_FORM = N_("Recognised by the form of the value; it had no label.")
BY_PLACE_AND_DATE = N_("Read from the line with place and date.")
REPAIRED = N_("Letters that look like digits were taken for digits.")
HANDWRITTEN_FORM = N_("The form seems to be filled in by hand; please compare with the picture.")
HANDWRITTEN = N_("Written by hand; please compare with the picture.")


_PROVINCE = ("tinh ", "thanh pho ")
#: No province's name has more: "tỉnh Bà Rịa - Vũng Tàu", and a blank before it.
_PROVINCE_WORDS = 7


@dataclass(frozen=True)
class DocumentText:
    """A document's pages laid out, with the caller's key of each page."""

    keys: tuple[int, ...]
    layouts: Mapping[int, PageLayout]
    tokens: tuple[Token, ...]


def lay_out_document(pages: Sequence[tuple[int, PageReading]]) -> DocumentText:
    layouts = {number: lay_out(reading, number) for number, (_, reading) in enumerate(pages)}
    tokens = tuple(t for number in sorted(layouts) for t in layouts[number].tokens)
    return DocumentText(tuple(key for key, _ in pages), layouts, tokens)


@dataclass(frozen=True)
class _Candidate:
    found: Found
    score: float
    rule: str
    reason: str


class Extractor:
    """Reads fields; made once per catalogue, so that labels are prepared once.

    Args:
        complete: says of an address that it has come to its end (its province).
    """

    def __init__(
        self, complete: Callable[[str], bool], stops: Sequence[str], stop_words: Sequence[str] = ()
    ) -> None:
        self._complete = complete
        self._stops = stops
        self._stop_words = stop_words
        self._books: dict[tuple[str, str], tuple[LabelBook, Wordings]] = {}

    def read(self, kind: DocumentType, document: DocumentText) -> dict[str, FieldReading]:
        """Every field of the type that could be read, by name."""
        passages = find_passages(document.tokens, kind.groups)
        by_role = {role: tokens for p in passages for role, tokens in p.by_role.items()}
        inside = frozenset(i for p in passages for i in p.indexes)
        outside = [t for i, t in enumerate(document.tokens) if i not in inside]
        streams: dict[str, Stream] = {}
        running = RunningText(document.tokens)
        fields: dict[str, FieldReading] = {}
        for spec in kind.fields:
            best = _lone_serial(document) if kind.certificate and spec.kind == "serial" else None
            for scope in () if best else _scopes(spec, kind, by_role):
                tokens = outside if scope == "" else document.tokens if scope == "*" else by_role[scope]
                if scope not in streams:
                    streams[scope] = self._stream(kind, scope, tokens, document.layouts)
                best = self._best(spec, streams[scope], scope, running, document)
                if best:
                    break
            if best is None:
                best = self._unlabelled(spec, kind, document, bool(by_role))
            if best is not None:
                fields[spec.name] = _reading(spec, best, document, kind)
        return _filled_in_by_hand(fields) if kind.by_hand else fields

    def _stream(
        self, kind: DocumentType, scope: str, tokens: Sequence[Token], layouts: Mapping[int, PageLayout]
    ) -> Stream:
        key = (kind.id, scope)
        if key not in self._books:
            wordings = [(f.name, w) for f in kind.fields if _serves(f, scope, kind) for w in f.labels]
            wordings += [
                (f.name, w)
                for f in kind.fields
                if f.kind in ("name", "party") and f.group and f.group == scope
                for g in kind.groups
                if g.roles[0] == scope
                for w in g.starts
            ]
            own = {fold(w) for _, w in wordings}
            others = [
                ("", w)
                for f in kind.fields
                if not _serves(f, scope, kind)
                for w in f.labels
                if len(fold(w)) > 8
            ]
            stops = [("", w) for w in self._stops]
            book = LabelBook(wordings + [(n, w) for n, w in [*others, *stops] if fold(w) not in own])
            words = [(f.name if _serves(f, scope, kind) else "", w) for f in kind.fields for w in f.words]
            words += [("", w) for w in self._stop_words]
            self._books[key] = book, Wordings(words)
        labels, unlisted = self._books[key]
        hits = with_unlisted(tokens, labels.find(tokens), unlisted)
        return Stream(tokens, _with_parcels_address(hits, kind), layouts)

    def _best(
        self, spec: FieldSpec, stream: Stream, scope: str, running: RunningText, document: DocumentText
    ) -> _Candidate | None:
        candidates = []
        for order, hit in enumerate(h for h in stream.hits if h.field == spec.name):
            found = self._value_at(spec, stream, hit)
            if found is not None:
                score = (
                    found.fit * hit.score / 100 * (1.0 if hit.opens else 0.85) * (1 - 0.04 * min(order, 5))
                )
                score *= 1.0 if stream.tokens[hit.end - 1].text.endswith(":") else 0.93
                score *= 1 + 0.008 * min(40, sum(len(t.key) for t in stream.tokens[hit.start : hit.end]))
                unlisted = hit.score == UNLISTED
                candidates.append(
                    _Candidate(found, score, *(("words", BY_WORDS) if unlisted else ("label", BY_LABEL)))
                )
        if spec.kind in ("name", "party") and spec.group:
            named = _named_person(spec, stream)
            if named:
                candidates.append(named)
        if spec.pattern:
            matched = running.search(spec.pattern)
            found = read_value(spec.kind, matched[1], spec.choices) if matched else None
            if matched and found and spec.kind in ("text", "organisation"):
                found = Found(matched[0], tuple(matched[1]), 0.9)
            if found is not None and spec.kind == "address":
                found = self._cut_at_province(found)
            if found is not None:
                candidates.append(_Candidate(found, 0.8 * found.fit, "sentence", BY_PATTERN))
        return max(candidates, key=lambda c: c.score, default=None)

    def _value_at(self, spec: FieldSpec, stream: Stream, hit: Hit) -> Found | None:
        region = stream.region(hit, spec.kind, self._complete if spec.kind == "address" else _never)
        if spec.kind in RUNNING and region and region[-1].key and region[-1].text.endswith(":"):
            return None  # the next label, its own value empty
        if spec.kind in ("date", "place_date", "money", "tax", "personal_id", "serial", "book_no", "phone"):
            found = read_value(spec.kind, region, spec.choices) if region else None
            return found or read_value(spec.kind, stream.following(hit, 1)[:18], spec.choices)
        found = read_value(spec.kind, region, spec.choices) if region else None
        if found is None and spec.kind not in RUNNING:
            found = read_value(spec.kind, stream.below(hit, spec.kind, _never), spec.choices)
        return self._cut_at_province(found) if found and spec.kind == "address" else found

    def _cut_at_province(self, found: Found) -> Found:
        """An address without the sentence that goes on after its province."""
        parts = found.value.split(",")
        for number in range(2, len(parts) + 1):
            if number < len(parts) and fold(parts[number]).startswith(_PROVINCE):
                continue
            if not fold(parts[number - 1]).startswith(_PROVINCE):
                continue
            before, words = parts[: number - 1], parts[number - 1].split(" ")
            # The longest name first: what follows a province begins with a capital too.
            for count in range(min(len(words), _PROVINCE_WORDS), 1, -1):
                address = ",".join([*before, " ".join(words[:count])])
                if self._complete(address):
                    return found if address == found.value else Found(address, found.tokens, found.fit)
        return found

    def _unlabelled(
        self, spec: FieldSpec, kind: DocumentType, document: DocumentText, passages: bool
    ) -> _Candidate | None:
        """A value without label.

        Args:
            passages: are there passages that speak of persons?
        """
        if spec.kind == "place_date":
            return _place_and_date(document)
        if spec.name in _MAIN_PERSONS and (not spec.group or not passages):
            return _person_in_sentence(document.tokens)
        if spec.kind in ("serial", "dossier_code"):
            for tokens in (document.layouts[n].tokens for n in sorted(document.layouts)):
                found = read_value(spec.kind, tokens)
                if found is not None and not found.repaired:
                    return _Candidate(found, 0.7 * found.fit, "form", BY_FORM)
        return None


def _never(text: str) -> bool:
    return False


def _with_parcels_address(hits: Sequence[Hit], kind: DocumentType) -> list[Hit]:
    """The hits, a bare "Địa chỉ" among the parcel's values taken for the parcel's, not the person's."""
    if kind.field("parcel_address") is None:
        return list(hits)
    told: list[Hit] = []
    about = ""
    for hit in hits:
        spec = kind.field(hit.field)
        if spec is not None and spec.kind in ("parcel", "sheet"):
            about = "parcel"
        elif spec is not None and spec.kind in ("name", "party", "personal_id", "phone", "tax_code"):
            about = "person"
        elif spec is not None and spec.kind == "address" and about == "parcel":
            hit = replace(hit, field="parcel_address")
        told.append(hit)
    return list(dict.fromkeys(told))


def _serves(spec: FieldSpec, scope: str, kind: DocumentType) -> bool:
    """Is the field read in this scope? An address may stand with the other person of the passage."""
    if scope == "*":
        return True
    if scope and spec.group and spec.name.endswith("_address"):
        return any(scope in g.roles and spec.group in g.roles for g in kind.groups)
    return spec.group == scope if scope else not spec.group


def _scopes(spec: FieldSpec, kind: DocumentType, by_role: Mapping[str, list[Token]]) -> list[str]:
    """Where to look for a field, best place first: its person's passage, else the text outside all passages."""
    if not spec.group:
        return ["", "*"] if by_role else [""]
    scopes = [spec.group] if spec.group in by_role else []
    if spec.name.endswith("_address"):
        group = next(g for g in kind.groups if spec.group in g.roles)
        if spec.group in by_role:
            scopes += [r for r in group.roles if r in by_role and r != spec.group]
    if len(kind.groups) == 1 and not by_role:
        scopes.append("*")
    return scopes


def _named_person(spec: FieldSpec, stream: Stream) -> _Candidate | None:
    """The person who opens a passage: "Ông: Nguyễn Văn A, sinh năm 1966"."""
    tokens = stream.tokens
    for index, token in enumerate(tokens[:40]):
        if re.match(r"^(?:[ÔOô]ng|[Bb][àa]|ÔNG|BÀ)\s*[:.]?$", token.text) and index + 1 < len(tokens):
            row = [t for t in tokens[index + 1 : index + 12] if (t.page, t.row) == (token.page, token.row)]
            stop = next((h.start for h in stream.hits if h.start > index), len(tokens))
            found = read_value("name", [t for t in row if tokens.index(t) < stop])
            if found is not None:
                return _Candidate(found, 0.9 * found.fit, "person", BY_LABEL)
    return None


def _person_in_sentence(tokens: Sequence[Token]) -> _Candidate | None:
    """The first person a sentence names with birth or number: "của bà Lê Thị Mẫu (CCCD …)", "Tôi là …, sinh năm …"."""
    for index in range(1, len(tokens)):
        before = tokens[index - 1].key
        spoken = before in ("ong", "ba", "ongba", "anh", "chi") or (
            before == "la" and index > 1 and tokens[index - 2].key in ("toi", "ten")
        )
        if not spoken or not tokens[index].text[:1].isupper():
            continue
        found = read_value("name", tokens[index : index + 8])
        if found is None or not 2 <= len(found.tokens) <= 6:
            continue
        end = index + len(found.tokens)
        if any(t.key.strip("(") in _TELLS_WHO for t in tokens[end : end + 4]):
            return _Candidate(found, 0.75 * found.fit, "sentence", BY_PATTERN)
    return None


def _lone_serial(document: DocumentText) -> _Candidate | None:
    """A certificate's own serial stands alone in its cell; others are mentioned in sentences."""
    for number in sorted(document.layouts):
        layout = document.layouts[number]
        for row in reversed(layout.rows):
            for first, last in row.cells:
                cell = layout.tokens[first:last]
                if len("".join(t.key for t in cell)) <= 11:
                    found = read_value("serial", cell)
                    if found is not None:
                        return _Candidate(found, 0.95 * found.fit, "alone", BY_FORM)
    return None


#: "Sơn Tây, 14/02/2025": nothing but a place before the day.
_PLACE_THEN_DAY = re.compile(
    r"(?:[A-ZĐÀ-Ỹ][^\W\d_]* ){0,3}[A-ZĐÀ-Ỹ][^\W\d_]*, ?(?:ngày )?\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d\W*$"
)
_DAY_AND_MONTH = re.compile(r"\bng[a-z]{1,3}\b.{0,10}\bth[a-z]{1,4}\b")
#: Whose day that is is said beside it.
_ANOTHER_DAY = re.compile(
    r"hieu luc|chung thuc so|thong tu|nghi dinh|luat|sinh|cap ngay|ngay cap|gio|vao so|hop dong"
)


def _place_and_date(document: DocumentText) -> _Candidate | None:
    """The first line "Đức Phổ, ngày 11 tháng 9 năm 2025"; lines that begin with a place come first."""
    best: _Candidate | None = None
    for number in sorted(document.layouts):
        layout = document.layouts[number]
        for index, row in enumerate(layout.rows):
            for first, last in row.cells:
                cell = list(layout.tokens[first:last])
                score = _place_before_day(nfc(" ".join(t.text for t in cell))) * (1 - 0.02 * number)
                if score == 0.0 or (best is not None and score <= best.score + 0.05):
                    continue
                if index + 1 < len(layout.rows) and re.match(r"n[a-z]{1,3}$", cell[-1].key):
                    cell += _year_below(layout, index + 1, cell)
                found = read_value("date", cell)
                if found is not None:
                    best = _Candidate(found, score, "place and date", BY_PLACE_AND_DATE)
    return best


def _place_before_day(text: str) -> float:
    """How well a cell has the form of the line with place and date; 0 for not at all."""
    plain = without_tones(text)
    day = _DAY_AND_MONTH.search(plain)
    if day is None:
        return 0.9 if _PLACE_THEN_DAY.match(text) else 0.0
    before = plain[: day.start()]
    placed = 0 < len(before.split()) <= 6 and "," in before and text[:1].isupper()
    return (0.9 if placed else 0.6) * (0.4 if _ANOTHER_DAY.search(plain) else 1.0)


def _year_below(layout: PageLayout, index: int, cell: Sequence[Token]) -> list[Token]:
    """The words under a cell that ends before its year."""
    row = layout.rows[index]
    tokens = layout.tokens[row.first : row.last]
    return [t for t in tokens if t.box[0] < cell[-1].box[2] and t.box[2] > cell[0].box[0]][:2]


def _filled_in_by_hand(fields: dict[str, FieldReading]) -> dict[str, FieldReading]:
    """The fields, all taken for handwriting where many are: who fills in a form by hand fills in all of it so.

    A clear hand is read like print here and there; one such word does not make its value print. A hand is less
    often known as such than it makes values doubtful.
    """
    labelled = [f for f in fields.values() if f.rule in ("label", "words", "person", "place and date")]
    by_hand = [f for f in labelled if f.kind == "handwritten" or f.confidence < PASSES_FROM]
    if len(by_hand) < HANDS_LEAST or len(by_hand) < HANDS_SHARE * len(labelled):
        return fields
    marked = {
        f.name: replace(f, kind="handwritten", flagged=True, reasons=(*f.reasons, HANDWRITTEN_FORM))
        for f in labelled
        if f.kind == "printed"
    }
    return fields | marked


def _reading(spec: FieldSpec, best: _Candidate, document: DocumentText, kind: DocumentType) -> FieldReading:
    tokens = [t for t in best.found.tokens if t.key] or list(best.found.tokens)
    page = tokens[0].page if tokens else 0
    confidences = [t.confidence for t in tokens] or [0.0]
    mean, least = sum(confidences) / len(confidences), min(confidences)
    by_hand = sum(t.handwritten for t in tokens) >= HANDWRITTEN_FROM * max(1, len(tokens))
    confidence = (0.5 * mean + 0.5 * least) * best.found.fit * (0.97 if best.rule == "label" else 0.94)
    reasons = [best.reason]
    if best.found.repaired:
        reasons.append(REPAIRED)
    if by_hand:
        reasons.append(HANDWRITTEN)
    return FieldReading(
        name=spec.name,
        value=best.found.value,
        confidence=round(min(confidence, 0.99), 4),
        flagged=by_hand or best.found.repaired,
        page_key=document.keys[page] if document.keys else None,
        box=box_of([t for t in tokens if t.page == page]),
        rule=best.rule,
        kind="handwritten" if by_hand else "printed",
        reasons=tuple(reasons),
    )
