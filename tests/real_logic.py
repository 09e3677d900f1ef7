"""The service's own logic behind a transport of this process, with every fault a network has."""

from collections import defaultdict
from types import SimpleNamespace

import httpx

from contract.messages.configuration import PushAnswer, PushRequest
from contract.messages.rollups import MEDIA_TYPE
from contract.messages.service import ServiceDescription
from contract.problems import ProblemCode
from contract.version import CONTRACT_VERSION, PRODUCT
from hosted.admin.cursors import Cursors, CursorUnknown
from hosted.admin.edits import ApplyEdits
from hosted.admin.reach import EVERYTHING
from hosted.admin.sync_routes import Feeds
from hosted.clock import rfc3339
from hosted.secrets import Secrets
from hosted.storage.base import AuditFilter
from hosted.storage.embedded import EmbeddedStorage
from tests.fakes import APPLICATION, problem
from tests.hosted.lab import application
from tests.hosted.storage_contract import Seconds
from tests.hosted.test_sync_feeds import settled_call

KEY = "5a" * 32
PAGE = 3


class RealLogic:
    """One service. Faults are set by attributes and hold for the calls that follow."""

    def __init__(self, directory):
        self.directory = directory
        self.now_us = 1_780_000_000_000_000
        self.is_online = True
        self.loses_answers = 0
        self.hears_twice = False
        self.shuffles = False
        self.gives_stale_answers = False
        self.counts_meanwhile = False
        """A call is counted behind the back of whoever fetches a page of the past."""
        self.generation = 0
        self.keys_sent = defaultdict(set)
        """Idempotency keys by the device that sent them."""
        self.delivered = []
        """(device, edit, result) of every answer that arrived, in order."""
        self._earlier = {}
        self._posts = []
        self.start()
        with self.storage.transaction() as transaction:
            transaction.put_configuration(
                "application", APPLICATION, APPLICATION, application(name="Shop")
            )

    def start(self):
        self.storage = EmbeddedStorage(self.directory, KEY, lambda: self.now_us, Seconds())
        self.forget_cursors(self.generation)

    def restart(self):
        self.storage.close()
        self.start()

    def forget_cursors(self, generation):
        """Make cursors under another key: those of another generation are unknown."""
        self.generation = generation
        secrets = Secrets.of(bytes([generation % 256]) * 32, "svc_1")
        self.feeds = Feeds(
            SimpleNamespace(
                storage=self.storage, cursors=Cursors(secrets), clock=lambda: self.now_us
            )
        )

    def close(self):
        self.storage.close()

    def count(self, days_ago, customer, endpoint):
        settled_call(self.storage, days_ago, customer, endpoint)

    def rows(self, entity):
        """Living rows by id."""
        rows = self.storage.changes(0, 10_000)
        return {r.entity_id: r for r in rows if r.entity == entity and r.body is not None}

    def changes_of(self, entity):
        """How often rows of a kind were changed, by the audit log."""
        entries = self.storage.audit(AuditFilter(), None, 10_000)
        return sum(entry.entity == entity for entry in entries)

    def transport(self, device):
        return httpx.MockTransport(lambda request: self._handle(device, request))

    def hear_an_old_push_again(self):
        """A copy of a request that was under way for long arrives at last."""
        if self._posts:
            self._push(PushRequest.model_validate_json(self._posts[0]))

    def _handle(self, device, request):
        if not self.is_online:
            raise httpx.ConnectError("no route", request=request)
        try:
            response, told = self._answer(device, request)
            if self.hears_twice:
                response, told = self._answer(device, request)
        except CursorUnknown:
            return problem(410, ProblemCode.CURSOR_UNKNOWN, "This cursor is not known.")
        if self.loses_answers:
            self.loses_answers -= 1
            raise httpx.ReadTimeout("lost", request=request)
        self.delivered += [(device, *pair) for pair in told]
        return response

    def _answer(self, device, request):
        path, query = request.url.path, request.url.params
        if path == "/v1/service":
            return _json(self._description()), []
        if request.method == "POST":
            push = PushRequest.model_validate_json(request.content)
            self._posts.append(request.content)
            self.keys_sent[device] |= {edit.idempotency_key for edit in push.edits}
            results = self._push(push)
            told = list(zip(push.edits, results, strict=True))
            order = reversed(results) if self.shuffles else results
            return _json(PushAnswer(results=tuple(order))), told
        if path == "/v1/changes":
            return self._page(request, lambda: self._changes(query)), []
        if path == "/v1/usage/rollups":
            return self._page(request, lambda: self._usage(query)), []
        return problem(404, ProblemCode.NOT_FOUND, "There is no such address."), []

    def _page(self, request, make):
        """The page, or an older answer to the very same request."""
        address = str(request.url)
        may_be_stale = self.gives_stale_answers and "backfill" not in address
        if may_be_stale and (self.generation, address) in self._earlier:
            content, media_type = self._earlier[self.generation, address]
        else:
            content, media_type = make()
            self._earlier.setdefault((self.generation, address), (content, media_type))
        return httpx.Response(200, content=content, headers={"content-type": media_type})

    def _changes(self, query):
        page = self.feeds.changes(EVERYTHING, query.get("cursor"), PAGE, query.get("usage_cursor"))
        return page.model_dump_json().encode(), "application/json"

    def _usage(self, query):
        feed = self.feeds.tail if query["order"] == "tail" else self.feeds.backfill
        page = feed(EVERYTHING, query.get("cursor"), PAGE)
        if self.counts_meanwhile and query["order"] == "backfill":
            self.count(0, 0, 0)
        return page, MEDIA_TYPE

    def _push(self, push):
        command = ApplyEdits(push.edits, self.now_us, "token")
        with self.storage.transaction() as transaction:
            return command.apply(transaction).results

    def _description(self):
        return ServiceDescription(
            product=PRODUCT,
            contract_version=CONTRACT_VERSION,
            service_id="svc_1",
            version="0",
            server_time=rfc3339(self.now_us),
            ws_path="/ws",
        )


def _json(model):
    headers = {"content-type": "application/json"}
    return httpx.Response(200, content=model.model_dump_json(), headers=headers)
