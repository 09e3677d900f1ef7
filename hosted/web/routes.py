"""The website of the service: what a browser, or another system of privacy, may ask of it.

None of it needs a token, and none of it is part of the admin API's document.
"""

import html
from typing import Any, Final
from urllib.parse import parse_qs

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.clock import rfc3339
from hosted.storage.privacy_records import ChoiceRow
from hosted.web import form, links
from hosted.web.commands import Choose
from hosted.web.page import HEADERS, page, paragraphs
from hosted.web.submissions import Desk, second, understood

GPC_HEADER: Final = "sec-gpc"
GPC_PURPOSE: Final = "sale_or_share"
MOST_FIELDS: Final = 20
OWN_SITE: Final = frozenset({"same-origin", "none"})
TITLE: Final = "Your privacy request"
SIGNAL: Final = (
    "Your browser says that your data may be neither sold nor shared (Global Privacy Control). "
    "We do neither; the wish is recorded with what you send here."
)


def install(app: FastAPI, context: Context) -> None:
    """Add the website."""
    desk = Desk(context)
    _install_form(app, context, desk)
    _install_json(app, desk)
    _install_links(app, context)
    _install_notices(app, context)


def _install_form(app: FastAPI, context: Context, desk: Desk) -> None:
    key = context.secrets.web_links

    @app.get(form.PATH, include_in_schema=False)
    async def show_form(request: Request) -> Response:
        """The empty form."""
        if not desk.is_open:
            return _closed()
        return _form_page(form.Answers(), form.stamp(key, context.clock()), request)

    @app.post(form.PATH, include_in_schema=False)
    async def send_form(request: Request) -> Response:
        """Take the request in, or show what is wrong with it beside each field."""
        if not desk.is_open:
            return _closed()
        if request.headers.get("sec-fetch-site", "none") not in OWN_SITE:
            return _refused(Refusal(403, "Another website sent this. Nothing was stored."))
        answers = form.read(await _fields(request), key, context.clock())
        if answers.problems:
            return _form_page(answers, form.stamp(key, context.clock()), request, status=422)
        try:
            desk.keep_pace(_address(request))
            content = {name: answers.values[name] for name in ("kind", *form.LONGEST)}
            stamp = answers.values[form.STAMP]
            reference = await desk.take({**content, "gpc": _has_signal(request)}, stamp)
        except Refusal as refusal:
            return _refused(refusal)
        return _received(reference, desk.due_day())


def _install_json(app: FastAPI, desk: Desk) -> None:
    @app.post(f"{form.PATH}/requests", include_in_schema=False)
    async def send_json(request: Request) -> Response:
        """Take in a request of a program: our own form as JSON, OpenDSR 2.0, or DRP 1.0."""
        source = await request.body()
        sent = understood(source)
        desk.keep_pace(_address(request))
        content = {"source": sent, "gpc": _has_signal(request)}
        once = str(sent.get("subject_request_id") or sent.get("agent-request-id") or "")
        reference = await desk.take(content, once or source.decode(errors="replace"))
        return JSONResponse(_answer_to(sent, reference, desk), 201, headers=HEADERS)


def _install_links(app: FastAPI, context: Context) -> None:
    key = context.secrets.web_links

    async def choose(token: str, request: Request, *, wanted: bool) -> Response:
        opened = links.opened(key, token)
        if opened is None:
            return _refused(Refusal(404, "This link is not whole. Copy all of it, or write to us."))
        subject, purpose = opened
        now_us = context.clock()
        rows = [ChoiceRow(subject, purpose, wanted, "link", now_us)]
        if _has_signal(request) and purpose != GPC_PURPOSE:
            signal = "global_privacy_control"
            rows.append(ChoiceRow(subject, GPC_PURPOSE, wanted=False, means=signal, at_us=now_us))
        await context.writer.run(Choose(tuple(rows)))
        return _chosen(token, purpose, wanted=wanted)

    @app.get(links.PATH + "/{token}", include_in_schema=False)
    async def refuse(token: str, request: Request) -> Response:
        """One click in a message: it holds at once."""
        return await choose(token, request, wanted=False)

    @app.post(links.PATH + "/{token}", include_in_schema=False)
    async def refuse_by_mail_program(token: str, request: Request) -> Response:
        """The same from a mail program (RFC 8058), or the way back from the page."""
        wanted = "again" in await _fields(request)
        return await choose(token, request, wanted=wanted)


