"""Making a corpus from the command line: python -m resources.samples OUT --dossiers 300 --seed 5."""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from resources.samples.corpus import make_corpus
from resources.samples.plans import LEVELS
from resources.samples.style import OFFICES
from station.core.errors import StationError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m resources.samples",
        description="Makes dossiers of invented citizens with exact truth.",
    )
    parser.add_argument("out", type=Path, help="folder for files/, records.csv and truth.json")
    parser.add_argument("--dossiers", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--styles", default=",".join(OFFICES), help="kinds of office, by comma")
    parser.add_argument("--levels", default=",".join(LEVELS), help="levels of damage, by comma")
    parser.add_argument("--records", type=int, default=2000, help="rows of records.csv")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    wanted = parser.parse_args(arguments)
    styles, levels = wanted.styles.split(","), wanted.levels.split(",")
    if not set(styles) <= set(OFFICES) or not set(levels) <= set(LEVELS):
        parser.error(f"styles are {', '.join(OFFICES)}; levels are {', '.join(LEVELS)}")
    try:
        if wanted.workers > 1:
            with ProcessPoolExecutor(wanted.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
                told = make_corpus(
                    wanted.out, wanted.dossiers, wanted.seed, styles, levels, wanted.records, pool
                )
        else:
            told = make_corpus(wanted.out, wanted.dossiers, wanted.seed, styles, levels, wanted.records)
    except StationError as error:
        print(error.text(), file=sys.stderr)  # noqa: T201
        return error.exit_code
    print(told)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
