"""The window's start: the Qt application, the desk, and the demo's window."""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLoggingCategory
from PySide6.QtWidgets import QApplication

from station.core.errors import StationError
from station.ui.desk import Desk
from station.work.station import Station

# The main thread waits for the interpreter's lock this long at most while a job computes, not 5 ms each time.
LOCK_TURN_S = 0.0005


def application() -> QApplication:
    """The one Qt application of this process."""
    found = QApplication.instance()
    made = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    made.setApplicationName("station")
    sys.setswitchinterval(LOCK_TURN_S)
    # Qt warns that Latin fonts hold no Khmer; the next family in the list does.
    QLoggingCategory.setFilterRules("qt.text.font.db=false")
    made.setQuitOnLastWindowClosed(True)
    return made


def main(home: Path, language: str | None = None, station: Station | None = None) -> int:
    """Opens the window and stays until it is closed.

    Args:
        home: the data folder.
        language: "vi", "en" or "km"; None: as the window remembers, else as the settings say.
        station: already opened by someone who may; None asks for a name and password.
    """
    qt = application()
    desk = Desk(qt, home, language)
    if station is None:
        desk.start()
    else:
        desk.show_window()
        desk.use(station)
    code = qt.exec()
    desk.close()
    return code


def run_demo_window(
    home: Path, run: Callable[[Callable[[str, int, int], None]], object], language: str | None = None
) -> int:
    """The demo in a window: its steps move by while `run` works, then the sync screen shows the receipts.

    Args:
        home: the demo's data folder.
        run: does the demo off the main thread; it is given `progress(step, done, total)`.

    Returns:
        0 when the demo ended well, 1 otherwise.
    """
    from station.ui.demo import DemoCard

    qt = application()
    desk = Desk(qt, home, language)
    card = DemoCard(desk.language)
    ended: list[int] = []

    def done(_result: object) -> None:
        ended.append(0)
        card.finish(lambda: desk.use(desk.session.as_system_user()))

    def failed(error: StationError) -> None:
        ended.append(error.exit_code)
        card.fail(desk.language.error(error))

    desk.window.show_card(card)
    desk.show_window()
    desk.background.run(
        lambda task: run(lambda step, number, total: task.report((step, number, total))),
        done,
        failed,
        lambda step: card.show_step(*step),
    )
    qt.exec()
    desk.close()
    return ended[0] if ended else 1
