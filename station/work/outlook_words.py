"""The outlook in sentences, for the window and the terminal alike."""

from station.core.errors import N_
from station.core.outlook import alert_sentence, forecast_sentences
from station.core.sheets import STAGE_NAMES, Translate, value_text
from station.store.operations import Step
from station.store.reports import WHY
from station.work.supervising import STEP_NAMES, Outlook

STEP = N_("{step}: {mean} hours on average, half of the dossiers within {median} ({share} % of all time)")
SLOWEST = N_("Most time goes by in: {step}.")


def step_sentence(step: Step, translate: Translate, language: str) -> str:
    return translate(STEP).format(
        step=translate(STEP_NAMES[step.name]),
        mean=value_text(step.mean_hours, language),
        median=value_text(step.median_hours, language),
        share=value_text(step.share, language),
    )


def outlook_lines(found: Outlook, translate: Translate, language: str) -> list[str]:
    """The whole outlook for a terminal."""
    lines = [f"! {alert_sentence(alert, translate, language)}" for alert in found.alerts]
    for stage, forecast in found.forecasts.items():
        lines.append(f"{translate(STAGE_NAMES[stage])}: {value_text(forecast.rate, language)} %")
        lines += [f"  {sentence}" for sentence in forecast_sentences(forecast, translate, language)]
    lines += [step_sentence(step, translate, language) for step in found.steps]
    if found.bottleneck:
        lines.append(translate(SLOWEST).format(step=translate(STEP_NAMES[found.bottleneck])))
    lines += [f"{translate(WHY[reason])} {count}" for reason, count in found.missing.items()]
    return lines
