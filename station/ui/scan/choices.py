"""What the scan screen asks beside the keys: a document's type, a rescan to take up, files to put in."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from station.core.errors import N_
from station.ui.commands import get
from station.ui.language import Language
from station.ui.scan.office import Edit
from station.ui.shown import RescanShown
from station.ui.widgets.chooser import Choice, Chooser
from station.ui.widgets.thumbnails import PageStrip

if TYPE_CHECKING:
    from station.ui.scan.presenter import ScanPresenter


class ScanChoices:
    """Each question stands over the window and waits for nobody."""

    def __init__(
        self, view: QWidget, presenter: "ScanPresenter", strip: PageStrip, language: Language
    ) -> None:
        self._view = view
        self._presenter = presenter
        self._strip = strip
        self._language = language

    def ask_files(self, take: Callable[[Sequence[Path]], object]) -> None:
        """Asks for files."""
        dialog = QFileDialog(self._view, self._language(get("scan.files").title))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(
            self._language(N_("Pictures and PDF")) + " (*.jpg *.jpeg *.png *.tif *.tiff *.webp *.pdf)"
        )
        dialog.filesSelected.connect(lambda names: take([Path(n) for n in names]))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def choose_type(self) -> None:
        """Offers the document types for the chosen document."""
        document = self._strip.chosen_document()
        if document is None or document.document_id is None:
            return
        document_id = document.document_id

        def chosen(type_id: object, _typed: str) -> None:
            self._presenter.edit(Edit("page.type", (), document_id, value=str(type_id)))

        def show(types: Sequence[tuple[str, str]]) -> None:
            title = self._language(get("page.type").title)
            choices = [Choice(type_id, name) for type_id, name in types]
            Chooser(self._view.window(), self._language, title, choices, chosen)

        self._presenter.document_types(show)

    def choose_rescan(self, waiting: Sequence[RescanShown]) -> None:
        """Offers what was sent back; the chosen dossier opens at its page."""
        language = self._language

        def words(task: RescanShown) -> Choice:
            where = language(N_("Page {number} of {document}"), number=task.number, document=task.document)
            title = f"{task.dossier_code} · {where}" if task.number else task.dossier_code
            said = (task.reason, task.note, task.asked_by, language.moment_text(task.asked_at))
            return Choice(task, title, " · ".join(x for x in said if x), "rescan")

        def chosen(task: object, _typed: str) -> None:
            if isinstance(task, RescanShown):
                self._presenter.open_rescan(task)

        title = language(get("scan.rescans").title)
        Chooser(self._view.window(), language, title, [words(task) for task in waiting], chosen)
