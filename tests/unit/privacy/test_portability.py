"""Configuration leaves one vault and comes into another as it was."""

import json

import pytest

from contract.messages.applications import ApplicationBody
from contract.messages.customers import CustomerBody
from contract.messages.policies import BlockBody
from desktop.domain.errors import InvalidInput
from desktop.services.privacy.portability import canonical
from tests.fakes import APPLICATION
from tests.prices import rule_body


@pytest.fixture
def configured(device, hosted):
    """A vault with an application, a price, a name and a block."""
    hosted.put("customer", "cus_1", body(CustomerBody(application_id=APPLICATION, name="Zoë Ø")))
    hosted.put("pricing_rule", "rule_1", rule_body(APPLICATION, "0.0009"))
    block = BlockBody(application_id=APPLICATION, method="GET", url="/x", customer_id="cus_1")
    hosted.put("block", "block_1", body(block))
    device.sync()
    return device.services.privacy.portability


def body(message):
    return message.model_dump(mode="json")


@pytest.fixture
def empty(make_device):
    """A vault without a service or an application."""
    return make_device("b", connect=False)


def test_configuration_comes_back_as_it_was(configured, empty, tmp_path):
    first, second = tmp_path / "one.json", tmp_path / "two.json"
    sent = configured.export_configuration(str(first))
    assert sent.rows == 4
    portability = empty.services.privacy.portability
    assert portability.import_configuration(str(first)) == 4
    received = portability.export_configuration(str(second))
    assert second.read_bytes() == first.read_bytes()
    assert received.sha256 == sent.sha256
    assert len(empty.query("SELECT * FROM outbox")) == 4, "a service is told of each row"


def test_vault_with_a_configuration_is_left_alone(configured, tmp_path):
    path = tmp_path / "one.json"
    configured.export_configuration(str(path))
    with pytest.raises(InvalidInput, match="of its own"):
        configured.import_configuration(str(path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "no JSON"),
        (b"[]", "no configuration"),
        (b'{"format":"usageflow-configuration","version":2,"rows":[]}', "another version"),
        (canonical([{"entity": "spell", "entity_id": "1", "body": {}}]), "row 1 is of no kind"),
        (canonical([{"entity": "policy", "entity_id": "", "body": {}}]), "row 1 has no id"),
        (canonical([{"entity": "customer", "entity_id": "c", "body": {}}]), "row 1 is wrong at"),
    ],
)
def test_file_that_cannot_be_is_refused_whole(empty, tmp_path, content, said):
    good = {"entity": "application", "entity_id": "a", "body": body(ApplicationBody(name="A"))}
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=said) as caught:
        empty.services.privacy.portability.import_configuration(str(path))
    assert caught.value.field == "path"
    assert empty.query("SELECT * FROM configuration") == []
    assert json.loads(canonical([good]))["rows"] == [good]


def test_file_that_is_not_there_is_told(empty, tmp_path):
    with pytest.raises(InvalidInput, match="cannot be read"):
        empty.services.privacy.portability.import_configuration(str(tmp_path / "none.json"))
