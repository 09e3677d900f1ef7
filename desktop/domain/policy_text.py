"""Reading a policy as an owner types it: route, identity, limits."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from contract.terms import (
    IdentityLocation,
    LimitCounts,
    LimitEffect,
    LimitInterval,
    LimitKind,
    LimitScope,
    MeteringTrigger,
    PolicyKind,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import PolicyId
from desktop.domain.policies import Limit, LimitDraft, Metering, Policy, PolicyDraft, Span

LOCATIONS: Final = {
    "header": "headers",
    "headers": "headers",
    "query": "query_params",
    "query_params": "query_params",
    "path": "path_params",
    "path_params": "path_params",
    "body": "body",
    "bearer": "bearer_token",
    "bearer_token": "bearer_token",
    "jwt": "bearer_token",
    "cookie": "cookie",
}
"""Names an owner may type, and the spelling that every SDK understands."""
COOKIE_FORMS: Final = ("cookie.", "[technique=jwt]")
"""Beginnings of a cookie's name that SDKs of every language find. Others only some do."""
INTERVALS: Final = tuple(LimitInterval)
KINDS: Final = {
    "fixed": LimitKind.FIXED_WINDOW,
    "sliding": LimitKind.SLIDING_WINDOW,
    "bucket": LimitKind.TOKEN_BUCKET,
}
DAYS: Final = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}
LIMIT: Final = re.compile(r"(?P<count>[^\s/]+)\s*/\s*(?P<interval>[A-Za-z]+)\b\s*(?P<words>.*)")
CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d"
SPAN: Final = re.compile(
    rf"(?P<first>[A-Za-z]{{3}})(?:-(?P<last>[A-Za-z]{{3}}))?"
    rf"(?:\s+(?P<start>{CLOCK})-(?P<end>{CLOCK}))?"
)
METHOD: Final = re.compile(r"\*|[A-Z]{1,16}")
MAX_URL: Final = 2048
MAX_NAME: Final = 200
MAX_LIMIT: Final = 10**12
MAX_LIMITS: Final = 8
MAX_SPANS: Final = 20


def checked_method(text: str) -> str:
    """The method in upper case, `*` for any. Raises: InvalidInput (field `method`)."""
    method = text.strip().upper()
    if METHOD.fullmatch(method) is None:
        raise InvalidInput(
            "This is not a method. Nothing was changed. Write one such as GET, or * for any.",
            field="method",
        )
    return method


def checked_url(text: str) -> str:
    """The route as the framework writes it, `*` for any. Raises: InvalidInput (field `url`)."""
    url = text.strip()
    if url != "*" and not url.startswith("/"):
        raise InvalidInput(
            "A route starts with a slash. Nothing was changed. Write it as the framework does, "
            "such as /items/{item_id}, or * for any.",
            field="url",
        )
    if len(url) > MAX_URL:
        raise InvalidInput(
            f"This route is longer than {MAX_URL} characters. Nothing was changed.", field="url"
        )
    return url


def identity(text: str) -> tuple[IdentityLocation | None, str | None]:
    """Canonical location and name of `location:name`; two None for an empty text.

    Raises: InvalidInput (field `identity`).
    """
    if not text.strip():
        return None, None
    typed, colon, name = text.strip().partition(":")
    location, name = LOCATIONS.get(typed.strip().lower()), name.strip()
    if location is None or not colon or not name or len(name) > MAX_NAME:
        raise InvalidInput(
            "This does not say where the caller's identity is. Nothing was changed. Write a "
            "place and a name, such as header:X-User, query:user, path:user_id, body:user, "
            "bearer:sub or cookie:session.",
            field="identity",
        )
    if location == "cookie" and not name.startswith(COOKIE_FORMS):
        name = COOKIE_FORMS[0] + name
    return IdentityLocation(location), name


