"""Making a whole corpus: intakes of one or several dossiers, their records, and the truth of it all.

Each intake is made from a random state of its own, so that a corpus can be made by several processes
and the same seed always makes the same files.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from resources.samples import case as cases
from resources.samples import delivery, dossier, plans, records, separators, truth
from resources.samples.case import Case
from resources.samples.scan import Lie, Scan, Side, scan

BATCH_SHARE = 0.15
BATCH_SIZES = (2, 2, 3, 4)
BATCH_DELIVERIES = ("mfp_pdf", "duplex_pdf", "fax_tiff", "duplex_g4", "tiff_jpeg", "scanner_jpeg")


@dataclass
class Made:
    """One intake as made: what the truth and the records need of it."""

    files: list[delivery.FileTruth] = field(default_factory=list)
    documents: list[dict[str, object]] = field(default_factory=list)
    dossiers: list[dict[str, object]] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Intake:
    """What is fed in one go: the numbers of its dossiers, and the seed everything is drawn from."""

    folder: Path
    name: str
    numbers: tuple[int, ...]
    seed: int
    styles: tuple[str, ...]
    levels: tuple[str, ...]


def make_corpus(
    folder: Path,
    dossiers: int,
    seed: int,
    styles: Sequence[str],
    levels: Sequence[str],
    records_count: int,
    executor: Executor | None = None,
) -> Path:
    """Makes `dossiers` dossiers and `records_count` records under `folder`; returns the truth file.

    Args:
        styles: keys of `style.OFFICES`, taken in turn.
        levels: some of clean, normal, hard, taken in turn.
        executor: makes the intakes at the same time; without one they are made here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    intakes = list(_intakes(folder, dossiers, seed, tuple(styles), tuple(levels)))
    made = list(executor.map(make_intake, intakes) if executor else map(make_intake, intakes))
    rows = [row for one in made for row in one.rows]
    records.write(folder / "records.csv", rows, records_count, seed)
    return truth.write(
        folder / "truth.json",
        seed=seed,
        style=",".join(styles),
        level=",".join(levels),
        records=records_count,
        files=[file for one in made for file in one.files],
        documents=[document for one in made for document in one.documents],
        dossiers=[told for one in made for told in one.dossiers],
    )


def _intakes(
    folder: Path, count: int, seed: int, styles: tuple[str, ...], levels: tuple[str, ...]
) -> Iterator[Intake]:
    rng = random.Random(f"intakes {seed}")
    number, index = 1, 1
    while number <= count:
        size = rng.choice(BATCH_SIZES) if rng.random() < BATCH_SHARE else 1
        numbers = tuple(range(number, min(number + size, count + 1)))
        yield Intake(folder, f"lo_{index:03d}", numbers, seed, styles, levels)
        number += len(numbers)
        index += 1


def make_intake(intake: Intake) -> Made:
    """Draws, scans and delivers one intake."""
    rng = random.Random(f"{intake.seed} {intake.name}")
    batch = len(intake.numbers) > 1
    choices = [way for way in plans.DELIVERIES if not batch or way.name in BATCH_DELIVERIES]
    way = choices[(intake.numbers[0] + rng.randrange(3)) % len(choices)]
    parting = rng.choice(separators.KINDS) if batch else None
    level_at = {
        number: intake.levels[(number + number // len(cases.PROCEDURES)) % len(intake.levels)]
        for number in intake.numbers
    }
    jobs = [_job(intake, number, level_at[number], way, rng) for number in intake.numbers]
    stream = _stream(jobs, parting, way, rng)
    stem = f"{rng.choice(('SCAN', 'IMG', 'DOC', 'HS'))}_{jobs[0].case.received:%Y%m%d}"
    made = Made(files=delivery.deliver(intake.folder, intake.name, stem, way.kind, stream))
    for job in jobs:
        record = cases.record_of(job.case, rng)
        if job.case.route != "none":
            made.rows.append(record)
        made.documents += [truth.document_truth(paper, made.files) for paper in job.papers]
        made.dossiers.append(
            truth.dossier_truth(
                job.case,
                job.papers,
                made.files,
                record=record,
                level=job.plan.level,
                delivery=("batch_" if batch else "") + way.name,
                intake=intake.name,
                separator=parting,
                printed_code=job.case.dossier_code
                if job.plan.printed_code or (parting in ("qr", "code128") and job.case.route != "none")
                else None,
            )
        )
    return made


@dataclass(frozen=True)
class _Job:
    case: Case
    plan: plans.Plan
    papers: list[dossier.Document]


def _job(intake: Intake, number: int, level: str, way: plans.Delivery, rng: random.Random) -> _Job:
    case = cases.make(
        number, rng, route=plans.route(rng), procedure=cases.PROCEDURES[number % len(cases.PROCEDURES)].key
    )
    office = rng.choice(intake.styles)
    plan = plans.plan(case, level, office, way, rng)
    return _Job(case, plan, dossier.documents_of(case, list(plan.orders), rng))


def _stream(
    jobs: list[_Job], parting: str | None, way: plans.Delivery, rng: random.Random
) -> Iterator[tuple[Scan, str | None]]:
    for job in jobs:
        dpi = job.plan.dpi
        if parting:
            code = job.case.dossier_code if job.case.route != "none" else None
            side = separators.separator(
                parting, f"D{job.case.number:03d}", code, dpi, way.mode == "color", rng
            )
            yield scan(side, plans.lie("clean", way.mode, dpi, 0, wide=False, rng=rng), rng), None
        for paper in job.papers:
            spreads = rng.random() < 0.85
            for side in dossier.sides_of(paper, duplex=way.duplex, spreads=spreads, glass=way.glass, rng=rng):
                yield scan(side, _lie(job.plan, way, paper.generation, side, rng), rng), paper.id


def _lie(plan: plans.Plan, way: plans.Delivery, generation: int, side: Side, rng: random.Random) -> Lie:
    """Mostly the dossier's level; now and then a side is better kept than the others."""
    level = plan.level
    if level != "clean" and rng.random() < 0.12:
        level = plans.LEVELS[plans.LEVELS.index(level) - 1]
    return plans.lie(level, way.mode, plan.dpi, generation, wide=side.paper_mm[0] > side.paper_mm[1], rng=rng)
