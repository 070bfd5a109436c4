"""What reports need of a procedure record: its columns as comparable values, whatever the one-stop system wrote.

Records are kept as they come (`record.payload`). A report over a year reads a million of them, so what it counts by
is laid beside them once, when a record comes or changes.
"""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from sync.folding import day_of, fold

# What an export writes where a procedure has no result to hand over.
_NO = ("0", "khong", "false", "no")


def columns_of(record: dict[str, Any]) -> dict[str, Any]:
    """The row of table `received` of a record; None wherever the record does not tell."""
    progress = _text(record, "progress") or _text(record, "stage")
    return {
        "dossier_code": _text(record, "dossier_code"),
        "branch": _text(record, "branch"),
        "procedure_code": _text(record, "procedure_code"),
        "counter": _text(record, "counter"),
        "receiver": _text(record, "receiver"),
        "received_on": day_of(_text(record, "received_at")),
        "due_on": day_of(_text(record, "due_at")),
        "resolved_on": day_of(_text(record, "resolved_at") or _text(record, "resolved_on")),
        "status": status_of(_text(record, "status"), progress),
        "progress": progress,
        "has_result": _yes_or_no(_text(record, "has_result")),
    }


def status_of(status: str, progress: str) -> int | None:
    """The status of the national list, given or meant by the progress word; None where neither tells."""
    if status.isdecimal() and 1 <= int(status) <= 10:
        return int(status)
    return _statuses().get(fold(progress)) if progress else None


@cache
def _statuses() -> dict[str, int]:
    text = (files("resources") / "units" / "progress.toml").read_text(encoding="utf-8")
    return {fold(word): number for word, number in tomllib.loads(text)["status"].items()}


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    text = str(int(value)) if isinstance(value, bool | float) and value == int(value) else str(value)
    return unicodedata.normalize("NFC", " ".join(text.split())).replace("\x00", "")


def _yes_or_no(text: str) -> int | None:
    if not text:
        return None
    return 0 if fold(text) in _NO else 1
