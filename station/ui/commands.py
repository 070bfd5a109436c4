"""Every action of the window with its key: one list for the menus, the palette and the cheat sheet. No Qt.

`screen` is "" for actions of the whole window. Keys without Ctrl, Alt or F are heard only where a text
cannot be typed: the page strip and the page view.
"""

from dataclasses import dataclass

from station.core.errors import N_


@dataclass(frozen=True)
class Command:
    id: str
    title: str
    key: str
    screen: str
    icon: str = ""


SCREENS = (
    ("scan", N_("Scan"), "scan"),
    ("verify", N_("Verify"), "verify"),
    ("dossiers", N_("Dossiers"), "dossiers"),
    ("sync", N_("Sync"), "sync"),
    ("reports", N_("Reports"), "reports"),
    ("settings", N_("Settings"), "settings"),
)

COMMANDS = (
    Command("go.scan", N_("Go to Scan"), "Ctrl+1", "", "scan"),
    Command("go.verify", N_("Go to Verify"), "Ctrl+2", "", "verify"),
    Command("go.dossiers", N_("Go to Dossiers"), "Ctrl+3", "", "dossiers"),
    Command("go.sync", N_("Go to Sync"), "Ctrl+4", "", "sync"),
    Command("go.reports", N_("Go to Reports"), "Ctrl+5", "", "reports"),
    Command("go.settings", N_("Go to Settings"), "Ctrl+6", "", "settings"),
    Command("palette", N_("All actions"), "Ctrl+K", "", "search"),
    Command("help", N_("All keys"), "F1", "", "key"),
    Command("theme", N_("Light or dark"), "Ctrl+Shift+L", "", "theme"),
    Command("language", N_("Next language"), "Ctrl+Shift+G", "", "language"),
    Command("training", N_("Training on or off"), "Ctrl+Shift+T", "", "play"),
    Command("sign_out", N_("Sign out"), "Ctrl+Shift+Q", "", "person"),
    Command("scan.start", N_("Scan the pile"), "F5", "scan", "scan"),
    Command("scan.stop", N_("Stop and keep what has come"), "Shift+F5", "scan", "stop"),
    Command("scan.files", N_("Take in files"), "Ctrl+O", "scan", "folder"),
    Command("scan.paste", N_("Take in what is on the clipboard"), "Ctrl+V", "scan", "folder"),
    Command("scan.backs", N_("Scan the backs of the turned pile"), "Alt+F5", "scan", "scan"),
    Command("scan.profile", N_("Choose the scan profile"), "F4", "scan", "type"),
    Command("scan.preview", N_("A quick look before scanning"), "Ctrl+F5", "scan", "magnifier"),
    Command("scan.refused", N_("Files that were set aside"), "Ctrl+Shift+F", "scan", "warning"),
    Command("scan.confirm", N_("Confirm record, sheets and documents"), "Return", "scan", "good"),
    Command("scan.seal", N_("Seal and queue"), "Ctrl+Return", "scan", "seal"),
    Command("scan.new", N_("Begin a new dossier"), "Ctrl+N", "scan", "insert"),
    Command("scan.record", N_("Find the record"), "Ctrl+F", "scan", "search"),
    Command("scan.stage", N_("Intake or result"), "F7", "scan", "type"),
    Command("scan.next_dossier", N_("Next dossier of the pile"), "Ctrl+PgDown", "scan", "down"),
    Command("scan.previous_dossier", N_("Previous dossier of the pile"), "Ctrl+PgUp", "scan", "up"),
    Command("scan.next_doubt", N_("Next doubtful field"), "F6", "scan", "warning"),
    Command("scan.rescans", N_("What was sent back for scanning"), "Ctrl+T", "scan", "rescan"),
    Command("scan.reuse", N_("Reuse a paper the office holds"), "Ctrl+U", "scan", "reused"),
    Command("page.left", N_("Turn left"), "Shift+R", "scan", "rotate-left"),
    Command("page.right", N_("Turn right"), "R", "scan", "rotate-right"),
    Command("page.up", N_("Move page up"), "Alt+Up", "scan", "up"),
    Command("page.down", N_("Move page down"), "Alt+Down", "scan", "down"),
    Command("page.split", N_("Split the spread or join it again"), "S", "scan", "split"),
    Command("page.split_all", N_("Split all sheets of this size alike"), "Alt+S", "scan", "split"),
    Command("page.blank", N_("Blank page, or not"), "B", "scan", "blank"),
    Command("page.separator", N_("Separator sheet, or not"), "Shift+S", "scan", "split"),
    Command("page.new_document", N_("Begin a document here"), "D", "scan", "insert"),
    Command("page.merge", N_("Join with the document before"), "M", "scan", "merge"),
    Command("page.type", N_("Change the type of the document"), "T", "scan", "type"),
    Command("page.explain", N_("Give a reason: not in colour, too coarse"), "Shift+E", "scan", "warning"),
    Command("page.delete", N_("Take the page out"), "Del", "scan", "delete"),
    Command("page.rescan", N_("Scan this page again"), "Shift+F9", "scan", "rescan"),
    Command("page.insert", N_("Scan more pages after this one"), "F9", "scan", "insert"),
    Command("page.insert_files", N_("Put files in after this page"), "Ctrl+Shift+O", "scan", "folder"),
    Command("page.replace_file", N_("Replace this page by files"), "Ctrl+Shift+R", "scan", "folder"),
    Command("page.document_up", N_("Move the document up"), "Alt+Shift+Up", "scan", "up"),
    Command("page.document_down", N_("Move the document down"), "Alt+Shift+Down", "scan", "down"),
    Command("undo", N_("Undo"), "Ctrl+Z", "scan", "undo"),
    Command("redo", N_("Redo"), "Ctrl+Y", "scan", "redo"),
    Command("view.in", N_("Larger"), "Ctrl++", "scan", "zoom-in"),
    Command("view.out", N_("Smaller"), "Ctrl+-", "scan", "zoom-out"),
    Command("view.fit", N_("Whole page"), "Ctrl+0", "scan", "fit"),
    Command("view.magnifier", N_("Magnifier"), "Ctrl+M", "scan", "magnifier"),
    Command("view.compare", N_("Before and after cleaning"), "Ctrl+B", "scan", "compare"),
    Command("verify.accept", N_("Accept the value"), "Return", "verify", "good"),
    Command("verify.reject", N_("Send back for scanning"), "F8", "verify", "reject"),
    Command("verify.skip", N_("Later"), "F6", "verify", "down"),
    Command("verify.back", N_("Back to the one before"), "Shift+F6", "verify", "up"),
    Command("verify.group", N_("Same field side by side"), "Ctrl+G", "verify", "group"),
    Command("verify.undo", N_("Undo"), "Ctrl+Z", "verify", "undo"),
    Command("dossiers.search", N_("Search"), "Ctrl+F", "dossiers", "search"),
    Command("dossiers.open_pdf", N_("Open the PDF"), "Ctrl+P", "dossiers", "pdf"),
    Command("dossiers.pdf_outside", N_("Open the PDF in the PC's viewer"), "Ctrl+Shift+P", "dossiers", "pdf"),
    Command("dossiers.separator", N_("Print the separator again"), "Ctrl+Shift+S", "dossiers", "page"),
    Command("dossiers.to_scan", N_("Open on the scan screen"), "Ctrl+Return", "dossiers", "scan"),
    Command("sync.now", N_("Send now"), "F5", "sync", "sync"),
    Command("sync.stop", N_("Stop sending"), "Shift+F5", "sync", "stop"),
    Command("sync.export", N_("Export to stick"), "Ctrl+E", "sync", "export"),
    Command("sync.receipts", N_("Take in receipts"), "Ctrl+O", "sync", "receipt"),
    Command("sync.list", N_("List of the day"), "Ctrl+L", "sync", "reports"),
    Command("sync.pause", N_("Pause sending"), "F8", "sync", "pause"),
    Command("reports.refresh", N_("Compute again"), "F5", "reports", "reused"),
    Command("reports.export", N_("Export the table"), "Ctrl+E", "reports", "export"),
    Command("settings.records", N_("Import records"), "Ctrl+O", "settings", "dossiers"),
    Command(
        "settings.enrol", N_("Enrol by file or picture of the QR"), "Ctrl+Shift+E", "settings", "network"
    ),
    Command("settings.catalogue", N_("Import papers or procedures"), "Ctrl+Shift+O", "settings", "type"),
    Command("settings.folder", N_("Add a folder"), "Ctrl+D", "settings", "folder"),
    Command("settings.examine", N_("Examine this PC"), "F5", "settings", "magnifier"),
    Command("settings.check", N_("Check every file"), "F6", "settings", "good"),
    Command("settings.backup", N_("Back up"), "Ctrl+Shift+B", "settings", "disk"),
    Command("settings.bundle", N_("Diagnostics for IT"), "Ctrl+E", "settings", "export"),
    Command("settings.guide", N_("Set up step by step"), "F7", "settings", "settings"),
)


def of_screen(screen: str) -> tuple[Command, ...]:
    """The commands that work on a screen: its own and the window's."""
    return tuple(c for c in COMMANDS if c.screen in ("", screen))


def get(command_id: str) -> Command:
    """The command with this id."""
    return next(c for c in COMMANDS if c.id == command_id)
