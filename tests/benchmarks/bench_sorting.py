"""How well pages already read are sorted: types, grouping, fields, records; and what each source is worth.

    python -m tests.benchmarks.bench_accuracy --seed 7 --keep DIR/7 --home DIR/7/home
    python -m tests.benchmarks.bench_sorting DIR/7 DIR/8 … --ablation

Each folder holds `truth.json` and, in `home`, a data folder that has ingested its files. Nothing is recognised
again and nothing is written: a change to the sorting rooms is measured in seconds.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forms.doctype import load_catalogue
from forms.gazetteer import load_gazetteer
from forms.proposal import CandidateSource, FlowPage, NoRecords, ProposedDossier
from forms.sorting import sort_intake
from station.core.settings import Settings
from station.store import accounts, database, pages
from station.work.sorting import RecordSource, flow_of
from station.work.station import Station
from tests.benchmarks.levels import score_levels
from tests.benchmarks.scoring import Row, Wrong, score_sorting, table

# The sources of certainty, and the names under which they are left out.
SOURCES = ("codes", "record", "places")


@dataclass(frozen=True)
class Read:
    """One intake of a data folder: its pages as read, and where each lies in the delivered files."""

    flow: tuple[FlowPage, ...]
    places: dict[int, dict[str, Any]]


def read_intakes(station: Station) -> Iterator[Read]:
    with station.reading() as conn:
        intakes = [int(r["id"]) for r in conn.execute("SELECT id FROM intake ORDER BY id")]
        for number in intakes:
            intake = pages.get_intake(conn, number)
            sides = [s for s in pages.list_sides(conn, number) if s.removed_at is None]
            flow, _ = flow_of(station, conn, intake, sides, frozenset())
            places = {
                p.id: {"file": s.name, "image": s.frame, "side": p.half}
                for s in sides
                for p in pages.list_pages(conn, s.id)
            }
            yield Read(tuple(flow), places)


def told(dossier: ProposedDossier, places: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """A proposal as `ingest --json` gives it, as far as it is scored."""
    return {
        "dossier_code": dossier.match.record.dossier_code if dossier.match else None,
        "documents": [
            {
                "type": paper.type_id,
                "pages": [places[key] for key in paper.page_keys],
                "fields": {
                    name: {"value": r.value, "confidence": r.confidence, "flagged": r.flagged, "rule": r.rule}
                    for name, r in paper.fields.items()
                },
            }
            for paper in dossier.documents
        ],
    }


def sort_folder(folder: Path, without: Sequence[str] = ()) -> tuple[dict[str, Any], int, float]:
    """The dossiers proposed for a folder's readings, how many pages there were, and the CPU seconds it took."""
    home = folder / "home"
    with closing(database.connect(home / "station.db")) as conn:
        actor = accounts.list_all(conn)[0]
        station = Station(home, Settings(), actor)
        catalogue, units = load_catalogue(), None if "places" in without else load_gazetteer()
        records: CandidateSource = NoRecords() if "record" in without else RecordSource(conn)
        dossiers, count, seconds = [], 0, 0.0
        for read in read_intakes(station):
            flow = read.flow
            if "codes" in without:
                flow = tuple(replace(p, reading=replace(p.reading, codes=())) for p in flow)
            started = time.process_time()
            proposals = sort_intake(flow, catalogue, records, units, datetime.now(UTC).date())
            seconds += time.process_time() - started
            count += len(flow)
            dossiers += [told(p, read.places) for p in proposals]
    return {"files": [], "dossiers": dossiers}, count, seconds


def measure(folders: Sequence[Path], without: Sequence[str] = ()) -> tuple[list[Row], list[Wrong], float]:
    """The figures of all folders together, every wrong value, and the milliseconds a page."""
    hits: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    notes: dict[str, list[str]] = defaultdict(list)
    wrong: list[Wrong] = []
    pages_read, seconds = 0, 0.0
    for folder in folders:
        truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        result, count, spent = sort_folder(folder, without)
        pages_read, seconds = pages_read + count, seconds + spent
        rows, mistakes = score_sorting(truth, result)
        wrong += mistakes
        for row in [*rows, *score_levels(truth, result)]:
            hits[row.name][0] += row.hits
            hits[row.name][1] += row.n
            if row.note and "taken for" in row.note:
                notes[row.name].append(f"{folder.name}: {row.note}")
    rows = [Row(name, h, n, "; ".join(notes[name])) for name, (h, n) in hits.items()]
    return rows, wrong, 1000 * seconds / max(1, pages_read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--ablation", action="store_true", help="also without codes, record, places")
    parser.add_argument("--wrong", action="store_true", help="list every value that is wrong or missing")
    wanted = parser.parse_args()
    rows, wrong, ms = measure(wanted.folders)
    print(table(rows))
    print(f"{'a page':46s} {ms:6.1f} ms of processor time")
    if wanted.wrong:
        for mistake in wrong:
            print(mistake.line())
    print(table_of_names(wrong))
    for left_out in [*((s,) for s in SOURCES), SOURCES] if wanted.ablation else []:
        rows, _, ms = measure(wanted.folders, left_out)
        print(f"\nwithout {', '.join(left_out)}: {ms:.1f} ms a page")
        print(table(rows))


def table_of_names(wrong: Sequence[Wrong]) -> str:
    """Which fields are wrong or missing most, printed and handwritten apart."""
    counts = Counter((w.kind, w.field, "missing" if not w.said else "wrong") for w in wrong)
    return "\n".join(f"{n:5d}  {kind} {name} {how}" for (kind, name, how), n in counts.most_common(40))


if __name__ == "__main__":
    main()
