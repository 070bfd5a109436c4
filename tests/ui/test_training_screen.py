"""Practising in the window: sample dossiers in a folder of their own, plainly marked, and back again.

Run with `pytest tests/ui/test_training_screen.py -m slow`: the samples are drawn as scanners would give them.
"""

import pytest
from PySide6.QtWidgets import QFrame, QLabel

from station.ui.widgets.sign_in import SignIn
from tests.ui.office import Bench


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_training_is_plainly_marked_sends_nothing_and_gives_the_office_back(bench: Bench) -> None:
    desk = bench.desk
    bench.quiet()
    office = desk.session.home
    desk.toggle_training()
    bench.until(lambda: desk.session.home != office and desk.window.shell is not None, 600, "the samples")
    bench.quiet()
    [banner] = [part for part in desk.window.findChildren(QFrame) if part.objectName() == "banner"]
    assert "Không gì được gửi" in " ".join(label.text() for label in banner.findChildren(QLabel))
    assert desk.session.station.training
    desk.window.shell.go("sync")  # type: ignore[union-attr]
    desk.screens.sync_presenter().send_now()
    bench.quiet()
    assert desk.window.toasts.text != "", "sending is refused in a sentence"
    desk.toggle_training()
    bench.until(lambda: isinstance(desk.window.centralWidget(), SignIn), what="the office's sign-in")
    assert desk.session.home == office
