"""The figures of sorting by level of damage: the same scores, over the dossiers of one level each."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.benchmarks.scoring import Row, last_two, score_sorting

#: What is told by level; printed and handwritten fields have such rows among their own.
ROWS = (
    "document types",
    "grouping F1 (2·exact of true + said)",
    "fields shown as sure that are wrong",
    "wrong fields that are flagged",
    "records found",
    "false matches",
)


def score_levels(truth: Mapping[str, Any], result: Mapping[str, Any]) -> list[Row]:
    """Rows named "  LEVEL: figure", levels in the order of the truth."""
    rows = []
    for level in dict.fromkeys(dossier["level"] for dossier in truth["dossiers"]):
        chosen = [dossier for dossier in truth["dossiers"] if dossier["level"] == level]
        ids = {dossier["id"] for dossier in chosen}
        documents = [document for document in truth["documents"] if document["dossier_id"] in ids]
        part = {**truth, "dossiers": chosen, "documents": documents}
        found = {row.name: row for row in score_sorting(part, _about(documents, result))[0]}
        rows += [replace(found[name], name=f"  {level}: {name}") for name in ROWS if name in found]
    return rows


def _about(documents: list[dict[str, Any]], result: Mapping[str, Any]) -> dict[str, Any]:
    """The result without the documents that have no page of these."""
    images = {(last_two(p["file"]), int(p["image"])) for d in documents for p in d["pages"]}
    dossiers = [
        {
            **dossier,
            "documents": [
                said
                for said in dossier["documents"]
                if any((last_two(p["file"]), int(p["image"])) in images for p in said["pages"])
            ],
        }
        for dossier in result["dossiers"]
    ]
    return {**result, "dossiers": dossiers}
