"""The house stands as resources/docs/house.md draws it; what the drawing says, this file measures."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("station", "capture", "ocr", "sync", "forms", "resources")
TOP_LEVEL = {*PACKAGES, "tests", "installer", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
MODULE_LINES = 400
FUNCTION_LINES = 50

# The door to the disk, and the few that write what is not a blob of the data folder.
WRITERS = {
    "station/core/files.py": "the door itself",
    "station/work/station.py": "the lock, which says who holds the data folder",
    "station/work/caretaking.py": "the backup's database: SQLite writes it, then it takes its name",
    "station/work/demonstrating.py": "a folder of sample papers takes its name when it is whole",
    "sync/warehouse/objects.py": "parts of uploads: what a power cut takes the package's hash shows, and it is sent again",
    "sync/warehouse/embedded.py": "what the embedded warehouse's process says",
}
THREADS = {
    "station/core/process.py": "ends a worker whose station was killed",
    "station/ui/bridge.py": "the window's one bridge",
    "station/work/worker.py": "reading in the background",
    "capture/host.py": "listens to a driver's child process, which may fall silent",
    "capture/sane_driver.py": "encodes two sides at once, in the driver's own child process",
    "capture/escl_job.py": "fetches the next page while this one is made durable",
}
WRITING_CALLS = {"write_text", "write_bytes", "copyfile", "copy2", "copytree"}
# Pieces, so that this file does not speak of what it forbids.
MACHINE_PATHS = ("/" + "work/", "/" + "root/", "/" + "tmp/")
REGISTRY_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".", "deb.debian" + ".org")
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")


@cache
def tracked() -> tuple[Path, ...]:
    """Files under version control, or all that git would take, as paths from the root."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a checkout")
    return tuple(Path(row) for row in listed.stdout.splitlines() if (ROOT / row).is_file())


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the packages, parsed, by its path from the root."""
    paths = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
    return {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def texts() -> Iterator[tuple[Path, str]]:
    for path in tracked():
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def imported(tree: ast.Module) -> set[str]:
    """Top names of all packages a module imports, wherever it does."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of the called name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node


def writes(name: str, call: ast.Call) -> bool:
    """Whether a call writes or renames a file. `replace` of two arguments is a string's."""
    if name == "open" and all(k.arg != "fileobj" for k in call.keywords):
        arguments = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
        modes = [a.value for a in arguments if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        return any(re.fullmatch(r"[rwxabt+]+", m) and set(m) & set("wxa+") for m in modes)
    if name in {"rename", "replace"}:
        return len(call.args) == 1 and not call.keywords
    if name == "move":
        return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "shutil"
    return name in WRITING_CALLS


def test_rooms_import_only_what_lies_below_them() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout


def test_the_top_level_holds_the_rooms_and_nothing_else() -> None:
    found = {path.parts[0] for path in tracked() if not path.parts[0].startswith(".")}
    assert found <= TOP_LEVEL


def test_sql_is_written_in_the_store_the_outbox_and_the_warehouse() -> None:
    wrong = [
        path
        for path, tree in modules().items()
        if not path.startswith(("station/store/", "sync/outbox.py", "sync/warehouse/"))
        and any(name in {"execute", "executemany", "executescript"} for name, _call in calls(tree))
    ]
    assert wrong == []


def test_qt_lives_in_the_window_and_never_in_a_presenter() -> None:
    wrong = [
        path
        for path, tree in modules().items()
        if "PySide6" in imported(tree)
        and (not path.startswith("station/ui/") or "presenter" in Path(path).name)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_pixels_are_touched_in_ocr_and_in_the_sample_maker_only() -> None:
    wrong = [path for path, tree in modules().items() if "cv2" in imported(tree)]
    assert [path for path in wrong if not path.startswith(("ocr/", "resources/samples/"))] == []


def test_files_are_written_through_the_one_door() -> None:
    wrong = [
        f"{path}:{call.lineno} {name}"
        for path, tree in modules().items()
        if path.startswith(("station/", "sync/")) and path not in WRITERS
        for name, call in calls(tree)
        if writes(name, call)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_threads_start_only_where_the_house_says() -> None:
    wrong = [
        f"{path}:{call.lineno} {name}"
        for path, tree in modules().items()
        if path not in THREADS
        for name, call in calls(tree)
        if name in {"Thread", "QThread", "QThreadPool", "ThreadPoolExecutor"}
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_a_broad_except_writes_the_traceback_down() -> None:
    wrong = []
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
                body = ast.Module(body=node.body, type_ignores=[])
                raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(body))
                if not raises and "exception" not in {name for name, _ in calls(body)}:
                    wrong.append(f"{path}:{node.lineno}")
    assert not wrong, "\n" + "\n".join(wrong)


def _is_broad(kind: ast.expr | None) -> bool:
    return kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})


def test_modules_and_functions_are_short_enough_to_read_at_night() -> None:
    wrong = []
    for path, tree in modules().items():
        length = (ROOT / path).read_text(encoding="utf-8").count("\n")
        if length > MODULE_LINES:
            wrong.append(f"{path}: {length} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES:
                    wrong.append(f"{path}:{node.lineno} {node.name}: {lines} lines")
    assert not wrong, "\n" + "\n".join(wrong)


def test_every_module_says_what_it_is() -> None:
    empty = [path for path, tree in modules().items() if tree.body and not ast.get_docstring(tree)]
    assert not empty, "\n" + "\n".join(empty)


def test_no_file_names_a_machine_or_a_package_registry() -> None:
    wrong = [
        f"{path}: {word}"
        for path, text in texts()
        if path.suffix not in {".svg"}
        for word in (*(rf"(?<![\w.]){p}" for p in MACHINE_PATHS), *map(re.escape, REGISTRY_HOSTS))
        if re.search(word, text)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_nothing_is_left_for_later() -> None:
    wrong = [
        f"{path}: {word}"
        for path, text in texts()
        if path.suffix == ".py"
        for word in UNFINISHED
        if re.search(rf"\b{word}\b", text)
    ]
    assert not wrong, "\n" + "\n".join(wrong)
