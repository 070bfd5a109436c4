"""The demonstration: three dossiers of invented citizens, from the feeder to the warehouse's receipt.

It runs the very verbs of every day on a data folder of its own. Kill it at any moment and start it again:
it goes on where the facts on disk say it was.
"""

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from capture.folder import FolderSource
from resources.samples.demo import DEMO_BRANCH, make_demo
from station.core import files, settings
from station.core.errors import N_, UsageProblem
from station.store import accounts, documents, dossiers, pages, reference
from station.store.model import EDITABLE, DossierState
from station.work import importing, ingesting, reading, sealing, sending, sorting, verifying
from station.work.scanning import Progress
from station.work.station import DEMO_MARK, Station, at_work, default_home, open_home, open_station
from station.work.worker import Readers
from sync import outbox, secrets
from sync.enrolment import enrol
from sync.warehouse import embedded

OPERATOR = "demo operator"
Say = Callable[..., None]


class NotForRealData(UsageProblem):
    sentence = N_(
        "The data folder {folder} holds real dossiers. Give the demonstration a folder of its own: station --home DIR demo"
    )


def demo_home(asked: Path) -> Path:
    """The folder the demonstration uses: the one asked for, never the everyday one beside it."""
    if asked == default_home() and "STATION_HOME" not in os.environ:
        return asked.with_name("station-demo")
    return asked


def run_demo(home: Path, progress: Progress, say: Say) -> dict[str, Any]:
    """Runs, or finishes, the demonstration and tells what came of it.

    Raises:
        NotForRealData: the folder holds dossiers of an everyday station.
        NetworkProblem: the embedded warehouse did not answer.
    """
    since = time.monotonic()
    _claim(home)
    with at_work(home, "station demo"):
        records_csv, folders = make_samples(home)
        scanning_clerk = open_station(home)
        _import(scanning_clerk, records_csv)
        scanning_clerk = _with_branch(scanning_clerk)
        operator = scanning_clerk.acting_as(_operator(scanning_clerk))
        say(N_("Taking the pages in from the folders a copier would write to."))
        for folder in folders:
            source = FolderSource(folder, settle_seconds=0.2)
            device = source.list_devices()[0].id
            ingesting.take_burst(
                scanning_clerk, source, device, "intake", None, lambda: False, lambda _: None
            )
        say(N_("Reading and sorting."))
        with Readers(scanning_clerk.settings.workers, scanning_clerk.settings.page_time_limit_s) as readers:
            reading.read_waiting(scanning_clerk, readers, progress)
        sorting.sort_waiting(scanning_clerk)
        say(N_("Verifying as {name}, sealing and queueing."), name=OPERATOR)
        _verify_and_seal(operator, progress)
        say(N_("Delivering to a warehouse on this PC."))
        with embedded.start(files.private_folder(home / "warehouse")) as warehouse:
            _deliver(scanning_clerk, warehouse)
    return _result(scanning_clerk, time.monotonic() - since)


def _claim(home: Path) -> None:
    open_home(home)
    mark = home / DEMO_MARK
    if mark.exists():
        return
    with open_station(home).reading() as conn:
        if pages.count_intakes(conn):
            raise NotForRealData(folder=str(home))
    files.put_bytes(mark, b"This data folder belongs to the demonstration.\n")


def make_samples(home: Path) -> tuple[Path, list[Path]]:
    """The sample records and dossier folders, made once: a half-made folder of a killed run is made anew."""
    ready = home / "samples"
    if not ready.exists():
        draft = home / "spool" / "samples"
        shutil.rmtree(draft, ignore_errors=True)
        make_demo(draft)
        draft.rename(ready)
        files.flush_folder(home)
    return ready / "records.csv", sorted((ready / "files").iterdir())


def _import(station: Station, records_csv: Path) -> None:
    with station.reading() as conn:
        if reference.count(conn) > 0:
            return
    importing.import_records(station, records_csv)


def _with_branch(station: Station) -> Station:
    """The branch of the sample dossiers is this station's."""
    if station.settings.branch:
        return station
    chosen = replace(station.settings, branch=DEMO_BRANCH, counter="demo")
    settings.save(station.home / "station.toml", chosen)
    return replace(station, settings=chosen)


def _operator(station: Station) -> accounts.Account:
    with station.transaction() as conn:
        known = {a.name: a for a in accounts.list_all(conn)}
        if OPERATOR in known:
            return known[OPERATOR]
        account = accounts.add(conn, OPERATOR, "operator", None, None, station.now())
        station.audit(conn, "add account", f"account:{OPERATOR}", role="operator")
        return account


def _verify_and_seal(operator: Station, progress: Progress) -> None:
    with operator.reading() as conn:
        waiting = dossiers.list_all(conn, tuple(s.value for s in EDITABLE), newest_first=False)
    for number, dossier in enumerate(waiting, 1):
        verifying.accept_all(operator, dossier.id)
        with operator.reading() as conn:
            now = dossiers.get(conn, dossier.id)
        if now.state is DossierState.READY:
            sealing.seal(operator, dossier.id)
        progress("seal", number, len(waiting))


def _deliver(station: Station, warehouse: embedded.EmbeddedWarehouse) -> None:
    target = secrets.find(station.home)
    if target is None:
        target = enrol(warehouse.add_station(station.settings.branch, "demo"))
        secrets.keep(station.home, target)
    sent = sending.sync(station, replace(target, url=warehouse.url))
    if sent.problem is not None:
        raise sent.problem


def _result(station: Station, seconds: float) -> dict[str, Any]:
    with station.reading() as conn:
        sides, blanks, page_count = pages.count_all(conn)
        packages = {p.dossier_id: p for p in outbox.list_all(conn)}
        shown: list[dict[str, Any]] = []
        for dossier in dossiers.list_all(conn, newest_first=False):
            package = packages.get(dossier.id)
            shown.append(
                {
                    "dossier_code": dossier.dossier_code,
                    "matched_by": dossier.matched_by,
                    "documents": [
                        {
                            "type": d.type_id,
                            "pages": len(d.pages),
                            "pdf": str(station.home / d.pdf_file) if d.pdf_file else None,
                        }
                        for d in documents.list_of(conn, dossier.id)
                    ],
                    "package_id": package.package_id if package else None,
                    "receipt": package.receipt if package else None,
                }
            )
        assert pages.count_to_read(conn) == 0
    return {
        "sides": sides,
        "pages": page_count,
        "blank_pages": blanks,
        "documents": sum(len(d["documents"]) for d in shown),
        "dossiers": shown,
        "delivered": sum(1 for d in shown if d["receipt"]),
        "seconds": round(seconds, 1),
    }


def result_lines(result: dict[str, Any]) -> list[str]:
    """The result for a person."""
    lines = [
        f"{result['sides']} sides · {result['blank_pages']} blank · {result['documents']} documents · {result['seconds']} s"
    ]
    for dossier in result["dossiers"]:
        lines.append(f"{dossier['dossier_code']}  ({dossier['matched_by']})  → {dossier['package_id']}")
        lines += [f"    {d['type']}: {d['pages']}" for d in dossier["documents"]]
        if dossier["receipt"]:
            lines.append(f"    ✓ {dossier['receipt']['received_at']}  {dossier['receipt']['key_id']}")
    return lines
