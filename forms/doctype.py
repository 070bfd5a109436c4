"""The catalogue: which papers and procedures an office knows, as data that an administrator can change.

`resources/document_types/*.toml` and `resources/procedures/*.toml` ship with the station; a folder with the same
two subfolders overrides or adds to them, file by file. `_fields.toml` holds what every type shares: how a field
is usually labelled, what kind of value it has. Papers are known by title and wording, never by form number, and
entries are dated: a dossier keeps the version it was received under.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from rapidfuzz import fuzz

from forms.catalogue_file import CatalogueProblem, Table, read_table
from forms.normalise import fold

#: The type of a paper nobody knows.
UNKNOWN = "khac"

Sheets = Literal["whole", "halves"]

KINDS = (
    "name", "organisation", "personal_id", "phone", "date", "place_date", "serial", "book_no", "parcel", "sheet",
    "area", "money", "tax_code", "dossier_code", "number", "address", "text", "sex", "choice", "party", "land_form", "land_use", "tax",
)  # fmt: skip


@dataclass(frozen=True)
class FieldSpec:
    """One field of a document type.

    Attributes:
        labels: what is printed before the value, every wording known.
        words: words by which a label in another wording is known, in this order beside each other.
        group: the role whose passage holds it ("" for anywhere), see GroupSpec.
        critical: an operator or a second source must vouch for it before sealing.
        pattern: for kind "text": a regular expression whose first group is the value, tried on running text.
        choices: for kind "choice": the wordings a value can have.
    """

    name: str
    kind: str
    labels: tuple[str, ...]
    words: tuple[str, ...]
    group: str
    critical: bool
    required: bool
    pattern: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class GroupSpec:
    """A passage that speaks of certain persons: from one of `starts` to one of `ends` or another group's start.

    `roles` name its persons in order: ("party_a", "party_a_spouse").
    """

    roles: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]


@dataclass(frozen=True)
class DocumentType:
    """A kind of paper.

    Attributes:
        titles: headings under which it is or was issued, canonical first.
        title_words: words by which a heading in another wording is known: it begins with the first of them and has
            the others in this order.
        anchors: phrases that only its first pages carry.
        continuation: phrases that open or fill its later pages.
        pages: fewest and most pages it usually has.
        by_hand: usually filled in by hand, so its values are looked at by a person.
        certificate: pages may be halves of a folded sheet, ordered by what stands on them.
        card: front and back may lie on two pages.
        least_dpi: the resolution the law asks of its pictures: 200, of maps and drawings 300.
        sheets: how its two-page sheets are sealed: "whole" as one page each, or their "halves" as pages.
    """

    id: str
    names: Mapping[str, str]
    short: str
    titles: tuple[str, ...]
    title_words: tuple[str, ...]
    anchors: tuple[str, ...]
    continuation: tuple[str, ...]
    pages: tuple[int, int]
    by_hand: bool
    certificate: bool
    card: bool
    least_dpi: int
    sheets: Sheets
    receipt: bool
    four_eyes: bool
    validity_months: int
    fields: tuple[FieldSpec, ...]
    groups: tuple[GroupSpec, ...]
    valid_from: dt.date | None
    valid_to: dt.date | None
    legal_basis: str

    def field(self, name: str) -> FieldSpec | None:
        return next((f for f in self.fields if f.name == name), None)


@dataclass(frozen=True)
class Component:
    """One paper of a checklist. Any of `types` fulfils it.

    Attributes:
        duty: "required", "optional" or "exempt".
        reason: why exempt: "shared data", "copy", "present-only", "secret".
        case: the circumstance under which it is asked for; "" for always.
    """

    types: tuple[str, ...]
    duty: str
    reason: str
    case: str


@dataclass(frozen=True)
class Procedure:
    """A service of the office with its checklists. `codes` holds the national code and former ones."""

    id: str
    codes: tuple[str, ...]
    names: Mapping[str, str]
    aliases: tuple[str, ...]
    level: str
    working_days: int
    components: tuple[Component, ...]
    results: tuple[Component, ...]
    new_file_expected: bool
    valid_from: dt.date | None
    valid_to: dt.date | None
    legal_basis: str

    @property
    def edition(self) -> str:
        """What a dossier remembers it by: its id, and the day its rules came into force."""
        return f"{self.id}@{self.valid_from:%Y-%m-%d}" if self.valid_from else self.id


@dataclass(frozen=True)
class Catalogue:
    """Everything `sort_intake` knows about papers.

    `stops` are labels that end a value without starting a field, `stop_words` words of such; `phrases` are lists of known wordings by name.
    """

    document_types: Mapping[str, DocumentType]
    procedures: Mapping[str, Procedure]
    stops: tuple[str, ...]
    stop_words: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]

    def find_procedure(self, code: str, on: dt.date | None = None, name: str = "") -> Procedure | None:
        """The procedure that carried `code` on a day (any day when None); a longer code matches by its stem.

        Several cases share one national code (transfer, donation, inheritance): `name` tells which is meant.
        """
        stem = _stem(code)
        fitting = [
            p for p in self.procedures.values() if stem in p.codes and _in_force(p.valid_from, p.valid_to, on)
        ]
        if not fitting and name:
            fitting = [
                p
                for p in self.procedures.values()
                if fold(name) in {fold(w) for w in (p.names["vi"], *p.aliases)}
            ]
        wanted = fold(name)
        return max(
            fitting,
            key=lambda p: (
                max(fuzz.ratio(wanted, fold(w)) for w in (p.names["vi"], *p.aliases)) if wanted else 0
            ),
            default=None,
        )

    def procedure_received(
        self, code: str, received: dt.date, name: str = "", edition: str = ""
    ) -> Procedure | None:
        """The procedure as it was when the dossier was received; any other version where none was in force.

        Args:
            edition: what the dossier remembers; it holds even when the days of validity were changed since.
        """
        chosen = self.find_procedure(code, received, name) or self.find_procedure(code, None, name)
        kept = next((p for p in self.procedures.values() if edition and p.edition == edition), None)
        if chosen and kept and _stem(code) in kept.codes and kept.names["vi"] == chosen.names["vi"]:
            return kept
        return chosen

    def is_certificate(self, component: Component) -> bool:
        """Does a land certificate fulfil the component?"""
        kinds = (self.document_types.get(type_id) for type_id in component.types)
        return any(kind is not None and kind.certificate for kind in kinds)

    def type_of(self, type_id: str) -> DocumentType:
        """The type; what holds of any paper where it is no longer in the catalogue."""
        return self.document_types.get(type_id) or self.document_types[UNKNOWN]

    def name_of_type(self, type_id: str, language: str) -> str:
        known = self.document_types.get(type_id)
        return known.names.get(language, known.names["vi"]) if known else type_id


def _stem(code: str) -> str:
    return ".".join(code.strip().split(".")[:2])


def _in_force(since: dt.date | None, until: dt.date | None, on: dt.date | None) -> bool:
    return on is None or ((since is None or since <= on) and (until is None or on <= until))


def load_catalogue(override: Path | None = None) -> Catalogue:
    """The shipped catalogue, with the files of `override` in place of those of the same name.

    Args:
        override: folder with `document_types/` and `procedures/`; None or absent for the shipped one alone.

    Raises:
        CatalogueProblem: a file is not readable; names file, line and key.
    """
    return _shipped() if override is None or not override.is_dir() else _load(override)


@cache
def _shipped() -> Catalogue:
    return _load(None)


def _load(override: Path | None) -> Catalogue:
    tables = [read_table(entry) for entry in _entries("document_types", override)]
    shared = next((t for t in tables if t.name == "_fields.toml"), None)
    defaults = shared.tables("field") if shared else {}
    types = {}
    for table in tables:
        if not table.name.startswith("_"):
            known = _document_type(table, defaults)
            types[known.id] = known
    procedures = {}
    for entry in _entries("procedures", override):
        procedure = _procedure(read_table(entry), frozenset(types))
        procedures[procedure.id] = procedure
    stops = shared.strings("stops") if shared else ()
    wordings = next((t for t in tables if t.name == "_phrases.toml"), None)
    phrases = {key: wordings.strings(key) for key in wordings.values} if wordings else {}
    stop_words = shared.strings("stop_words") if shared else ()
    return Catalogue(types, procedures, stops, stop_words, phrases)


def _entries(folder: str, override: Path | None) -> list[Traversable | Path]:
    shipped = files("resources") / folder
    found: dict[str, Traversable | Path] = {}
    if shipped.is_dir():
        found = {e.name: e for e in shipped.iterdir() if e.name.endswith(".toml")}
    if override is not None and (override / folder).is_dir():
        found |= {e.name: e for e in (override / folder).iterdir() if e.name.endswith(".toml")}
    return [found[name] for name in sorted(found)]


_TYPE_KEYS = (
    "id", "name", "short", "titles", "title_words", "anchors", "continuation", "pages", "by_hand", "certificate", "card",
    "least_dpi", "sheets", "receipt",
    "four_eyes", "validity_months", "fields", "group", "valid_from", "valid_to", "legal_basis",
)  # fmt: skip


def _document_type(table: Table, defaults: Mapping[str, Table]) -> DocumentType:
    table.allow(*_TYPE_KEYS)
    groups = tuple(_group(g) for g in table.list_of_tables("group"))
    roles = tuple(role for group in groups for role in group.roles)
    pages = table.integers("pages") or (1, 1)
    if len(pages) != 2 or pages[0] > pages[1] or pages[0] < 1:
        raise table.problem("pages", "two whole numbers, fewest and most pages")
    if table.string("sheets", "whole") not in ("whole", "halves"):
        raise table.problem("sheets", "whole or halves")
    return DocumentType(
        id=table.identifier("id"),
        names=table.names("name"),
        short=table.string("short", ""),
        titles=table.strings("titles"),
        title_words=table.strings("title_words"),
        anchors=table.strings("anchors"),
        continuation=table.strings("continuation"),
        pages=(pages[0], pages[1]),
        by_hand=table.boolean("by_hand"),
        certificate=table.boolean("certificate"),
        card=table.boolean("card"),
        least_dpi=table.integer("least_dpi", 200),
        sheets="halves" if table.string("sheets", "whole") == "halves" else "whole",
        receipt=table.boolean("receipt"),
        four_eyes=table.boolean("four_eyes"),
        validity_months=table.integer("validity_months", 0),
        fields=tuple(_field(name, entry, defaults, roles) for name, entry in table.tables("fields").items()),
        groups=groups,
        valid_from=table.date("valid_from"),
        valid_to=table.date("valid_to"),
        legal_basis=table.string("legal_basis", ""),
    )


def _group(table: Table) -> GroupSpec:
    table.allow("roles", "starts", "ends")
    return GroupSpec(table.strings("roles"), table.strings("starts"), table.strings("ends"))


def _field(name: str, table: Table, defaults: Mapping[str, Table], roles: tuple[str, ...]) -> FieldSpec:
    """A field; what a role carries (party_a_id) is by default what any person carries (person_id)."""
    table.allow(
        "kind",
        "labels",
        "more_labels",
        "words",
        "group",
        "critical",
        "required",
        "pattern",
        "choices",
        "like",
    )
    role, _, attribute = name.rpartition("_")
    own = role in roles and name not in defaults and f"person_{attribute}" in defaults
    shared = defaults.get(table.string("like", f"person_{attribute}" if own else name))
    base = {**(shared.values if shared else {}), **({"group": role} if own else {})}
    merged = table.over(base)
    kind = merged.string("kind", "")
    if kind not in KINDS:
        raise table.problem("kind" if kind else name, "one of " + ", ".join(KINDS))
    return FieldSpec(
        name=name,
        kind=kind,
        labels=merged.strings("labels") + merged.strings("more_labels"),
        words=merged.strings("words"),
        group=merged.string("group", ""),
        critical=merged.boolean("critical"),
        required=merged.boolean("required"),
        pattern=merged.string("pattern", ""),
        choices=merged.strings("choices"),
    )


def _procedure(table: Table, types: frozenset[str]) -> Procedure:
    table.allow(
        "id", "codes", "name", "aliases", "level", "working_days", "component", "result", "new_file_expected",
        "valid_from", "valid_to", "legal_basis",
    )  # fmt: skip
    level = table.string("level", "")
    if level not in ("province", "district", "commune", "ministry"):
        raise table.problem("level", "one of ministry, province, district, commune")
    return Procedure(
        id=table.identifier("id"),
        codes=table.strings("codes"),
        names=table.names("name"),
        aliases=table.strings("aliases"),
        level=level,
        working_days=table.integer("working_days", 0),
        components=tuple(_component(c, types) for c in table.list_of_tables("component")),
        results=tuple(_component(c, types) for c in table.list_of_tables("result")),
        new_file_expected=table.boolean("new_file_expected", True),
        valid_from=table.date("valid_from"),
        valid_to=table.date("valid_to"),
        legal_basis=table.string("legal_basis", ""),
    )


def _component(table: Table, types: frozenset[str]) -> Component:
    table.allow("types", "duty", "reason", "case")
    wanted = table.strings("types")
    for type_id in wanted:
        if type_id not in types:
            raise table.problem("types", f"ids of document types; there is no {type_id}")
    duty = table.string("duty", "required")
    if duty not in ("required", "optional", "exempt"):
        raise table.problem("duty", "one of required, optional, exempt")
    reason = table.string("reason", "")
    if (duty == "exempt") != bool(reason):
        raise table.problem("reason", "given for exempt papers, and for those only")
    return Component(wanted, duty, reason, table.string("case", ""))


__all__ = [
    "UNKNOWN", "Catalogue", "CatalogueProblem", "Component", "DocumentType", "FieldSpec", "GroupSpec", "Procedure",
    "load_catalogue",
]  # fmt: skip
