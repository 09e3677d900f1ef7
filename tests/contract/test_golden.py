"""The golden samples: both sides read the same files, and nobody changes a message by accident."""

import json
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import msgspec
import pytest
import zstandard
from pydantic import BaseModel

import contract.messages
from contract.audit_chain import START, first_broken
from contract.messages import rollups
from contract.messages.access import AuditPage
from contract.messages.base import Answer, Request
from contract.problems import Problem
from desktop.services import sync_answers
from desktop.services.push_message import push_message
from desktop.services.storage.configuration import RowKey
from desktop.services.storage.outbox import PendingEdit

GOLDEN = Path(contract.__file__).parent / "golden"
MODULES = [
    import_module(f"contract.messages.{m.name}") for m in iter_modules(contract.messages.__path__)
]
MESSAGES = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, type) and issubclass(value, BaseModel)
} | {"Problem": Problem}
SAMPLES = sorted(GOLDEN.glob("*.json"))
ROLLUPS = (GOLDEN / "rollups.ndjson").read_bytes()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_sample_is_read_and_written_alike(sample):
    text = sample.read_text(encoding="utf-8")
    message = MESSAGES[sample.stem].model_validate_json(text)
    assert json.loads(message.model_dump_json()) == json.loads(text)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_requests_refuse_and_answers_ignore_what_they_do_not_know(sample):
    model = MESSAGES[sample.stem]
    text = json.dumps({**json.loads(sample.read_text(encoding="utf-8")), "novelty": 1})
    if issubclass(model, Request):
        with pytest.raises(ValueError, match="novelty"):
            model.model_validate_json(text)
    else:
        assert issubclass(model, Answer)
        assert not hasattr(model.model_validate_json(text), "novelty")


def test_every_message_that_travels_alone_has_a_sample():
    used = {
        "ServiceDescription", "SdkKeyRequest", "SdkKeyIssued", "CustomerLookup", "CustomerFound",
        "Health", "Problem", "PushRequest", "PushAnswer", "ChangesPage", "CatalogComparison",
        "MemberRequest", "MemberChange", "MemberInfo", "MembersPage",
        "SessionRequest", "SessionStarted", "DevicesPage",
        "TokenRequest", "TokenIssued", "RotateRequest", "TokenInfo", "TokensPage", "SdkKeysPage",
        "AuditPage", "AuditVerification", "SealingKey", "Trace", "TracesPage", "ExplainRequest",
        "Explanation", "LedgerPage", "CorrectionRequest", "Correction", "CorrectionsPage",
        "ConnectionHealth", "EventHealthPage", "WebhookSetting", "Webhook", "WebhooksPage",
        "WebhookEventsPage",
        "ClaimsRequest", "ClaimsAnswer", "OutcomesRequest", "OutcomesAnswer", "ClaimsPage",
        "ErasureRequest", "ErasureEntry", "ErasuresPage",
        "ErasureOutcome", "ErasurePreview",
        "PrivacyMail", "TakeSubmission", "OwnedRequest",
        "LinksRequest", "LinksIssued", "PolicyText",
        "AccountDeletionRequest", "AccountDeletion",
    }  # fmt: skip
    assert used == {path.stem for path in SAMPLES}


def test_the_golden_audit_log_is_whole():
    page = AuditPage.model_validate_json((GOLDEN / "AuditPage.json").read_bytes())
    assert first_broken(START, reversed(page.rows)) is None


def test_rollups_are_read_and_written_alike():
    decoder = msgspec.json.Decoder(rollups.RollupLine)
    lines = ROLLUPS.splitlines()
    assert [msgspec.json.encode(decoder.decode(line)) for line in lines] == lines
    kinds = {type(decoder.decode(line)) for line in lines}
    assert kinds == {
        rollups.EndpointHour, rollups.CustomerDay, rollups.CustomerHour, rollups.PageEnd,
    }  # fmt: skip


def test_desktop_takes_the_golden_pages():
    page = sync_answers.configuration_page((GOLDEN / "ChangesPage.json").read_bytes())
    assert [row.entity_id for row in page.rows][-1] == "rule_2"
    usage = sync_answers.rollup_page(zstandard.compress(ROLLUPS))
    assert (len(usage.rows), usage.next_cursor, usage.has_more) == (5, "ufc_opaque", False)
    assert (usage.reached_day, usage.oldest_day) == (20_780, 20_650)
    assert page.usage_is_current
    assert page.refused == usage.refused == ()


def test_desktop_takes_the_golden_answer_to_a_push():
    ids = ("rule_0", "rule_1", "rule_2", "rule_3", "rule_4")
    edits = [
        PendingEdit(number, f"key-{number}", RowKey("pricing_rule", entity_id), 0, None, None)
        for number, entity_id in enumerate(ids, start=1)
    ]
    answers = sync_answers.push_answers((GOLDEN / "PushAnswer.json").read_bytes(), edits)
    assert answers.refused == ()
    assert [result.outcome for result in answers.results] == [
        "accepted", "conflict", "conflict", "conflict", "rejected",
    ]  # fmt: skip


def test_desktop_writes_the_golden_push():
    golden = json.loads((GOLDEN / "PushRequest.json").read_text(encoding="utf-8"))
    edits = [
        PendingEdit(
            position=number,
            idempotency_key=edit["idempotency_key"],
            key=RowKey(edit["edit"]["entity"], edit["entity_id"]),
            base_revision=edit["base_revision"],
            base=None,
            body=None if edit["edit"]["body"] is None else json.dumps(edit["edit"]["body"]),
            rejected=False,
        )
        for number, edit in enumerate(golden["edits"])
    ]
    assert json.loads(push_message(edits)) == golden
