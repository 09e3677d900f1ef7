"""The frames SDKs send and expect, decoded only as far as they are used.

Bodies, query values, cookies and the rest of a caller's data are never made into objects: the
decoder skips what is not named here. Source: SDK protocol, sections 2, 3 and 5.
"""

from typing import Any, Final

import msgspec

NO_PAYLOAD: Final = msgspec.Raw(b"null")
MAX_ID: Final = 200
UNREADABLE: Final = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What the decoder says of bytes that are no such message; too deep nesting is one of it."""
DENIED_MESSAGE: Final = "Rate limit exceeded"
DENIED_ERROR: Final = "NOT_ENOUGH_QUOTA"
NOT_RECORDED_MESSAGE: Final = "Usage could not be recorded"
NOT_RECORDED_ERROR: Final = "USAGE_NOT_RECORDED"
NOT_READ_MESSAGE: Final = "Usage could not be read"
NOT_READ_ERROR: Final = "USAGE_NOT_READ"
"""End users read these texts. They contain none of the words that make a client take a refusal
for an outage and let the call through."""


class Envelope(msgspec.Struct):
    type: str = ""
    id: str | None = None
    payload: msgspec.Raw = NO_PAYLOAD


class Metadata(msgspec.Struct):
    """What is read of a call's metadata. Any JSON type may arrive anywhere."""

    method: Any = None
    url: Any = None
    raw_url: Any = msgspec.field(default=None, name="rawUrl")
    client_ip: Any = msgspec.field(default=None, name="clientIP")
    user_agent: Any = msgspec.field(default=None, name="userAgent")
    timestamp: Any = None
    headers: Any = None
    type: Any = None
    function_name: Any = msgspec.field(default=None, name="functionName")
    function_path: Any = msgspec.field(default=None, name="functionPath")
    request_id: Any = msgspec.field(default=None, name="usageflowRequestId")
    status: Any = msgspec.field(default=None, name="responseStatusCode")
    duration: Any = msgspec.field(default=None, name="requestDuration")
    total_tokens: Any = msgspec.field(default=None, name="totalTokens")
    total_tokens_too: Any = msgspec.field(default=None, name="total_tokens")
    prompt_tokens: Any = msgspec.field(default=None, name="promptTokens")
    prompt_tokens_too: Any = msgspec.field(default=None, name="prompt_tokens")
    completion_tokens: Any = msgspec.field(default=None, name="completionTokens")
    completion_tokens_too: Any = msgspec.field(default=None, name="completion_tokens")
    model: Any = None
    model_too: Any = msgspec.field(default=None, name="aiModel")
    response_headers: msgspec.Raw = msgspec.field(default=NO_PAYLOAD, name="responseHeaders")
    """Only their length is read."""
    user_id: msgspec.Raw = msgspec.field(default=NO_PAYLOAD, name="userId")
    """Only that it is there matters: FastAPI's SDK alone sends it."""


class Contents(msgspec.Struct):
    """The parts of a call's metadata that carry its callers' data; read for their shapes."""

    body: msgspec.Raw = NO_PAYLOAD
    request_body: msgspec.Raw = msgspec.field(default=NO_PAYLOAD, name="requestBody")
    args: msgspec.Raw = NO_PAYLOAD
    input: msgspec.Raw = NO_PAYLOAD
    return_value: msgspec.Raw = msgspec.field(default=NO_PAYLOAD, name="returnValue")
    output: msgspec.Raw = NO_PAYLOAD
    error: msgspec.Raw = NO_PAYLOAD
    query: Any = msgspec.field(default=None, name="queryParams")
    response_headers: Any = msgspec.field(default=None, name="responseHeaders")
    function_name: Any = msgspec.field(default=None, name="functionName")
    response_schema: msgspec.Raw = msgspec.field(default=NO_PAYLOAD, name="responseSchema")


BODIES: Final = ("body", "request_body", "args", "input", "return_value", "output", "error")


