"""The reports screen: today's card, bars, a line by day, and tables that every number can be traced in."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton, QStackedWidget, QWidget

from station.core.errors import N_
from station.ui import parts, theme
from station.ui.language import Language
from station.ui.reports.list_page import ListPage
from station.ui.reports.presenter import GROUPINGS, PAGES, PERIODS, RULES, Listing, Question, ReportsPresenter
from station.ui.reports.rates_page import RatesPage
from station.ui.reports.shown import (
    BehindShown,
    OutlookShown,
    RatesShown,
    ScannersShown,
    TodayShown,
    WorkShown,
)
from station.ui.reports.work_pages import OutlookPage, PeoplePage, ScannersPage
from station.ui.widgets.flow import Flow
from station.ui.widgets.toast import Toasts

STAGES = (("intake", N_("intake dossiers")), ("result", N_("results")))
#: Which of the boxes above mean something on a page.
ASKED = {
    "rates": ("period", "by", "stage", "rule"),
    "people": ("period",),
    "scanners": ("period",),
    "outlook": (),
}


class ReportsView(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: ReportsPresenter, language: Language, toasts: Toasts) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._presenter = presenter
        self._language = language
        self._toasts = toasts
        self._tabs = {name: self._make_tab(name, words) for name, words in PAGES}
        self._rates = RatesPage(presenter, language)
        self._outlook = OutlookPage(presenter, language)
        self._people = PeoplePage(language)
        self._scanners = ScannersPage(language)
        self._list = ListPage(presenter, language)
        self._pages = {
            "rates": self._rates,
            "outlook": self._outlook,
            "people": self._people,
            "scanners": self._scanners,
            "list": self._list,
        }
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
        filters = self._make_filters()
        layout = parts.column(
            Flow(*self._tabs.values()), filters, gap_px=theme.SPACE_S_PX, margin_px=theme.SPACE_M_PX
        )  # fmt: skip
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def _make_tab(self, name: str, words: str) -> QPushButton:
        text = self._language(words)
        made = QPushButton(text)
        made.setCheckable(True)
        made.setAccessibleName(text)
        made.setToolTip(text)
        made.clicked.connect(lambda _checked=False: self._presenter.choose_page(name))
        return made

    def _box(
        self, name: str, choices: Sequence[tuple[str, str]], chosen: Callable[[str], object]
    ) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self._language(name))
        box.setToolTip(self._language(name))
        for key, words in choices:
            box.addItem(self._language(words), key)
        box.activated.connect(lambda number: chosen(str(box.itemData(number))))
        return box

    def _make_filters(self) -> QWidget:
        presenter, language = self._presenter, self._language
        self._boxes = {
            "period": self._box(N_("Period"), PERIODS, presenter.choose_period),
            "by": self._box(N_("Grouped"), GROUPINGS, lambda key: presenter.choose(by=key)),
            "stage": self._box(N_("Stage"), STAGES, lambda key: presenter.choose(stage=key)),
            "rule": self._box(N_("Rule"), RULES, lambda key: presenter.choose(rule=key)),
        }
        again = parts.button(language(N_("Compute again")), presenter.refresh, "reused", "F5")
        self._form = parts.button(language(N_("Official form")), self.choose_form, "export")
        self._export = parts.button(language(N_("Export")), self.choose_export, "export", "Ctrl+E")
        return parts.frame("plain", Flow(*self._boxes.values(), again, self._form, self._export))

    # ---- commands

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"reports.refresh": self._presenter.refresh, "reports.export": self.choose_export}

    def entered(self) -> None:
        self._presenter.refresh()
        (self._boxes["period"] if self._boxes["period"].isVisible() else self._tabs["outlook"]).setFocus()

    def choose_export(self) -> None:
        """Asks where to write the table, or the list that is looked at."""
        if self._export.isVisible():
            self._ask_file(N_("Export the table"), self._presenter.export)

    def choose_form(self) -> None:
        """Asks where to write the official form."""
        self._ask_file(N_("Official form"), self._presenter.export_form)

    def _ask_file(self, title: str, chosen: Callable[[Path], object]) -> None:
        dialog = QFileDialog(self, self._language(title))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["Excel (*.xlsx)", "CSV (*.csv)", "PDF (*.pdf)"])
        dialog.setDefaultSuffix("xlsx")
        # The ending follows the kind that is chosen, unless one is typed.
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix(kind.split("*.")[1].rstrip(")")))
        dialog.fileSelected.connect(lambda name: chosen(Path(name)))
        dialog.open()

    # ---- what the presenter tells

    def show_question(self, question: Question, period_name: str) -> None:
        chosen = {
            "period": period_name,
            "by": question.by,
            "stage": question.stage,
            "rule": question.rule,
        }
        for name, key in chosen.items():
            self._boxes[name].setCurrentIndex(self._boxes[name].findData(key))

    def show_page(self, page: str, pages: Sequence[str]) -> None:
        for name, tab in self._tabs.items():
            tab.setVisible(name in pages)
            tab.setChecked(name == page)
        listing = self._presenter.listing is not None
        for name, box in self._boxes.items():
            box.setVisible(name in ASKED[page] and not listing)
        self._form.setVisible(page == "rates" and not listing)
        self._export.setVisible(page == "rates" or listing)
        self._stack.setCurrentWidget(self._pages["list" if listing else page])

    def show_rates(self, rates: RatesShown, question: Question, target: float) -> None:
        self._rates.show_rates(rates, question, target)

    def show_today(self, today: TodayShown) -> None:
        self._rates.show_today(today)

    def show_outlook(self, outlook: OutlookShown) -> None:
        self._outlook.show_outlook(outlook)

    def show_people(self, people: Sequence[WorkShown]) -> None:
        self._people.show_people(people)

    def show_scanners(self, scanners: ScannersShown) -> None:
        self._scanners.show_scanners(scanners)

    def show_behind(self, listing: Listing, rows: Sequence[BehindShown]) -> None:
        self._list.show_behind(listing, rows)
        for box in (*self._boxes.values(), self._form):
            box.setVisible(False)
        self._export.setVisible(True)
        self._stack.setCurrentWidget(self._list)

    def say(self, sentence: str) -> None:
        self._toasts.good(sentence)

    def complain(self, sentence: str) -> None:
        self._toasts.problem(sentence)
