"""What a page says about itself: its title, phrases of known papers, page number, card and certificate signs.

Titles are compared as wholes with headings (rows mostly in capitals), body phrases with the page's folded text;
both forgive letters lost to stamps and copies. A paper nobody knows stays unknown: evidence below the thresholds
names no type.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from forms.doctype import UNKNOWN, Catalogue
from forms.layout import PageLayout, lay_out
from forms.marks import form_number, serials
from forms.normalise import fold, fold_tight
from ocr.reading import PageReading

#: Least likeness of a heading and a title. Titles of different papers come to 0.74 (land registration, first and
#: change), titles under a stamp stay above 0.8 (samples).
TITLE_FROM = 0.78
#: Least likeness of a phrase and its place on the page.
PHRASE_FROM = 84
#: Words read with less confidence may be specks, stamps, the other side shining through.
CLEAR_WORD = 0.5
#: A separator sheet has few words.
SEPARATOR_WORDS = 40
#: How sure a title is that is known by its words alone.
BY_WORDS = 0.9
#: Least likeness of a word of a heading and a word it must have, in percent.
WORD_FROM = 80
#: Phrases found from which a page without a title is taken for a paper's first page.
FIRST_PAGE_FROM = 3
_NOT_A_TITLE = re.compile(
    r"^(cong hoa xa hoi|doc lap tu do|uy ban nhan dan|ubnd|bo phan tiep nhan|trung tam phuc vu|chi nhanh|van phong|so tai nguyen|so nong"
    r"|cong an|chi cuc|thue tinh|cuc thue|dieu \d|nguoi |giam doc|chu tich|ben [ab]\b|tm |kt |pho |socialist|independence|phong |dai dien ben|can bo |loi chung|chung nhan cua)"
)
_NATIONAL_HEADER = re.compile(r"cong hoa xa hoi|hoi chu nghia|chu nghia viet nam|doc lap tu do")
_PAGE_NUMBER = re.compile(r"^(?:trang )?(\d{1,2})(?:\s*[/]\s*\d{1,2})?$")


@dataclass(frozen=True)
class PageEvidence:
    """Attributes:
    title: type whose title stands on the page, with its likeness 0–1 and the heading as read.
    first, later: per type, how many of its phrases for first and later pages were found.
    words: how many clear words it has; specks read as letters do not count.
    separator: the text of a separator sheet whose code or patch was not readable, else None.
    number: the page number printed at its edge.
    heading: a title-like heading of no known paper, "" for none.
    role: of a certificate's page, 1–4; 0 for none.
    form: the form's number in header or footer, "" for none.
    serials: of the certificates it names.
    """

    title: str
    title_score: float
    title_text: str
    first: Mapping[str, float]
    later: Mapping[str, float]
    number: int | None
    words: int
    separator: str | None
    national_header: bool
    heading: str
    role: int
    card_front: bool
    card_back: bool
    form: str
    serials: frozenset[str]


class Classifier:
    """Weighs pages against a catalogue; made once, titles and phrases are prepared once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._titles: list[tuple[str, str]] = []
        self._title_words: list[tuple[str, list[str]]] = []
        self._phrases: list[tuple[str, str, bool, float]] = []
        self.catalogue = catalogue
        shared: dict[str, int] = {}
        for kind in catalogue.document_types.values():
            for phrase in {fold_tight(p) for p in (*kind.anchors, *kind.continuation)}:
                shared[phrase] = shared.get(phrase, 0) + 1
        for kind in catalogue.document_types.values():
            self._titles += [(kind.id, fold(title)) for title in kind.titles]
            self._title_words += [(kind.id, fold(words).split()) for words in kind.title_words]
            for later, phrases in ((False, kind.anchors), (True, kind.continuation)):
                self._phrases += [
                    (kind.id, fold_tight(p), later, 1.0 / shared[fold_tight(p)]) for p in phrases
                ]

    def weigh(self, reading: PageReading, layout: PageLayout | None = None) -> PageEvidence:
        """Everything the page says about which paper it belongs to."""
        layout = layout or lay_out(reading)
        page_key = "".join(t.key for t in layout.tokens)
        first: dict[str, float] = {}
        later: dict[str, float] = {}
        found_phrases = set()
        for type_id, phrase, is_later, weight in self._phrases:
            if _has(page_key, phrase):
                side = later if is_later else first
                side[type_id] = side.get(type_id, 0.0) + weight
                found_phrases.add(phrase)
        headings = _headings(layout)
        title, score, text = self._title(headings)
        rows = [fold(layout.row_text(row)) for row in layout.rows]
        known = title != ""
        return PageEvidence(
            title=title,
            title_score=score,
            title_text=text,
            first=first,
            later=later,
            number=_page_number(layout),
            words=sum(1 for t in layout.tokens if len(t.key) > 1 and t.confidence >= CLEAR_WORD),
            separator=_separator(layout, page_key),
            national_header=any(_NATIONAL_HEADER.search(r) for r in rows[:8]),
            heading="" if known else _unknown_heading(layout, headings),
            role=self._role(page_key, title, score, first, any(_NATIONAL_HEADER.search(r) for r in rows[:8])),
            card_front=("fullname" in page_key and ("dateofbirth" in page_key or "placeoforigin" in page_key))
            or _card_qr(reading)
            or (_has_zone(reading) and any(_NATIONAL_HEADER.search(r) for r in rows[:8])),
            card_back="idvnm" in page_key
            or "personalidentification" in page_key
            or "rightindexfinger" in page_key
            or _has_zone(reading),
            form=form_number(layout),
            serials=serials(layout),
        )

    def _role(
        self, page_key: str, title: str, score: float, first: Mapping[str, float], national_header: bool
    ) -> int:
        named = sum(v for k, v in first.items() if self.catalogue.document_types[k].certificate)
        if not title and national_header and named >= 1.5:
            return 1
        kind = self.catalogue.document_types.get(title)
        if kind is not None and not kind.certificate and score > 0.85:
            return 0
        return _certificate_role(page_key, kind is not None and kind.certificate)

    def _title(self, headings: Sequence[tuple[str, int]]) -> tuple[str, float, str]:
        if not headings:
            return "", 0.0, ""
        texts = [fold(text) for text, _ in headings]
        scores = cdist([title for _, title in self._titles], texts, scorer=fuzz.ratio, dtype=np.float32)
        row, column = np.unravel_index(int(np.argmax(scores)), scores.shape)
        best = float(scores[row, column]) / 100
        if best < TITLE_FROM:
            return self._title_by_words(headings, texts) or ("", best, "")
        return self._titles[int(row)][0], best, headings[int(column)][0]

    def _title_by_words(
        self, headings: Sequence[tuple[str, int]], texts: Sequence[str]
    ) -> tuple[str, float, str] | None:
        """The title in a wording nobody listed: of what it may mean, that whose words come first."""
        found = [
            (end, -len(words), number, type_id)
            for number, text in enumerate(texts)
            for type_id, words in self._title_words
            if (end := _words_end(text.split(), words)) is not None
        ]
        if not found:
            return None
        _, _, number, type_id = min(found)
        return type_id, BY_WORDS, headings[number][0]


