"""Why and what next, people, scanners: the pages beside the rates."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.reports.presenter import ReportsPresenter
from station.ui.reports.shown import OutlookShown, ScannersShown, WorkShown
from station.ui.widgets.rows import Column, Table


class OutlookPage(QWidget):
    """Alerts, how the quarter closes, what is missing and why, which step takes longest."""

    def __init__(self, presenter: ReportsPresenter, language: Language) -> None:
        super().__init__()
        self._presenter = presenter
        self._language = language
        self._shown: OutlookShown | None = None
        self._alerts = parts.column(gap_px=theme.SPACE_XS_PX)
        self._forecasts = parts.row(gap_px=theme.SPACE_M_PX)
        self._slowest = parts.label("", "strong", wrap=True)
        self._missing, self._steps = self._make_tables()
        tables = QGridLayout()
        tables.setSpacing(theme.SPACE_S_PX)
        tables.addWidget(
            parts.label(language(N_("Not digitised this quarter, and why")), "strong", wrap=True), 0, 0
        )
        tables.addWidget(self._slowest, 0, 1)
        tables.addWidget(self._missing, 1, 0)
        tables.addWidget(self._steps, 1, 1)
        tables.setRowStretch(1, 1)
        layout: QVBoxLayout = parts.column(self._alerts, self._forecasts, gap_px=theme.SPACE_M_PX)
        layout.addLayout(tables, 1)
        self.setLayout(layout)

    def _make_tables(self) -> tuple[Table, Table]:
        language = self._language
        missing = Table(
            language(N_("Not digitised this quarter, and why")),
            (
                Column(language(N_("Why")), lambda r: r.words),
                Column(
                    language(N_("Dossiers")), lambda r: language.number(r.count), number=True, width_px=100
                ),
            ),
            widest=0,
        )
        missing.activated.connect(lambda _index: self._drill())
        missing.setToolTip(language(N_("Enter shows the dossiers behind a number")))
        steps = Table(
            language(N_("Time by step")),
            (
                Column(language(N_("Step")), lambda r: r.name),
                Column(
                    language(N_("Dossiers")), lambda r: language.number(r.dossiers), number=True, width_px=90
                ),
                Column(
                    language(N_("Hours, mean")),
                    lambda r: language.number(r.mean_hours, 1),
                    number=True,
                    width_px=100,
                ),
                Column(
                    language(N_("Hours, half within")),
                    lambda r: language.number(r.median_hours, 1),
                    number=True,
                    width_px=100,
                ),
                Column(
                    language(N_("Share")), lambda r: language.percent(r.share), number=True, width_px=80
                ),
            ),
            widest=0,
        )  # fmt: skip
        return missing, steps

    def _drill(self) -> None:
        row = self._missing.chosen()
        if row is not None and self._shown is not None:
            self._presenter.drill_missing(self._shown, row.reason, row.words)

    def show_outlook(self, outlook: OutlookShown) -> None:
        """Fills the page; without alerts it says so."""
        language, self._shown = self._language, outlook
        parts.clear(self._alerts)
        for sentence in outlook.alerts:
            self._alerts.addWidget(parts.label(f"⚠ {sentence}", "bad", wrap=True))
        if not outlook.alerts:
            self._alerts.addWidget(parts.label(language(N_("Nothing needs a look today.")), "good"))
        parts.clear(self._forecasts)
        for title, sentences in outlook.forecasts:
            texts = [parts.label(sentence, wrap=True) for sentence in sentences]
            self._forecasts.addWidget(parts.card(parts.label(title, "strong", wrap=True), *texts, None), 1)
        self._missing.rows.show(outlook.missing)
        self._steps.rows.show(outlook.steps)
        self._slowest.setText(
            language(N_("Most time goes by in: {step}."), step=outlook.slowest)
            if outlook.slowest
            else language(N_("No dossier was sealed in the last 90 days, so no times are known."))
        )


class PeoplePage(QWidget):
    """What each person did; an operator sees their own line."""

    def __init__(self, language: Language) -> None:
        super().__init__()

        def count(name: str, title: str) -> Column:
            return Column(language(title), lambda r: language.number(getattr(r, name)), number=True)

        self._table = Table(
            language(N_("People")),
            (
                Column(language(N_("Name")), lambda r: r.name),
                count("sides", N_("Pages scanned")),
                count("dossiers", N_("Dossiers sealed")),
                count("keys", N_("Keys pressed")),
                count("attention_min", N_("Minutes of attention")),
                count("rescans", N_("Pages to scan again")),
            ),
            widest=0,
        )
        words = N_(
            "Attention is the time between one's own acts at the station; longer than two minutes counts as a pause of two minutes."
        )
        layout: QVBoxLayout = parts.column(self._table, parts.label(language(words), "small", wrap=True))
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def show_people(self, people: Sequence[WorkShown]) -> None:
        self._table.rows.show(people)


class ScannersPage(QWidget):
    """Use of each scanner and folder, and faults."""

    def __init__(self, language: Language) -> None:
        super().__init__()

        def number(title: str, text: Column) -> Column:
            return Column(language(title), text.text, number=True, width_px=110)

        self._scanners = Table(
            language(N_("Scanners")),
            (
                Column(language(N_("Scanner")), lambda r: r.device),
                number(N_("Pages scanned"), Column("", lambda r: language.number(r.sides))),
                number(N_("Piles"), Column("", lambda r: language.number(r.batches))),
                number(N_("Time scanning"), Column("", lambda r: language.span(r.seconds) if r.seconds else "–")),
                number(
                    N_("Pages a minute"),
                    Column("", lambda r: "–" if r.sides_a_minute is None else language.number(r.sides_a_minute, 1)),
                ),
                number(N_("Faults"), Column("", lambda r: language.number(r.faults))),
                Column(language(N_("Last used")), lambda r: r.last_used, width_px=150),
            ),
            widest=0,
        )  # fmt: skip
        self._faults = Table(
            language(N_("Faults")),
            (
                Column(language(N_("When")), lambda r: r.at, width_px=150),
                Column(language(N_("Scanner")), lambda r: r.device, width_px=220),
                Column(language(N_("What happened")), lambda r: r.sentence),
            ),
            widest=2,
        )
        layout: QVBoxLayout = parts.column(
            self._scanners, parts.label(language(N_("Faults")), "strong"), self._faults
        )
        layout.setStretch(0, 1)
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def show_scanners(self, scanners: ScannersShown) -> None:
        self._scanners.rows.show(scanners.scanners)
        self._faults.rows.show(scanners.faults)
