"""Dossiers of invented people as a flawless reader would read them: the samples' lines, without pictures."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from forms.match import one_apart
from forms.normalise import code_key
from forms.proposal import FlowPage, Record
from ocr.reading import Code, Line, PageReading, Word
from resources.samples import case as cases
from resources.samples import dossier, plans
from resources.samples.sheet import Sheet, TruthLine


@dataclass(frozen=True)
class MadePaper:
    type_id: str
    page_keys: tuple[int, ...]
    fields: dict[str, str]


@dataclass(frozen=True)
class MadeDossier:
    """`record` is what the one-stop system has on it; `absent` when it has none."""

    flow: tuple[FlowPage, ...]
    papers: tuple[MadePaper, ...]
    record: Record
    absent: bool


@cache
def made_dossier(number: int, office: str, seed: int = 5) -> MadeDossier:
    """The dossier with a number, in the wording of an office (a, b, c)."""
    rng = random.Random(f"{seed} {office} {number}")
    procedure = cases.PROCEDURES[number % len(cases.PROCEDURES)].key
    case = cases.make(number, rng, route=plans.route(rng), procedure=procedure)
    plan = plans.plan(case, "clean", office, rng.choice(plans.DELIVERIES), rng)
    papers, flow, side_key = [], [], 0
    for document in dossier.documents_of(case, list(plan.orders), rng):
        keys = []
        for side in dossier.sides_of(document, duplex=False, spreads=True, rng=rng):
            side_key += 1
            for placed in side.placed:
                if placed.sheet is not None:
                    flow.append(FlowPage(len(flow) + 1, side_key, reading_of(placed.sheet, placed.side)))
                    keys.append((placed.page_no, len(flow)))
        papers.append(
            MadePaper(document.paper.doc_type, tuple(k for _, k in sorted(keys)), dict(document.paper.fields))
        )
    row = dict(cases.record_of(case, rng))
    progress = row.pop("stage", "")
    return MadeDossier(tuple(flow), tuple(papers), Record(**row, progress=progress), case.route == "none")


def reading_of(sheet: Sheet, side: str) -> PageReading:
    lines = tuple(line for number, truth in enumerate(sheet.lines) if (line := _line(truth, number)).words)
    codes = tuple(Code(c.symbology, c.payload) for c in sheet.codes)
    width, height = sheet.px(sheet.width_mm), sheet.px(sheet.height_mm)
    return PageReading(side, width, height, sheet.dpi, 0.0, not lines, lines, codes)


def _line(truth: TruthLine, number: int) -> Line:
    xs, ys = [p[0] for p in truth.quad], [p[1] for p in truth.quad]
    left, right = min(xs), max(xs)
    per_letter = (right - left) / max(1, len(truth.text))
    words, at = [], 0
    for run in truth.runs:
        for text in run.text.split():
            box = (
                int(left + at * per_letter),
                int(min(ys)),
                int(left + (at + len(text)) * per_letter),
                int(max(ys)),
            )
            at += len(text) + 1
            if set(text) - set("._…·-") or len(text) == 1:
                by_hand = run.kind == "handwritten"
                words.append(Word(text, box, 0.6 if by_hand else 0.95, by_hand))
    return Line(tuple(words), number)


def page(
    *rows: str,
    dpi: int = 200,
    codes: tuple[Code, ...] = (),
    side: str = "full",
    columns: Sequence[int] = (150, 850),
) -> PageReading:
    """A page with one row per text; "a | b" puts b in another column. `columns` says where these begin."""
    lines = []
    for number, row in enumerate(rows):
        for x, cell in zip(columns, row.split("|"), strict=False):
            words = []
            for text in cell.split():
                words.append(Word(text, (x, 100 + 60 * number, x + 16 * len(text), 135 + 60 * number), 0.95))
                x += 16 * len(text) + 12
            if words:
                lines.append(Line(tuple(words), number))
    return PageReading(side, 1654, 2339, dpi, 0.0, not lines, tuple(lines), codes)


class MemoryRecords:
    """Procedure records in memory, answering as the store does."""

    def __init__(self, rows: list[Record]) -> None:
        self._rows = rows

    def by_code(self, dossier_code: str) -> list[Record]:
        return [r for r in self._rows if r.dossier_code == dossier_code]

    def near_code(self, dossier_code: str) -> list[Record]:
        wanted = code_key(dossier_code)
        return [r for r in self._rows if one_apart(code_key(r.dossier_code), wanted)]

    def by_id(self, personal_id: str) -> list[Record]:
        return [r for r in self._rows if r.applicant_id == personal_id]

    def by_serial(self, certificate_serial: str) -> list[Record]:
        wanted = certificate_serial.replace(" ", "")
        return [r for r in self._rows if r.certificate_serial.replace(" ", "") == wanted]

    def by_name_birth(self, name: str, date_of_birth: str) -> list[Record]:
        return [r for r in self._rows if (r.applicant_name, r.date_of_birth) == (name, date_of_birth)]

    def by_parcel(self, parcel_no: str, map_sheet: str, commune: str) -> list[Record]:
        return [r for r in self._rows if (r.parcel_no, r.map_sheet) == (parcel_no, map_sheet)]
