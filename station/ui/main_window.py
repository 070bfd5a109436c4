"""The window: left rail, the screens, the status line, the palette and the cheat sheet.

Screens are made when first looked at, so that the window is there at once. Every action is a command of
`commands`; its key works wherever the cursor is, keys without Ctrl only on the page strip and the page.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from station.core.errors import N_
from station.ui import commands, icons, parts, theme
from station.ui.language import Language
from station.ui.shown import StatusShown
from station.ui.widgets.overlays import CheatSheet, Palette
from station.ui.widgets.status_line import StatusLine
from station.ui.widgets.toast import Toasts

# The smallest office display, less the panel of its desktop.
SMALLEST_PX = QSize(1024, 640)
USUAL_PX = QSize(1366, 728)


class Screen(Protocol):
    """What the window needs of a screen; each is a QWidget too."""

    def commands(self) -> Mapping[str, Callable[[], object]]: ...
    def entered(self) -> None:
        """The screen is looked at now: fetch what may have changed, put the cursor where work begins."""
        ...


class Shell(QWidget):
    """Rail, screens, status line: everything after signing in."""

    looked_at = Signal(str)

    def __init__(
        self,
        language: Language,
        makers: Mapping[str, Callable[[], QWidget]],
        own: Mapping[str, Callable[[], object]],
        training: bool,
    ) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._language = language
        self._makers = makers
        self._own = dict(own)
        self._screens: dict[str, QWidget] = {}
        self._actions: dict[str, QAction] = {}
        self._current = ""
        self._rail_buttons = QButtonGroup(self)
        self._stack = QStackedWidget()
        self.status = StatusLine(language)
        body = parts.row(self._make_rail(), gap_px=0)
        body.addWidget(self._stack, 1)
        layout = parts.column(gap_px=0)
        if training:
            layout.addWidget(self._banner())
        layout.addLayout(body, 1)
        layout.addWidget(self.status)
        self.setLayout(layout)
        self._make_actions()

    def _banner(self) -> QWidget:
        words = self._language(N_("Training: sample dossiers only. Nothing can reach the warehouse."))
        end = parts.button(
            self._language(N_("End training")), self._own["training"], "close", commands.get("training").key
        )
        row = parts.row(parts.label(words), None, end, margin_px=theme.SPACE_XS_PX)
        return parts.frame("banner", row)

    def _make_rail(self) -> QWidget:
        rail = parts.column(gap_px=theme.SPACE_XS_PX, margin_px=theme.SPACE_XS_PX)
        colours = theme.current()
        for screen, title, icon in commands.SCREENS:
            words = self._language(title)
            button = QToolButton()
            button.setObjectName("rail")
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(parts.with_key(words, commands.get(f"go.{screen}").key))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setIcon(icons.icon(icon, colours.accent, colours.muted))
            button.setIconSize(QSize(26, 26))
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self._rail_clicked, screen))
            button.setProperty("screen", screen)
            self._rail_buttons.addButton(button)
            rail.addWidget(button)
        rail.addStretch(1)
        made = parts.frame("rail", rail)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        return made

    def _rail_clicked(self, screen: str, _checked: bool) -> None:
        self.go(screen)

    def _make_actions(self) -> None:
        for command in commands.COMMANDS:
            action = QAction(self._language(command.title), self)
            if command.icon:
                action.setIcon(icons.icon(command.icon, theme.current().text))
            action.triggered.connect(partial(self._triggered, command.id))
            self._actions[command.id] = action
            if command.key and command.key not in ("Return",):
                action.setShortcut(QKeySequence(command.key))
            if not self._is_bare(command.key):
                self.addAction(action)

    @staticmethod
    def _is_bare(key: str) -> bool:
        """Keys that would be typed into a text: heard on the page strip and the page only."""
        return key in ("Return", "Del") or (
            bool(key) and "Ctrl" not in key and "Alt" not in key and "F" not in key
        )

    def _triggered(self, command_id: str, _checked: bool = False) -> None:
        self.do(command_id)

    def do(self, command_id: str) -> None:
        """Carries out a command as its key would."""
        if command_id.startswith("go."):
            self.go(command_id.removeprefix("go."))
        elif command_id in self._own:
            self._own[command_id]()
        else:
            handler = self._handlers().get(command_id)
            if handler is not None:
                handler()

    def _handlers(self) -> Mapping[str, Callable[[], object]]:
        screen = self._screens.get(self._current)
        return screen.commands() if screen is not None else {}  # type: ignore[attr-defined]

    def go(self, screen: str) -> None:
        """Shows a screen, made now if it never was."""
        if screen not in self._screens:
            made = self._makers[screen]()
            self._screens[screen] = made
            self._stack.addWidget(made)
            self._give_page_keys(made)
        self._current = screen
        for command in commands.COMMANDS:
            self._actions[command.id].setEnabled(command.screen in ("", screen))
        for button in self._rail_buttons.buttons():
            button.setChecked(button.property("screen") == screen)
        self._stack.setCurrentWidget(self._screens[screen])
        self.looked_at.emit(self._language({s: t for s, t, _i in commands.SCREENS}[screen]))
        self._screens[screen].entered()  # type: ignore[attr-defined]

    def _give_page_keys(self, screen: QWidget) -> None:
        if not hasattr(screen, "page_widgets"):
            return
        menu: QMenu = screen.edit_menu()  # type: ignore[attr-defined]
        for command in commands.COMMANDS:
            action = self._actions[command.id]
            if command.id.startswith("page.") or command.id in ("undo", "redo"):
                menu.addAction(action)
            if self._is_bare(command.key) and command.key != "Return":
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
                for widget in screen.page_widgets():
                    widget.addAction(action)

    @property
    def current(self) -> str:
        return self._current

    def made_screen(self, name: str) -> QWidget | None:
        """A screen already made."""
        return self._screens.get(name)

    def usable(self) -> tuple[commands.Command, ...]:
        """Commands of the screen looked at."""
        return commands.of_screen(self._current)


class MainWindow(QMainWindow):
    """The top-level window; `app` puts the sign-in card or the shell into it."""

    closing = Signal()

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self.shell: Shell | None = None
        self.toasts = Toasts(self, language)
        self._overlay: Palette | CheatSheet | None = None
        self.setMinimumSize(SMALLEST_PX)
        self.resize(USUAL_PX)
        self.retitle()

    def retitle(self, place: str = "") -> None:
        """Names the window after the screen looked at, for task bars and screen readers."""
        name = self._language(N_("Digitization station"))
        self.setWindowTitle(f"{place} – {name}" if place else name)

    def show_card(self, card: QWidget) -> None:
        """Shows the sign-in or first-start card alone."""
        self._close_overlay()
        self.shell = None
        self.toasts.close()
        self.setCentralWidget(card)
        QTimer.singleShot(0, card, card.setFocus)

    def show_shell(self, shell: Shell) -> None:
        """Shows the screens."""
        self._close_overlay()
        self.toasts.close()
        self.shell = shell
        shell.looked_at.connect(self.retitle)
        self.setCentralWidget(shell)

    def show_status(self, status: StatusShown) -> None:
        if self.shell is not None:
            self.shell.status.show_status(status)

    def open_palette(self) -> None:
        shell = self.shell
        if shell is not None:
            self._close_overlay()
            self._overlay = Palette(self, self._language, shell.usable(), shell.do)

    def open_help(self) -> None:
        self._close_overlay()
        self._overlay = CheatSheet(self, self._language, commands.COMMANDS)

    def _close_overlay(self) -> None:
        if self._overlay is not None and isValid(self._overlay):
            self._overlay.leave()
        self._overlay = None

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing asks nothing: every page that came is on the disk already."""
        self.toasts.close()
        self.closing.emit()
        super().closeEvent(event)
