"""The settings screen takes in what the office brings: its own papers from a table."""

from pathlib import Path

from PySide6.QtWidgets import QLabel

from station.ui.settings.view import SettingsView
from tests.ui.office import Bench

HEADINGS = "id,name_vi,name_en,name_km,titles,anchors,fields\n"


def test_papers_from_a_table_are_known_at_once_and_a_wrong_table_changes_nothing(
    bench: Bench, tmp_path: Path
) -> None:
    window = bench.desk.window
    window.shell.go("settings")  # type: ignore[union-attr]
    bench.quiet()
    view = window.shell.made_screen("settings")  # type: ignore[union-attr]
    assert isinstance(view, SettingsView)
    table = tmp_path / "papers.csv"
    table.write_text(
        HEADINGS + "giay_thu,Giấy thử của cơ quan,Trial paper,ក្រដាស,GIẤY THỬ,,\n", encoding="utf-8"
    )
    view._presenter.import_catalogue(table)
    bench.quiet()
    assert "1" in window.toasts.text
    assert "Giấy thử của cơ quan" in [label.text() for label in view.findChildren(QLabel)]
    table.write_text("nothing,of,this\n1,2,3\n", encoding="utf-8")
    view._presenter.import_catalogue(table)
    bench.quiet()
    assert "papers.csv" in window.toasts.text, "the file is named, and what is wrong with it"
    assert "Giấy thử của cơ quan" in [label.text() for label in view.findChildren(QLabel)]
