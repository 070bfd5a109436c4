"""One calm design language: spacing, type, two weights, one accent, a light and a dark set of colours.

Every pair of text and ground used on the screens is at least WCAG AA (4.5 : 1); a test computes it.
Colour is never the only sign: states carry an icon and a word too.
"""

from dataclasses import dataclass, fields
from importlib.resources import files
from string import Template

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

# Spacing in px at 100 %: multiples of four, so that edges of neighbours meet.
SPACE_XS_PX, SPACE_S_PX, SPACE_M_PX, SPACE_L_PX, SPACE_XL_PX = 4, 8, 12, 16, 24

# Type in pt at 100 %: ratio about 1.2 between neighbours, body readable at arm's length on a 15.6" 1366×768.
TYPE_SMALL_PT, TYPE_BODY_PT, TYPE_TITLE_PT, TYPE_LARGE_PT, TYPE_FIGURE_PT = 9.0, 10.0, 12.5, 17.0, 26.0

RADIUS_PX = 6

#: In order: the first one installed is used, the later ones lend their Khmer letters.
FAMILIES = (
    "Noto Sans",
    "Segoe UI",
    "Liberation Sans",
    "DejaVu Sans",
    "Noto Sans Khmer",
    "Leelawadee UI",
    "Khmer UI",
    "Khmer OS",
    "Khmer OS System",
)


@dataclass(frozen=True)
class Colours:
    """A set of colours by what they are for."""

    ground: str
    surface: str
    raised: str
    line: str
    strong_line: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    paper_ground: str


LIGHT = Colours(
    ground="#F4F6F8",
    surface="#FFFFFF",
    raised="#EDF0F4",
    line="#D6DCE4",
    strong_line="#7D8896",
    text="#18212D",
    muted="#4F5B69",
    accent="#0A5AA8",
    accent_hover="#084A8B",
    on_accent="#FFFFFF",
    accent_soft="#DFECF9",
    good="#17683A",
    good_soft="#DDF2E4",
    warn="#7A4A00",
    warn_soft="#FCEFD2",
    bad="#A9231B",
    bad_soft="#FBE3E1",
    paper_ground="#C9D0D9",
)

DARK = Colours(
    ground="#12171D",
    surface="#1B222A",
    raised="#252E38",
    line="#35404C",
    strong_line="#7F8C9A",
    text="#E7ECF2",
    muted="#A9B5C2",
    accent="#74B6FA",
    accent_hover="#9CCBFC",
    on_accent="#07203A",
    accent_soft="#1E3A57",
    good="#79D49A",
    good_soft="#173726",
    warn="#F3BE62",
    warn_soft="#3D2E10",
    bad="#FF9A91",
    bad_soft="#47201D",
    paper_ground="#0B0E12",
)

THEMES = {"light": LIGHT, "dark": DARK}

