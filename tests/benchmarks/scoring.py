"""Our own score of a reading against the exact truth of made dossiers.

Every figure comes with its n and a 95 % interval (Wilson), so that a small corpus cannot look better
than it is. The columns of the table are those of the targets in the product's contract.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.alignment import character_errors
from tests.benchmarks.fields import same_value

Z_95 = 1.96
SURE_FROM = 0.95
SPLIT_WITHIN = 0.015
IMAGE_ROWS = (
    "images answered",
    "blank sides told apart",
    "  blank sides found",
    "  pages with content kept",
    "separators found",
    "orientation",
    "  of turned sides",
    "A3 split or left whole",
    "  cut at the fold",
    "  blank halves found",
)
RECORD_ROWS = (
    "records found",
    "  by barcode_receipt",
    "  by code_text",
    "  by cccd_qr",
    "  by name_parcel",
    "dossiers without a record left alone",
    "false matches",
)
Unit = tuple[str, int, str]


@dataclass(frozen=True)
class Row:
    """One figure: `hits` of `n`; `note` for what a share cannot say."""

    name: str
    hits: int
    n: int
    note: str = ""

    @property
    def share(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.hits, self.n) if self.n else None

    def told(self) -> dict:
        return {
            "name": self.name,
            "hits": self.hits,
            "n": self.n,
            "share": self.share,
            "interval": self.interval,
            "note": self.note,
        }


def wilson(hits: int, n: int) -> tuple[float, float]:
    """95 % interval of a share."""
    share, square = hits / n, Z_95 * Z_95
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z_95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Wrong:
    """A value that was read wrong, or not at all (`said` is then empty)."""

    document: str
    doc_type: str
    field: str
    kind: str
    wanted: str
    said: str
    rule: str
    sure: bool
    flagged: bool

    def line(self) -> str:
        shown = "sure" if self.sure else "flagged" if self.flagged else "unflagged"
        return (
            f"{self.document} {self.doc_type} {self.field} ({self.kind}, {self.rule}, {shown}):"
            f" wanted {self.wanted!r}, said {self.said!r}"
        )


class Counts:
    """Hits and trials by name, in the order they were first seen."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.trials: Counter[str] = Counter()

    def add(self, name: str, hit: bool | int, n: int = 1) -> None:
        self.trials[name] += n
        self.hits[name] += int(hit)

    def rows(self, order: tuple[str, ...] = ()) -> list[Row]:
        names = [
            *(name for name in order if name in self.trials),
            *(name for name in self.trials if name not in order),
        ]
        return [Row(name, self.hits[name], self.trials[name]) for name in names]


def last_two(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-2:])


def score(truth: dict, result: dict) -> list[Row]:
    """All figures of one result."""
    answered = {
        (last_two(file["path"]), image["index"]): image
        for file in result["files"]
        for image in file["images"]
    }
    pairs = [
        (image, answered.get((last_two(file["path"]), image["index"])))
        for file in truth["files"]
        for image in file["images"]
    ]
    rows = [*_geometry(pairs), *_skew(pairs), *_codes(pairs), *_text(pairs)]
    return [*rows, *score_sorting(truth, result)[0]]


def score_sorting(truth: dict, result: dict) -> tuple[list[Row], list[Wrong]]:
    """What became of the pages: types, grouping, fields, records; and every value that is wrong."""
    rows, wrong = _documents(truth, result)
    return [*rows, *_records(truth, result)], wrong


# -- images ----------------------------------------------------------------------------------------


def _geometry(pairs: list[tuple[dict, dict | None]]) -> list[Row]:
    counts = Counts()
    for true, said in pairs:
        counts.add("images answered", said is not None)
        said = said or {}
        counts.add("blank sides told apart", bool(said.get("blank")) == true["blank"])
        if true["blank"]:
            counts.add("  blank sides found", bool(said.get("blank")))
            continue
        counts.add("  pages with content kept", not said.get("blank"))
        if true["separator"]:
            counts.add("separators found", bool(said.get("separator")))
        elif said.get("separator"):
            counts.add("false separators (of pages)", True, 0)
        if true["skew_scored"] or any(page["lines"] for page in true["pages"]):
            counts.add("orientation", said.get("rotation") == true["rotation"])
            if true["rotation"]:
                counts.add("  of turned sides", said.get("rotation") == true["rotation"])
        if true["paper"] == "A3" or said.get("split"):
            right = bool(said.get("split")) == true["is_a3_spread"]
            counts.add("A3 split or left whole", right and bool(said))
            if true["is_a3_spread"] and said.get("split"):
                at = said["split"].get("at")
                counts.add(
                    "  cut at the fold", at is not None and abs(at - true["split"]["at"]) <= SPLIT_WITHIN
                )
        for page in true["pages"]:
            if page["blank"]:
                half = next((one for one in said.get("pages", []) if one["side"] == page["side"]), None)
                counts.add(
                    "  blank halves found",
                    bool(said.get("split"))
                    and (half is None or half.get("blank") or not half["text"].strip()),
                )
    return counts.rows(IMAGE_ROWS)


