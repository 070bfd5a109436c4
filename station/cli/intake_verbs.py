"""Verbs that bring paper in: devices, scan, watch, ingest, separators, records, demo."""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from capture.finder import SETTLE_S
from capture.folder import FolderSource
from station.cli.app import app
from station.cli.session import Session, SomeRefused
from station.core import files
from station.core.errors import N_, InputRefused, UsageProblem
from station.work import (
    importing,
    ingesting,
    putting_in,
    reading,
    refused,
    scanning,
    searching,
    setting_up,
    sorting,
)
from station.work.devices import forget_certificate, list_devices, profile_of, source_of
from station.work.piling import Pile, compare_sheets, scan_pile
from station.work.scanning import Batch, Taken
from station.work.stages import stage_of
from station.work.station import Station, at_work
from station.work.worker import Readers


class BacksOfNothing(UsageProblem):
    sentence = N_("The backs belong to fronts scanned before. Name their intake with --intake.")


records_app = typer.Typer(help="Procedure records of the one-stop system.")
app.add_typer(records_app, name="records")

Stage = Annotated[str, typer.Option("--stage", help="intake or result")]
Code = Annotated[str | None, typer.Option("--dossier", help="The dossier code the pages belong to.")]


@app.command()
def devices(
    ctx: typer.Context,
    forget: Annotated[
        str | None, typer.Option("--forget", help="Id of a replaced copier: trust its new certificate.")
    ] = None,
) -> None:
    """Scanners and folders that can be reached now."""
    session: Session = ctx.obj
    station = session.station()
    if forget is not None:
        forget_certificate(station, forget)
    found = list_devices(station)
    session.answer(
        {"devices": [{"id": d.id, "name": d.name, "kind": d.kind, "available": d.available} for d in found]},
        lambda: [f"{d.id}\t{d.name}\t{'' if d.available else '–'}" for d in found] or ["–"],
    )


@app.command()
def scan(
    ctx: typer.Context,
    device: Annotated[str, typer.Option("--device", help="A device id of station devices.")],
    profile: Annotated[str, typer.Option("--profile", help="Id of a scan profile.")] = "a3_dossier",
    dossier: Code = None,
    stage: Stage = "intake",
    intake: Annotated[
        int | None, typer.Option("--intake", help="Go on with this intake, after a jam for instance.")
    ] = None,
    sheets: Annotated[int | None, typer.Option("--sheets", min=1, help="Sheets counted beforehand.")] = None,
    part: Annotated[str | None, typer.Option("--part", help="Part the pile: blank, or sheets each.")] = None,
    backs: Annotated[bool, typer.Option("--backs", help="The turned pile: backs of --intake.")] = False,
) -> None:
    """Scan what lies in the feeder. Ctrl+C stops; what has come is kept."""
    if backs and intake is None:
        raise BacksOfNothing
    session: Session = ctx.obj
    station = session.station()
    stop = stop_on_interrupt()
    with at_work(station.home, "station scan"):
        scanning.recover(station)
        pile = Pile(intake, stage_of(stage), dossier, sheets, part, backs)
        batch = scan_pile(
            station,
            pile,
            source_of(station, device),
            device,
            profile_of(station, profile),
            _telling(session),
            stop,
        )
        reading.read_waiting(station, progress=session.progress)
        ids = sorting.sort_as_it_comes(station, batch.intake_id, fresh=True) if batch.taken else []
        counted = compare_sheets(station, batch.intake_id)
    if counted is not None and batch.fault is None and counted not in batch.remarks:
        batch.remarks += (counted,)
    _end_batch(session, station, batch, ids)


def _end_batch(session: Session, station: Station, batch: Batch, dossier_ids: Sequence[int]) -> None:
    """Prints what came, says what there is to say about it, and raises the fault that ended it."""
    session.answer(
        ingesting.batch_json(station, batch, dossier_ids),
        lambda: ingesting.batch_lines(session.translate, station, batch),
    )
    for remark in batch.remarks:
        session.say(remark.sentence, **remark.values)
    if batch.fault is not None:
        raise batch.fault


