"""Examples in the OpenAPI document: the contract's golden samples, so that none can go stale."""

import json
from importlib.resources import files
from typing import Any, Final

from contract.problems import Problem, ProblemCode
from hosted.admin.bodies import schema_name
from hosted.admin.context import TITLES
from hosted.admin.kinds import KINDS, Kind
from hosted.admin.problems import CODES, MEDIA_TYPE
from hosted.admin.problems import TITLES as WORDS

JSON: Final = "application/json"
PARAMETERS: Final = {
    "row_id": "app_1",
    "key_id": "key_1",
    "application_id": "app_1",
    "endpoint_id": "ep_1",
    "customer_id": "cus_1",
    "entity_id": "rule_1",
    "policy_id": "pol_1",
    "actor": "tok_1",
    "address": "Zq1c0vN5w3mHk8yT2bRs6dXe9uLfPgJa4oVi7nCtEhM",
    "entity": "pricing_rule",
    "idempotency_key": "price-change-1",
    "erasure_id": "erasure_1",
    "deletion_id": "deletion_1",
    "method": "GET",
    "url": "/items/{id}",
    "since": "2026-11-23T10:00:00Z",
    "until": "2026-11-24T10:00:00Z",
    "base_revision": 3,
    "if-match": '"3"',
    "if-none-match": '"3"',
}
"""Values that say more than the schema; the rest has defaults or closed lists."""


def add_examples(document: dict[str, Any]) -> None:
    """Put an example into every request body, answer and telling parameter of a document."""
    for path, methods in document["paths"].items():
        kind = _kind_of(path)
        for operation in methods.values():
            _add_to_bodies(operation, kind)
            for parameter in operation.get("parameters", ()):
                if parameter["name"] in PARAMETERS:
                    parameter["example"] = PARAMETERS[parameter["name"]]


def _add_to_bodies(operation: dict[str, Any], kind: Kind | None) -> None:
    request = operation.get("requestBody", {}).get("content", {})
    for content in request.values():
        _add(content, kind)
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if media_type == MEDIA_TYPE:
                content["example"] = _problem(int(status))
            else:
                _add(content, kind)


def _add(content: dict[str, Any], kind: Kind | None) -> None:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    if not name:
        return
    example = _golden(f"{name}.json") if kind is None else _of_kind(name, kind)
    if example is not None:
        content["example"] = example


def _of_kind(name: str, kind: Kind) -> Any:  # noqa: ANN401 - any JSON
    """An example of a list, a row or an edit of one kind."""
    body = _golden(f"bodies/{kind.entity}.json")
    row = {
        "entity": kind.entity,
        "entity_id": f"{kind.entity}_1",
        "revision": 4,
        "deleted": False,
        "body": body,
    }
    if kind.editing is not None and name == schema_name(kind.editing.model):
        return {"idempotency_key": "change-1", "base_revision": 3, "body": body}
    return {"rows": [row], "next_cursor": None} if name == "RowsPage" else row


def _golden(name: str) -> Any:  # noqa: ANN401 - any JSON
    file = files("contract").joinpath("golden", *name.split("/"))
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _problem(status: int) -> dict[str, Any]:
    code = CODES.get(status, ProblemCode.INVALID)
    problem = Problem(title=WORDS[code], status=status, detail=f"{TITLES[status]}.", code=code)
    fields: dict[str, Any] = problem.model_dump(mode="json", exclude_none=True)
    return fields


def _kind_of(path: str) -> Kind | None:
    """The kind whose rows an address is about; addresses below one row are not."""
    parts = path.removeprefix("/v1/").split("/")
    found = [kind for kind in KINDS if kind.path == parts[0] and len(parts) <= len(("kind", "id"))]
    return found[0] if found else None
