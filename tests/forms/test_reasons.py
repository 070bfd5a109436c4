import ast
import json
import string
from importlib.resources import files
from pathlib import Path

import pytest

import forms
from forms.reasons import because, explain
from station.core.texts import translator


def sentences() -> list[str]:
    """Every sentence of the room, as written in its modules."""
    found = []
    for module in sorted(Path(forms.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
                found.append(ast.literal_eval(node.args[0]))
    return found


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", ["vi", "km"])
def test_every_sentence_is_there_in_each_language_with_its_values(language):
    catalogue = json.loads(
        (files("resources") / "i18n" / language / "forms.json").read_text(encoding="utf-8")
    )
    for sentence in sentences():
        assert places(catalogue[sentence]) == places(sentence)
    assert set(catalogue) == set(sentences())


def test_a_stored_reason_is_said_in_the_operators_language():
    reason = because(
        'Read as "{read}"; {source} "{value}".', read="7A4", source="the record has", value="744"
    )
    assert explain(reason, translator("vi")) == 'Đọc được là "7A4"; bản ghi một cửa ghi "744".'
    assert explain(reason, translator("en")) == reason
    assert explain("something else", translator("vi")) == "something else"