@app.command()
def rescan(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="Dossier code or temporary code.")],
    page: Annotated[int, typer.Argument(help="A page's id, as station dossiers CODE --json prints it.")],
    device: Annotated[str, typer.Option("--device", help="A device id of station devices.")],
    profile: Annotated[str, typer.Option("--profile", help="Id of a scan profile.")] = "a3_dossier",
    after: Annotated[bool, typer.Option("--after", help="Behind the page, not in its place.")] = False,
) -> None:
    """Scan a page of a dossier again in its place, or more pages behind it; it can be undone."""
    session: Session = ctx.obj
    station = session.station()
    settings, stop = profile_of(station, profile).settings, stop_on_interrupt()
    with at_work(station.home, "station rescan"):
        scanning.recover(station)
        place = putting_in.Place(searching.show(station, code).dossier.id, page, not after)
        batch = putting_in.scan_in(station, place, source_of(station, device), device, settings, stop)
    _end_batch(session, station, batch, [place.dossier_id])


@app.command()
def preview(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(help="The JPEG to write.")],
    device: Annotated[str, typer.Option("--device", help="A device id of station devices.")],
    profile: Annotated[str, typer.Option("--profile", help="Id of a scan profile.")] = "a3_dossier",
) -> None:
    """One quick side, to try a scanner or see how a paper lies; nothing of it is kept in the station."""
    session: Session = ctx.obj
    station = session.station()
    picture = setting_up.scan_test_page(station, device, profile)
    files.put_bytes(target, picture)
    session.answer({"file": str(target), "bytes": len(picture)}, lambda: [str(target)])


@app.command("refused")
def refused_files(
    ctx: typer.Context,
    retry: Annotated[
        list[int] | None, typer.Option("--retry", help="Number of a file to try again; repeatable.")
    ] = None,
) -> None:
    """Files that were set aside, each with its sentence; --retry takes in what is whole by now."""
    session: Session = ctx.obj
    station = session.station()
    still = 0
    with at_work(station.home, "station refused") if retry else nullcontext():
        for number in retry or []:
            try:
                taken = refused.retry(station, number)
                session.say(N_("{name} was taken in."), name=Path(taken.name).name)
            except InputRefused as error:
                sys.stderr.write(error.text(session.translate) + "\n")
                still += 1
        if retry:
            ingesting.resume(station)
    rows = [
        {"id": r.id, "name": r.name, "at": r.at, "reason": session.translate(r.sentence).format(**r.values)}
        for r in refused.list_refused(station)
    ]
    session.answer({"refused": rows}, lambda: [f"{r['id']}\t{r['reason']}" for r in rows])
    if still:
        raise SomeRefused(count=still)


def _telling(session: Session) -> Callable[[Taken], None]:
    count = 0

    def tell(taken: Taken) -> None:
        nonlocal count
        count += len(taken.sides)
        if taken.refused is not None:
            sys.stderr.write(f"{taken.name}: {taken.refused.text(session.translate)}\n")
        session.progress("scan", count, 0)

    return tell


@app.command()
def watch(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder scanners and copiers write to.")],
    stage: Stage = "intake",
    dossier: Code = None,
    once: Annotated[bool, typer.Option("--once", help="Take what is there, then end.")] = False,
) -> None:
    """Watch a scan-to-folder share until stopped; every burst of files is one intake."""
    session: Session = ctx.obj
    station = session.station()
    stop = stop_on_interrupt()
    with (
        at_work(station.home, "station watch"),
        Readers(station.settings.workers, station.settings.page_time_limit_s) as readers,
    ):
        scanning.recover(station)
        total = ingesting.watch_folder(
            station,
            FolderSource(folder, SETTLE_S),
            readers,
            stage_of(stage),
            dossier,
            stop,
            _telling(session),
            once,
        )
    session.answer({"files": total}, lambda: [str(total)])


