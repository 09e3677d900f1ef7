"""Scrubbers on each engine, and events to scrub."""

import copy
import json
import re

from hosted.scrub.fields import EventScrubber, Profile
from hosted.scrub.gate import HyperscanGate, SearchGate, re2_gate
from hosted.scrub.gate_patterns import EVERY_FAMILY, joined
from hosted.scrub.identity import Pseudonyms
from hosted.scrub.record import RecordScrubber
from hosted.scrub.walker import Walker


class OpenGate:
    """Suspects everything of everything: what the detectors find without any gate."""

    def suspects(self, texts):
        return dict.fromkeys(range(len(texts)), EVERY_FAMILY)


HYPERSCAN = HyperscanGate()
RE2 = re2_gate()
STDLIB = SearchGate(re.compile(joined()))
PSEUDONYMS = Pseudonyms(b"k" * 32)
WALKER = Walker(HYPERSCAN)


def shown(identity):
    return PSEUDONYMS.shown("test", identity)


def records(profile, gate=HYPERSCAN):
    return RecordScrubber(EventScrubber(Walker(gate), Profile(profile)), shown)


def scrubbed(event, profile="scrub", alias=None):
    """The event as it is kept; every failure is told."""
    scrubber = records(profile)
    result = scrubber.scrubbed({"event": copy.deepcopy(event), "alias": alias})
    assert scrubber.failures == 0
    return result["event"]


EVENT = {
    "method": "POST",
    "url": "/v1/a/{id}",
    "rawUrl": "/v1/a/5",
    "clientIP": "203.0.113.9",
    "userAgent": "curl/8.1",
    "timestamp": "2026-11-23T06:28:50Z",
    "headers": {
        "host": "h",
        "Accept": "*/*",
        "authorization": "x",
        "cookie": "a=b",
        "x-api-key": "****",
        "x-custom": "v",
        "x-request-id": "q",
        "referer": "http://x/",
        "Forwarded": ["for=1.2.3.4"],
    },
    "queryParams": {"q": "v", "page": "1", "list": ["a", "b"]},
    "pathParams": {"id": "5"},
    "body": {"a": "b", "deep": {"x": [{"y": "z"}]}, "n": 1},
    "requestBody": "text",
    "userId": "ann",
    "applicationId": "",
    "usageflowRequestId": "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
    "responseStatusCode": 200,
    "requestDuration": 5,
    "responseHeaders": {"content-type": "text/html", "set-cookie": "a=b; Path=/"},
    "responseSchema": {"id": {"type": "integer", "path": "id"}, "items": {"type": "array"}},
    "paramsSchema": {"arg0": "string"},
    "args": ["hi", 2],
    "returnValue": {"r": 1},
    "error": "e",
    "usage": {"total_tokens": 7},
    "model": "gpt",
    "functionName": "f",
    "type": "FUNCTION_CALL",
    "callChain": [{"funcName": "ask", "paramsSchema": {"arg0": "string"}, "userPrompt": "p"}],
    "totalTokens": 7,
    "customerMetadata": {"plan": "p"},
    "unknownField": {"a": ["b"]},
    "metadata": {"headers": {"a": "b"}},
    "alias": "POST /v1/a/{id} ann",
}


def places(value, path=()):
    """Paths of everything in a JSON value, the value itself first."""
    yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, below in items:
            yield from places(below, (*path, name))


def planted(path, secret, *, how):
    """The event with a secret at a path: as value, in a list, as a key; None if it cannot."""
    event = copy.deepcopy(EVENT)
    holder = event
    for step in path[:-1]:
        holder = holder[step]
    if how != "key":
        holder[path[-1]] = secret if how == "value" else [secret]
    elif isinstance(holder[path[-1]], dict):
        holder[path[-1]][secret] = "v"
    else:
        return None
    return event


def shape(value):
    """How many entries stand where; names and values left out."""
    if isinstance(value, dict):
        return sorted((shape(below) for below in value.values()), key=repr)
    return [shape(item) for item in value] if isinstance(value, list) else 0


def as_text(value):
    return json.dumps(value, ensure_ascii=False)
