"""The guide to the API names what is there, and its commands do what it says."""

import json
import re

import pytest

from tests.hosted.service import ROOT

GUIDE = (ROOT / "docs" / "api-guide.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ADDRESS = re.compile(
    r"(?:\$API|https://usage\.example\.com|`|GET |POST )(/(?:v1/[^\s`\"?']*|metrics))"
)
BODY = re.compile(r"(?:-X (\w+) )?\$API(/v1/[^\s\"]+)[^\n]*-d '(.*?)'", re.DOTALL)


def addresses(text):
    return sorted({found.rstrip("/.") for found in ADDRESS.findall(text)})


@pytest.fixture(scope="module")
def paths(running):
    return running.http.get("/openapi.json").json()["paths"]


def template_of(address, paths):
    for template in paths:
        if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), address):
            return template
    return None


@pytest.mark.parametrize("address", addresses(GUIDE + OPERATIONS))
def test_every_address_in_the_documents_is_served(paths, address):
    assert template_of(address, paths) is not None


@pytest.mark.parametrize("command", BODY.findall(GUIDE), ids=lambda found: f"{found[0]} {found[1]}")
def test_every_body_in_the_guide_is_understood(running, command):
    method, address, text = command
    headers = {"If-Match": '"7"'}
    answer = running.http.request(method or "GET", address, json=json.loads(text), headers=headers)
    assert answer.status_code in {200, 201, 404, 412}, answer.text


@pytest.mark.parametrize(
    "path",
    ["applications", "endpoints", "policies", "pricing-rules", "rule-versions",
     "plans", "customer-plans", "blocks", "limit-overrides", "scrub-rules", "customers",
     "catalogs", "identities"],
)  # fmt: skip
def test_the_guide_names_every_filter(paths, path):
    names = {parameter["name"] for parameter in paths[f"/v1/{path}"]["get"]["parameters"]}
    (line,) = (row for row in GUIDE.splitlines() if row.startswith("|") and f"`/v1/{path}`" in row)
    told = set(re.findall(r"`(\w+)`", line.split("|")[2]))
    assert told == names - {"application_id", "cursor", "limit"}
