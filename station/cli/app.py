"""The command line's root: verbs, exit codes, and the one place where errors become sentences.

Exit codes: 0 done · 1 our fault · 2 usage · 3 some input refused, the rest done · 4 scanner ·
5 network or warehouse · 6 not allowed · 7 storage.
"""

import importlib
import logging
import os
import sys
from collections.abc import Sequence

import typer

from station import __version__
from station.cli.session import Session, split_globals
from station.core import process
from station.core.errors import OurFault, StationError

log = logging.getLogger(__name__)

app = typer.Typer(
    name="station",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Scan, read, match, seal and deliver citizens' dossiers. Without a verb: the window. "
    "Everywhere: --home DIR, --user NAME, --lang vi|en|km, --json.",
)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if version:
        sys.stdout.write(f"station {__version__}\n")
        raise typer.Exit


def wants_window(arguments: Sequence[str]) -> bool:
    """No verb means the window; --help and --version are answered here."""
    try:
        _, rest = split_globals(arguments)
    except StationError:
        return False
    return not rest


def wants_demo_window(arguments: Sequence[str]) -> bool:
    """`station demo` where a window can be shown and neither --headless nor --json forbids it."""
    try:
        session, rest = split_globals(arguments)
    except StationError:
        return False
    return rest == ["demo"] and not session.as_json and has_display()


def has_display() -> bool:
    return sys.platform == "win32" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; every error is a sentence on standard error."""
    process.one_thread_each()
    session: Session | None = None
    try:
        session, rest = split_globals(arguments)
        _load_verbs(rest)
        result = app(rest, standalone_mode=False, obj=session)
        return result if isinstance(result, int) else 0
    except StationError as error:
        return _say(session, error)
    except typer.Exit as error:
        return error.exit_code
    except typer.TyperException as error:
        sys.stderr.write(f"{error.format_message()} station --help\n")
        return 2
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        log.exception("a command failed")
        return _say(session, OurFault(what=f"{type(error).__name__}: {error}"))


def _say(session: Session | None, error: StationError) -> int:
    translate = session.translate if session is not None else (lambda s: s)
    sys.stderr.write(error.text(translate) + "\n")
    return error.exit_code


#: Which modules of this package hold a verb; only those are loaded, for loading all takes seconds.
VERBS = {
    "intake_verbs": (
        "devices",
        "scan",
        "rescan",
        "preview",
        "refused",
        "watch",
        "ingest",
        "separators",
        "records",
        "demo",
    ),
    "dossier_verbs": ("dossiers", "verify", "result", "seal", "edit", "reuse"),
    "sending_verbs": ("outbox", "sync", "export", "receipts", "day-list"),
    "asking_verbs": ("records",),
    "report_verbs": ("report",),
    "catalogue_verbs": ("catalogue",),
    "care": ("doctor", "check", "backup", "restore", "purge", "enrol", "train", "users", "settings"),
}


def _load_verbs(arguments: Sequence[str]) -> None:
    """Verbs register themselves on import; a call without a known verb (help) loads them all."""
    holders = [module for module, verbs in VERBS.items() if arguments and arguments[0] in verbs]
    for module in holders or VERBS:
        importlib.import_module(f"station.cli.{module}")