def _install_notices(app: FastAPI, context: Context) -> None:
    @app.get("/.well-known/gpc.json", include_in_schema=False)
    async def gpc() -> Response:
        """Says that the signal is honoured."""
        policy = context.storage.policy_in_force(rfc3339(context.clock())[:10])
        since = {"lastUpdate": policy.effective} if policy else {}
        return JSONResponse({"gpc": True, **since})

    @app.get(f"{form.PATH}/policy", include_in_schema=False)
    async def policy() -> Response:
        """The policy that is in force today."""
        found = context.storage.policy_in_force(rfc3339(context.clock())[:10])
        if found is None:
            return _refused(Refusal(404, "The policy has not been put here yet."))
        return page(
            "Privacy policy",
            paragraphs([f"Last updated: {found.effective}"]),
            f"<pre>{html.escape(found.text)}</pre>",
            f'<p><a href="{form.PATH}">Send a privacy request</a></p>',
        )


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; of repeated ones the last."""
    text = (await request.body()).decode("utf-8", errors="replace")
    try:
        found = parse_qs(text, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}  # more fields than the form has: its problems are then told
    return {name: values[-1] for name, values in found.items()}


def _has_signal(request: Request) -> bool:
    return request.headers.get(GPC_HEADER, "").strip() == "1"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form_page(
    answers: form.Answers, new_stamp: str, request: Request, status: int = 200
) -> Response:
    said = [SIGNAL] if _has_signal(request) else []
    intro = [
        (
            "You may ask for your data, for its correction or deletion, or object to its use. You "
            "have an answer within 30 days."
        ),
        "What you write is encrypted before it is stored; only those who answer can read it.",
        *said,
    ]
    return page(TITLE, paragraphs(intro), form.form(answers, new_stamp), status=status)


def _received(reference: str, due_day: str) -> Response:
    texts = [
        "Your request has arrived.",
        f"Its reference is {reference}. You have an answer by {due_day}.",
        "You may be asked to show who you are before anything is sent or deleted.",
    ]
    return page("Thank you", paragraphs(texts), status=201)


def _closed() -> Response:
    return _refused(
        Refusal(503, "Nobody can read requests here yet. Nothing was stored. Write an e-mail.")
    )


def _refused(refusal: Refusal) -> Response:
    """A refusal in words, for people."""
    answer = page("This did not work", paragraphs([str(refusal)]), status=refusal.status)
    if refusal.retry_after_s:
        answer.headers["retry-after"] = str(refusal.retry_after_s)
    return answer


def _chosen(token: str, purpose: str, *, wanted: bool) -> Response:
    what = links.PURPOSES[purpose]
    if wanted:
        return page("As before", paragraphs([f"You agreed to {what} again."]))
    again = (
        f'<form method="post" action="{links.PATH}/{html.escape(token)}">'
        '<button type="submit" name="again" value="1">That was a mistake: undo</button></form>'
    )
    said = f"You have opted out of {what}. It holds from now on; there is nothing else to do."
    return page("Done", paragraphs([said]), again)


def _answer_to(sent: dict[str, Any], reference: str, desk: Desk) -> dict[str, Any]:
    """The answer in the words of the protocol that was spoken."""
    received = second(desk.now_us())
    if "subject_request_type" in sent:
        return {
            "subject_request_id": sent.get("subject_request_id"),
            "received_time": received,
            "expected_completion_time": desk.expected(),
        }
    return {
        "request_id": reference,
        "received_at": received,
        "expected_by": desk.expected(),
        "status": "open",
    }
