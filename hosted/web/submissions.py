"""Takes requests in: sealed to the account's vault first; nobody here can read them."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from contract.sealing import seal_message
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.clock import SECOND_US, rfc3339
from hosted.refusals import Refusals
from hosted.storage.privacy_records import SubmissionRow
from hosted.web.commands import AddSubmission
from hosted.web.form import EMAIL, KINDS, LONGEST, PROBLEM_OF

ANSWER_DAYS: Final = 30
SUBMISSIONS_PER_HOUR: Final = 10
HOUR_S: Final = 3600
DAY_S: Final = 86_400
LONGEST_JSON: Final = 64 * 1024
BOUND: Final = "privacy"
"""Tells a sealed submission from a sealed identity."""


class Desk:
    """Where requests arrive. Event loop's thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pace = Refusals(context.clock, window_s=HOUR_S, allowed=SUBMISSIONS_PER_HOUR)

    @property
    def is_open(self) -> bool:
        """Whether a vault has told the key to seal to."""
        return self._context.sealing.public_key is not None

    def keep_pace(self, address: str) -> None:
        """Raises: Refusal (429) when an address sends too much."""
        if wait_s := self._pace.note(address):
            raise Refusal(
                429,
                "Too many requests came from your network within an hour. Nothing was sent. Try "
                f"again in {-(-wait_s // 60)} minutes, or write an e-mail.",
                retry_after_s=wait_s,
            )

    async def take(self, content: Mapping[str, Any], once: str) -> str:
        """Seal and store a request; its reference. The same `once` is one request.

        Raises:
            Refusal: 503, no vault has told its key yet, or too many requests wait.
            StorageUnavailable: nothing was stored.
        """
        public_key = self._context.sealing.public_key
        if public_key is None:
            raise Refusal(
                503, "Nobody can read requests here yet. Nothing was stored. Write an e-mail."
            )
        submission_id = f"web_{hashlib.sha256(once.encode()).hexdigest()[:24]}"
        now_us = self._context.clock()
        plain = json.dumps({**content, "received_at": rfc3339(now_us)}, ensure_ascii=False).encode()
        sealed = await asyncio.to_thread(seal_message, public_key, (BOUND, submission_id), plain)
        row = SubmissionRow(submission_id, now_us, sealed)
        if not await self._context.writer.run(AddSubmission(row)):
            raise Refusal(
                503, "Too many requests wait to be read. Nothing was stored. Write an e-mail."
            )
        return submission_id

    def due_day(self) -> str:
        """The last day on which the person has an answer, by the privacy policy."""
        return self.expected()[:10]

    def now_us(self) -> int:
        return self._context.clock()

    def expected(self) -> str:
        """The same as an instant."""
        return second(self._context.clock() + ANSWER_DAYS * DAY_S * SECOND_US)


def second(at_us: int) -> str:
    """An instant to the second, as other systems write it."""
    return rfc3339(at_us)[:19] + "Z"


def understood(source: bytes) -> dict[str, Any]:
    """A request of another system, as a JSON object.

    Raises: Refusal (413 or 422) saying what is wrong with it, without quoting it.
    """
    if len(source) > LONGEST_JSON:
        raise Refusal(413, f"A request may have {LONGEST_JSON:,} bytes at most.")
    try:
        request = json.loads(source)
    except (ValueError, RecursionError):
        raise Refusal(422, "Nothing was stored: the body is not valid JSON.") from None
    if not isinstance(request, dict):
        raise Refusal(422, "Nothing was stored: a request is a JSON object.")
    if not {"subject_request_type", "exercise", "kind"} & request.keys():
        raise Refusal(
            422,
            "Nothing was stored: send `kind` and `email`, an OpenDSR request "
            "(`subject_request_type`), or one of the Data Rights Protocol (`exercise`).",
            field="kind",
        )
    if "kind" in request:
        _require_own_form(request)
    return request


def _require_own_form(request: Mapping[str, Any]) -> None:
    for name, fits in (("kind", KINDS.__contains__), ("email", EMAIL.fullmatch)):
        value = request.get(name)
        if not isinstance(value, str) or not fits(value):
            raise Refusal(422, f"Nothing was stored: {PROBLEM_OF[name]}", field=name)
    for name, most in LONGEST.items():
        if len(str(request.get(name, ""))) > most:
            raise Refusal(422, f"Nothing was stored: at most {most} characters.", field=name)
