"""The sync screen's presenter over a real data folder: what it tells of the list of the day."""

from pathlib import Path
from typing import Any

from station.ui.language import Language
from station.ui.sync.presenter import SyncPresenter
from station.ui.verbs.sending import SyncVerbs
from station.ui.verbs.session import Session
from station.work.station import open_station
from tests.ui.office import at_once


class Screen:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.complained: list[str] = []

    def show_window(self, window: Any, paused: bool) -> None: ...

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def complain(self, sentence: str) -> None:
        self.complained.append(sentence)


def test_the_list_of_the_day_is_written_where_the_operator_says(tmp_path: Path) -> None:
    open_station(tmp_path / "home")
    session, language, screen = Session(tmp_path / "home"), Language("en"), Screen()
    session.open()
    session.take_over(session.as_system_user())
    presenter = SyncPresenter(SyncVerbs(session, language), at_once, language)
    presenter.attach(screen)  # type: ignore[arg-type]
    presenter.write_list(tmp_path / "lists")
    assert screen.said == [f"0 packages handed over today are listed in {tmp_path / 'lists'}."]
    assert sorted(file.suffix for file in (tmp_path / "lists").iterdir()) == [".csv", ".json", ".sha256"]
    (tmp_path / "file").write_text("")
    presenter.write_list(tmp_path / "file")
    assert len(screen.complained) == 1 and "Choose another one" in screen.complained[0]
    session.let_go()
