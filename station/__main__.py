"""The door: no verb opens the window, a verb is the command line, and the demonstration has both.

The only place that knows the window and the command line at once.
"""

import sys
from collections.abc import Sequence

from station.core.errors import StationError


def main() -> None:
    from station.cli.app import run, wants_demo_window, wants_window

    arguments = sys.argv[1:]
    if wants_window(arguments):
        sys.exit(_window(arguments))
    if wants_demo_window(arguments):
        sys.exit(_demo_window(arguments))
    sys.exit(run(arguments))


def _window(arguments: Sequence[str]) -> int:
    from station.cli.session import split_globals
    from station.ui.app import main as open_window

    session, _ = split_globals(arguments)
    return open_window(session.home, session.language)


def _demo_window(arguments: Sequence[str]) -> int:
    from station.cli.session import split_globals
    from station.ui.app import run_demo_window
    from station.work import demonstrating

    session, _ = split_globals(arguments)
    try:
        home = demonstrating.demo_home(session.home)
        return run_demo_window(
            home, lambda progress: demonstrating.run_demo(home, progress, session.say), session.language
        )
    except StationError as error:
        sys.stderr.write(error.text(session.translate) + "\n")
        return error.exit_code


if __name__ == "__main__":
    main()
