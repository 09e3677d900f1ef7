"""Why a call is let through or refused: the verdict, each rule that was looked at, each SDK."""

from typing import Final

from contract.terms import Verdict
from desktop.domain.traces import ExplainStep, Explanation
from desktop.views import figures
from desktop.views.lines import IconLine, Lines

ICONS: Final = {
    Verdict.ALLOWED: ("circle-check", "ok"),
    Verdict.REFUSED: ("ban", "bad"),
    Verdict.WARNED: ("triangle-alert", "warn"),
    Verdict.NOT_METERED: ("info", "muted"),
}


class ExplanationView(Lines):
    """Shows one explanation; empty until there is one."""

    def clear(self) -> None:
        """Show nothing."""
        self.fill(())

    def show_explanation(self, explanation: Explanation, *, was: bool = False) -> None:
        """Show an explanation; `was` puts the verdict into the past."""
        verdict = self._verdict(explanation.verdict, was=was)
        lines = [IconLine(*ICONS[explanation.verdict], verdict, "heading")]
        lines += [IconLine(*ICONS[step.verdict], self._text(step)) for step in explanation.steps]
        for effect in explanation.sdk_effects:
            kind = ("info", "muted") if effect.enforced else ("circle-alert", "bad")
            lines.append(IconLine(*kind, f"{effect.sdk}: {effect.text}", "muted"))
        if not explanation.from_service:
            said = self.tr("Answered by the vault alone, without the counters of the service.")
            lines.append(IconLine("cloud-off", "warn", said, "warn"))
        self.fill(lines)
        self.setAccessibleName(verdict)

    def _verdict(self, verdict: Verdict, *, was: bool) -> str:
        if was:
            return {
                Verdict.ALLOWED: self.tr("It was let through."),
                Verdict.REFUSED: self.tr("It was refused."),
                Verdict.WARNED: self.tr("It was let through, with a warning."),
                Verdict.NOT_METERED: self.tr("It passed without being counted."),
            }[verdict]
        return {
            Verdict.ALLOWED: self.tr("It would be let through."),
            Verdict.REFUSED: self.tr("It would be refused."),
            Verdict.WARNED: self.tr("It would be let through, with a warning."),
            Verdict.NOT_METERED: self.tr("It would pass without being counted."),
        }[verdict]

    def _text(self, step: ExplainStep) -> str:
        text = step.text
        if step.used and step.allowed:
            counted = self.tr("{used} of {allowed} used.")
            text = f"{text} {counted.format(used=step.used, allowed=step.allowed)}"
        if step.resets_at is not None:
            moment = figures.moment(step.resets_at)
            text = f"{text} {self.tr('Begins anew at {moment}.').format(moment=moment)}"
        return text