def _skew(pairs: list[tuple[dict, dict | None]]) -> list[Row]:
    """Per page where an A3 side was split, per side otherwise."""
    errors: list[float] = []
    asked = 0
    for true, said in pairs:
        if not true["skew_scored"] or true["blank"]:
            continue
        for page in true["pages"]:
            if page["blank"] or not page["skew_scored"]:
                continue
            asked += 1
            value = _said_skew(said or {}, page["side"])
            if value is not None:
                errors.append(abs(value - page["skew"]))
    mean = sum(errors) / len(errors) if errors else float("nan")
    return [
        Row(
            "skew within 0.1° (unanswered count as wrong)",
            sum(error <= 0.1 for error in errors),
            asked,
            f"mean error {mean:.3f}°",
        ),
        Row("skew unanswered", asked - len(errors), asked),
    ]


def _said_skew(said: dict, side: str) -> float | None:
    for page in said.get("pages", []):
        if page["side"] == side and side != "full" and page.get("skew") is not None:
            return float(page["skew"])
    value = said.get("skew")
    if value is None:
        value = next((page.get("skew") for page in said.get("pages", []) if page["side"] == side), None)
    return None if value is None else float(value)


def _codes(pairs: list[tuple[dict, dict | None]]) -> list[Row]:
    counts = Counts()
    false = 0
    for true, said in pairs:
        wanted = [code for page in true["pages"] for code in page["barcodes"]]
        got = _said_codes(said or {})
        payloads = {payload for _, payload in got}
        for code in wanted:
            if code["symbology"] == "PatchT":
                counts.add(
                    "patch sheets",
                    any("patch" in name.lower() for name, _ in got) or bool((said or {}).get("separator")),
                )
                continue
            hit = unicodedata.normalize("NFC", code["payload"]).strip() in payloads
            counts.add("codes", hit)
            if code["readable"]:
                counts.add("  of readable codes", hit)
        true_payloads = {unicodedata.normalize("NFC", code["payload"]).strip() for code in wanted}
        false += sum(
            1 for name, payload in got if payload not in true_payloads and "patch" not in name.lower()
        )
    return [*counts.rows(), Row("false codes (per image)", false, len(pairs))]


def _said_codes(said: dict) -> set[tuple[str, str]]:
    every = list(said.get("barcodes") or [])
    for page in said.get("pages", []):
        every += page.get("barcodes") or []
    return {(code["symbology"], unicodedata.normalize("NFC", code["payload"]).strip()) for code in every}


def _text(pairs: list[tuple[dict, dict | None]]) -> list[Row]:
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for true, said in pairs:
        for page in true["pages"]:
            if page["blank"] or page["doc_type"] == "separator":
                continue
            errors, characters = character_errors(page, said_text(said or {}, page["side"]))
            name = "id cards" if page["doc_type"] == "cccd" else true["level"]
            for key in (name,) if name == "id cards" else (name, "all levels"):
                wrong[key] += errors
                total[key] += characters
    return [
        Row(f"character errors, {name}", wrong[name], total[name])
        for name in ("clean", "normal", "hard", "all levels", "id cards")
        if total[name]
    ]


def said_text(said: dict, side: str) -> str:
    """The text read for one half, or for the whole side where it was not split."""
    pages = said.get("pages", [])
    for page in pages:
        if page["side"] == side:
            return str(page["text"])
    if side == "full":
        return "\n".join(str(page["text"]) for page in pages)
    return next((str(page["text"]) for page in pages if page["side"] == "full"), "")


# -- documents and records --------------------------------------------------------------------------


def _units(pages: Iterable[dict], known: set[Unit] | None = None) -> list[Unit]:
    """Page places; a whole side given for a split one stands for both halves, and the other way round."""
    units: list[Unit] = []
    for page in pages:
        file, image, side = last_two(page["file"]), int(page["image"]), page["side"]
        options = [(file, image, side)]
        if known is not None and options[0] not in known:
            sides = ("left", "right") if side == "full" else ("full",)
            options = [(file, image, other) for other in sides if (file, image, other) in known]
        units += [unit for unit in options if unit not in units]
    return units


