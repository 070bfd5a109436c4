"""Rows as every JSON answer of the station shows them."""

from typing import Any

from station.store.model import Field


def field_json(found: Field) -> dict[str, Any]:
    """A field as every JSON answer shows it: the reading, and the office's value where there is one."""
    return {
        "value": found.shown,
        "confidence": round(found.confidence, 3),
        "flagged": found.flagged,
        "rule": found.rule,
        "verified_by": found.verified_by,
    }
