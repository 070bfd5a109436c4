"""The dossiers behind a number: since when, who received each, and why it is not digitised."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from station.core.errors import N_
from station.ui import parts
from station.ui.language import Language
from station.ui.reports.presenter import SHOWN, Listing, ReportsPresenter
from station.ui.reports.shown import BehindShown
from station.ui.widgets.rows import Column, Table


class ListPage(QWidget):
    """Draws and reports."""

    def __init__(self, presenter: ReportsPresenter, language: Language) -> None:
        super().__init__()
        self._presenter = presenter
        self._language = language
        self._title = parts.label("", "title")
        self._narrow = QComboBox()
        self._narrow.setAccessibleName(language(N_("Which of these dossiers")))
        for key, words in SHOWN:
            self._narrow.addItem(language(words), key)
        self._narrow.activated.connect(lambda at: presenter.narrow(str(self._narrow.itemData(at))))
        back = parts.button(language(N_("Back to the rates")), presenter.leave_list, "undo")
        self._table = self._make_table()
        layout: QVBoxLayout = parts.column(parts.row(self._title, None, self._narrow, back))
        layout.addWidget(self._table, 1)
        self.setLayout(layout)

    def _make_table(self) -> Table:
        language = self._language
        table = Table(
            language(N_("Dossiers behind the number")),
            (
                Column(language(N_("Dossier code")), lambda r: r.code, width_px=190),
                Column(language(N_("Applicant")), lambda r: r.applicant_name, width_px=180),
                Column(language(N_("Procedure")), lambda r: r.procedure_name, width_px=200),
                Column(language(N_("Received on")), lambda r: language.day(r.received_on), width_px=110),
                Column(
                    language(N_("Days")),
                    lambda r: "" if r.age_days is None else language.number(r.age_days),
                    number=True,
                    width_px=60,
                ),
                Column(language(N_("Received by")), lambda r: r.receiver, width_px=130),
                Column(language(N_("State")), lambda r: r.state, width_px=250),
            ),
            widest=2,
        )
        table.activated.connect(lambda _index: self._open())
        table.setToolTip(language(N_("Enter opens the dossier")))
        return table

    def _open(self) -> None:
        row = self._table.chosen()
        if isinstance(row, BehindShown):
            self._presenter.open_dossier(row.code)

    def show_behind(self, listing: Listing, rows: Sequence[BehindShown]) -> None:
        """The rows; the title names the number they are behind."""
        self._title.setText(f"{listing.label} · {self._language.number(len(rows))}")
        self._narrow.setCurrentIndex(self._narrow.findData(listing.shown))
        self._narrow.setVisible(not listing.why)
        self._table.rows.show(rows)
        self._table.setFocus()
