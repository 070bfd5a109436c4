import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import bagit
import pytest

from station.core.files import sha256_of
from sync import package
from sync.package import NotAPackage, PackageContents, PackageFileMissing


def test_the_same_contents_give_the_same_bytes(make_package: Any) -> None:
    first, built, _ = make_package(package_id="11111111-1111-4111-8111-111111111111")
    before = first.read_bytes()
    again, rebuilt, _ = make_package(package_id="11111111-1111-4111-8111-111111111111")
    assert again.read_bytes() == before
    assert built == rebuilt
    assert built.sha256 == sha256_of(first) == hashlib.sha256(before).hexdigest()
    assert built.size_bytes == len(before)


def test_a_package_is_a_whole_bag_to_the_library_of_congress_tool(make_package: Any, tmp_path: Path) -> None:
    target, built, _ = make_package()
    with tarfile.open(target) as tar:
        tar.extractall(tmp_path / "unpacked")
    bag = bagit.Bag(str(tmp_path / "unpacked" / built.package_id))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert bag.info["External-Identifier"] == built.package_id


def test_a_whole_package_has_no_problem_and_gives_its_manifest_back(make_package: Any) -> None:
    target, _, manifest = make_package()
    assert package.verify(target) == []
    assert package.read_manifest(target) == manifest


def test_members_are_sorted_without_owner_and_without_time(make_package: Any) -> None:
    target, _, _ = make_package()
    with tarfile.open(target) as tar:
        members = tar.getmembers()
    assert [m.name for m in members] == sorted(m.name for m in members)
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}


@pytest.mark.parametrize("place", [0.05, 0.3, 0.5, 0.7, 0.9])
def test_one_flipped_bit_anywhere_is_found(make_package: Any, place: float) -> None:
    target, _built, _manifest = make_package()
    data = bytearray(target.read_bytes())
    with tarfile.open(target) as tar:
        spans = [(m.offset_data, m.size) for m in tar.getmembers() if m.size]
    start, size = spans[int(place * len(spans))]
    data[start + size // 2] ^= 1
    target.write_bytes(data)
    assert package.verify(target)


def test_a_cut_package_is_found_wherever_it_was_cut(make_package: Any) -> None:
    target, _built, _ = make_package()
    whole = target.read_bytes()
    for length in range(0, len(whole) - 10240, 3001):
        target.write_bytes(whole[:length])
        assert package.verify(target), length


def _hostile(target: Path, entries: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(target, "w") as tar:
        for entry, data in entries:
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return target


@pytest.mark.parametrize(
    "name",
    [
        "../out",
        "/etc/x",
        "bag/../../x",
        "bag/data/..",
        "bag/data/a\\b",
        "bag/data/C:x",
        "bag//data/x",
        "bag/data/a\nb",
    ],
)
def test_names_that_climb_out_of_the_bag_are_refused(tmp_path: Path, name: str) -> None:
    problems = package.verify(_hostile(tmp_path / "x.tar", [(tarfile.TarInfo(name), b"x")]))
    assert any("forbidden name" in p for p in problems)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("bag/data/manifest.json")
    entry.type, entry.linkname = kind, "/etc/passwd"
    target = _hostile(tmp_path / "x.tar", [(entry, b"")])
    assert any("no plain file" in p for p in package.verify(target))
    with pytest.raises(NotAPackage):
        package.read_manifest(target)


def test_a_file_named_twice_is_refused(make_package: Any, tmp_path: Path) -> None:
    target, built, _ = make_package()
    with tarfile.open(target, "a") as tar:
        entry = tarfile.TarInfo(f"{built.package_id}/data/manifest.json")
        tar.addfile(entry, io.BytesIO())
    assert "named twice: data/manifest.json" in package.verify(target)


def test_a_manifest_that_breaks_the_schema_cannot_be_sealed(make_package: Any) -> None:
    with pytest.raises(NotAPackage, match="stage"):
        make_package(change=lambda m: m["dossier"].update(stage="someday"))


def test_a_problem_never_repeats_what_the_manifest_says_of_a_citizen(make_package: Any) -> None:
    with pytest.raises(NotAPackage) as caught:
        make_package(change=lambda m: m["record"].update(applicant_name=["Nguyễn Văn Thử"]))
    assert "Nguyễn" not in str(caught.value)


def test_a_file_the_manifest_does_not_speak_of_cannot_be_sealed(make_package: Any, tmp_path: Path) -> None:
    _, _built, manifest = make_package()
    with pytest.raises(NotAPackage):
        package.build(
            PackageContents(manifest, (("data/originals/extra.jpg", Path(__file__)),)), tmp_path / "p.tar"
        )
    assert not (tmp_path / "p.tar").exists()


def test_a_vanished_original_stops_the_sealing_in_words(make_package: Any, tmp_path: Path) -> None:
    _, _, manifest = make_package()
    with pytest.raises(PackageFileMissing, match="seal again"):
        package.build(
            PackageContents(manifest, (("data/documents/01-cccd.pdf", tmp_path / "gone.pdf"),)),
            tmp_path / "p.tar",
        )


def test_anything_that_is_no_tar_is_refused_in_words(tmp_path: Path) -> None:
    for data in (b"", b"hello", b"%PDF-1.7" + bytes(5000), bytes(10240)):
        (tmp_path / "x.tar").write_bytes(data)
        assert package.verify(tmp_path / "x.tar")
