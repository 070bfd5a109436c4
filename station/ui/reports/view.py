"""The reports screen: cards, bars, a line by day, and the table that every number can be traced in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QStackedWidget, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.reports.presenter import GROUPINGS, PERIODS, RULES, Question, ReportsPresenter
from station.ui.shown import FoundShown, RateShown, RatesShown
from station.ui.widgets.chart import Bars, Line, Point
from station.ui.widgets.rows import Column, Table
from station.ui.widgets.toast import Toasts

# More bars than fit a screen say less than the table does.
MOST_BARS = 8
STAGES = (("intake", N_("intake dossiers")), ("result", N_("results")))


class ReportsView(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: ReportsPresenter, language: Language, toasts: Toasts) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._language = language
        self._toasts = toasts
        self._shown: Sequence[RateShown] = ()
        self._figures = {n: parts.label("–", "figure") for n in ("received", "digitised", "rate", "missing")}
        self._bars = Bars(language(N_("Rate by group")), 100.0)
        self._bars.chosen.connect(self._bar_chosen)
        self._line = Line(language(N_("Rate by day")), 100.0)
        self._table = self._make_table()
        self._behind = self._make_behind()
        self._notes = parts.label("", "small", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self._make_report())
        self._stack.addWidget(self._make_behind_page())
        layout = parts.column(self._make_filters(), gap_px=theme.SPACE_M_PX, margin_px=theme.SPACE_M_PX)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _box(
        self, name: str, choices: Sequence[tuple[str, str]], chosen: Callable[[str], object]
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self._language(name))
        for key, words in choices:
            box.addItem(self._language(words), key)
        box.activated.connect(lambda number: chosen(str(box.itemData(number))))
        return box

    def _make_filters(self) -> QWidget:
        presenter, language = self._presenter, self._language
        self._period = self._box(N_("Period"), PERIODS, presenter.choose_period)
        self._by = self._box(N_("Grouped"), GROUPINGS, lambda key: presenter.choose(by=key))
        self._stage = self._box(N_("Stage"), STAGES, lambda key: presenter.choose(stage=key))
        self._rule = self._box(N_("Rule"), RULES, lambda key: presenter.choose(rule=key))
        row = parts.row(self._period, self._by, self._stage, self._rule, None)
        row.addWidget(parts.button(language(N_("Compute again")), presenter.refresh, "reused", "F5"))
        row.addWidget(parts.button(language(N_("Export")), self.choose_export, "export", "Ctrl+E"))
        return parts.frame("plain", row)

    def _make_empty(self) -> QWidget:
        return parts.empty_state(
            "reports",
            self._language(N_("No numbers for this period")),
            self._language(
                N_(
                    "Import procedure records in Settings, or choose another period: rates compare them with what was scanned."
                )
            ),
        )

    def _make_report(self) -> QWidget:
        language = self._language
        cards = parts.row(gap_px=theme.SPACE_M_PX)
        for name, words in (
            ("received", N_("received")),
            ("digitised", N_("digitised")),
            ("rate", N_("digitization rate")),
            ("missing", N_("missing to the target")),
        ):
            cards.addWidget(
                parts.card(self._figures[name], parts.label(language(words), "muted"), gap_px=0), 1
            )
        charts = parts.row(gap_px=theme.SPACE_M_PX)
        self._bars_title = parts.label("", "strong")
        charts.addWidget(parts.card(self._bars_title, self._bars), 1)
        charts.addWidget(parts.card(parts.label(language(N_("Rate by day")), "strong"), self._line), 1)
        layout = parts.column(cards, charts, gap_px=theme.SPACE_M_PX)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._notes)
        return parts.frame("plain", layout)

    def _make_table(self) -> Table:
        language = self._language
        table = Table(
            language(N_("Rates")),
            (
                Column(language(N_("Group")), lambda r: r.label),
                Column(language(N_("Received")), lambda r: language.number(r.received), number=True),
                Column(language(N_("Digitised")), lambda r: language.number(r.digitised), number=True),
                Column(language(N_("Rate")), lambda r: language.percent(r.rate), number=True),
            ),
            widest=0,
        )
        table.activated.connect(lambda _index: self._drill())
        table.doubleClicked.connect(lambda _index: self._drill())
        table.setToolTip(language(N_("Enter shows the dossiers behind a number")))
        return table

    def _make_behind(self) -> Table:
        language = self._language
        return Table(
            language(N_("Dossiers behind the number")),
            (
                Column(language(N_("Dossier code")), lambda r: r.code, width_px=200),
                Column(language(N_("Applicant")), lambda r: r.applicant_name, width_px=200),
                Column(language(N_("Procedure")), lambda r: r.procedure_name, width_px=240),
                Column(language(N_("State")), lambda r: r.state, width_px=330),
            ),
            widest=2,
        )

    def _make_behind_page(self) -> QWidget:
        self._behind_title = QLabel()
        self._behind_title.setProperty("role", "title")
        back = parts.button(self._language(N_("Back to the rates")), self._back, "undo")
        layout = parts.column(parts.row(self._behind_title, None, back))
        layout.addWidget(self._behind, 1)
        return parts.frame("plain", layout)

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"reports.refresh": self._presenter.refresh, "reports.export": self.choose_export}

    def entered(self) -> None:
        self._presenter.refresh()
        self._period.setFocus()

    def _drill(self) -> None:
        row = self._table.chosen()
        if isinstance(row, RateShown):
            self._presenter.drill(row.key)

    def _bar_chosen(self, label: str) -> None:
        key = next((r.key for r in self._shown if r.label == label), None)
        if key is not None:
            self._presenter.drill(key)

    def _back(self) -> None:
        self._stack.setCurrentIndex(1)
        self._table.setFocus()

    def choose_export(self) -> None:
        """Asks where to write the table."""
        dialog = QFileDialog(self, self._language(N_("Export the table")))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Excel (*.xlsx)", "CSV (*.csv)", "PDF (*.pdf)"])
        dialog.setDefaultSuffix("xlsx")
        dialog.fileSelected.connect(lambda name: self._presenter.export(Path(name)))
        dialog.open()

    # ---- what the presenter tells

    def show_question(self, question: Question, period_name: str) -> None:
        for box, key in (
            (self._period, period_name),
            (self._by, question.by),
            (self._stage, question.stage),
            (self._rule, question.rule),
        ):
            box.setCurrentIndex(box.findData(key))

    def show_rates(self, rates: RatesShown, question: Question, target: float) -> None:
        language, total = self._language, rates.total
        self._figures["received"].setText(language.number(total.received))
        self._figures["digitised"].setText(language.number(total.digitised))
        self._figures["rate"].setText(language.percent(total.rate))
        wanted = -(-total.received * target // 100)
        self._figures["missing"].setText(language.number(max(0, wanted - total.digitised)))
        words = language(dict(GROUPINGS)[question.by])
        self._bars_title.setText(
            language(N_("Rate {grouping}, target {target}"), grouping=words, target=language.percent(target))
        )
        self._bars.show_points([self._point(r) for r in rates.rows[:MOST_BARS]], target)
        self._line.show_points([self._point(r, day=True) for r in rates.by_day], target)
        self._shown = rates.rows
        self._table.rows.show(rates.rows)
        self._notes.setText("\n".join(rates.notes))
        self._notes.setVisible(bool(rates.notes))
        self._stack.setCurrentIndex(1 if total.received or total.digitised else 0)

    def _point(self, row: RateShown, day: bool = False) -> Point:
        return Point(row.label[:5] if day else row.label, row.rate, self._language.percent(row.rate))

    def show_behind(self, key: str, rows: Sequence[FoundShown]) -> None:
        label = next((r.label for r in self._shown if r.key == key), key)
        self._behind_title.setText(f"{label} · {self._language.number(len(rows))}")
        self._behind.rows.show(rows)
        self._stack.setCurrentIndex(2)
        self._behind.setFocus()

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