def _documents(truth: dict, result: dict) -> tuple[list[Row], list[Wrong]]:
    counts = Counts()
    true_units = {document["id"]: _units(document["pages"]) for document in truth["documents"]}
    known = {unit for units in true_units.values() for unit in units}
    said = [
        (document, _units(document["pages"], known))
        for dossier in result["dossiers"]
        for document in dossier["documents"]
    ]
    true_sets = Counter(frozenset(units) for units in true_units.values() if units)
    said_sets = Counter(frozenset(units) for _, units in said if units)
    exact = sum((true_sets & said_sets).values())
    confused: Counter[str] = Counter()
    levels = {dossier["id"]: dossier["level"] for dossier in truth["dossiers"]}
    fields = _FieldCounts()
    for document in truth["documents"]:
        units = set(true_units[document["id"]])
        best = max(
            said, key=lambda item: len(units & set(item[1])) / max(1, len(units | set(item[1]))), default=None
        )
        if best is not None and not units & set(best[1]):
            best = None
        kind = best[0]["type"] if best else "nothing"
        counts.add("document types", kind == document["type"])
        if kind != document["type"]:
            confused[f"{document['type']} taken for {kind}"] += 1
        fields.add(document, levels.get(document["dossier_id"], ""), best[0]["fields"] if best else {})
    notes = "; ".join(f"{name} ×{times}" for name, times in confused.most_common(6))
    types = [Row(row.name, row.hits, row.n, notes) for row in counts.rows()]
    both = sum(true_sets.values()) + sum(said_sets.values())
    grouping = Row("grouping F1 (2·exact of true + said)", 2 * exact, both)
    return [*types, grouping, *fields.rows()], fields.mistakes


class _FieldCounts:
    """Values right, given and wanted by kind and level, and those that are not right."""

    def __init__(self) -> None:
        self.counts = Counts()
        self.right: Counter[tuple[str, str]] = Counter()
        self.given: Counter[tuple[str, str]] = Counter()
        self.wanted: Counter[tuple[str, str]] = Counter()
        self.mistakes: list[Wrong] = []

    def add(self, document: dict, level: str, said: dict) -> None:
        for name, value in document["fields"].items():
            kind = (document["field_info"].get(name) or {}).get("kind", "printed")
            answer = said.get(name)
            answer = answer if isinstance(answer, dict) else {"value": answer}
            got = str(answer.get("value") or "")
            flagged = bool(answer.get("flagged"))
            sure = bool(got) and (answer.get("confidence") or 0.0) >= SURE_FROM and not flagged
            right = bool(got) and same_value(name, got, value)
            for key in ((kind, ""), (kind, level)):
                self.wanted[key] += 1
                self.given[key] += bool(got)
                self.right[key] += right
            if got:
                shown = "sure" if sure else "doubtful"
                self.counts.add(f"fields shown as {shown} that are wrong", not right)
                if not right:
                    self.counts.add("wrong fields that are flagged", flagged)
            if kind == "handwritten":
                self.counts.add("handwritten fields that pass without a look", bool(got) and not flagged)
            if not right:
                rule = str(answer.get("rule") or "")
                self.mistakes.append(
                    Wrong(document["id"], document["type"], name, kind, value, got, rule, sure, flagged)
                )

    def rows(self) -> list[Row]:
        rows = []
        worst = Counter((w.field, bool(w.said)) for w in self.mistakes if w.kind == "printed")
        note = "; ".join(
            f"{name} {'wrong' if said else 'missing'} ×{times}"
            for (name, said), times in worst.most_common(6)
        )
        for kind, level in sorted(self.wanted, key=lambda key: (key[0] != "printed", key)):
            name = f"fields F1, {kind}" if not level else f"  {kind}, {level}"
            right, both = self.right[kind, level], self.wanted[kind, level] + self.given[kind, level]
            rows.append(Row(name, 2 * right, both, note if (kind, level) == ("printed", "") else ""))
        return rows + self.counts.rows()


def _records(truth: dict, result: dict) -> list[Row]:
    owner: dict[Unit, tuple[int, str | None]] = {}
    known = {unit for document in truth["documents"] for unit in _units(document["pages"])}
    for number, dossier in enumerate(result["dossiers"]):
        for document in dossier["documents"]:
            for unit in _units(document["pages"], known):
                owner.setdefault(unit, (number, dossier["dossier_code"]))
    places = {document["id"]: _units(document["pages"]) for document in truth["documents"]}
    counts = Counts()
    for dossier in truth["dossiers"]:
        votes = Counter(owner[unit] for one in dossier["documents"] for unit in places[one] if unit in owner)
        code = votes.most_common(1)[0][0][1] if votes else None
        if dossier["dossier_code"] is None:
            counts.add("dossiers without a record left alone", code is None)
        else:
            right = code is not None and _plain(code) == _plain(dossier["dossier_code"])
            counts.add("records found", right)
            counts.add(f"  by {dossier['route']}", right)
        counts.add(
            "false matches", code is not None and _plain(code) != _plain(dossier["dossier_code"] or "")
        )
    return counts.rows(RECORD_ROWS)


def _plain(code: str) -> str:
    return re.sub(r"\s", "", code).upper()


def table(rows: list[Row]) -> str:
    """The figures as text, one a line."""
    lines = []
    for row in rows:
        if row.share is None or row.interval is None:
            lines.append(f"{row.name:46s}      –")
            continue
        low, high = row.interval
        lines.append(
            f"{row.name:46s} {100 * row.share:6.2f} %  n {row.n:<7d} 95 % {100 * low:.2f}–{100 * high:.2f}  {row.note}".rstrip()
        )
    return "\n".join(lines)
