"""The package: one dossier as one file, the same bytes over the wire and on the stick.

A bag (BagIt 1.0, RFC 8493) in one uncompressed tar. Members are sorted, without owner and with time 0, so the
same contents always give the same bytes and one SHA-256 names them. `data/manifest.json` says in the office's
words what the bag holds; the bag's own manifests vouch for every byte.

Reading never trusts the file: names that climb out, links, devices and twice-named members are problems, and
nothing is ever unpacked to disk here.
"""

import hashlib
import json
import re
import tarfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as resource_files
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO
from uuid import UUID

from jsonschema import Draft202012Validator

from station.core.errors import N_, InputRefused
from station.core.files import CHUNK_BYTES, sha256_of, whole_file

MANIFEST_NAME = "data/manifest.json"
BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# A 500-page dossier with its full text is about 8 MB of manifest; more than this is not an office's dossier.
MANIFEST_LIMIT_BYTES = 64 << 20
# 500 pages, each with its original, and room for ten times as many.
MEMBER_LIMIT = 10_000
# One problem of each kind is enough to refuse; a hostile file must not fill the answer.
PROBLEM_LIMIT = 50

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:%*?"<>|]')
_MANIFEST_LINE = re.compile(r"([0-9a-f]{64}) {1,2}(\S.*)")


class NotAPackage(InputRefused):
    sentence = N_(
        "{file} is not a whole package ({problem}). Seal the dossier again or fetch the file again."
    )


class PackageFileMissing(InputRefused):
    sentence = N_(
        "The file {file} changed or vanished while the package was built. Run 'station check', then seal again."
    )


@dataclass(frozen=True)
class PackageContents:
    """What goes into a package.

    Attributes:
        manifest: as in resources/schemas/manifest.json; its `package_id` names the package.
        files: (name inside the bag, file on disk); names begin with "data/", as the manifest says them.
    """

    manifest: dict[str, Any]
    files: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class BuiltPackage:
    package_id: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Member:
    """One file of the bag: where its bytes lie in the tar, and their hash."""

    offset_bytes: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Inspection:
    """Everything one reading of a package tells. `manifest` is empty where it could not be read."""

    problems: list[str]
    manifest: dict[str, Any]
    members: dict[str, Member] = field(default_factory=dict)