@app.command()
def ingest(
    ctx: typer.Context,
    paths: Annotated[
        list[Path], typer.Argument(help="Folders (each that holds files is one intake) and files.")
    ],
    stage: Stage = "intake",
    dossier: Code = None,
) -> None:
    """Capture and read files and folders; propose dossiers. Never seals."""
    session: Session = ctx.obj
    station = session.station()
    with at_work(station.home, "station ingest"):
        scanning.recover(station)
        result = ingesting.ingest(
            station, paths, stage_of(stage), dossier, session.progress, stop_on_interrupt()
        )
    document = ingesting.result_json(station, result, session.translate)
    session.answer(document, lambda: ingesting.result_lines(document))
    refused = sum(1 for entry in document["files"] if entry["refused"])
    if refused:
        raise SomeRefused(count=refused)


@app.command()
def separators(
    ctx: typer.Context,
    target: Annotated[Path, typer.Argument(help="The PDF to write.")],
    dossier: Annotated[
        list[str] | None,
        typer.Option("--dossier", help="A sheet for this dossier code, CODE or CODE=NUMBER of its sheets."),
    ] = None,
    copies: Annotated[int, typer.Option("--copies", min=1, max=100, help="Sheets 'next document'.")] = 4,
) -> None:
    """Print sheets that part documents and dossiers in one pile."""
    from capture.separators import Separator, write_separators
    from station.work import browsing

    session: Session = ctx.obj
    station = session.station()
    sheets = [
        Separator("dossier", code, int(number))
        if number.isdecimal()
        else browsing.separator_of(station, code)
        for code, _, number in (pair.partition("=") for pair in dossier or [])
    ]
    sheets += [Separator(kind="document")] * copies
    write_separators(target, sheets)
    session.answer({"file": str(target), "sheets": len(sheets)}, lambda: [str(target)])


@records_app.command("import")
def import_records(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON from the one-stop system.")],
    column: Annotated[
        list[str] | None, typer.Option("--column", help="OURS=THEIRS, where names differ.")
    ] = None,
) -> None:
    """Import procedure records; known codes are updated, bad rows listed."""
    session: Session = ctx.obj
    station = session.station()
    mapping = dict(pair.split("=", 1) for pair in column or [] if "=" in pair)
    since = time.monotonic()
    result = importing.import_records(station, file, mapping or None, session.progress)
    bad = [{"row": b.number, "reason": b.text(session.translate)} for b in result.bad_rows]
    session.answer(
        {
            "taken": result.taken,
            "total": result.total,
            "refused": result.refused,
            "bad_rows": bad,
            "seconds": round(time.monotonic() - since, 2),
        },
        lambda: [f"{result.taken} / {result.total}", *(f"{b['row']}: {b['reason']}" for b in bad)],
    )
    if result.refused:
        raise SomeRefused(count=result.refused)


@records_app.command("find")
def find_records(
    ctx: typer.Context, text: Annotated[str, typer.Argument(help="Code, name, ID, parcel.")]
) -> None:
    """Find procedure records, with or without diacritics."""
    session: Session = ctx.obj
    found = importing.find_records(session.station(), text)
    session.answer(
        {"records": [vars(r) for r in found]},
        lambda: [f"{r.dossier_code}\t{r.applicant_name}\t{r.procedure_name}\t{r.received_at}" for r in found],
    )


@app.command()
def demo(
    ctx: typer.Context,
    headless: Annotated[bool, typer.Option("--headless", help="Never open a window.")] = False,
) -> None:
    """Sample dossiers: scan, read, match, verify, seal, queue, deliver to an embedded warehouse."""
    from station.work import demonstrating

    session: Session = ctx.obj
    home = demonstrating.demo_home(session.home)
    result: dict[str, Any] = demonstrating.run_demo(home, session.progress, session.say)
    session.answer(result, lambda: demonstrating.result_lines(result))


def stop_on_interrupt() -> Callable[[], bool]:
    """A question that answers True after the first Ctrl+C or SIGTERM; a second one ends the process at once."""
    asked = False

    def ask(*_: object) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    return lambda: asked