def _words_end(heading: Sequence[str], words: Sequence[str]) -> int | None:
    """Behind which word a heading has had all words, beginning with the first; None where it has not."""
    at = 0
    for number, word in enumerate(words):
        places = heading[at : at + 1] if number == 0 else heading[at:]
        near = next((n for n, w in enumerate(places) if fuzz.ratio(w, word) >= WORD_FROM), None)
        if near is None:
            return None
        at += near + 1
    return at


def _has(page_key: str, phrase: str) -> bool:
    if phrase in page_key:
        return True
    if len(phrase) < 12 or len(page_key) < len(phrase):
        return False
    return bool(fuzz.partial_ratio(phrase, page_key, score_cutoff=PHRASE_FROM))


def _headings(layout: PageLayout) -> list[tuple[str, int]]:
    """Rows in capitals, alone and joined with up to three that follow; with the row's number."""
    capitals: list[tuple[int, str, float, float]] = []
    for number, row in enumerate(layout.rows):
        for text, (a, _) in zip(layout.cell_texts(row), row.cells, strict=True):
            letters = [c for c in text if c.isalpha()]
            if len(letters) >= 6 and sum(c.isupper() or _is_khmer(c) for c in letters) >= 0.7 * len(letters):
                folded = fold(text)
                if not _NOT_A_TITLE.match(folded):
                    left = layout.tokens[a].box[0]
                    capitals.append((number, text, left, float(row.box[3])))
    found = []
    for start, (number, text, _, _) in enumerate(capitals):
        found.append((text, number))
        joined, last = text, number
        for next_number, more, _, _ in capitals[start + 1 : start + 4]:
            if next_number == last or next_number > last + 1:
                continue
            joined, last = f"{joined} {more}", next_number
            found.append((joined, number))
    return found