def limit_text(text: str) -> LimitDraft:
    """A limit in one line: `count/interval`, then words in any order.

    Words: `fixed`, `sliding` or `bucket`; `calls` or `units`; `identity` or `application`;
    `refuse` or `warn`; `burst=N`; `when=` with a schedule last.
    Raises: InvalidInput (field `limit`).
    """
    match = LIMIT.fullmatch(text.strip())
    interval = match["interval"].lower().removesuffix("s") if match else ""
    if match is None or interval not in INTERVALS:
        raise _no_limit()
    words, _, schedule = match["words"].partition("when=")
    draft = LimitDraft(match["count"], LimitInterval(interval), schedule=schedule.strip())
    for word in words.lower().split():
        draft = _with_word(draft, word)
    try:
        checked_limit(draft, "limit")
    except InvalidInput as error:
        raise InvalidInput(str(error), field="limit") from error
    return draft


def _with_word(draft: LimitDraft, word: str) -> LimitDraft:
    if word.startswith("burst="):
        return replace(draft, burst=word.removeprefix("burst="))
    if word in KINDS:
        return replace(draft, kind=KINDS[word])
    if word in list(LimitCounts):
        return replace(draft, counts=LimitCounts(word))
    if word in list(LimitScope):
        return replace(draft, scope=LimitScope(word))
    if word in list(LimitEffect):
        return replace(draft, effect=LimitEffect(word))
    raise _no_limit()


def checked_limits(drafts: Iterable[LimitDraft]) -> tuple[Limit, ...]:
    """Every limit that has a number. Raises: InvalidInput (field `limits.N` and its part)."""
    limits = []
    for place, draft in enumerate(drafts):
        if draft.allowed.strip():
            limits.append(checked_limit(draft, f"limits.{place}"))
    if len(limits) > MAX_LIMITS:
        raise InvalidInput(
            f"A policy has {MAX_LIMITS} limits at most. Nothing was changed. Take one away.",
            field="limits",
        )
    return tuple(limits)


def checked_limit(draft: LimitDraft, field: str) -> Limit:
    """Raises: InvalidInput (`field` with the part of the limit that is wrong)."""
    burst = _number(draft.burst, f"{field}.burst") if draft.burst.strip() else None
    if burst is not None and draft.kind is not LimitKind.TOKEN_BUCKET:
        raise InvalidInput(
            "Only a token bucket has a burst. Nothing was changed. Choose the kind token bucket, "
            "or leave the burst empty.",
            field=f"{field}.burst",
        )
    return Limit(
        allowed=_number(draft.allowed, f"{field}.allowed"),
        interval=draft.interval,
        kind=draft.kind,
        counts=draft.counts,
        scope=draft.scope,
        burst=burst,
        effect=draft.effect,
        schedule=checked_schedule(draft.schedule, f"{field}.schedule"),
    )


def limit_draft(limit: Limit) -> LimitDraft:
    """The limit as an owner would type it."""
    return LimitDraft(
        allowed=f"{limit.allowed:,}",
        interval=limit.interval,
        kind=limit.kind,
        counts=limit.counts,
        scope=limit.scope,
        burst="" if limit.burst is None else f"{limit.burst:,}",
        effect=limit.effect,
        schedule=schedule_text(limit.schedule),
    )


