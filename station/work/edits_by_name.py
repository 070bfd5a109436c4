"""Edits by their names and plain values, for the command line."""

from collections.abc import Callable, Sequence
from pathlib import Path

from station.core.errors import N_, UsageProblem
from station.store import dossiers
from station.work import editing, putting_in, sealing, sorting, spreads
from station.work.station import Station


class EditUnknown(UsageProblem):
    sentence = N_("{action} is not an edit, or a value is missing. Choose one of: {actions}.")


def act(station: Station, dossier_id: int, action: str, values: Sequence[str]) -> int:
    """An edit by name, for the command line; returns the dossier's id (a new one for `version` and `sort`).

    Raises:
        EditUnknown: no such edit, or a value is missing or not a number.
    """
    numbers = [int(v) for v in values if v.lstrip("-").isdigit()]
    actions: dict[str, Callable[[], object]] = {
        "move": lambda: editing.move_page(station, dossier_id, numbers[0], numbers[1], numbers[2]),
        "order": lambda: editing.order_documents(station, dossier_id, numbers),
        "merge": lambda: editing.merge(station, dossier_id, numbers[0], numbers[1]),
        "split": lambda: editing.split(station, dossier_id, numbers[0], numbers[1]),
        "gather": lambda: editing.gather(station, dossier_id, numbers),
        "replace": lambda: putting_in.take_files_in(
            station, putting_in.Place(dossier_id, int(values[0]), replace=True), _files(values[1:])
        ),
        "insert": lambda: putting_in.take_files_in(
            station, putting_in.Place(dossier_id, int(values[0]), replace=False), _files(values[1:])
        ),
        "type": lambda: editing.set_type(station, dossier_id, numbers[0], values[1]),
        "rotate": lambda: editing.rotate(station, dossier_id, numbers[0], numbers[1]),
        "blank": lambda: editing.set_blank(station, dossier_id, numbers[0], values[1:2] != ["no"]),
        "remove": lambda: editing.remove_page(station, dossier_id, numbers[0]),
        "resplit": lambda: editing.resplit(
            station, dossier_id, numbers[0], float(values[1]) if values[1:] else None
        ),
        "resplit-all": lambda: spreads.split_all_alike(station, dossier_id, numbers[0]),
        "undo": lambda: editing.undo(station, dossier_id),
        "redo": lambda: editing.redo(station, dossier_id),
        "version": lambda: sealing.open_new_version(station, dossier_id),
        "sort": lambda: _sort_again(station, dossier_id),
    }
    try:
        result = actions[action]()
    except (KeyError, IndexError, ValueError) as error:
        raise EditUnknown(action=action, actions=", ".join(actions)) from error
    return result if action in ("version", "sort") and isinstance(result, int) else dossier_id


def _files(names: Sequence[str]) -> list[Path]:
    """Raises: ValueError: none is named."""
    if not names:
        raise ValueError(names)
    return [Path(name) for name in names]


def _sort_again(station: Station, dossier_id: int) -> int:
    with station.reading() as conn:
        dossier = dossiers.get(conn, dossier_id)
    ids = sorting.sort_intake(station, dossier.intake_id)
    return ids[0] if ids else dossier_id
