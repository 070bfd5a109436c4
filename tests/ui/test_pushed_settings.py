"""What IT staff fixed for all counters is shown in the settings and cannot be changed there."""

from pathlib import Path

from PySide6.QtWidgets import QComboBox, QLineEdit

from station.ui.settings.view import SettingsView
from station.work import people
from tests.ui.office import Bench


def test_a_fixed_setting_is_shown_and_cannot_be_changed(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "office.toml"
    file.write_text(
        'locked = ["seal_profile"]\n\n[settings]\nseal_profile = "layered"\ncounter = "3"\n', encoding="utf-8"
    )
    people.push_settings(bench.desk.session.station, file)
    bench.desk.session.open()
    shell = bench.desk.window.shell
    assert shell is not None
    shell.go("settings")
    bench.quiet()
    view = shell.made_screen("settings")
    assert isinstance(view, SettingsView)
    forms = [box for box in view.findChildren(QComboBox) if box.findData("layered") >= 0]
    assert [(box.currentData(), box.isEnabled()) for box in forms] == [("layered", False)]
    typed = [line for line in view.findChildren(QLineEdit) if line.text() == "3"]
    assert [line.isEnabled() for line in typed] == [True], "what was pushed and not fixed can be changed"
