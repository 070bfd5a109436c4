"""The two stages of a dossier: what was handed in, and what the office answered."""

from station.core.errors import N_, UsageProblem


class StageUnknown(UsageProblem):
    sentence = N_("There is no stage {stage}. Choose intake or result.")


def stage_of(text: str) -> str:
    """Raises: StageUnknown."""
    if text not in ("intake", "result"):
        raise StageUnknown(stage=text)
    return text
