"""Today's card, bars ranked, a line by day with target and last year, and the table of rates."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.reports.presenter import GROUPINGS, Question, ReportsPresenter
from station.ui.reports.shown import RateShown, RatesShown, TodayShown
from station.ui.widgets.chart import Bars, Line, Point
from station.ui.widgets.flow import Flow
from station.ui.widgets.rows import Column, Table

#: A figure of today's card, its words, and what it opens: a list of dossiers, or the screen that is its list.
FIGURES = (
    ("received", N_("received today"), "received"),
    ("digitised", N_("digitised"), "digitised"),
    ("missing", N_("missing"), "missing"),
    ("doubtful", N_("doubtful, to verify"), "verify"),
    ("waiting", N_("waiting to be sent"), "sync"),
    ("rate", N_("rate today"), "received"),
)
#: The list behind each column of the table, in the columns' order.
BEHIND = ("all", "received", "digitised", "missing", "delivered", "excluded", "missing")
CHARTS_HEIGHT_PX = 210


class RatesPage(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: ReportsPresenter, language: Language) -> None:
        super().__init__()
        self._presenter = presenter
        self._language = language
        self._shown: Sequence[RateShown] = ()
        self._figures = {name: parts.label("–", "large") for name, _, _ in FIGURES}
        self._target = parts.label("", "small")
        self._bars = Bars(language(N_("Rate by group")), 100.0)
        self._bars.chosen.connect(self._bar_chosen)
        self._line = Line(language(N_("Rate by day")), 100.0)
        self._bars_title = parts.label("", "strong", wrap=True)
        self._line_title = parts.label("", "strong", wrap=True)
        self._table = self._make_table()
        self._notes = parts.label("", "small", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(
            parts.empty_state(
                "reports",
                language(N_("No numbers for this period")),
                language(
                    N_(
                        "Import procedure records in Settings, or choose another period: rates compare them with what was scanned."
                    )
                ),
            )
        )
        self._stack.addWidget(self._make_report())
        layout: QVBoxLayout = parts.column(self._make_today(), gap_px=theme.SPACE_S_PX)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _make_today(self) -> QWidget:
        cards = Flow()
        for name, words, shown in FIGURES:
            text = self._language(words)
            opening = QPushButton(text)
            opening.setFlat(True)
            opening.setAccessibleName(text)
            opening.setToolTip(self._language(N_("Shows the dossiers behind this number")))
            opening.setCursor(Qt.CursorShape.PointingHandCursor)
            opening.clicked.connect(
                lambda _c=False, s=shown, t=text: self._presenter.drill_today(s, t.capitalize())
            )
            made: list[QWidget] = [self._figures[name], opening]
            if name == "rate":
                made.append(self._target)
            cards.addWidget(parts.card(parts.row(*made, None), gap_px=0))
        return parts.frame("plain", cards)

    def _make_report(self) -> QWidget:
        bars = parts.scrolling(parts.column(self._bars, None), self._language(N_("Rate by group")))
        charts = parts.row(gap_px=theme.SPACE_M_PX)
        for title, chart in ((self._bars_title, bars), (self._line_title, self._line)):
            card = parts.card(title, chart)
            card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            card.setFixedHeight(CHARTS_HEIGHT_PX)
            charts.addWidget(card, 1)
        layout = parts.column(charts, gap_px=theme.SPACE_S_PX)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._notes)
        return parts.frame("plain", layout)

    def _make_table(self) -> Table:
        language = self._language

        def count(name: str, title: str) -> Column:
            return Column(
                language(title), lambda r: language.number(getattr(r, name)), number=True, width_px=110
            )

        table = Table(
            language(N_("Rates")),
            (
                Column(language(N_("Group")), lambda r: r.label),
                count("received", N_("Received")),
                count("digitised", N_("Digitised")),
                count("missing", N_("Not digitised")),
                count("delivered", N_("Delivered")),
                count("excluded", N_("Left out")),
                Column(language(N_("Rate")), lambda r: language.percent(r.rate), number=True, width_px=90),
            ),
            widest=0,
        )
        table.activated.connect(self._drill)
        table.setToolTip(language(N_("Enter shows the dossiers behind a number")))
        return table

    def _drill(self, index: QModelIndex) -> None:
        row = self._table.rows.row(index.row())
        if not isinstance(row, RateShown):
            return
        heading = self._table.rows.headerData(index.column(), Qt.Orientation.Horizontal)
        label = row.label if index.column() == 0 else f"{row.label}: {heading}"
        self._presenter.drill(row.key, BEHIND[index.column()], label)

    def _bar_chosen(self, label: str) -> None:
        row = next((r for r in self._shown if r.label == label), None)
        if row is not None:
            self._presenter.drill(row.key, "missing", f"{row.label}: {self._language(N_('Not digitised'))}")

    # ---- what the presenter tells

    def show_today(self, today: TodayShown) -> None:
        language = self._language
        for name, _, _ in FIGURES:
            value = getattr(today, name)
            self._figures[name].setText(language.percent(value) if name == "rate" else language.number(value))
        self._target.setText(language(N_("target {target}"), target=language.percent(today.target)))
        reached = today.rate is None or today.rate >= today.target
        self._target.setProperty("role", "small" if reached else "bad")
        parts.restyle(self._target)

    def show_rates(self, rates: RatesShown, question: Question, target: float) -> None:
        language, total = self._language, rates.total
        words = language(dict(GROUPINGS)[question.by])
        self._bars_title.setText(
            language(
                N_("Rate {grouping}: {rate}, target {target}"),
                grouping=words,
                rate=language.percent(total.rate),
                target=language.percent(target),
            )
        )
        self._bars.show_points([Point(r.label, r.rate, language.percent(r.rate)) for r in rates.rows], target)
        self._line_title.setText(
            language(N_("Rate by day; dotted: a year earlier"))
            if rates.last_year
            else language(N_("Rate by day"))
        )
        points = [Point(d.label[:5], d.rate, language.percent(d.rate)) for d in rates.by_day]
        across = [min(1.0, d.offset / rates.days) if rates.days > 1 else 0.5 for d in rates.by_day]
        before = [(min(1.0, d.offset / max(1, rates.days)), d.rate) for d in rates.last_year]
        self._line.show_days(points, across, before, target)
        self._shown = rates.rows
        self._table.rows.show((total, *rates.rows))
        self._notes.setText("\n".join(rates.notes))
        self._notes.setVisible(bool(rates.notes))
        self._stack.setCurrentIndex(1 if total.received or total.excluded or rates.notes else 0)