def checked_schedule(text: str, field: str) -> tuple[Span, ...]:
    """Spans of a text such as `Mon-Fri 09:00-17:00, Sat`; empty is always.

    Raises: InvalidInput (`field`).
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    spans = tuple(_span(part) for part in parts)
    known = [span for span in spans if span is not None]
    if len(known) < len(spans) or len(known) > MAX_SPANS:
        raise InvalidInput(
            "This is not a schedule. Nothing was changed. Write days and, if wanted, times, such "
            "as Mon-Fri 09:00-17:00, Sat; an empty field is always.",
            field=field,
        )
    return tuple(known)


def schedule_text(schedule: Iterable[Span]) -> str:
    """The schedule as an owner would type it."""
    return ", ".join(_span_text(span) for span in schedule)


def _span(text: str) -> Span | None:
    match = SPAN.fullmatch(text)
    if match is None:
        return None
    first = DAYS.get(match["first"].lower())
    last = DAYS.get((match["last"] or match["first"]).lower())
    if first is None or last is None:
        return None
    length = (last - first) % 7 + 1
    weekdays = tuple(sorted((first - 1 + step) % 7 + 1 for step in range(length)))
    return Span(weekdays, match["start"] or "00:00", match["end"] or "00:00")


def _span_text(span: Span) -> str:
    names = {number: name.capitalize() for name, number in DAYS.items()}
    days = sorted(span.weekdays)
    is_run = days == list(range(days[0], days[-1] + 1)) and len(days) > 1
    times = "" if span.start == span.end == "00:00" else f" {span.start}-{span.end}"
    if is_run:
        return f"{names[days[0]]}-{names[days[-1]]}{times}"
    return ", ".join(f"{names[day]}{times}" for day in days)


def _number(text: str, field: str) -> int:
    digits = text.strip().replace(",", "").replace("\u202f", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()) or not 1 <= int(digits) <= MAX_LIMIT:
        raise InvalidInput(
            f"This must be a whole number from 1 to {MAX_LIMIT:,}. Nothing was changed.",
            field=field,
        )
    return int(digits)


def _no_limit() -> InvalidInput:
    return InvalidInput(
        "This is not a limit. Nothing was changed. Write a number of calls and an interval, such "
        "as 100/minute; intervals are second, minute, hour, day, week and month. Words may follow, "
        "such as sliding, bucket burst=20, units, application or warn.",
        field="limit",
    )


def checked_policy(draft: PolicyDraft) -> Policy:
    """The policy a draft says, without its id.

    Raises: InvalidInput with the field, named as in `PolicyDraft`.
    """
    method, url = checked_method(draft.method), checked_url(draft.url)
    name, path = draft.function_name.strip() or None, draft.function_path.strip() or None
    if draft.kind is PolicyKind.FUNCTION and name is None:
        raise InvalidInput(
            "A policy of a function needs the function's name. Nothing was changed.",
            field="function_name",
        )
    is_function = draft.kind is PolicyKind.FUNCTION
    return Policy(
        policy_id=PolicyId(""),
        application_id=draft.application_id,
        method=method,
        url=url,
        kind=draft.kind,
        function_name=name if is_function else None,
        function_path=path if is_function else None,
        identity_location=draft.identity_location,
        identity_name=_identity_name(draft.identity_location, draft.identity_name),
        limits=checked_limits(draft.limits),
        metering=_metering(draft),
        note=draft.note.strip(),
    )


def policy_draft(policy: Policy) -> PolicyDraft:
    """The policy as an owner would type it."""
    return PolicyDraft(
        application_id=policy.application_id,
        method=policy.method,
        url=policy.url,
        kind=policy.kind,
        function_name=policy.function_name or "",
        function_path=policy.function_path or "",
        identity_location=policy.identity_location,
        identity_name=policy.identity_name or "",
        limits=tuple(limit_draft(limit) for limit in policy.limits),
        response_field=policy.metering.response_field or "",
        expression=policy.metering.expression or "",
        trigger=policy.metering.trigger,
        condition=policy.metering.condition or "",
        note=policy.note,
    )


def _identity_name(location: IdentityLocation | None, text: str) -> str | None:
    if location is None:
        return None
    name = text.strip()
    if not name or len(name) > MAX_NAME:
        raise InvalidInput(
            f"Say which one: a name of 1 to {MAX_NAME} characters. Nothing was changed.",
            field="identity_name",
        )
    if location is IdentityLocation.COOKIE and not name.startswith(COOKIE_FORMS):
        name = COOKIE_FORMS[0] + name
    return name


def _metering(draft: PolicyDraft) -> Metering:
    response_field, expression = draft.response_field.strip(), draft.expression.strip()
    if response_field and expression:
        raise InvalidInput(
            "Count either a response field or an expression, not both. Nothing was changed.",
            field="expression",
        )
    wants_condition = draft.trigger is MeteringTrigger.RESPONSE_VALUE
    condition = draft.condition.strip() if wants_condition else ""
    if wants_condition and not condition:
        raise InvalidInput(
            "Say when a call counts: an expression that is true or false. Nothing was changed.",
            field="condition",
        )
    return Metering(response_field or None, expression or None, draft.trigger, condition or None)