#: (text, ground) pairs the style sheet and the delegates draw text with.
TEXT_PAIRS = (
    ("text", "ground"),
    ("text", "surface"),
    ("text", "raised"),
    ("text", "accent_soft"),
    ("text", "warn_soft"),
    ("text", "good_soft"),
    ("surface", "text"),
    ("muted", "ground"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("accent", "surface"),
    ("accent", "ground"),
    ("accent", "accent_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("good", "surface"),
    ("good", "good_soft"),
    ("warn", "surface"),
    ("warn", "warn_soft"),
    ("bad", "surface"),
    ("bad", "bad_soft"),
)

#: (line, ground) pairs of borders and focus rings: at least 3 : 1, as WCAG asks of what shows a control's shape and state.
LINE_PAIRS = (
    ("strong_line", "surface"),
    ("strong_line", "ground"),
    ("accent", "surface"),
    ("accent", "ground"),
    ("accent", "raised"),
    ("warn", "warn_soft"),
    ("good", "good_soft"),
    ("on_accent", "accent"),
)

_STYLE = Template(
    """
* { font-weight: 400; }
QWidget { color: $text; }
QMainWindow, QWidget#ground, QStackedWidget, QScrollArea, QScrollArea > QWidget > QWidget { background: $ground; }
QToolTip { background: $text; color: $surface; border: 0; padding: 4px 8px; }
QFrame#card { background: $surface; border: 1px solid $line; border-radius: ${radius}px; }
QFrame#plain { background: transparent; border: 0; }
QFrame#rail { background: $surface; border: 0; border-right: 1px solid $line; }
QFrame#status { background: $surface; border: 0; border-top: 1px solid $line; }
QFrame#overlay { background: $surface; border: 2px solid $strong_line; border-radius: ${radius}px; }
QFrame#toast { background: $surface; border: 2px solid $strong_line; border-radius: ${radius}px; }
QFrame#toast[kind="good"] { border-color: $good; }
QFrame#toast[kind="bad"] { border-color: $bad; }
QFrame#banner { background: $warn_soft; border: 0; border-bottom: 1px solid $warn; }
QFrame#banner QLabel { color: $warn; font-weight: 600; }
QFrame#card QStackedWidget { background: transparent; }
QLabel { background: transparent; }
QLabel#paper { background: $surface; color: $muted; border: 1px solid $strong_line; padding: 8px; }
QLabel[role="title"] { font-size: ${title}pt; font-weight: 600; }
QLabel[role="large"] { font-size: ${large}pt; font-weight: 600; }
QLabel[role="figure"] { font-size: ${figure}pt; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="small"] { font-size: ${small}pt; color: $muted; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="good"] { color: $good; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="bad"] { color: $bad; }
QLabel[certainty] { font-size: ${small}pt; }
QLabel[certainty="good"] { color: $good; }
QLabel[certainty="warn"] { color: $warn; }
QLabel[certainty="muted"] { color: $muted; }
QLabel[role="key"] { background: $raised; border: 1px solid $strong_line; border-radius: 4px; padding: 1px 6px; font-size: ${small}pt; }
QLabel[chip="good"] { background: $good_soft; color: $good; border-radius: 9px; padding: 1px 8px; font-size: ${small}pt; }
QLabel[chip="warn"] { background: $warn_soft; color: $warn; border-radius: 9px; padding: 1px 8px; font-size: ${small}pt; }
QLabel[chip="bad"] { background: $bad_soft; color: $bad; border-radius: 9px; padding: 1px 8px; font-size: ${small}pt; }
QLabel[chip="plain"] { background: $raised; color: $muted; border-radius: 9px; padding: 1px 8px; font-size: ${small}pt; }
QPushButton { background: $surface; border: 1px solid $strong_line; border-radius: ${radius}px; padding: 5px 12px; min-height: 20px; }
QPushButton:hover { background: $raised; }
QPushButton:focus { border: 2px solid $accent; padding: 4px 11px; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:checked { background: $accent_soft; border-color: $accent; color: $accent; }
QPushButton:disabled { color: $muted; border-color: $line; background: $ground; }
QPushButton[primary="true"] { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton[primary="true"]:hover { background: $accent_hover; }
QPushButton[primary="true"]:focus { border: 3px double $on_accent; padding: 3px 10px; }
QPushButton[primary="true"]:disabled { background: $raised; color: $muted; border-color: $line; }
QToolButton { background: transparent; border: 2px solid transparent; border-radius: ${radius}px; padding: 3px; }
QToolButton:hover { background: $raised; }
QToolButton:focus { border-color: $accent; }
QToolButton:checked { background: $accent_soft; }
QToolButton#rail { padding: 8px 0px; min-width: 64px; font-size: ${small}pt; color: $muted; }
QToolButton#rail:checked { background: $accent_soft; color: $accent; font-weight: 600; }
QLineEdit, QComboBox, QSpinBox, QDateEdit, QTimeEdit, QPlainTextEdit { background: $surface; border: 1px solid $strong_line;
  border-radius: ${radius}px; padding: 4px 8px; min-height: 20px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDateEdit:focus, QTimeEdit:focus, QPlainTextEdit:focus
  { border: 2px solid $accent; padding: 3px 7px; }
QLineEdit { placeholder-text-color: $muted; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $muted; background: $ground; border-color: $line; }
QLineEdit[sure="false"] { background: $warn_soft; border-color: $warn; }
QLineEdit[sure="verified"] { background: $good_soft; border-color: $good; }
QComboBox QAbstractItemView { background: $surface; color: $text; selection-background-color: $accent_soft;
  selection-color: $text; border: 1px solid $strong_line; }
QComboBox { padding-right: 24px; }
QComboBox:focus { padding-right: 23px; }
QComboBox::drop-down { border: 0; width: 24px; }
QComboBox::down-arrow { image: url("$chevron"); width: 14px; height: 14px; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; border: 0; }
QListWidget::item { padding: 7px 10px; border-radius: 4px; }
QListWidget::item:selected { background: $accent_soft; color: $accent; }
QPushButton::menu-indicator { image: url("$chevron"); width: 14px; height: 14px; subcontrol-position: right center; right: 6px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; border: 2px solid transparent; border-radius: 4px; padding: 2px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QListView, QTableView, QTreeView, QTextBrowser { background: $surface; border: 1px solid $line; border-radius: ${radius}px;
  selection-background-color: $accent_soft; selection-color: $text; alternate-background-color: $ground; outline: 0; }
QListView:focus, QTableView:focus, QTreeView:focus, QGraphicsView:focus, QTextBrowser:focus { border: 2px solid $accent; }
QTableView { gridline-color: $line; }
QTableView::item { padding: 2px 6px; }
QHeaderView { background: $surface; border: 0; }
QHeaderView::section { background: $surface; color: $muted; border: 0; border-bottom: 1px solid $strong_line; padding: 6px 8px;
  font-weight: 600; }
QGraphicsView { background: $paper_ground; border: 1px solid $line; border-radius: ${radius}px; }
QProgressBar { background: $raised; border: 0; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QSplitter::handle { background: transparent; width: 8px; height: 8px; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: $strong_line; border-radius: 4px; min-height: 28px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle:horizontal { background: $strong_line; border-radius: 4px; min-width: 28px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QMenu { background: $surface; color: $text; border: 1px solid $strong_line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: $accent_soft; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
"""
)


def contrast(one: str, other: str) -> float:
    """The WCAG contrast of two colours, 1.0 to 21.0."""

    def luminance(colour: str) -> float:
        parts = []
        for start in (1, 3, 5):
            share = int(colour[start : start + 2], 16) / 255
            parts.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def style_sheet(colours: Colours, text_scale: float) -> str:
    """The style sheet of all screens; `text_scale` 1.0 to 2.0 enlarges every text."""
    values: dict[str, object] = {f.name: getattr(colours, f.name) for f in fields(colours)}
    sizes = {
        "small": TYPE_SMALL_PT,
        "title": TYPE_TITLE_PT,
        "large": TYPE_LARGE_PT,
        "figure": TYPE_FIGURE_PT,
    }
    values |= {name: f"{size * text_scale:.1f}" for name, size in sizes.items()}
    chevron = files("resources") / "icons" / f"chevron-{'dark' if colours is DARK else 'light'}.svg"
    return _STYLE.substitute(values, radius=RADIUS_PX, chevron=str(chevron).replace("\\", "/"))


def font(text_scale: float) -> QFont:
    """The body font: the first family here that this PC has, with the later ones behind it for Khmer."""
    installed = set(QFontDatabase.families())
    families = [name for name in FAMILIES if name in installed]
    body = QFont()
    if families:
        body.setFamilies(families)
    body.setPointSizeF(TYPE_BODY_PT * text_scale)
    return body


def palette(colours: Colours) -> QPalette:
    """The palette for what no style sheet reaches."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, colours.ground),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.ground),
        (role.Text, colours.text),
        (role.Button, colours.surface),
        (role.ButtonText, colours.text),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.PlaceholderText, colours.muted),
        (role.ToolTipBase, colours.text),
        (role.ToolTipText, colours.surface),
        (role.Link, colours.accent),
    ):
        made.setColor(which, QColor(colour))
    return made


def apply(application: QApplication, theme: str, text_scale: float) -> Colours:
    """Dresses the application in "light" or "dark" and returns the colours for what paints itself."""
    colours = THEMES.get(theme, LIGHT)
    application.setStyle("Fusion")
    application.setFont(font(text_scale))
    application.setPalette(palette(colours))
    application.setStyleSheet(style_sheet(colours, text_scale))
    application.setProperty("theme", theme)
    return colours


def current() -> Colours:
    """The colours the application wears now."""
    application = QApplication.instance()
    return THEMES.get(str(application.property("theme")), LIGHT) if application else LIGHT
