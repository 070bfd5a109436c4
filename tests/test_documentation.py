"""Every verb, option and setting is documented; every sentence is there in every language."""

import ast
import importlib
import json
import pkgutil
import re
import string
import unicodedata
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest
import typer

import station.cli.app
import sync.warehouse.cli
from station.core.settings import LIMITS, Settings
from station.core.texts import LANGUAGES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "resources" / "docs"
CATALOGUES = ROOT / "resources" / "i18n"
PACKAGES = ("station", "capture", "ocr", "sync", "forms", "resources")
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
KHMER_LETTER = re.compile(r"[\u1780-\u17ff]")


@cache
def strings() -> tuple[tuple[str, int, str, bool], ...]:
    """Each text constant of the code: path, row, text, and whether N_ marks it for translation."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            where = path.relative_to(ROOT).as_posix()
            marked = {
                id(node.args[0])
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_"
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append((where, node.lineno, node.value, id(node) in marked))
    return tuple(found)


@cache
def sentences() -> dict[str, str]:
    """Every sentence marked with N_ and the first place it stands."""
    found: dict[str, str] = {}
    for where, row, text, marked in strings():
        if marked:
            found.setdefault(text, f"{where}:{row}")
    return found


@cache
def catalogue(language: str) -> dict[str, tuple[str, str]]:
    """Sentence → translation and the file it stands in; a sentence translated in two ways is a failure."""
    merged: dict[str, tuple[str, str]] = {}
    for path in sorted((CATALOGUES / language).glob("*.json")):
        for sentence, translation in json.loads(path.read_text(encoding="utf-8")).items():
            before = merged.setdefault(sentence, (translation, path.name))
            assert before[0] == translation, (
                f"{language}: two translations of {sentence!r}: {before[1]}, {path.name}"
            )
    return merged


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str) -> None:
    table = catalogue(language)
    missing = [f"{where}: {sentence}" for sentence, where in sentences().items() if sentence not in table]
    assert not missing, "\n" + "\n".join(missing)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_same_placeholders(language: str) -> None:
    wrong = [
        f"{file}: {sentence} → {translation}"
        for sentence, (translation, file) in catalogue(language).items()
        if placeholders(sentence) != placeholders(translation)
    ]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_has_outlived_its_sentence(language: str) -> None:
    spoken = {text for _, _, text, _ in strings()} | _sentences_in_rules()
    stale = [
        f"{file}: {sentence}" for sentence, (_, file) in catalogue(language).items() if sentence not in spoken
    ]
    assert not stale, "\n" + "\n".join(stale)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_case_of_a_checklist_is_translated(language: str) -> None:
    rules = [p.read_text(encoding="utf-8") for p in (ROOT / "resources" / "procedures").glob("*.toml")]
    cases = {case for rule in rules for case in re.findall(r'^case = "(.+)"', rule, flags=re.M)}
    assert cases
    missing = sorted(cases - set(catalogue(language)))
    assert not missing, "\n" + "\n".join(missing)


def _sentences_in_rules() -> set[str]:
    """Texts of the rule files, some of which are shown to people and translated like sentences."""
    rules = [p.read_text(encoding="utf-8") for p in (ROOT / "resources").rglob("*.toml")]
    return {text for rule in rules for text in re.findall(r'"([^"\n]+)"', rule)}


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_real_text_in_their_script(language: str) -> None:
    wrong = []
    for sentence, (translation, file) in catalogue(language).items():
        words = re.sub(r"\{[^}]*\}|[A-Z0-9/+.%-]{2,}", "", sentence)
        if not translation.strip() or unicodedata.normalize("NFC", translation) != translation:
            wrong.append(f"{file}: {sentence}: empty or not NFC")
        elif language == "km" and re.search(r"[a-z]{3}", words) and not KHMER_LETTER.search(translation):
            wrong.append(f"{file}: {sentence}: no Khmer letter")
    assert not wrong, "\n" + "\n".join(wrong)


@cache
def commands() -> dict[str, set[str]]:
    """Every verb of `station` and `warehouse` with its options, as "station users add" → {"--json", …}."""
    for module in pkgutil.iter_modules(station.cli.__path__, "station.cli."):
        importlib.import_module(module.name)
    found: dict[str, set[str]] = {}

    def walk(name: str, command: object) -> None:
        inner = getattr(command, "commands", {})
        options = {
            o
            for p in getattr(command, "params", ())
            for o in p.opts
            if o.startswith("--") and not getattr(p, "hidden", False)
        }
        found[name] = options - {"--help", "--install-completion", "--show-completion"}
        for verb, sub in inner.items():
            if not sub.hidden:
                walk(f"{name} {verb}", sub)

    walk("station", typer.main.get_command(station.cli.app.app))
    walk("warehouse", typer.main.get_command(sync.warehouse.cli.app))
    return found


def test_every_verb_and_option_is_in_the_manual() -> None:
    page = (DOCS / "command-line.md").read_text(encoding="utf-8")
    sections = {
        name: body
        for heading, body in re.findall(r"^#{2,3} (.+)\n((?:(?!^#{2,3} ).*\n?)*)", page, flags=re.M)
        for name in re.findall(r"`([^`]+)`", heading)
    }
    wrong = []
    for name, options in commands().items():
        body = sections.get(name)
        if body is None:
            wrong.append(f"{name}: no section")
        else:
            wrong += [f"{name} {o}" for o in sorted(options) if f"`{o}" not in body]
    assert not wrong, "\n" + "\n".join(wrong)
    assert sorted(set(sections) - set(commands())) == [], "sections about verbs that do not exist"


def test_every_verb_is_known_to_the_module_that_is_loaded_for_it() -> None:
    """One that is not loads all of them, which takes seconds."""
    found = {name.split()[1] for name in commands() if name.startswith("station ")}
    assert {verb for verbs in station.cli.app.VERBS.values() for verb in verbs} == found


def test_every_setting_is_in_the_manual_with_its_default() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (`[^`]*`) \|", page, flags=re.M))
    assert rows == {f.name: f"`{_as_toml(f.default)}`" for f in fields(Settings)}
    for name, allowed in LIMITS.items():
        assert all(f"`{value}`" in page for value in allowed), name


def _as_toml(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | int | float) else f'"{value}"'


def test_links_between_the_pages_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken, "\n" + "\n".join(broken)


def test_the_data_folder_and_the_first_commands_are_said_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for said in ("installer/run.sh", "installer/test.sh", ".venv/bin/station", ".venv/bin/warehouse"):
        assert said in readme
