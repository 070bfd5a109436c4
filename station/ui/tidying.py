"""When Python searches for garbage in the window: at quiet moments, never while a pile comes in.

A full search walks every object of the process and holds the interpreter's lock meanwhile, whichever job sets
it off: 80 to 110 ms with the screens and the reader loaded, three times in a pile of 100 pages. Most
garbage goes without it; the small searches of young objects stay on (10 ms at most in the same pile).
"""

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 10_000
# What was left out is looked at again after ten minutes of quiet: that search costs what a full one does.
ANEW_AFTER_LOOKS = 60
# Young objects as Python itself has it; the third number keeps the full search from starting by itself.
OFTEN, SOMETIMES, NEVER = 700, 10, 1_000_000_000


class Tidying(QObject):
    """Searches when no job ran at two looks in a row; what outlives a search is left out of the next ones, but not for ever.

    Right after a pile the clerk types: a tenth of a second would be felt.
    """

    def __init__(self, is_quiet: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_quiet = is_quiet
        self._looks = 0
        self._was_quiet = False
        self._usual = gc.get_threshold()
        gc.set_threshold(OFTEN, SOMETIMES, NEVER)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(EVERY_MS)

    def look(self) -> bool:
        """Searches if it is quiet and was at the look before; whether it did."""
        quiet = self._is_quiet()
        calm, self._was_quiet = quiet and self._was_quiet, quiet
        if calm:
            self._looks += 1
            if self._looks % ANEW_AFTER_LOOKS == 0:
                gc.unfreeze()
            gc.collect()
            gc.freeze()
        return calm

    def start_over(self) -> None:
        """The next search looks at everything again: the screens were drawn anew."""
        gc.unfreeze()

    def close(self) -> None:
        """Python's own ways again."""
        self._timer.stop()
        gc.unfreeze()
        gc.set_threshold(*self._usual)