class AllocationMessage(msgspec.Struct):
    """Payload of `request_for_allocation` and `use_allocation`."""

    alias: Any = ""
    amount: msgspec.Raw = NO_PAYLOAD
    allocation_id: Any = msgspec.field(default=None, name="allocationId")
    duration: Any = None
    metadata: msgspec.Raw = NO_PAYLOAD


class CallChain(msgspec.Struct):
    """Payload of `report_call_chain`; the links are functions that ran inside the call."""

    method: Any = None
    url: Any = None
    request_id: Any = msgspec.field(default=None, name="usageflowRequestId")
    links: list[dict[str, Any]] = msgspec.field(default_factory=list, name="callChain")


class LoggedResponse(msgspec.Struct):
    """Payload of `log_response`: a call's metadata, which is read only where that is asked for."""

    method: Any = None
    url: Any = None
    request_id: Any = msgspec.field(default=None, name="usageflowRequestId")
    raw: msgspec.Raw = NO_PAYLOAD


class CreditsQuestion(msgspec.Struct):
    """Payload of `get_credits`."""

    identity: Any = None
    workflow: Any = None


_credits = msgspec.json.Decoder(CreditsQuestion)
_chains = msgspec.json.Decoder(CallChain)
_responses = msgspec.json.Decoder(LoggedResponse)
_envelopes = msgspec.json.Decoder(Envelope)
_messages = msgspec.json.Decoder(AllocationMessage)
_metadata = msgspec.json.Decoder(Metadata)
_contents = msgspec.json.Decoder(Contents)
_encode = msgspec.json.Encoder().encode


def envelope(frame: str | bytes) -> Envelope | None:
    """The frame's envelope, or None when it is not one; such a frame is ignored."""
    try:
        decoded = _envelopes.decode(frame)
    except UNREADABLE:
        return None
    return None if decoded.id is not None and len(decoded.id) > MAX_ID else decoded


def allocation(payload: bytes) -> AllocationMessage | None:
    """Payload of an allocation message, or None when it is no object."""
    try:
        return _messages.decode(payload)
    except UNREADABLE:
        return None


def call_chain(payload: bytes) -> CallChain | None:
    """Payload of a chain report, or None when it is none."""
    try:
        return _chains.decode(payload)
    except UNREADABLE:
        return None


def logged_response(payload: bytes) -> LoggedResponse | None:
    """Payload of a logged response, or None when it is no object."""
    try:
        logged = _responses.decode(payload)
    except UNREADABLE:
        return None
    return msgspec.structs.replace(logged, raw=msgspec.Raw(payload))


def contents(raw: bytes) -> Contents:
    """What a call's metadata carries; empty when it is no object."""
    try:
        return _contents.decode(raw)
    except UNREADABLE:
        return Contents()


def credits_question(payload: bytes) -> CreditsQuestion:
    """Payload of a question for credits; asks for nobody when it makes no sense."""
    try:
        return _credits.decode(payload)
    except UNREADABLE:
        return CreditsQuestion()


def metadata(raw: bytes) -> Metadata:
    """Metadata of a call; empty when it is no object."""
    try:
        return _metadata.decode(raw)
    except UNREADABLE:
        return Metadata()


def success(message_id: str, payload: bytes) -> bytes:
    """Answer with the client's own id: with any other, both SDKs wait in vain."""
    quoted = _encode(message_id)
    return b'{"type":"success","id":%b,"replyTo":%b,"payload":%b}' % (quoted, quoted, payload)


def failure(message_id: str, message: str, error: str) -> bytes:
    """Refusal. Python shows `message` to the end user, Go reads `error`."""
    answer = {
        "type": "error",
        "id": message_id,
        "replyTo": message_id,
        "message": message,
        "error": error,
    }
    return msgspec.json.encode(answer)


def no_handler(message_id: str, message_type: str) -> bytes:
    """Refusal of an unknown type, in the words by which newer clients know an older service."""
    text = f"No handler registered for type: {message_type[:100]}"
    return failure(message_id, text, text)


def identified(field: str, allocation_id: str) -> bytes:
    """Payload that names an allocation; neither text holds anything that JSON would escape."""
    return f'{{"{field}":"{allocation_id}"}}'.encode()
