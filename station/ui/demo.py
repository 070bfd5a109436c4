"""The demo's card: each step with its bar, and at the end a door to the screens."""

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QProgressBar, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language

CARD_PX = 560

#: What the demo does, by the names its progress gives.
STEP_WORDS = {
    "make": N_("Making sample dossiers"),
    "samples": N_("Making sample dossiers"),
    "records": N_("Importing procedure records"),
    "import": N_("Importing procedure records"),
    "capture": N_("Scanning"),
    "scan": N_("Scanning"),
    "read": N_("Reading pages"),
    "sort": N_("Grouping and matching"),
    "match": N_("Grouping and matching"),
    "verify": N_("Verifying as the demo operator"),
    "seal": N_("Sealing"),
    "warehouse": N_("Starting the warehouse"),
    "send": N_("Sending"),
    "sync": N_("Sending"),
}


class WaitingCard(QWidget):
    """What is being made ready, and how far it is."""

    def __init__(self, language: Language, sentence: str) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._bar = parts.progress(sentence)
        self._bar.setRange(0, 0)
        card = parts.card(parts.label(sentence, "title", wrap=True), self._bar, gap_px=theme.SPACE_M_PX)
        card.setFixedWidth(CARD_PX)
        self.setLayout(parts.column(None, parts.row(None, card, None), None))

    def show_progress(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)


class DemoCard(QWidget):
    """Steps appear below each other as they come."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._language = language
        self._steps: dict[str, tuple[QLabel, QLabel, QProgressBar]] = {}
        self._list = parts.column(gap_px=theme.SPACE_M_PX)
        self._end = parts.label("", "strong", wrap=True)
        self._buttons = parts.row(None)
        card = parts.card(
            parts.label(language(N_("Demonstration")), "large"),
            parts.label(
                language(N_("Three dossiers of invented citizens go from the scanner to the warehouse.")),
                "muted",
                wrap=True,
            ),
            self._list,
            self._end,
            self._buttons,
            gap_px=theme.SPACE_M_PX,
        )
        card.setFixedWidth(CARD_PX)
        self.setLayout(parts.column(None, parts.row(None, card, None), None))

    def show_step(self, step: str, done: int, total: int) -> None:
        """A step as far as it is; `total` 0 means nobody knows how far."""
        words = self._language(STEP_WORDS.get(step, step))
        if words not in self._steps:
            for mark, _count, bar in self._steps.values():
                self._tick(mark, bar)
            mark, count, bar = parts.label(words), parts.label("", "small"), parts.progress(words)
            head = parts.row(mark, None, count)
            self._list.addLayout(parts.column(head, bar, gap_px=theme.SPACE_XS_PX))
            self._steps[words] = (mark, count, bar)
        mark, count, bar = self._steps[words]
        bar.setRange(0, total)
        bar.setValue(done)
        count.setText(f"{done} / {total}" if total else "")

    @staticmethod
    def _tick(mark: QLabel, bar: QProgressBar) -> None:
        bar.setRange(0, max(1, bar.maximum()))
        bar.setValue(bar.maximum())

    def finish(self, look: Callable[[], object]) -> None:
        """Every step is done; `look` opens the screens over the demo's data."""
        for mark, _count, bar in self._steps.values():
            self._tick(mark, bar)
        self._end.setText(self._language(N_("Done: every dossier is in the warehouse.")))
        button = parts.button(self._language(N_("Look at the dossiers")), look, "dossiers", primary=True)
        self._buttons.addWidget(button)
        button.setFocus()

    def fail(self, sentence: str) -> None:
        """The demo stopped; the sentence says why."""
        self._end.setText(sentence)
        self._end.setProperty("role", "bad")
        parts.restyle(self._end)
