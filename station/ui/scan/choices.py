"""What the scan screen asks beside the keys: a document's type, a rescan to take up, files to put in."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from station.core.errors import N_
from station.ui.commands import get
from station.ui.language import Language
from station.ui.scan.device_presenter import Profiles
from station.ui.scan.drops import FileDrops, pasted
from station.ui.scan.office import SEPARATORS, Edit
from station.ui.shown import RefusedShown, RescanShown
from station.ui.widgets.chooser import Choice, Chooser
from station.ui.widgets.preview import PreviewOverlay
from station.ui.widgets.thumbnails import PageStrip

if TYPE_CHECKING:
    from station.ui.scan.presenter import ScanPresenter

# Why a picture may be without colour, or coarse.
EXCUSES = (
    N_("The paper was handed in as this file."),
    N_("The paper itself is a copy without colour."),
    N_("The paper cannot be scanned again."),
)


class ScanChoices:
    """Each question stands over the window and waits for nobody."""

    def __init__(
        self, view: QWidget, presenter: "ScanPresenter", strip: PageStrip, language: Language
    ) -> None:
        self._view = view
        self._presenter = presenter
        self._strip = strip
        self._language = language
        self._drops = FileDrops(view, presenter.take_files)

    def commands(self) -> dict[str, Callable[[], object]]:
        """The commands of the scan screen that ask something first."""
        return {
            "scan.backs": self._presenter.start_backs,
            "scan.profile": lambda: self._presenter.profiles(self._choose_profile),
            "scan.preview": lambda: self._presenter.preview(self._show_preview),
            "scan.refused": lambda: self._presenter.refused(self._choose_refused),
            "scan.paste": self._paste,
            "page.separator": self._choose_separator,
            "page.explain": self._choose_excuse,
        }

    def ask_files(self, take: Callable[[Sequence[Path]], object]) -> None:
        """Asks for files."""
        dialog = QFileDialog(self._view, self._language(get("scan.files").title))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(
            self._language(N_("Pictures and PDF"))
            + " (*.jpg *.jpeg *.png *.tif *.tiff *.webp *.bmp *.jp2 *.j2k *.pdf)"
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

    # ---- devices

    def _choose_profile(self, found: Profiles) -> None:
        chosen, profiles = found
        title = self._language(get("scan.profile").title)
        choices = [Choice(key, name, icon="good" if key == chosen else "") for key, name in profiles]
        names = dict(profiles)

        def take(key: object, _typed: str) -> None:
            self._presenter.choose_profile(str(key), names[str(key)])

        Chooser(self._view.window(), self._language, title, choices, take)

    def _show_preview(self, picture: bytes) -> None:
        PreviewOverlay(self._view.window(), self._language, picture)

    def _choose_refused(self, files: Sequence[RefusedShown]) -> None:
        """Offers the files set aside; the chosen one is tried again."""
        choices = [
            Choice(file, file.name, f"{self._language.moment_text(file.at)} · {file.reason}", "warning")
            for file in files
        ]

        def take(file: object, _typed: str) -> None:
            if isinstance(file, RefusedShown):
                self._presenter.retry_refused(file)

        title = self._language(get("scan.refused").title)
        Chooser(self._view.window(), self._language, title, choices, take)

    def _paste(self) -> None:
        found = pasted()
        if callable(found):
            self._presenter.take_picture(found)
        elif found:
            self._presenter.take_files(found)

    def _choose_excuse(self) -> None:
        """Why the chosen pages are not in colour, or coarse; where a reason is given it can be taken back."""
        pages = self._strip.chosen_pages()
        words = [self._language(sentence) for sentence in EXCUSES]
        choices = [Choice(sentence, sentence) for sentence in words]
        if any(page.excuse for page in pages):
            choices.append(Choice("", self._language(N_("Take the reason back"))))

        def take(sentence: object, note: str) -> None:
            self._presenter.explain(pages, f"{sentence} {note}".strip() if sentence else "")

        Chooser(
            self._view.window(),
            self._language,
            self._language(get("page.explain").title),
            choices,
            take,
            note=self._language(N_("More about it, if you like")),
        )

    def _choose_separator(self) -> None:
        """A separator becomes a page again; a page becomes the separator of what follows it."""
        page, document = self._strip.chosen_page(), self._strip.chosen_document()
        if page is None or document is None:
            return
        if document.type_id == SEPARATORS:
            self._presenter.set_separator(page, None)
            return
        choices = [
            Choice("dossier", self._language(N_("A dossier begins behind it"))),
            Choice("document", self._language(N_("A document begins behind it"))),
        ]

        def take(begins: object, _typed: str) -> None:
            self._presenter.set_separator(page, str(begins))

        Chooser(
            self._view.window(), self._language, self._language(get("page.separator").title), choices, take
        )
