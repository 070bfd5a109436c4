"""Practising with sample dossiers: everything works, nothing leaves."""

from pathlib import Path

import pytest
import segno

from resources.samples.demo import DEMO_BRANCH
from station.core import files
from station.work import enrolling, people, sending, setting_up, sticks, training
from station.work.sealing import TrainingOnly
from station.work.station import TRAINING_MARK, open_home, open_station
from sync.enrolment import Invitation, NotAnInvitation
from sync.trust import WarehouseTarget

INVITATION = Invitation(
    "https://kho.example", "s1", "Chi nhánh Mẫu", "ma-mot-lan", "2099-01-01", {"k": "AA=="}, "age1"
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose samples are two empty files: drawing papers takes longer than the test."""

    def make_samples(home: Path) -> tuple[Path, list[Path]]:
        folder = files.private_folder(home / "samples" / "files" / "ho_so_1")
        records = files.put_bytes(
            home / "samples" / "records.csv",
            b"dossier_code,procedure_code,procedure_name,applicant_name,applicant_id,date_of_birth,address,commune,"
            b"district,province,parcel_no,map_sheet,certificate_serial,received_at,due_at,branch,stage\n",
        )
        return records, [folder]

    monkeypatch.setattr(training, "make_samples", make_samples)
    home = tmp_path / "home"
    open_home(home)
    return home


def test_training_is_a_folder_of_its_own_with_samples_to_scan(office: Path) -> None:
    station = training.prepare(office, "Lan", "vi")
    assert station.home == office / "training"
    assert station.actor.name == "Lan"
    assert (station.settings.branch, station.training) == (DEMO_BRANCH, True)
    assert "ho_so_1" in station.settings.watched_folders
    with open_station(office).reading() as conn:
        assert conn.execute("SELECT count(*) FROM record").fetchone()[0] == 0, (
            "the office's own folder is untouched"
        )


def test_no_setting_lets_anything_leave_a_training_folder(office: Path) -> None:
    station = people.change_settings(training.prepare(office, "Lan", "vi"), {"training": "false"})
    target = WarehouseTarget("https://kho.example", "s1", "t", "k", {}, (), None, "age1")
    with pytest.raises(TrainingOnly):
        sending.sync(station, target)
    with pytest.raises(TrainingOnly):
        sticks.export(station, target, office / "stick")
    with pytest.raises(TrainingOnly):
        enrolling.enrol_station(station, INVITATION.to_text(), "invitation.json")
    assert not (office / "stick").exists()


def test_a_practice_that_was_finished_begins_anew(office: Path) -> None:
    station = training.prepare(office, "Lan", "vi")
    files.put_bytes(station.home / "packages" / "old.tar", b"x")
    assert not (training.prepare(office, "Lan", "vi").home / "packages" / "old.tar").exists()


def test_there_is_no_training_inside_training(office: Path) -> None:
    inside = training.prepare(office, "Lan", "vi").home
    assert (inside / TRAINING_MARK).exists()
    with pytest.raises(training.TrainingInside):
        training.prepare(inside, "Lan", "vi")


def test_an_invitation_is_read_from_a_picture_of_its_code(tmp_path: Path) -> None:
    picture = tmp_path / "invitation.png"
    segno.make(INVITATION.to_text(), error="m").save(str(picture), scale=6, border=4)
    assert setting_up.invitation_text(picture) == INVITATION.to_text()


def test_a_picture_of_something_else_is_no_invitation(tmp_path: Path) -> None:
    home = tmp_path / "home"
    open_home(home)
    picture = tmp_path / "other.png"
    segno.make("https://vi.example", micro=False).save(str(picture), scale=6, border=4)
    with pytest.raises(NotAnInvitation):
        enrolling.enrol_from_file(open_station(home), picture)


def test_a_test_page_is_shown_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "copier"
    folder.mkdir()
    Image.new("L", (800, 1100), 200).save(folder / "page.png", dpi=(100, 100))
    open_home(tmp_path / "home")
    station = open_station(tmp_path / "home")
    shown = setting_up.scan_test_page(station, f"folder:{folder}", "a3_dossier")
    assert shown[:2] == b"\xff\xd8"
    assert (folder / "page.png").exists(), "a copier's file stays for the real scan"
    assert list(station.folder("originals").iterdir()) == [] == list(station.folder("spool").iterdir())
