"""Who sits at the window, over which data folder, and what the window itself remembers."""

import json
import threading
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from station.core import files
from station.core.settings import Settings
from station.store import accounts, database
from station.work import people
from station.work import station as work_station
from station.work.station import NobodySignedIn, Station


@dataclass(frozen=True)
class Remembered:
    """The window's own memory in HOME/window.json: looks and the last choices, nothing of the office."""

    language: str = ""
    theme: str = "light"
    text_scale: float = 1.0
    last_name: str = ""
    #: Scan profile; the default scans both sides in colour up to A3.
    profile: str = "a3_dossier"
    #: The scanner or folder used last.
    source: str = ""
    #: Where work was left, to come back to after a power cut.
    screen: str = "scan"
    intake_id: int | None = None
    dossier_id: int | None = None
    page_id: int | None = None


class Session:
    """The data folder and, after signing in, the station as its actor sees it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._settings = Settings()
        self._station: Station | None = None
        self._locked = False
        self._held = ExitStack()
        self._holding = False
        self._writing = threading.Lock()

    # ---- opening

    def hold(self) -> None:
        """Holds the data folder for this window until it closes.

        Raises:
            StationBusy: another window, or a command that changes dossiers, is at work in it.
        """
        if not self._holding:
            self._held.enter_context(work_station.at_work(self.home, "station"))
            self._holding = True

    def let_go(self) -> None:
        """Frees the data folder for the next window."""
        self._held.close()
        self._holding = False

    def open(self) -> Settings:
        """Makes or upgrades the data folder, holds it and reads its settings.

        Raises:
            StationBusy, and what `open_home` raises.
        """
        self._settings, _made = work_station.open_home(self.home)
        self.hold()
        return self._settings

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def station(self) -> Station:
        """The station as the one signed in sees it.

        Raises:
            NobodySignedIn: nobody is.
        """
        if self._station is None:
            raise NobodySignedIn(user=work_station.os_user())
        return self._station

    @property
    def signed_in(self) -> bool:
        return self._station is not None and not self._locked

    def sign_in(self, name: str, password: str) -> None:
        """Raises: SignInRefused, AccountResting."""
        self._station = work_station.sign_in(self.home, self._settings, name, password)
        self._locked = False
        self.note(last_name=name)

    def first_start(self) -> tuple[bool, str]:
        """Whether nobody has a password yet, and the name of the account that waits for one."""
        with closing(database.connect(self.home / "station.db")) as conn:
            found = accounts.list_all(conn)
        without = [a for a in found if a.role == "admin"]
        return not any(a.has_password for a in found), without[0].name if without else "admin"

    def set_up(self, name: str, password: str, office: dict[str, str]) -> None:
        """The first start: the administrator's password and the settings of the office; then signs in.

        Args:
            office: settings as texts; a language that IT staff have fixed stays theirs.

        Raises:
            PasswordTooShort, SettingsWrong, SettingLocked; nothing is changed then.
        """
        _first, waiting = self.first_start()
        station = self.as_system_user()
        if "language" in people.locked_settings(station):
            office = {key: text for key, text in office.items() if key != "language"}
        people.check_settings(station, office)
        if name == waiting:
            people.set_password(station, name, password)
        else:
            people.add_account(station, name, "admin", password)
        self._settings = people.change_settings(station, office).settings
        self.sign_in(name, password)

    def as_system_user(self) -> Station:
        """The station for the operating-system user, as on the command line.

        Raises:
            NobodySignedIn: no account is linked to this user.
        """
        return work_station.open_station(self.home)

    def take_over(self, station: Station) -> None:
        """Uses a station opened elsewhere: the demo's, a test's."""
        self._station = station
        self._locked = False
        self._settings = station.settings

    def lock(self) -> None:
        """Signed out for the screens; a job that is running keeps the station it began with."""
        self._locked = True

    def change_settings(self, values: dict[str, str]) -> None:
        """Checks and writes settings given as texts; they hold at once.

        Raises:
            RightMissing: the actor may not.
            SettingsWrong: a value that can't be; nothing is changed then.
        """
        self._station = people.change_settings(self.station, values)
        self._settings = self._station.settings

    # ---- the window's memory

    def remembered(self) -> Remembered:
        """What the window remembers; the defaults where nothing was kept or it cannot be read."""
        try:
            kept = json.loads((self.home / "window.json").read_text(encoding="utf-8"))
            known = {k: v for k, v in kept.items() if k in Remembered.__dataclass_fields__}
            return Remembered(**known)
        except (OSError, ValueError, TypeError, AttributeError):
            return Remembered()

    def note(self, **values: object) -> None:
        """Keeps some of what the window remembers; jobs and the main thread may do so at once."""
        with self._writing:
            kept = self.remembered()
            now = replace(kept, **values)  # type: ignore[arg-type]
            if now != kept:
                text = json.dumps(asdict(now), ensure_ascii=False)
                files.put_bytes(self.home / "window.json", text.encode())
