"""The scanners of this PC, as one source; no driver there means no scanner, never a failure."""

from capture.source import CaptureSource


def scanners() -> CaptureSource:
    """Every kind of scanner this system can drive."""
    from capture.sane import SaneSource

    return SaneSource()
