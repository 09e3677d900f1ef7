"""What notices say: plain text, and the same as minimal HTML without anything to load."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from desktop.domain.mail import (
    MAX_SUBJECT,
    Letter,
    MailPurpose,
    checked_address,
    checked_line,
    visible,
)

if TYPE_CHECKING:
    from jinja2 import Environment

SUFFIX: Final = ".jinja"
PARAGRAPH: Final = "\n\n"


@dataclass(frozen=True, slots=True)
class LimitReached:
    """To the API's owner or to a customer: a limit is nearly or wholly used up."""

    application: str
    customer: str
    """Name as the reader knows it; empty where the limit is of everyone together."""
    limit: str
    """What is limited, such as `10,000 requests a month`."""
    used: str
    share_percent: int
    at: str


@dataclass(frozen=True, slots=True)
class InvoiceReady:
    """To a customer: an invoice is there."""

    seller: str
    number: str
    period: str
    total: str
    """With its currency."""
    due: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """To everyone concerned: the privacy policy or the terms change."""

    company: str
    document: str
    effective_on: str
    summary: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Any other text, in paragraphs that an empty line parts."""

    subject: str
    heading: str
    text: str


Notice = LimitReached | InvoiceReady | PolicyChange | Announcement

TEMPLATES: Final[dict[type[Notice], str]] = {
    LimitReached: "limit_reached",
    InvoiceReady: "invoice_ready",
    PolicyChange: "policy_change",
    Announcement: "announcement",
}
TEST: Final = Announcement(
    subject="Test message",
    heading="Mail works",
    text="This is a test message of UsageFlow Desktop. Notices will look like this one.",
)
SAMPLES: Final[dict[MailPurpose, Notice]] = {
    MailPurpose.LIMIT_REACHED: LimitReached(
        application="Weather API",
        customer="Aurora",
        limit="10,000 requests a month",
        used="9,000",
        share_percent=90,
        at="15 June 2026, 12:00 UTC",
    ),
    MailPurpose.INVOICE_READY: InvoiceReady(
        seller="Weather API",
        number="2026-0042",
        period="June 2026",
        total="USD 120.00",
        due="14 July 2026",
        link="https://example.com/invoices/2026-0042",
    ),
    MailPurpose.POLICY_CHANGE: PolicyChange(
        company="Weather API",
        document="privacy policy",
        effective_on="1 July 2026",
        summary="We keep single calls for 90 days instead of 12 months.",
        link="https://example.com/privacy",
    ),
    MailPurpose.TEST: TEST,
}
"""What a preview shows: invented, so that a preview tells nobody's data."""


def letter_of(purpose: MailPurpose, recipient: str, notice: Notice) -> Letter:
    """A letter that says what a notice says.

    Names and texts in it stay what they are: they cannot become markup, headers or further
    recipients; a subject that is too long is cut. Raises: InvalidInput (field `recipient`).
    """
    values = {name: _shown(value) for name, value in asdict(notice).items()}
    blocks = _blocks(TEMPLATES[type(notice)], values)
    return Letter(
        purpose=purpose,
        recipient=checked_address(recipient, "recipient"),
        subject=checked_line(_cut(blocks["subject"]), "subject"),
        text=_environment().get_template(f"letter.txt{SUFFIX}").render(blocks),
        html=_environment().get_template(f"letter.html{SUFFIX}").render(blocks),
    )


def sample(purpose: MailPurpose, recipient: str) -> Letter:
    """What a preview of a notice shows. `purpose` is one of `SAMPLES`."""
    return letter_of(purpose, recipient, SAMPLES[purpose])


def _blocks(name: str, values: dict[str, object]) -> dict[str, str]:
    """The parts of a template; markup comes with the layouts and nowhere else."""
    template = _environment().get_template(f"{name}.txt{SUFFIX}")
    context = template.new_context(values)
    return {part: "".join(render(context)).strip() for part, render in template.blocks.items()}


def _cut(subject: str) -> str:
    return subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"


def _shown(value: object) -> object:
    """A value as text of a letter: visible characters, paragraphs kept, other space made one."""
    if not isinstance(value, str):
        return value
    paragraphs = value.replace("\r\n", "\n").split(PARAGRAPH)
    return PARAGRAPH.join(visible(" ".join(paragraph.split())) for paragraph in paragraphs)


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

    folder = files("resources") / "mail"
    sources = {one.name: one.read_text("utf-8") for one in folder.iterdir()}
    return Environment(
        loader=DictLoader({name: text for name, text in sources.items() if SUFFIX in name}),
        autoescape=select_autoescape(enabled_extensions=(f"html{SUFFIX}",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
