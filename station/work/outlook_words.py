"""The outlook in sentences, for the window and the terminal alike."""

from station.core.errors import N_
from station.core.forecast import Forecast
from station.store.operations import Step
from station.store.reports import WHY
from station.work.report_sheets import STAGE_NAMES, Translate, value_text
from station.work.supervising import ALERTS, STEP_NAMES, Alert, Outlook

CLOSES = N_("At this pace the quarter closes at {expected} %.")
CLOSES_BETWEEN = N_(
    "At this pace the quarter closes at {expected} % (in eight of ten cases {low} to {high} %)."
)
TO_TARGET = N_("To reach {target} %: {wanted} dossiers more, {a_day} on each of {days} working days.")
HOURS = N_("That is {scanner} scanner-hours and {staff} staff-hours a day.")
REACHED = N_("The target of {target} % is reached.")
STEP = N_("{step}: {mean} hours on average, half of the dossiers within {median} ({share} % of all time)")
SLOWEST = N_("Most time goes by in: {step}.")
PACE = N_("On a working day {received} dossiers come and {digitised} are digitized.")


def forecast_sentences(forecast: Forecast, translate: Translate, language: str) -> list[str]:
    """How the quarter closes and what the target takes; figures nobody measured are –, and the reason follows."""

    def said(value: float | None) -> str:
        return value_text(value, language)

    sentences = []
    if forecast.received_a_day is not None:
        sentences.append(
            translate(PACE).format(
                received=said(forecast.received_a_day), digitised=said(forecast.digitised_a_day)
            )
        )
    if forecast.days_left:
        words = CLOSES if forecast.low is None else CLOSES_BETWEEN
        sentences.append(
            translate(words).format(
                expected=said(forecast.expected), low=said(forecast.low), high=said(forecast.high)
            )
        )
        sentences += _to_target(forecast, translate, language)
    return [*sentences, *map(translate, forecast.reasons)]


def _to_target(forecast: Forecast, translate: Translate, language: str) -> list[str]:
    target = value_text(forecast.target, language)
    if not forecast.wanted:
        return [translate(REACHED).format(target=target)] if forecast.received else []
    return [
        translate(TO_TARGET).format(
            target=target,
            wanted=forecast.wanted,
            a_day=value_text(forecast.wanted_a_day, language),
            days=forecast.days_left,
        ),
        translate(HOURS).format(
            scanner=value_text(forecast.scanner_hours_a_day, language),
            staff=value_text(forecast.staff_hours_a_day, language),
        ),
    ]


def alert_sentence(alert: Alert, translate: Translate, language: str) -> str:
    values = {k: value_text(v, language) for k, v in alert.values.items()}
    return translate(ALERTS[alert.kind]).format(**values)


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
