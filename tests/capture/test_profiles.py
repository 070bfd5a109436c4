"""The office's scan profiles: the product's, IT's over them, the counter's over both."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from capture import problems, profiles
from capture.profiles import load_profiles, preview_of


def layer(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_product_brings_what_a_counter_needs() -> None:
    loaded = load_profiles()
    assert loaded["a3_dossier"].settings.source == "adf-duplex"
    assert loaded["id_card"].settings.dpi == 400
    assert loaded["map"].settings.dpi == 300
    assert all(profile.settings.mode == "colour" for profile in loaded.values())
    assert {profile.name for profile in loaded.values()} == set(profiles.NAMES)


def test_it_staff_lay_their_file_over_it(tmp_path: Path) -> None:
    pushed = {"a3_dossier": {"dpi": 200}, "receipts": {"name": "Biên nhận", "source": "adf"}}
    loaded = load_profiles(tmp_path / "none.toml", pushed)
    assert loaded["a3_dossier"].settings.dpi == 200
    assert loaded["a3_dossier"].settings.page_height_mm == 420
    assert loaded["receipts"].name == "Biên nhận"


def test_a_locked_profile_cannot_be_changed_at_the_counter(tmp_path: Path) -> None:
    own = layer(tmp_path / "own.toml", "[a3_dossier]\ndpi = 600\n\n[map]\ndpi = 400\n")
    loaded = load_profiles(own, {"a3_dossier": {"dpi": 300, "locked": True}})
    assert loaded["a3_dossier"].settings.dpi == 300
    assert loaded["a3_dossier"].is_locked
    assert loaded["map"].settings.dpi == 400


@pytest.mark.parametrize(
    "text",
    [
        "[a3_dossier]\ndpi = 150\n",
        "[a3_dossier]\ndpi = 2400\n",
        '[a3_dossier]\nmode = "grey"\n',
        '[a3_dossier]\nsource = "tray 7"\n',
        '[a3_dossier]\ndpi = "300"\n',
        "[a3_dossier]\npage_width_mm = -1\n",
        "a3_dossier = 3\n",
        "[a3_dossier\n",
    ],
)
def test_a_profile_below_the_law_or_out_of_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(problems.ProfileRefused) as caught:
        load_profiles(layer(tmp_path / "own.toml", text))
    assert "own.toml" in str(caught.value)


def test_a_preview_is_one_small_side() -> None:
    settings = preview_of(load_profiles()["map"].settings)
    assert (settings.dpi, settings.max_sides, settings.source) == (75, 1, "flatbed")


@pytest.mark.parametrize("language", ["vi", "km"])
def test_every_sentence_of_the_capture_is_translated(language: str) -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in Path(problems.__file__).parent.glob("*.py"))
    table = json.loads((files("resources") / "i18n" / language / "capture.json").read_text(encoding="utf-8"))
    assert source.count("N_(") > 30
    for sentence, translated in table.items():
        assert set(re.findall(r"{\w+}", sentence)) == set(re.findall(r"{\w+}", translated))
    named = [value for name, value in vars(problems).items() if name.isupper() and isinstance(value, str)]
    named += [
        kind.sentence
        for kind in vars(problems).values()
        if isinstance(kind, type) and "sentence" in vars(kind)
    ]
    missing = [s for s in (*named, *problems.OTHER_MODES.values(), *profiles.NAMES) if s not in table]
    assert [s for s in missing if kind_is_ours(s)] == []


def kind_is_ours(sentence: str) -> bool:
    """Classes imported from the core have sentences of their own catalogue."""
    return not sentence.startswith("Something went wrong")
