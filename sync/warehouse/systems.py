"""Which other systems this warehouse gives to and fetches from: one TOML file the province writes.

Each table is a system: its kind (`xroad` or `portal`), where it is, and for a portal its template. Passwords stand in
files of their own, never in this one.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from station.core.errors import N_, UsageProblem
from station.core.files import read_text
from sync.connector import Connector, RecordSource, XRoadConnector
from sync.portal import PortalConnector, PortalSettings, read_template, shipped_template
from sync.xroad import XRoadSettings, service_url


class SystemsWrong(UsageProblem):
    sentence = N_("The file of other systems {file} can't be used: {problem}. Correct it; nothing was sent.")


class NoSuchSystem(UsageProblem):
    sentence = N_("{name} is not in the file of other systems. It names: {known}.")


@dataclass(frozen=True)
class OtherSystem:
    """A system by its name; `source` is None where no records come from it, `base_url` as its files are fetched."""

    name: str
    connector: Connector
    source: RecordSource | None
    base_url: str


def read_systems(file: Path, only: str | None = None) -> list[OtherSystem]:
    """Every system of the file, or the one named.

    Raises:
        SystemsWrong: not TOML, a value missing or of the wrong kind.
        NoSuchSystem: `only` is not there.
        TemplateWrong, XRoadSettingsWrong, InsecureAddress: by what each needs.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(read_text(file))
        if only is not None and only not in tables:
            raise NoSuchSystem(name=only, known=", ".join(sorted(tables)) or "–")
        return [_system(name, t, file.parent) for name, t in tables.items() if only in (None, name)]
    except KeyError as error:
        raise SystemsWrong(file=file.name, problem=f"{error.args[0]} is missing") from error
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise SystemsWrong(file=file.name, problem=str(error)) from error


def _system(name: str, said: dict[str, Any], folder: Path) -> OtherSystem:
    if said["kind"] == "xroad":
        connector = XRoadConnector(
            _xroad(said, folder), said.get("user_id"), bool(said.get("finishes", False))
        )
        service_url(connector.settings)
        return OtherSystem(name, connector, connector, "")
    if said["kind"] != "portal":
        raise SystemsWrong(file=name, problem=f"kind {said['kind']}")
    return OtherSystem(name, PortalConnector(_portal(name, said, folder)), None, said.get("base_url", ""))


def _xroad(said: dict[str, Any], folder: Path) -> XRoadSettings:
    return XRoadSettings(
        security_server=said["security_server"],
        client=said["client"],
        service=said["service"],
        ca_file=_path(said, "ca_file", folder),
        certificate=_path(said, "certificate", folder),
        key=_path(said, "key", folder),
        target_server=said.get("target_server"),
        represented_party=said.get("represented_party"),
    )


def _portal(name: str, said: dict[str, Any], folder: Path) -> PortalSettings:
    own = _path(said, "template_file", folder)
    template = shipped_template(said["template"]) if own is None else read_template(read_text(own), own.name)
    return PortalSettings(
        name=name,
        template=template,
        url=said["url"],
        auth_url=said["auth_url"],
        username=said["username"],
        password=read_text(folder / said["password_file"]).strip(),
        unit=said.get("unit", ""),
        fields=dict(said.get("fields", {})),
        ca_file=_path(said, "ca_file", folder),
    )


def _path(said: dict[str, Any], name: str, folder: Path) -> Path | None:
    return folder / said[name] if said.get(name) else None