def _is_khmer(letter: str) -> bool:
    """Khmer letters have no case: any row of them may be a heading."""
    return "\u1780" <= letter <= "\u17b3"


_SEPARATOR_TITLES = (
    "tongancachhoso",
    "tophancachhoso",
    "tongancach",
    "tophancach",
    "trangphancach",
    "separatorsheet",
)


def _separator(layout: PageLayout, page_key: str) -> str | None:
    """The text of a sheet that says of itself that it parts dossiers."""
    if len(layout.tokens) > SEPARATOR_WORDS:
        return None
    if any(title in page_key for title in _SEPARATOR_TITLES) or any(
        fuzz.ratio(title, "".join(t.key for t in layout.tokens[row.first : row.last])) >= 85
        for row in layout.rows[:6]
        for title in _SEPARATOR_TITLES[:2]
    ):
        return " ".join(t.text for t in layout.tokens)
    return None


def _unknown_heading(layout: PageLayout, headings: Sequence[tuple[str, int]]) -> str:
    """A heading in the upper 40 % that stands in the middle of the page: the title of a paper nobody knows."""
    for text, number in headings:
        row = layout.rows[number]
        if len(row.cells) > 1:
            continue
        middle = (row.box[0] + row.box[2]) / 2
        if row.box[1] < 0.4 * layout.height and abs(middle - layout.width / 2) < 0.12 * layout.width:
            folded = fold(text)
            if len(folded.split()) >= 2 and not re.match(r"^([ivx]+|[a-z]|\d+) ", folded):
                return text
    return ""


def _page_number(layout: PageLayout) -> int | None:
    """A lone number in the last or first rows."""
    for row in (*layout.rows[-2:][::-1], *layout.rows[:1]):
        match = _PAGE_NUMBER.match(fold(layout.row_text(row)))
        near_edge = row.box[1] > 0.85 * layout.height or row.box[3] < 0.12 * layout.height
        if match and near_edge:
            return int(match[1])
    return None


#: What stands at the foot of a certificate's last page.
_NOTICE = ("khongduocsuachuataixoa", "nguoiduoccapgiaychungnhankhong")
_ROLE_SIGNS = (
    (
        2,
        (
            "thuadatnhaovataisankhacganlienvoidat",
            "congtrinhxaydungkhac",
            "rungsanxuatlarungtrong",
            "caylaunam",
        ),
    ),
    (3, ("sodothuadat", "iiisodo", "nhungthaydoisaukhicap")),
    (
        4,
        (
            *_NOTICE,
            "noidungthaydoivacosophaply",
            "xacnhancuacoquancothamquyen",
        ),
    ),
)


def _certificate_role(page_key: str, titled: bool) -> int:
    if titled:
        return 1
    if any(_has(page_key, sign) for sign in _NOTICE) and not _has(page_key, "sodothuadat"):
        return 4  # also where the table of changes goes on from the third page
    for role, signs in _ROLE_SIGNS:
        found = sum(_has(page_key, sign) for sign in signs)
        if found >= 2 or (found and role == 3):
            return role
    return 0


def _has_zone(reading: PageReading) -> bool:
    """Are there lines of a machine-readable zone, whatever else could be read?"""
    return any(
        re.search(r"VNM<<|[A-Z]<<[A-Z0-9]+<[A-Z0-9<]+<<<", line.text.replace(" ", ""))
        for line in reading.lines
    )


def _card_qr(reading: PageReading) -> bool:
    return any(re.match(r"^\d{12}\|", code.payload) for code in reading.codes)


def unknown(evidence: PageEvidence) -> bool:
    """Does nothing on the page speak of a known paper?"""
    return not evidence.title and not evidence.first and not evidence.later


__all__ = ["UNKNOWN", "Classifier", "PageEvidence", "unknown"]
