"""All sources of pages behind one list, and a source for any id on it.

An id says by itself where it belongs: `sane:…`, `escl:…`, `twain:…`, `folder:/path`. A network copier that
both SANE and our own eSCL client can reach is listed once, as eSCL: one program less between paper and disk.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from capture import escl, folder, sane, twain
from capture.escl import EsclSource
from capture.folder import FolderSource
from capture.problems import UnknownDevice
from capture.sane import SaneSource
from capture.source import CaptureSource, Device
from capture.twain import TwainSource

# A file on a share is taken when it has been the same for this long; SMB servers flush within a second or two.
SETTLE_S = 2.0
# SANE's own drivers for devices that speak eSCL.
SANE_FOR_ESCL = re.compile(r"^sane:(airscan|escl):")


def list_all_devices(
    folders: Sequence[Path] = (), addresses: Sequence[str] = (), trust: Path | None = None
) -> list[Device]:
    """Every scanner that can be reached now, then the watched folders.

    Args:
        folders: the office's watched folders.
        addresses: network copiers given by hand, as URLs, and SANE's names with an address in them; listed also
            when they do not answer.
        trust: where certificates of copiers are remembered (see `capture.escl`).
    """
    # SANE's own drivers look around the network for seconds; ours looks at the same time.
    answer = SaneSource().begin_listing()
    by_hand = [found for address in addresses if (found := sane.device_by_address(address)) is not None]
    network = EsclSource(_urls(addresses), trust).list_devices()
    known = {device.name for device in network}
    local = [
        found.device
        for found in answer()
        if not (SANE_FOR_ESCL.match(found.id) and any(name and name in found.name for name in known))
    ]
    return [
        *local,
        *(found.device for found in by_hand if found.id not in {device.id for device in local}),
        *network,
        *TwainSource().list_devices(),
        *(FolderSource(path, SETTLE_S).device for path in folders),
    ]


def open_source(device_id: str, addresses: Sequence[str] = (), trust: Path | None = None) -> CaptureSource:
    """The source that a device belongs to; the device is looked for when a scan begins.

    Raises:
        UnknownDevice: no kind of source has such an id.
    """
    if device_id.startswith(sane.PREFIX):
        return SaneSource()
    if device_id.startswith(escl.PREFIX):
        return EsclSource(_urls(addresses), trust)
    if device_id.startswith(twain.PREFIX):
        return TwainSource()
    if device_id.startswith(folder.DEVICE_PREFIX):
        return FolderSource(Path(device_id.removeprefix(folder.DEVICE_PREFIX)), SETTLE_S)
    raise UnknownDevice(device=device_id)


def _urls(addresses: Sequence[str]) -> list[str]:
    return [address for address in addresses if not address.startswith(sane.PREFIX)]


def forget_certificate(device_id: str, trust: Path | None) -> None:
    """The next certificate of a network copier is trusted anew.

    Raises:
        UnknownDevice: it is no network copier, or was never met.
    """
    if not device_id.startswith(escl.PREFIX):
        raise UnknownDevice(device=device_id)
    EsclSource(trust_file=trust, discover_s=0).forget_certificate(device_id)
