"""One file of the IT staff for every counter: its values, what it locks, its scan profiles."""

from pathlib import Path

import pytest

from capture.problems import ProfileRefused
from station.core.errors import UsageProblem
from station.core.settings import SettingLocked, SettingsWrong
from station.ui.verbs.session import Session
from station.work import people
from station.work.devices import profile_of
from station.work.station import Station, open_station

PUSHED = """
locked = ["seal_profile", "warehouse_url"]

[settings]
seal_profile = "layered"
target_rate = 95.0

[profiles.a3_dossier]
dpi = 400
locked = true
"""


@pytest.fixture
def empty(tmp_path: Path) -> Station:
    return open_station(tmp_path / "home")


def push(station: Station, folder: Path, text: str = PUSHED) -> Station:
    file = folder / "office.toml"
    file.write_text(text, encoding="utf-8")
    return people.push_settings(station, file)


def test_what_it_staff_push_holds_where_the_counter_says_nothing(empty: Station, tmp_path: Path) -> None:
    counter = people.change_settings(empty, {"counter": "3", "seal_profile": "faithful"})
    pushed = push(counter, tmp_path)
    assert (pushed.settings.counter, pushed.settings.target_rate) == ("3", 95.0)
    assert pushed.settings.seal_profile == "layered", "a locked setting is what was pushed"
    assert open_station(tmp_path / "home").settings == pushed.settings
    assert profile_of(pushed, "a3_dossier").settings.dpi == 400


def test_a_locked_setting_is_not_changed_at_the_counter_and_others_are(
    empty: Station, tmp_path: Path
) -> None:
    pushed = push(empty, tmp_path)
    with pytest.raises(SettingLocked, match=r"seal_profile.*pushed\.toml"):
        people.change_settings(pushed, {"seal_profile": "faithful", "counter": "3"})
    assert open_station(tmp_path / "home").settings == pushed.settings
    changed = people.change_settings(pushed, {"target_rate": "90.0"})
    assert open_station(tmp_path / "home").settings == changed.settings
    assert changed.settings.target_rate == 90.0, "the counter's own word counts where nothing is locked"


def test_a_locked_profile_is_the_it_staffs_whatever_the_counter_wrote(empty: Station, tmp_path: Path) -> None:
    (tmp_path / "home" / "profiles.toml").write_text(
        "[a3_dossier]\ndpi = 600\n\n[map]\ndpi = 400\n", encoding="utf-8"
    )
    pushed = push(empty, tmp_path)
    assert profile_of(pushed, "a3_dossier").settings.dpi == 400
    assert profile_of(pushed, "map").settings.dpi == 400


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('locked = ["langage"]\n', SettingsWrong),
        ("[settings]\nlangage = 'vi'\n", SettingsWrong),
        ("[profile.a3_dossier]\ndpi = 300\n", SettingsWrong),
        ("settings = 3\n", SettingsWrong),
        ("[profiles.a3_dossier]\ndpi = 100\n", ProfileRefused),
    ],
)
def test_a_wrong_file_is_refused_and_the_one_before_stays(
    empty: Station, tmp_path: Path, text: str, kind: type[Exception]
) -> None:
    pushed = push(empty, tmp_path)
    with pytest.raises(kind):
        push(pushed, tmp_path, text)
    assert open_station(tmp_path / "home").settings == pushed.settings


def test_what_was_pushed_while_a_counter_was_open_stays_when_that_counter_changes_something(
    empty: Station, tmp_path: Path
) -> None:
    push(people.change_settings(empty, {"seal_profile": "faithful"}), tmp_path)
    changed = people.change_settings(empty, {"counter": "3"})
    assert (changed.settings.target_rate, changed.settings.seal_profile) == (95.0, "layered")
    assert (tmp_path / "home" / "station.toml").read_text(encoding="utf-8") == 'counter = "3"\n'


def test_a_file_to_push_that_is_not_there_is_told_by_its_path(empty: Station, tmp_path: Path) -> None:
    missing = tmp_path / "ofice.toml"
    with pytest.raises(UsageProblem, match=r"^.*ofice\.toml does not exist\. Check the path\.$"):
        people.push_settings(empty, missing)


def test_the_first_start_leaves_a_fixed_language_and_refuses_another_branch_before_it_changes_anything(
    empty: Station, tmp_path: Path
) -> None:
    push(empty, tmp_path, 'locked = ["language", "branch"]\n[settings]\nbranch = "CN-THU"\n')
    session = Session(tmp_path / "home")
    office = {"branch": "CN-KHAC", "language": "km", "counter": "3"}
    with pytest.raises(SettingLocked, match="branch"):
        session.set_up("admin", "mot-mat-khau-dai", office)
    assert session.first_start() == (True, "admin")
    session.set_up("admin", "mot-mat-khau-dai", {**office, "branch": "CN-THU"})
    settings = session.station.settings
    assert (settings.branch, settings.language, settings.counter) == ("CN-THU", "vi", "3")
