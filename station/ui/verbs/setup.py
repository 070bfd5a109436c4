"""The guided set-up's office: the administrator, scanners and a test page, folders, records, the warehouse."""

from collections.abc import Sequence
from pathlib import Path

from station.ui.language import Language
from station.ui.running import Task
from station.ui.shown import SourceShown
from station.ui.verbs.session import Session
from station.ui.verbs.settings import SettingsVerbs
from station.work import devices, setting_up


class SetupVerbs(SettingsVerbs):
    """Jobs of the guided set-up; after the administrator's step they act as the administrator."""

    def __init__(self, session: Session, language: Language) -> None:
        super().__init__(session, language)
        self._chosen_language = language

    def set_up(self, name: str, password: str, branch: str, counter: str) -> None:
        """Makes the administrator, keeps the office's names, signs in."""
        office = {"branch": branch, "language": self._chosen_language.code}
        if counter:
            office["counter"] = counter
        self._session.set_up(name, password, office)

    def list_sources(self) -> Sequence[SourceShown]:
        found = devices.list_devices(self._session.station)
        return tuple(SourceShown(d.id, d.name, d.kind, d.available) for d in found)

    def test_page(self, source_id: str) -> bytes:
        """An encoded picture of one side; nothing is kept."""
        profile = self._session.remembered().profile
        return setting_up.scan_test_page(self._session.station, source_id, profile)

    def enrol_at(self, file: Path, _task: Task) -> str:
        """Accepts an invitation; returns the branch it names."""
        self.enrol(file)
        return self._session.settings.branch
