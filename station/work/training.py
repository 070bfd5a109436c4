"""Training: a data folder of its own with sample dossiers of invented citizens, from which nothing can leave.

It lies inside the office's data folder and is marked by a file. The mark, not a setting, forbids sending,
exporting and enrolling, so that no setting can lift it; everything else works as on every day, sealing too.
"""

import shutil
from pathlib import Path

from resources.samples.demo import DEMO_BRANCH
from station.core import files
from station.core.errors import N_, UsageProblem
from station.store import accounts, dossiers, pages
from station.store.model import EDITABLE
from station.work import importing, people
from station.work.demonstrating import make_samples
from station.work.scanning import Progress, no_progress
from station.work.station import TRAINING_MARK, Station, open_home, open_station

FOLDER = "training"


class TrainingInside(UsageProblem):
    sentence = N_("This is training already. Its folder is {folder}.")


def training_home(home: Path) -> Path:
    """Where a data folder keeps its training."""
    return home / FOLDER


def prepare(home: Path, name: str, language: str, progress: Progress = no_progress) -> Station:
    """The training of a data folder, as `name` sees it: fresh samples to scan, or the ones begun last time.

    Args:
        home: the office's data folder.
        name: who practises; an account of that name is made in the training folder alone.

    Raises:
        TrainingInside: `home` is a training folder itself.
    """
    if (home / TRAINING_MARK).exists():
        raise TrainingInside(folder=str(home))
    own = files.private_folder(training_home(home))
    if not _is_begun(own):
        _clear(own)
    files.put_bytes(own / TRAINING_MARK, b"Nothing in this folder is sent anywhere.\n")
    progress("training", 1, 4)
    records_csv, folders = make_samples(own)
    progress("training", 2, 4)
    chosen, _made = open_home(own)
    station = open_station(own)
    station = people.change_settings(
        station,
        {
            "training": "true",
            "language": language,
            "branch": chosen.branch or DEMO_BRANCH,
            "counter": FOLDER,
            "watched_folders": "; ".join(str(folder) for folder in folders),
        },
    )
    progress("training", 3, 4)
    importing.import_records(station, records_csv)
    progress("training", 4, 4)
    return station.acting_as(_account(station, name))


def _is_begun(own: Path) -> bool:
    """Whether a pile or a dossier of the last practice still waits for something."""
    if not (own / "station.db").exists() or not (own / TRAINING_MARK).exists():
        return False
    open_home(own)
    with open_station(own).reading() as conn:
        states = tuple(state.value for state in EDITABLE)
        return bool(dossiers.list_all(conn, states, 1)) or pages.count_to_read(conn) > 0


def _clear(own: Path) -> None:
    """Everything but the lock, which a window may hold."""
    for path in own.iterdir():
        if path.name == "lock":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _account(station: Station, name: str) -> accounts.Account:
    with station.reading() as conn:
        known = {a.name: a for a in accounts.list_all(conn)}
    return known.get(name) or people.add_account(station, name, "admin", None)
