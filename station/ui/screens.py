"""The presenters and what they stand on: made once a session, their views as often as they are drawn."""

import importlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from station.ui.pictures import Pictures
from station.ui.shown import StatusShown
from station.ui.verbs.status import StatusVerbs

if TYPE_CHECKING:
    from station.ui.desk import Desk
    from station.ui.dossiers.presenter import DossiersPresenter
    from station.ui.reports.presenter import ReportsPresenter
    from station.ui.scan.office import Place
    from station.ui.scan.presenter import ScanPresenter
    from station.ui.settings.presenter import SettingsPresenter
    from station.ui.sync.presenter import SyncPresenter
    from station.ui.verbs.pictures import PictureVerbs
    from station.ui.verify.presenter import VerifyPresenter


class _Living:
    """A view as its presenter sees it: nothing is told to one that was drawn anew or signed out of."""

    def __init__(self, view: QWidget) -> None:
        self._view = view

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name) if isValid(self._view) else lambda *_values, **_more: None


def living(view: QWidget) -> Any:
    """The view for `attach`, silent once Qt has let go of it."""
    return _Living(view)


class Screens:
    """Makes each screen when it is first looked at."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk
        self._picture_verbs: PictureVerbs | None = None
        self._pictures: Pictures | None = None
        self._status = StatusVerbs(desk.session)
        self._scan: ScanPresenter | None = None
        self._verify: VerifyPresenter | None = None
        self._dossiers: DossiersPresenter | None = None
        self._sync: SyncPresenter | None = None
        self._reports: ReportsPresenter | None = None
        self._settings: SettingsPresenter | None = None

    @property
    def pictures(self) -> Pictures:
        """Where views get pictures from; imported late, for the reader's modules come with it."""
        if self._pictures is None:
            from station.ui.verbs.pictures import PictureVerbs

            self._picture_verbs = PictureVerbs(self._desk.session)
            self._pictures = Pictures(self._picture_verbs, self._desk.background.run)
        return self._pictures

    def makers(self) -> Mapping[str, Callable[[], QWidget]]:
        return {
            "scan": self._make_scan,
            "verify": self._make_verify,
            "dossiers": self._make_dossiers,
            "sync": self._make_sync,
            "reports": self._make_reports,
            "settings": self._make_settings,
        }

    def prepare(self) -> None:
        """A job: loads what the other screens and the reader are made of.

        Going there is not waiting for it then, and the first pile does not begin with half a second of loading, which
        holds the interpreter's lock for up to 50 ms at a time.
        """
        for name in ("ocr.side", "station.work.sorting", "station.work.scanning"):
            importlib.import_module(name)
        for name in ("verify", "dossiers", "sync", "reports", "settings"):
            for part in ("presenter", "view"):
                importlib.import_module(f"station.ui.{name}.{part}")
        for name in ("verifying", "dossiers", "sending", "reporting", "settings"):
            importlib.import_module(f"station.ui.verbs.{name}")

    def status(self) -> StatusShown:
        """A job: the status line's facts."""
        self._status.source = self.scan_presenter().source
        return self._status.status()

    @property
    def busy(self) -> bool:
        """Whether pages come in or are read."""
        return self._scan is not None and self._scan.busy

    def place(self) -> "Place | None":
        """Where the operator is on the scan screen."""
        return self._scan.place if self._scan is not None else None

    def scan_presenter(self) -> "ScanPresenter":
        if self._scan is None:
            from station.ui.scan.presenter import ScanPresenter
            from station.ui.verbs.scanning import ScanVerbs
            from station.work import devices

            desk = self._desk
            verbs = ScanVerbs(desk.session, desk.language, devices.list_devices, devices.source_of)
            self._scan = ScanPresenter(verbs, desk.background.run, desk.language)
            self._scan.open()
        return self._scan

    def _make_scan(self) -> QWidget:
        from station.ui.scan.view import ScanView

        desk = self._desk
        presenter = self.scan_presenter()
        view = ScanView(presenter, self.pictures, desk.language, desk.window.toasts)
        presenter.attach(living(view))
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
        self._verify.attach(living(view))
        return view

    def _dossiers_presenter(self) -> "DossiersPresenter":
        if self._dossiers is None:
            from station.ui.dossiers.presenter import DossiersPresenter
            from station.ui.verbs.dossiers import DossierVerbs

            desk = self._desk
            verbs = DossierVerbs(desk.session, desk.language)
            self._dossiers = DossiersPresenter(verbs, desk.background.run, desk.language, self._open_on_scan)
        return self._dossiers

    def _make_dossiers(self) -> QWidget:
        from station.ui.dossiers.view import DossiersView

        desk = self._desk
        presenter = self._dossiers_presenter()
        view = DossiersView(presenter, self.pictures, desk.language, desk.window.toasts)
        presenter.attach(living(view))
        return view

    def _open_on_dossiers(self, code: str) -> None:
        """A dossier behind a number of the reports, looked up among the dossiers."""
        self._dossiers_presenter().look_for(code)
        self._go_to("dossiers")

    def _go_to(self, name: str) -> None:
        if self._desk.window.shell is not None:
            self._desk.window.shell.go(name)

    def _open_on_scan(self, intake_id: int, dossier_id: int) -> None:
        self.scan_presenter().open_pile(intake_id, dossier_id)
        self._go_to("scan")

    def sync_presenter(self) -> "SyncPresenter":
        """Sends by itself behind every screen, so it is there before its screen is."""
        if self._sync is None:
            from station.ui.sync.presenter import SyncPresenter
            from station.ui.verbs.sending import SyncVerbs

            desk = self._desk
            verbs = SyncVerbs(desk.session, desk.language)
            self._sync = SyncPresenter(verbs, desk.background.run, desk.language)
        return self._sync

    def _make_sync(self) -> QWidget:
        from station.ui.sync.view import SyncView

        presenter = self.sync_presenter()
        view = SyncView(presenter, self._desk.language, self._desk.window.toasts)
        presenter.attach(living(view))
        return view

    def _make_reports(self) -> QWidget:
        from station.ui.reports.presenter import ReportsPresenter
        from station.ui.reports.view import ReportsView
        from station.ui.verbs.reporting import ReportVerbs

        desk = self._desk
        if self._reports is None:
            verbs = ReportVerbs(desk.session, desk.language)
            self._reports = ReportsPresenter(
                verbs, desk.background.run, desk.language, date.today, self._open_on_dossiers, self._go_to
            )
        view = ReportsView(self._reports, desk.language, desk.window.toasts)
        self._reports.attach(living(view))
        return view

    def _make_settings(self) -> QWidget:
        from station.ui.settings.presenter import SettingsPresenter
        from station.ui.settings.view import SettingsView
        from station.ui.verbs.settings import SettingsVerbs

        desk = self._desk
        if self._settings is None:
            verbs = SettingsVerbs(desk.session, desk.language)
            self._settings = SettingsPresenter(
                verbs, desk.background.run, desk.language, self._setting_changed
            )
        remembered = desk.session.remembered()
        view = SettingsView(
            self._settings,
            desk.language,
            desk.window.toasts,
            desk.choose_language,
            desk.choose_looks,
            (remembered.theme, remembered.text_scale),
            (desk.toggle_training, desk.guide),
        )
        self._settings.attach(living(view))
        return view

    def _setting_changed(self, key: str) -> None:
        if key == "folders":
            self.scan_presenter().find_sources()

    def close(self) -> None:
        """Ends the child that draws pictures."""
        if self._picture_verbs is not None:
            self._picture_verbs.close()
