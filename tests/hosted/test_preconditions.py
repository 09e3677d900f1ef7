"""Entity tags and `If-Match`: the standard way to say which revision is changed."""

import uuid

import pytest

from hosted.admin.preconditions import base_of
from hosted.admin.problems import Refusal


@pytest.fixture
def path(api):
    return f"/v1/applications/{api.application_id}"


def put(api, path, *, tag=None, name="Renamed", **fields):
    body = {"idempotency_key": uuid.uuid4().hex, "body": {"name": name}, **fields}
    return api.http.put(path, json=body, headers={} if tag is None else {"If-Match": tag})


def test_a_tag_from_reading_changes_the_row_and_the_next_tag_follows(api, path):
    tag = api.http.get(path).headers["etag"]
    changed = put(api, path, tag=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] == f'"{changed.json()["revision"]}"' != tag
    assert put(api, path, tag="W/" + changed.headers["etag"]).status_code == 200


def test_a_tag_that_is_not_the_newest_changes_nothing(api, path):
    tag = api.http.get(path).headers["etag"]
    put(api, path, tag=tag, name="First")
    refused = put(api, path, tag=tag, name="Second")
    assert (refused.status_code, refused.json()["code"]) == (412, "conflict")
    assert refused.json()["current"]["body"]["name"] == "First"


def test_tag_zero_makes_a_new_row_once(api):
    path = f"/v1/applications/app_{uuid.uuid4().hex}"
    assert put(api, path, tag='"0"').status_code == 200
    assert put(api, path, tag='"0"').status_code == 412


def test_a_change_has_to_name_what_it_changes(api, path):
    refused = put(api, path)
    assert (refused.status_code, refused.json()["field"]) == (428, "base_revision")
    query = {"idempotency_key": uuid.uuid4().hex}
    assert api.http.delete(path, params=query).status_code == 428


def test_two_names_have_to_agree(api, path):
    tag = api.http.get(path).headers["etag"]
    assert put(api, path, tag=tag, base_revision=999_999).status_code == 412
    assert put(api, path, tag=tag, base_revision=int(tag.strip('"'))).status_code == 200


@pytest.mark.parametrize("tag", ["*", "7", '"x"', '"01"', '"1", "2"', '""', '"-1"'])
def test_a_tag_this_service_never_made_is_refused(api, path, tag):
    assert put(api, path, tag=tag).status_code == 412


def test_deleting_takes_a_tag_as_well(api, path):
    tag = api.http.get(path).headers["etag"]
    query = {"idempotency_key": uuid.uuid4().hex}
    stale = api.http.delete(path, params=query, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    query = {"idempotency_key": uuid.uuid4().hex}
    assert api.http.delete(path, params=query, headers={"If-Match": tag}).status_code == 204


def test_a_row_that_is_known_already_is_not_sent_again(api, path):
    first = api.http.get(path)
    same = api.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]
    put(api, path, tag=first.headers["etag"])
    changed = api.http.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("known", "status"),
    [("*", 304), ('"1", {tag}', 304), ("W/{tag}", 304), ("", 200), ('"x"', 200), ("{bare}", 200)],
)
def test_any_list_of_known_tags_is_understood(api, path, known, status):
    tag = api.http.get(path).headers["etag"]
    header = known.format(tag=tag, bare=tag.strip('"'))
    assert api.http.get(path, headers={"If-None-Match": header}).status_code == status


def test_revision_zero_counts_as_a_name():
    assert base_of(0, None).revision == base_of(None, '"0"').revision == 0
    with pytest.raises(Refusal):
        base_of(None, None)
