"""Scrubs one record of `usageflow scrub`: a JSON line with an event, and perhaps its alias."""

import json
import math
from collections.abc import Callable
from typing import Final

import msgspec

from hosted.scrub.fields import EventScrubber, remains_of
from hosted.scrub.json_value import Json
from hosted.scrub.masks import SECRET

REPLACEMENT: Final = "\ufffd"


class BadRecord(Exception):
    """A line that holds no event. The text is for the owner and quotes nothing of the line."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def decoded(line: bytes) -> Json:
    """The JSON of a line.

    What Python's own encoder writes is taken as well: NaN becomes null, half a surrogate pair the
    replacement character.

    Raises:
        BadRecord: the line is no JSON.
    """
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeError):
        return _leniently_decoded(line)
    except RecursionError:
        raise BadRecord("too_deep", "The line is nested too deeply.") from None


def _leniently_decoded(line: bytes) -> Json:
    try:
        value = json.loads(line, parse_constant=lambda _constant: None)
        return _repaired(value)
    except (ValueError, RecursionError):
        raise BadRecord("invalid_json", "The line is not valid JSON.") from None


def _repaired(value: Json) -> Json:
    match value:
        case dict():
            return {_repaired(name): _repaired(below) for name, below in value.items()}
        case list():
            return [_repaired(item) for item in value]
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case float() if not math.isfinite(value):
            return None
    return value


class RecordScrubber:
    """Scrubs records one by one; `failures` counts the events that could not be."""

    def __init__(self, events: EventScrubber, pseudonym: Callable[[str], str]) -> None:
        self._events = events
        self._pseudonym = pseudonym
        self.failures = 0

    def scrubbed(self, record: Json) -> dict[str, Json]:
        """The record with its event and alias as they may be kept.

        Raises:
            BadRecord: there is no event in it.
        """
        if not isinstance(record, dict):
            raise BadRecord("not_an_object", "The line is not a JSON object.")
        event, alias = record.get("event"), record.get("alias")
        if not isinstance(event, dict):
            raise BadRecord("no_event", 'The line has no object named "event".')
        try:
            kept, kept_alias = self._events.event(
                event, self._pseudonym, alias if isinstance(alias, str) else None
            )
        except Exception:  # noqa: BLE001 - whatever went wrong, nothing unread may pass
            self.failures += 1
            kept, kept_alias = remains_of(event), SECRET
        result: dict[str, Json] = {"event": kept}
        if "alias" in record:
            result["alias"] = kept_alias if isinstance(alias, str) else None
        return result
