"""The presenters and what they stand on: made once a session, their views as often as they are drawn."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station.ui.pictures import Pictures
from station.ui.shown import StatusShown
from station.ui.verbs.pictures import PictureVerbs
from station.ui.verbs.status import StatusVerbs

if TYPE_CHECKING:
    from station.ui.app import Desk
    from station.ui.scan.presenter import ScanPresenter
    from station.ui.verify.presenter import VerifyPresenter


class Screens:
    """Makes each screen when it is first looked at."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._picture_verbs = PictureVerbs(desk.session)
        self.pictures = Pictures(self._picture_verbs, desk.background.run)
        self._status = StatusVerbs(desk.session)
        self._scan: ScanPresenter | None = None
        self._verify: VerifyPresenter | None = None

    def makers(self) -> Mapping[str, Callable[[], QWidget]]:
        return {
            "scan": self._make_scan,
            "verify": self._make_verify,
        }

    def status(self) -> StatusShown:
        """A job: the status line's facts."""
        self._status.source = self.scan_presenter().source
        return self._status.status()

    def scan_presenter(self) -> "ScanPresenter":
        if self._scan is None:
            from station.ui.scan.presenter import ScanPresenter
            from station.ui.verbs.devices import scanners
            from station.ui.verbs.scanning import ScanVerbs

            desk = self._desk
            verbs = ScanVerbs(desk.session, desk.language, scanners)
            self._scan = ScanPresenter(verbs, desk.background.run, desk.language)
            self._scan.open()
        return self._scan

    def _make_scan(self) -> QWidget:
        from station.ui.scan.view import ScanView

        desk = self._desk
        presenter = self.scan_presenter()
        view = ScanView(presenter, self.pictures, desk.language, desk.window.toasts)
        presenter.attach(view)
        return view

    def _make_verify(self) -> QWidget:
        from station.ui.verbs.verifying import VerifyVerbs
        from station.ui.verify.presenter import VerifyPresenter
        from station.ui.verify.view import VerifyView

        desk = self._desk
        if self._verify is None:
            verbs = VerifyVerbs(desk.session, desk.language)
            self._verify = VerifyPresenter(verbs, desk.background.run, desk.language)
        view = VerifyView(self._verify, self.pictures, desk.language, desk.window.toasts)
        self._verify.attach(view)
        return view

    def close(self) -> None:
        """Ends the child that draws pictures."""
        self._picture_verbs.close()
