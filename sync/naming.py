"""Names of files as the one-stop system and the land database expect them, by templates that are data.

One scan serves all of them: the same PDF is the warehouse's document, the one-stop system's component and the
land database's attachment; only its name and a few values beside it differ.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter

NAME_LIMIT = 200
FIELDS = frozenset({"dossier", "serial", "doc", "seq", "org", "date"})

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


@dataclass(frozen=True)
class NamingRule:
    kind: str
    document_types: frozenset[str]
    stage: str | None
    first: str
    next: str
    to_onestop: bool


@dataclass(frozen=True)
class NamedPaper:
    """A document about to be named. Unknown values are ""; `date` is as the office writes it in names, yyyymmdd."""

    dossier: str
    stage: str
    type_id: str
    serial: str = ""
    org: str = ""
    date: str = ""


@dataclass(frozen=True)
class FileName:
    """The name and whether the file goes back to the one-stop system. `missing` names values a person must give."""

    name: str
    to_onestop: bool
    missing: tuple[str, ...] = ()


@cache
def rules() -> tuple[NamingRule, ...]:
    """The naming rules in force, most particular first."""
    text = (files("resources") / "exchange" / "file_names.toml").read_text(encoding="utf-8")
    found = [
        NamingRule(
            kind=kind,
            document_types=frozenset(rule.get("document_types", ())),
            stage=rule.get("stage"),
            first=rule["first"],
            next=rule["next"],
            to_onestop=rule["to_onestop"],
        )
        for kind, rule in tomllib.loads(text).items()
    ]
    for rule in found:
        for template in (rule.first, rule.next):
            unknown = {name for _, name, _, _ in Formatter().parse(template) if name} - FIELDS
            if unknown:
                raise ValueError(f"file_names.toml: {rule.kind}: unknown fields {sorted(unknown)}")
    return tuple(sorted(found, key=lambda rule: not rule.document_types))


def name_papers(papers: Iterable[NamedPaper]) -> list[FileName]:
    """Names for all papers of a dossier, in order; no two alike."""
    counts: Counter[tuple[str, str]] = Counter()
    names = []
    for paper in papers:
        rule = _rule_for(paper)
        serial = paper.serial if "{serial}" in rule.first else ""
        counts[rule.kind, serial] += 1
        seq = counts[rule.kind, serial]
        template = rule.first if seq == 1 else rule.next
        values = {
            "dossier": paper.dossier,
            "serial": paper.serial,
            "doc": paper.type_id,
            "seq": str(seq),
            "org": paper.org,
            "date": paper.date,
        }
        wanted = [name for _, name, _, _ in Formatter().parse(template) if name]
        missing = tuple(name for name in wanted if not values[name])
        names.append(FileName(clean_name(template.format(**values)), rule.to_onestop, missing))
    return names


def clean_name(name: str) -> str:
    """A name every file system takes: NFC, forbidden characters as "_", no dot or blank at its ends, cut to fit."""
    stem, dot, suffix = unicodedata.normalize("NFC", name).rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    stem = re.sub(r"\s+", " ", _FORBIDDEN.sub("_", stem)).strip(" .")
    return stem[: NAME_LIMIT - len(dot + suffix)].rstrip(" .") + dot + suffix


def _rule_for(paper: NamedPaper) -> NamingRule:
    for rule in rules():
        if rule.document_types and paper.type_id not in rule.document_types:
            continue
        if rule.stage in (None, paper.stage):
            return rule
    raise ValueError("file_names.toml has no rule for every paper")
