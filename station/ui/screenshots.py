"""Pictures of every screen in every language and both themes, by one command:

    python -m station.ui.screenshots FOLDER [--home HOME] [--sheets FOLDER]

Without HOME the demonstration is run first in a folder of its own, and one of its dossiers is taken in
once more so that there is something to verify. Sheets lay the languages and themes of a screen side by side, for
the operator's guide. The pictures are looked at before a release.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from PIL import Image
    from PySide6.QtWidgets import QApplication

    from station.ui.desk import Desk

SCREENS = ("scan", "verify", "sync", "reports", "settings", "dossiers")
SETUP_STEPS = ("office", "scanner", "warehouse", "done")
SIZE_PX = (1366, 768)
SHEET_COLOURS = 96
SETTLE_S = 1.5
# Making the sample dossiers of the training on a busy machine.
LONGEST_WAIT_S = 600.0


def main() -> int:
    """Takes the pictures; 0 when all are there."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--home", type=Path)
    arguments.add_argument("--sheets", type=Path)
    arguments.add_argument("--only", default="", help="names of screens, separated by commas")
    arguments.add_argument("--languages", default="vi,en,km")
    arguments.add_argument("--themes", default="light,dark")
    chosen = arguments.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as made:
        home = chosen.home or prepare(Path(made) / "home")
        languages, themes = chosen.languages.split(","), chosen.themes.split(",")
        only = tuple(name for name in chosen.only.split(",") if name)
        names = shoot(home, chosen.folder, languages, themes, only)
    if chosen.sheets is not None:
        lay_sheets(chosen.folder, chosen.sheets, languages, themes)
    sys.stdout.write("\n".join(names) + "\n")
    return 0


def prepare(home: Path) -> Path:
    """A data folder with delivered dossiers of the demonstration and one that is still open."""
    from station.store import pages
    from station.work import demonstrating, reading, scanning, sorting
    from station.work.station import open_station

    demonstrating.run_demo(home, lambda _step, _done, _all: None, lambda *_sentence, **_values: None)
    station = open_station(home)
    with station.reading() as conn:
        first = pages.list_sides(conn, 1)
    intake = scanning.open_intake(station, "files")
    scanning.take_files(station, intake, [station.original(side.original_sha256) for side in first])
    reading.read_waiting(station)
    sorting.sort_intake(station, intake.id)
    return home


def shoot(
    home: Path, folder: Path, languages: list[str], themes: list[str], only: tuple[str, ...] = ()
) -> list[str]:
    """Writes folder/<screen>-<language>-<theme>.png, of the screens `only` names or of all; returns the names."""
    from PySide6.QtWidgets import QApplication

    from station.ui.app import application

    folder.mkdir(parents=True, exist_ok=True)
    qt = application()
    names: list[str] = []
    desk = _open_desk(qt, home, languages[0])

    def settle() -> None:
        end, limit = time.monotonic() + SETTLE_S, time.monotonic() + LONGEST_WAIT_S
        while time.monotonic() < end or (desk.background.busy_count and time.monotonic() < limit):
            QApplication.processEvents()
            time.sleep(0.005)

    def take(name: str) -> None:
        settle()
        picture = desk.window.grab().toImage()
        names.append(f"{name}.png")
        save(picture, folder / names[-1])

    desk.use(desk.session.as_system_user())
    settle()

    def everywhere(shoot_one: "Callable[[Desk, str, Callable[[str], None]], None]") -> None:
        for language in languages:
            for name in themes:
                desk.language.choose(language)
                desk.choose_looks(name, 1.0)
                settle()
                shoot_one(desk, f"{language}-{name}", take)

    everywhere(lambda desk, ending, take: _shoot_screens(desk, ending, take, settle, only))
    if not only or "training" in only:
        desk.toggle_training()
        settle()
        everywhere(lambda _desk, ending, take: take(f"training-{ending}"))
    desk.window.close()
    desk.close()
    return names


def _open_desk(qt: "QApplication", home: Path, language: str) -> "Desk":
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QCursor

    from station.ui.desk import Desk

    desk = Desk(qt, home, language)
    desk.window.resize(*SIZE_PX)
    desk.session.open()
    desk.window.show()
    # The pointer rests on the status line, where nothing lights up under it.
    QCursor.setPos(desk.window.mapToGlobal(QPoint(SIZE_PX[0] // 2, SIZE_PX[1] - 4)))
    return desk


def _shoot_screens(
    desk: "Desk",
    ending: str,
    take: Callable[[str], None],
    settle: Callable[[], None],
    only: tuple[str, ...] = (),
) -> None:
    from station.ui.widgets.overlays import Overlay
    from station.ui.widgets.rows import Table

    shell = desk.window.shell
    assert shell is not None
    shows: dict[str, Callable[[], object]] = {name: partial(shell.go, name) for name in SCREENS}
    shows |= {
        "pdf": lambda: shell.do("dossiers.open_pdf"),
        "keys": desk.window.open_help,
        "actions": desk.window.open_palette,
        "sign-in": desk.show_sign_in,
    }
    shows |= {f"setup-{step}": partial(desk.guide, step, "admin") for step in SETUP_STEPS}
    for name, show in shows.items():
        if not only or name in only:
            show()
            if name == "dossiers":
                settle()
                # The second row is one of the sealed: its PDF is shown next.
                shell.made_screen(name).findChild(Table).selectRow(1)  # type: ignore[union-attr]
            take(f"{name}-{ending}")
            for overlay in desk.window.findChildren(Overlay):
                overlay.leave()
            desk.window.toasts.close()
    desk.show_shell()


def lay_sheets(pictures: Path, folder: Path, languages: list[str], themes: list[str]) -> None:
    """Writes folder/<screen>.png: languages beside each other, themes below each other, at half size."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    ending = f"-{languages[0]}-{themes[0]}.png"
    for first in sorted(pictures.glob(f"*{ending}")):
        name = first.name.removesuffix(ending)
        size = (SIZE_PX[0] // 2, SIZE_PX[1] // 2)
        sheet = Image.new("RGB", (size[0] * len(languages), size[1] * len(themes)))
        for column, language in enumerate(languages):
            for row, theme in enumerate(themes):
                with Image.open(pictures / f"{name}-{language}-{theme}.png") as shot:
                    small = shot.convert("RGB").resize(size, Image.Resampling.LANCZOS)
                sheet.paste(small, (column * size[0], row * size[1]))
        _save_small(sheet, folder / f"{name}.png", SHEET_COLOURS)


def save(picture: object, file: Path) -> None:
    """A PNG of 256 colours, small enough for the guide."""
    from PIL import Image
    from PySide6.QtGui import QImage

    assert isinstance(picture, QImage)
    whole = picture.convertToFormat(QImage.Format.Format_RGB888)
    size = (whole.width(), whole.height())
    image = Image.frombytes("RGB", size, bytes(whole.constBits()), "raw", "RGB", whole.bytesPerLine())
    _save_small(image, file, 256)


def _save_small(image: "Image.Image", file: Path, colours: int) -> None:
    import io

    from PIL import Image

    from station.core import files

    stream = io.BytesIO()
    # Half of them the most frequent as they are, so that the grounds are not tinted, half that no sign loses its own.
    counted = sorted(image.getcolors(image.width * image.height) or [], reverse=True)[: colours // 2]
    often = [part for _count, colour in counted for part in cast("tuple[int, ...]", colour)]
    rare = image.quantize(colours // 2, Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette(often + rare)
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    files.put_bytes(file, stream.getvalue())


if __name__ == "__main__":
    sys.exit(main())
