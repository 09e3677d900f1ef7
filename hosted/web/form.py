"""The form by which people send a privacy request: what it asks, and what is wrong with an answer.

It asks for no more than finding the person and answering them takes. Its hidden fields are a signed
time, so that another website cannot send it in somebody's name, and a trap for programs that fill
in every field they find.
"""

import hmac
import html
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hosted.clock import SECOND_US

PATH: Final = "/privacy"
KINDS: Final = {
    "access": "A copy of my personal data",
    "portability": "My data in a form that programs can read",
    "correction": "A correction of my data",
    "deletion": "The deletion of my data or account",
    "opt_out": "No more messages I do not need",
    "objection": "An objection to how my data is used",
    "child_report": "To report that data of a child is held",
    "inquiry": "An answer to a question about privacy",
}
LONGEST: Final = {"name": 200, "email": 200, "known_as": 200, "text": 10_000}
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
TRAP: Final = "leave_empty"
STAMP: Final = "stamp"
VALID_US: Final = 24 * 3600 * SECOND_US
PROBLEM_OF: Final = {
    "kind": "Choose what you want.",
    "email": "Enter an e-mail address like name@example.com, so that you can be answered.",
    "length": "This is too long: {most} characters at most.",
    STAMP: "This page was open for too long, or was not opened here. Nothing was sent. Look at "
    "your answers below and send them again.",
    TRAP: "The last field must stay empty. Nothing was sent.",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was filled in, trimmed, and what is wrong with it in words by field."""

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)


def stamp(key: bytes, now_us: int) -> str:
    """A signed time with a random part, for one form on one screen."""
    plain = f"{now_us}.{secrets.token_hex(8)}"
    return f"{plain}.{_signature(key, plain)}"


def read(values: Mapping[str, str], key: bytes, now_us: int) -> Answers:
    """Check what was sent."""
    given = {name: values.get(name, "").strip() for name in ("kind", *LONGEST, STAMP, TRAP)}
    problems: dict[str, str] = {}
    if given["kind"] not in KINDS:
        problems["kind"] = PROBLEM_OF["kind"]
    if not EMAIL.fullmatch(given["email"]):
        problems["email"] = PROBLEM_OF["email"]
    for name, most in LONGEST.items():
        if len(given[name]) > most:
            problems[name] = PROBLEM_OF["length"].format(most=f"{most:,}")
    if not is_stamp(given[STAMP], key, now_us):
        problems[STAMP] = PROBLEM_OF[STAMP]
    if given[TRAP]:
        problems[TRAP] = PROBLEM_OF[TRAP]
    return Answers(given, problems)


def is_stamp(text: str, key: bytes, now_us: int) -> bool:
    """Whether this service made the stamp within the last day."""
    plain, _, signature = text.rpartition(".")
    at_us = plain.partition(".")[0]
    signed = hmac.compare_digest(signature.encode(), _signature(key, plain).encode())
    return signed and at_us.isdigit() and 0 <= now_us - int(at_us) <= VALID_US


def form(answers: Answers, new_stamp: str) -> str:
    """The form as HTML, with what was filled in and what is wrong with it."""
    parts = [
        _summary(answers),
        f'<form method="post" action="{PATH}" novalidate>',
        _choices(answers),
        _line(answers, "email", "Your e-mail address", "email", "The answer is sent there."),
        _line(answers, "name", "Your name (you may leave it out)", "name", ""),
        _line(
            answers, "known_as", "Your customer number, user name or the like (optional)", "off",
            "So that you are found. Never enter a password, a key or a card number.",
        ),
        _text(answers),
        (f'<p class="off-screen" aria-hidden="true"><label for="{TRAP}">Leave this empty</label>'
        f'<input id="{TRAP}" name="{TRAP}" type="text" tabindex="-1" autocomplete="off"></p>'),
        f'<input type="hidden" name="{STAMP}" value="{html.escape(new_stamp)}">',
        '<button type="submit">Send the request</button>',
        "</form>",
    ]  # fmt: skip
    return "\n".join(parts)


def _summary(answers: Answers) -> str:
    """All problems at the top, each a link to its field, told at once by a screen reader."""
    if not answers.problems:
        return ""
    items = "".join(
        f'<li><a href="#{name}">{html.escape(text)}</a></li>'
        for name, text in answers.problems.items()
    )
    return (
        '<div class="summary" role="alert" tabindex="-1"><p><strong>Nothing was sent yet.</strong>'
        f"</p><ul>{items}</ul></div>"
    )


def _choices(answers: Answers) -> str:
    chosen = answers.values.get("kind", "")
    boxes = "".join(
        f'<label class="choice"><input type="radio" name="kind" value="{kind}" '
        f"{'checked ' if kind == chosen else ''}required> {html.escape(words)}</label>"
        for kind, words in KINDS.items()
    )
    said, marks = _problem(answers, "kind")
    return f'<fieldset id="kind"{marks}><legend>What do you want?</legend>{said}{boxes}</fieldset>'


def _line(answers: Answers, name: str, label: str, fills: str, hint: str) -> str:
    kind = "email" if name == "email" else "text"
    said, marks = _problem(answers, name, hint)
    required = " required" if name == "email" else ""
    value = html.escape(answers.values.get(name, ""))
    return (
        f'<label for="{name}">{label}</label>{said}<input id="{name}" name="{name}" type="{kind}" '
        f'autocomplete="{fills}" maxlength="{LONGEST[name]}" value="{value}"{required}{marks}>'
    )


def _text(answers: Answers) -> str:
    said, marks = _problem(answers, "text", "In your own words, in any language.")
    value = html.escape(answers.values.get("text", ""))
    return (
        f'<label for="text">Anything we should know (optional)</label>{said}'
        f'<textarea id="text" name="text" rows="6" maxlength="{LONGEST["text"]}"{marks}>'
        f"{value}</textarea>"
    )


def _problem(answers: Answers, name: str, hint: str = "") -> tuple[str, str]:
    """What is said beside a field, and the marks that tie it to the field."""
    problem = answers.problems.get(name, "")
    said = f'<p class="hint" id="{name}-hint">{html.escape(hint)}</p>' if hint else ""
    if problem:
        said += f'<p class="problem" id="{name}-problem">Error: {html.escape(problem)}</p>'
    ids = " ".join(
        f"{name}-{kind}" for kind, there in (("hint", hint), ("problem", problem)) if there
    )
    described = f' aria-describedby="{ids}"' if ids else ""
    return said, described + (' aria-invalid="true"' if problem else "")


def _signature(key: bytes, plain: str) -> str:
    return hmac.digest(key, f"form {plain}".encode(), "sha256").hex()