def build(contents: PackageContents, target: Path) -> BuiltPackage:
    """Writes the package as `target`, whole and durable, streaming; the files stay where they are.

    Raises:
        NotAPackage: the manifest does not fit its schema or the files, or a name is not allowed.
        PackageFileMissing: a file vanished or changed while it was read.
        DiskFull: nothing is left behind.
    """
    package_id = str(UUID(contents.manifest["package_id"]))
    sources = _named_sources(contents, target)
    manifest = canonical_json(contents.manifest)
    members = _measure(sources, manifest)
    problems = [*_schema_problems(contents.manifest), *_content_problems(contents.manifest, members)]
    if problems:
        raise NotAPackage(file=target.name, problem="; ".join(problems[:3]))
    texts = {MANIFEST_NAME: manifest, **_tag_files(package_id, contents.manifest, members)}
    with whole_file(target) as stream:
        writer = _HashingWriter(stream)
        tar_stream: Any = writer
        with tarfile.open(fileobj=tar_stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted([*sources, *texts]):
                _add_member(
                    tar, f"{package_id}/{name}", sources.get(name), texts.get(name), members.get(name)
                )
    return BuiltPackage(package_id, writer.digest.hexdigest(), writer.size_bytes)


def read_manifest(tar_file: Path) -> dict[str, Any]:
    """The package's manifest, read without checking the rest.

    Raises:
        NotAPackage: there is none, or it is not JSON.
    """
    with tar_file.open("rb") as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r:") as tar:
                for member in _members(tar):
                    if member.isreg() and member.name.partition("/")[2] == MANIFEST_NAME:
                        return _read_json(_read_small(tar, member))
        except (tarfile.TarError, OSError, ValueError, EOFError) as error:
            raise NotAPackage(file=tar_file.name, problem=type(error).__name__) from error
    raise NotAPackage(file=tar_file.name, problem="no manifest")


def verify(tar_file: Path) -> list[str]:
    """Everything wrong with a package; empty for a whole one."""
    return inspect(tar_file).problems


def inspect(tar_file: Path) -> Inspection:
    """Reads a package once, from front to back, checking names, hashes, schema and that all of it agrees."""
    try:
        with tar_file.open("rb") as stream:
            return inspect_stream(stream)
    except OSError as error:
        return Inspection([f"unreadable: {type(error).__name__}"], {})


def inspect_stream(stream: IO[bytes]) -> Inspection:
    """`inspect` for an open file, read from its beginning; the stream stays the caller's."""
    problems: list[str] = []
    members: dict[str, Member] = {}
    texts: dict[str, bytes] = {}
    try:
        stream.seek(0)
        with tarfile.open(fileobj=stream, mode="r:") as tar:
            root = _read_members(tar, members, texts, problems)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        return Inspection([f"not a tar file: {type(error).__name__}"], {})
    problems += _bag_problems(members, texts)
    manifest: dict[str, Any] = {}
    if MANIFEST_NAME in texts:
        try:
            manifest = _read_json(texts[MANIFEST_NAME])
        except ValueError:
            problems.append("manifest.json is not JSON")
    if manifest:
        schema_problems = _schema_problems(manifest)
        problems += schema_problems
        if not schema_problems:
            problems += _content_problems(manifest, members)
            if manifest["package_id"] != root:
                problems.append("the folder in the tar is not named by the package_id")
    return Inspection(problems[:PROBLEM_LIMIT], manifest, members)


def canonical_json(value: Any) -> bytes:
    """The one way a value is written where its bytes are hashed or signed: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


@cache
def manifest_validator() -> Draft202012Validator:
    text = (resource_files("resources") / "schemas" / "manifest.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


class _HashingWriter:
    """Passes bytes on to a stream, counting and hashing them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size_bytes += len(data)
        return self._stream.write(data)

    def tell(self) -> int:
        return self.size_bytes


class _CheckedReader:
    """Reads a source file, refusing to end with other bytes than those measured before."""

    def __init__(self, stream: BinaryIO, path: Path, expected: Member) -> None:
        self._stream, self._path, self._expected = stream, path, expected
        self._digest = hashlib.sha256()
        self._left = expected.size_bytes

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        self._left -= len(data)
        if len(data) < size or (self._left == 0 and self._digest.hexdigest() != self._expected.sha256):
            raise PackageFileMissing(file=self._path.name)
        return data


def _named_sources(contents: PackageContents, target: Path) -> dict[str, Path]:
    sources: dict[str, Path] = {}
    for name, path in contents.files:
        if not name_is_safe(name) or not name.startswith("data/") or name == MANIFEST_NAME or name in sources:
            raise NotAPackage(file=target.name, problem=f"name {name!r}")
        sources[name] = path
    return sources


def name_is_safe(name: str) -> bool:
    """Whether a member's name stays inside its bag on every file system and is written in one way only."""
    parts = name.split("/")
    return (
        0 < len(name) <= 200
        and not _FORBIDDEN.search(name)
        and unicodedata.is_normalized("NFC", name)
        and all(part not in ("", ".", "..") and not part.endswith((".", " ")) for part in parts)
    )


def _measure(sources: dict[str, Path], manifest: bytes) -> dict[str, Member]:
    members = {MANIFEST_NAME: Member(0, len(manifest), hashlib.sha256(manifest).hexdigest())}
    for name, path in sources.items():
        try:
            members[name] = Member(0, path.stat().st_size, sha256_of(path))
        except FileNotFoundError as error:
            raise PackageFileMissing(file=path.name) from error
    return members


def _tag_files(package_id: str, manifest: dict[str, Any], members: dict[str, Member]) -> dict[str, bytes]:
    size_bytes = sum(m.size_bytes for m in members.values())
    tags = {
        "bagit.txt": BAGIT_TXT,
        "bag-info.txt": (
            f"Bag-Software-Agent: digitization-station\nBagging-Date: {manifest['sealed_at'][:10]}\n"
            f"External-Identifier: {package_id}\nPayload-Oxum: {size_bytes}.{len(members)}\n"
        ).encode(),
        "manifest-sha256.txt": "".join(f"{members[n].sha256}  {n}\n" for n in sorted(members)).encode(),
    }
    lines = (f"{hashlib.sha256(tags[name]).hexdigest()}  {name}\n" for name in sorted(tags))
    return {**tags, "tagmanifest-sha256.txt": "".join(lines).encode()}


def _add_member(
    tar: tarfile.TarFile, name: str, source: Path | None, text: bytes | None, measured: Member | None
) -> None:
    entry = tarfile.TarInfo(name)
    entry.mode = 0o644
    if source is None or measured is None:
        data = text or b""
        entry.size = len(data)
        tar.addfile(entry, BytesIO(data))
        return
    entry.size = measured.size_bytes
    with source.open("rb") as stream:
        reader: Any = _CheckedReader(stream, source, measured)
        tar.addfile(entry, reader)


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for count, member in enumerate(tar):
        if count >= MEMBER_LIMIT:
            raise ValueError("too many members")
        yield member


def _read_members(
    tar: tarfile.TarFile, members: dict[str, Member], texts: dict[str, bytes], problems: list[str]
) -> str:
    """Fills members and texts; returns the one folder all of them lie in."""
    roots: set[str] = set()
    for member in _members(tar):
        if member.isdir() and name_is_safe(member.name):
            continue
        root, _, name = member.name.partition("/")
        if not member.isreg() or member.issparse() or not name_is_safe(member.name) or not name:
            problems.append(f"a member that is no plain file or has a forbidden name: {member.name[:80]!r}")
            continue
        if name in members:
            problems.append(f"named twice: {name}")
            continue
        roots.add(root)
        keep = not name.startswith("data/") or name == MANIFEST_NAME
        if keep and member.size > MANIFEST_LIMIT_BYTES:
            problems.append(f"too large: {name}")
            continue
        members[name], text = _read_member(tar, member, keep)
        if keep:
            texts[name] = text
    if len(roots) != 1:
        problems.append("not exactly one folder in the tar")
    return min(roots, default="")


def _read_member(tar: tarfile.TarFile, member: tarfile.TarInfo, keep: bool) -> tuple[Member, bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise ValueError("unreadable member")
    digest = hashlib.sha256()
    kept: list[bytes] = []
    left = member.size
    while left:
        chunk = stream.read(min(left, CHUNK_BYTES))
        if not chunk:
            raise EOFError("the tar ends early")
        left -= len(chunk)
        digest.update(chunk)
        if keep:
            kept.append(chunk)
    return Member(member.offset_data, member.size, digest.hexdigest()), b"".join(kept)


def _read_small(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream: IO[bytes] | None = tar.extractfile(member)
    if stream is None or member.size > MANIFEST_LIMIT_BYTES:
        raise ValueError("manifest too large")
    return stream.read()


def _read_json(data: bytes) -> dict[str, Any]:
    value = json.loads(data)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _bag_problems(members: dict[str, Member], texts: dict[str, bytes]) -> list[str]:
    if texts.get("bagit.txt") != BAGIT_TXT:
        return ["bagit.txt does not say BagIt 1.0"]
    problems: list[str] = []
    payload = {name for name in members if name.startswith("data/")}
    tags = set(members) - payload - {"tagmanifest-sha256.txt"}
    for list_name, expected in (("manifest-sha256.txt", payload), ("tagmanifest-sha256.txt", tags)):
        listed: dict[str, str] = {}
        for line in texts.get(list_name, b"").decode("utf-8", "replace").splitlines():
            if match := _MANIFEST_LINE.fullmatch(line):
                listed[match[2]] = match[1]
        for name in sorted(expected ^ set(listed)):
            problems.append(f"{list_name} and the bag disagree about {name[:80]}")
        for name in sorted(expected & set(listed)):
            if members[name].sha256 != listed[name]:
                problems.append(f"other bytes than sealed: {name}")
    if MANIFEST_NAME not in payload:
        problems.append("no data/manifest.json")
    return problems


def _schema_problems(manifest: dict[str, Any]) -> list[str]:
    errors = sorted(manifest_validator().iter_errors(manifest), key=lambda e: [str(p) for p in e.path])
    # The error's message would repeat the value, which may be a citizen's; place and rule are enough.
    return [
        f"manifest.json: {'/'.join(str(p) for p in e.path) or '(top)'} breaks '{e.validator}'" for e in errors
    ]


def _content_problems(manifest: dict[str, Any], members: dict[str, Member]) -> list[str]:
    """Where the manifest's documents and images do not fit the files, or files are not spoken of."""
    problems: list[str] = []
    spoken = {MANIFEST_NAME}
    for entry in [*manifest.get("documents", []), *manifest.get("images", [])]:
        name = entry.get("path")
        if name is None:
            continue
        spoken.add(name)
        member = members.get(name)
        if member is None:
            problems.append(f"not in the bag: {name}")
        elif (member.sha256, member.size_bytes) != (entry["sha256"], entry["size_bytes"]):
            problems.append(f"manifest.json gives another hash or size: {name}")
    problems += [
        f"manifest.json does not speak of {n}" for n in members if n.startswith("data/") and n not in spoken
    ]
    return problems
