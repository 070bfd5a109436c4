"""The door: no verb opens the window, a verb is the command line."""

import sys


def main() -> None:
    from station.cli.app import run, wants_window

    arguments = sys.argv[1:]
    if wants_window(arguments):
        from station.ui.app import main as open_window

        sys.exit(open_window(arguments))
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
