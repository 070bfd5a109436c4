"""The settings screen's office: settings, accounts, folders, records, enrolment, care."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from station.core.errors import N_
from station.core.settings import LIMITS
from station.ui.language import Language
from station.ui.running import Task
from station.ui.shown import CheckShown, ChoiceShown, PersonShown, SectionShown
from station.ui.verbs.session import Session
from station.work import (
    caretaking,
    cataloguing,
    devices,
    diagnosing,
    doctoring,
    enrolling,
    importing,
    people,
    standing,
)

#: Settings by section: (key, label). Their kind follows from the setting's type.
_SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        N_("Office"),
        (
            ("branch", N_("Branch")),
            ("counter", N_("Counter")),
            ("target_rate", N_("Digitization rate to reach, percent")),
        ),
    ),
    (
        N_("Scanning and reading"),
        (
            ("count_before_scan", N_("Ask for the number of sheets before scanning (two more keys)")),
            ("keep_blank_backs", N_("Keep blank backs in sealed documents")),
            ("sure_from", N_("A value is shown as sure from this confidence (0 to 1)")),
            ("workers", N_("Processes that read pages (0: the station chooses)")),
        ),
    ),
    (
        N_("Sealing and storage"),
        (
            ("seal_profile", N_("Form of the sealed PDF")),
            ("same_paper", N_("A paper that was scanned before for another dossier")),
            ("send_originals", N_("Send the captured originals along")),
            ("keep_originals_days", N_("Days originals stay after the warehouse's receipt")),
        ),
    ),
    (
        N_("Safety"),
        (("idle_lock_min", N_("Minutes without a key before the password is asked again (0: never)")),),
    ),
)
_CHOICES = {
    "faithful": N_("faithful: the picture untouched"),
    "layered": N_("layered: small files"),
    "say": N_("say: it is only told"),
    "offer": N_("offer: the held paper takes its place"),
}


class SettingsVerbs:
    """Jobs of the settings screen."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def sections(self) -> Sequence[SectionShown]:
        chosen, locked = self._session.settings, people.locked_settings(self._session.station)
        fixed = self._language(N_("Fixed for all counters by your IT staff."))

        def shown(key: str, words: str) -> ChoiceShown:
            choice = self._choice(key, words, getattr(chosen, key))
            return replace(choice, locked=True, hint=fixed) if key in locked else choice

        return tuple(
            SectionShown(self._language(title), tuple(shown(key, words) for key, words in rows))
            for title, rows in _SECTIONS
        )

    def _choice(self, key: str, words: str, value: object) -> ChoiceShown:
        label = self._language(words)
        if isinstance(value, bool):
            return ChoiceShown(key, label, "switch", "true" if value else "false")
        if key in LIMITS:
            choices = tuple((name, self._language(_CHOICES.get(name, name))) for name in LIMITS[key])
            return ChoiceShown(key, label, "choice", str(value), choices)
        return ChoiceShown(key, label, "text", str(value))

    def change(self, key: str, value: str) -> None:
        self._session.change_settings({key: value})

    # ---- people and folders

    def people(self) -> Sequence[PersonShown]:
        found = people.list_accounts(self._session.station)
        return tuple(PersonShown(a.name, a.name, a.role, a.active) for a in found)

    def add_person(self, name: str, role: str, password: str) -> None:
        people.add_account(self._session.station, name, role, password)

    def set_active(self, name: str, active: bool) -> None:
        people.set_active(self._session.station, name, active)

    def set_password(self, name: str, password: str) -> None:
        people.set_password(self._session.station, name, password)

    def set_role(self, name: str, role: str) -> None:
        people.set_role(self._session.station, name, role)

    def folders(self) -> Sequence[str]:
        watched = self._session.settings.watched_folders.split(";")
        return tuple(folder.strip() for folder in watched if folder.strip())

    def add_folder(self, folder: Path) -> None:
        self._set_folders({**dict.fromkeys(self.folders()), str(folder): None})

    def remove_folder(self, folder: str) -> None:
        self._set_folders(f for f in self.folders() if f != folder)

    def _set_folders(self, folders: Iterable[str]) -> None:
        self._session.change_settings({"watched_folders": "; ".join(folders)})

    def profiles(self) -> tuple[str, Sequence[tuple[str, str]]]:
        """The scan profile chosen, and all of them by name."""
        known = devices.list_profiles(self._session.station)
        named = tuple((p.id, self._language(p.name)) for p in known.values())
        return self._session.remembered().profile, named

    def choose_profile(self, profile_id: str) -> None:
        self._session.note(profile=profile_id)

    def document_types(self) -> Sequence[tuple[str, str, int]]:
        known = standing.catalogue_of(self._session.station).document_types.values()
        rows = [(t.id, t.names.get(self._language.code, t.names["vi"]), len(t.fields)) for t in known]
        return tuple(sorted(rows, key=lambda row: row[1]))

    # ---- records, warehouse, care

    def import_records(self, file: Path, task: Task) -> tuple[int, int]:
        """How many records were taken and how many rows refused."""
        brought = importing.import_records(
            self._session.station, file, None, lambda what, done, total: task.report((what, done, total))
        )
        return brought.taken, brought.refused

    def import_catalogue(self, file: Path) -> int:
        """How many papers or procedures were added or replaced."""
        return len(cataloguing.import_table(self._session.station, file))

    def enrol(self, file: Path) -> None:
        self._session.take_over(enrolling.enrol_from_file(self._session.station, file))

    def examine(self) -> Sequence[CheckShown]:
        found = doctoring.examine(self._session.station)
        return tuple(CheckShown(f.text(self._language), f.ok) for f in found)

    def check(self, task: Task) -> Sequence[CheckShown]:
        found = caretaking.check(
            self._session.station, lambda what, done, total: task.report((what, done, total))
        )
        shown = [CheckShown(self._language(words, **values), False) for words, values in found.problems]
        if not shown:
            words = N_(
                "{originals} originals and {packages} packages are whole; the audit trail is unbroken."
            )
            text = self._language(words, originals=found.originals, packages=found.packages)
            shown.append(CheckShown(text, True))
        return tuple(shown)

    def backup(self, folder: Path, task: Task) -> int:
        return caretaking.backup(
            self._session.station, folder, lambda what, done, total: task.report((what, done, total))
        )

    def bundle(self, file: Path) -> None:
        diagnosing.bundle(self._session.station, file)
