"""A catalog from file to comparison, offline, and through the command line."""

import json

import pytest

from contract.identifiers import catalog_id
from desktop.domain.catalogs import Operation
from desktop.domain.errors import InvalidInput
from tests.fakes import APPLICATION
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)

FILE = {
    "openapi": "3.1.0",
    "info": {"title": "Items"},
    "paths": {"/items/{id}": {"get": {}, "delete": {}}},
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(FILE))
    return path


def put_endpoint(hosted, endpoint_id, method, url, application_id=APPLICATION):
    body = {"application_id": application_id, "method": method, "url": url}
    hosted.put("endpoint", endpoint_id, {**body, "first_seen": "2026-01-01T00:00:00Z"})


def test_import_reaches_the_service_and_is_compared_offline(device, hosted, file):
    put_endpoint(hosted, "ep_1", "GET", "/items/<int:item_id>")
    put_endpoint(hosted, "ep_2", "GET", "/debug")
    device.sync()
    assert device.services.catalogs.import_file(APPLICATION, str(file)) == 2
    device.sync()
    assert hosted.body("catalog", catalog_id(APPLICATION))["title"] == "Items"
    hosted.online = False
    found = device.services.catalogs.findings(APPLICATION)
    assert found.never_called == (Operation("DELETE", "/items/{id}"),)
    assert found.not_in_file == (Operation("GET", "/debug"),)
    assert (found.title, found.operations, found.imported_at.tzinfo is not None) == (
        "Items", 2, True,
    )  # fmt: skip


def test_another_import_replaces_and_removal_forgets(device, file):
    device.services.catalogs.import_file(APPLICATION, str(file))
    file.write_text(json.dumps({**FILE, "paths": {}}))
    device.services.catalogs.import_file(APPLICATION, str(file))
    assert device.services.catalogs.findings(APPLICATION).operations == 0
    device.services.catalogs.remove(APPLICATION)
    assert device.services.catalogs.findings(APPLICATION) is None


def test_a_file_that_is_not_there_changes_nothing(device, tmp_path):
    with pytest.raises(InvalidInput, match="could not be read"):
        device.services.catalogs.import_file(APPLICATION, str(tmp_path / "none"))
    assert device.services.catalogs.findings(APPLICATION) is None


def test_scripts_import_and_compare(made, hosted, file):  # noqa: F811
    put_endpoint(hosted, "ep_1", "GET", "/items/:id")
    made("sync")
    assert made("catalog", "compare")[0] == 1
    assert made("catalog", "import", "--file", str(file)) == (0, "Imported 2 operations.\n", "")
    _, out, _ = made("catalog", "compare")
    assert out == "1 of 2 operations were called.\nNever called:\n  DELETE /items/{id}\n"
    _, out, _ = made("catalog", "compare", "--json")
    assert json.loads(out)["never_called"] == [{"method": "DELETE", "url": "/items/{id}"}]
    assert json.loads(out)["not_in_file"] == []


def test_scripts_hear_why_a_file_was_refused(made, file):  # noqa: F811
    file.write_text("nothing")
    status, _, err = made("catalog", "import", "--file", str(file))
    assert status == 1
    assert "no OpenAPI file" in err
