"""Finds values that stand behind a telling name in text: `password=...`, YAML, XML, cURL, ODBC."""

import re
from collections.abc import Callable
from typing import Final

from hosted.scrub.addresses import is_network, truncated
from hosted.scrub.gate_patterns import endings
from hosted.scrub.keynames import KeyKind, kind_of
from hosted.scrub.masks import PERSONAL, PHONE, SAYS_NOTHING, SECRET, is_mark, says_nothing

PHONE_DIGITS: Final = 5
SHORTEST_NAME: Final = 3
TELLING: Final = re.compile("|".join(endings()), re.IGNORECASE).search
LEAST_CODE: Final = 4
LINE_HEAD: Final = 32
LONGEST_VALUE: Final = 65_536

NAME: Final = re.compile(
    r"(?<![\w.$])(?<!\w-)"
    r"(?P<name>[^\W\d][\w.\-$\[\]]{0,78}+|(?:card|account|phone|passport|credit card"
    r"|social security|security|api|access|secret|private|first|last|full|one.time|date of)"
    r" ?[a-z]{1,10}+)"
    r"(?P<after>\\*[\"'`]?\]?)"
    r"(?P<op>[ \t]{0,3}(?:=>|->|:=|==?|:(?!//)|%3[AaDd]))",
    re.IGNORECASE,
)
QUOTES: Final = re.compile(
    r"[ \t\r\n]{0,4}(?:[uUbBrR]{0,2}(?=[\"']))?((?:\\*[\"'`])|&quot;|%22|%27|\u201c)"
)
BLOCK: Final = re.compile(
    r"[ \t]*[|>][+\-\d]*[ \t]*\r?\n((?P<indent>[ \t]+)[^\r\n]*(?:\r?\n(?P=indent)[^\r\n]*)*)"
)
NEXT_LINE: Final = re.compile(r"[ \t]*\r?\n[ \t]+([^\s:\-#][^\r\n:]*)(?=\r?\n|\Z)")
TO_LINE_END: Final = re.compile(r"[ \t]*([^\r\n]*)")
BARE: Final = re.compile(
    r"[ \t]{0,3}(?:\{[^{}\r\n]{0,256}\}"
    r"|(?:\[[a-z]{3,9}(?: \d{1,4})?\]|[^\s&;,\"'<>\\)\]}]"
    r"|\\(?![nrt\"'])"
    r"|,(?!\s|\"|'|[\w.\-]{1,40}\s?[=:]|\Z)"
    r"|&(?!amp;|[\w.\-\[\]%]{1,60}=|\Z)"
    r"|;(?!\s|[\w .\-]{1,40}=|\Z)"
    r"|[)\]}](?=[^\s,;&\"'<>)\]}.])"
    r")+)"
)
SCHEME_WORD: Final = re.compile(
    r"[ \t]{0,3}(?:bearer|basic|token|ssws|digest|apikey|negotiate|oauth|jwt|key|bot)[ \t]+"
    r"(?=\S)",
    re.IGNORECASE,
)
LINE_START: Final = re.compile(r"(?:^|[\r\n])[ \t>*\-#$]{0,20}(?:export |set |env )?\Z")
PROSE_WORDS: Final = frozenset(
    """
    a an and any are as at be been but by can cannot could do does expired failed for from has have
    if in incorrect invalid is it may mismatch missing must need needs no not of on only or please
    reset should so that the this to too too was we were when which will with wrong you your use
    must be contains length characters enter provide provided string number integer boolean object
    array int str
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
SAYS_LITTLE: Final = PROSE_WORDS | SAYS_NOTHING
FIRST_WORD: Final = re.compile(r"\s*([A-Za-z]+)(?:[\s.,;!]|\Z)")
LOOKS_RANDOM: Final = re.compile(r"(?=[^\s]*\d)(?=[^\s]*[A-Za-z])[\w.~+/=%:-]{16,}\Z", re.ASCII)

ELEMENT: Final = re.compile(
    r"<((?:[\w.\-]{1,40}+:)?([A-Za-z_][\w.\-]{0,78}+))(?=[\s>])[^<>]{0,200}>"
)
NAMED: Final = re.compile(
    r"\b(?:name|key|id|header|param|field)\\*[\"']?\s{0,3}[=:]\s{0,3}\\*[\"']"
    r"([\w.\-\[\]]{1,80}+)\\*[\"'](?P<gap>[^<>{}]{0,60}?)"
    r"(?:\b(?:value|val|content|data)\\*[\"']?\s{0,3}[=:]\s{0,3}(?P<quote>\\*[\"'])|/?>)",
    re.IGNORECASE,
)
FORM_PART: Final = re.compile(
    r"(;[ \t]*name=\\*\"?([\w.\-\[\]]{1,80}+)\\*\"?[^\r\n\\]{0,200}"
    r"(?:(?:\r?\n|\\r\\n|\\n)[^\r\n\\]{1,200}){0,4}(?P<gap>\r?\n|\\r\\n|\\n)(?P=gap))"
)
FLAG: Final = re.compile(
    r"(?<![\w\-])(--?([A-Za-z][\w\-]{1,60}+)[ \t]{1,3})(?!-)"
    r"(?:(\\*[\"'])([^\"'\r\n]{1,512})\3|([^\s\"']{1,512}))"
)
USER_FLAG: Final = re.compile(
    r"(?<!\S)((?:-u|--user|--proxy-user|-U)(?:[ \t]{1,3}|=)\\*[\"']?)([^\s\"':]{0,128}:)"
    r"([^\s\"'\\]{1,512})"
)
SAID: Final = re.compile(
    r"\b((?:pass(?:word|code|phrase)|pwd|pin|otp|secret|token|api key"
    r"|(?:verification|security|access|log-?in|auth\w{0,12}|one[- ]time|confirmation|2fa|mfa|sms)"
    r"[ -](?:code|pin|password))(?: code| number)?\s{1,3}(?:is|was|are|=|:)\s{0,3}"
    r"[:\"'\u201c`]?\s?)"
    r"([^\s\"'\u201d`,;\[]{4,128})",
    re.IGNORECASE,
)
QUOTED_SECRET: Final = re.compile(
    r"\b((?:pass(?:word|code|phrase)|pwd|pin|otp|secret|token|api key) {1,2}[\"'\u201c`])"
    r"([^\s\"'\u201d`\[]{4,128})(?=[\"'\u201d`])",
    re.IGNORECASE,
)
PROGRAM_FLAG: Final = re.compile(
    r"\b((?:mysql|mysqldump|mariadb|sshpass|mongo|mongosh|redis-cli|7z|zip)\b[^\r\n|;]{0,120}?"
    r" -[pPa][ \t]?)(?!\[)([^\s\"'\-][^\s\"']{2,128})"
)
YAML_PAIR: Final = re.compile(
    r"\bname:[ \t]{0,8}[\"']?([\w.\-]{1,80}+)[\"']?[ \t]{0,8}\r?\n[ \t]{0,40}value:[ \t]{0,8}[\"']?"
)
CODE_FIRST: Final = re.compile(
    r"\b(\d{4,8})(?= is your (?:[\w-]{1,24} ){0,3}(?:code|otp|pin|password|passcode)\b)",
    re.IGNORECASE,
)


Span = tuple[int, int, str]
"""Start and end of a value, and what takes its place."""


def without_named_values(text: str) -> str:
    """The text with values masked that stand behind a telling name and an operator."""
    return _walk(text, NAME, _named_value)


def without_marked_up_values(text: str) -> str:
    """The text with values masked in XML, in pairs of name and value, and in form parts."""
    if "<" in text:
        text = _walk(text, ELEMENT, _element)
    text = _walk(text, NAMED, _pair)
    if "name:" in text:
        text = _walk(text, YAML_PAIR, _yaml_pair)
    return _walk(text, FORM_PART, _form_part) if "name=" in text else text


def without_spoken_values(text: str) -> str:
    """The text with values masked behind flags of commands, and in sentences that tell a code."""
    if "-" in text:
        text = USER_FLAG.sub(rf"\1\2{SECRET}", _walk(text, FLAG, _flag))
        text = PROGRAM_FLAG.sub(rf"\1{SECRET}", text)
    text = QUOTED_SECRET.sub(_said, text)
    return CODE_FIRST.sub(SECRET, SAID.sub(_said, text))


def masked(kind: KeyKind, value: str) -> str | None:
    """What takes the place of a text under a name of this kind; None when it can stay."""
    if kind is KeyKind.PLAIN or kind is KeyKind.VERSION or says_nothing(value):
        return None
    match kind:
        case KeyKind.NETWORK:
            return value if is_network(value) else truncated(value)
        case KeyKind.PERSONAL:
            return PERSONAL
        case _:
            return _mask_of_doubtful(kind, value)


def _mask_of_doubtful(kind: KeyKind, value: str) -> str | None:
    """For the kinds whose values are looked at before they are masked."""
    if kind is KeyKind.OPAQUE:
        return SECRET if LOOKS_RANDOM.match(value) else None
    if kind is KeyKind.PHONE:
        return PHONE if _digits(value) >= PHONE_DIGITS else None
    is_count = kind is KeyKind.SECRETS and value.isdigit() and len(value) < LEAST_CODE
    return None if is_count else SECRET


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _walk(
    text: str, pattern: re.Pattern[str], judge: Callable[[re.Match[str]], Span | None]
) -> str:
    """Replace what `judge` says behind each match, going on after what was replaced."""
    pieces, done = [], 0
    for match in pattern.finditer(text):
        if match.start() < done:
            continue
        span = judge(match)
        if span is not None:
            start, end, mask = span
            pieces += [text[done:start], mask]
            done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _kind(name: str) -> KeyKind:
    """What a name in a text says; most say nothing, and are not taken apart."""
    return kind_of(name) if len(name) >= SHORTEST_NAME and TELLING(name) else KeyKind.PLAIN


def _named_value(match: re.Match[str]) -> Span | None:
    kind = _kind(match["name"])
    if kind is KeyKind.PLAIN or kind is KeyKind.VERSION or _stands_in_a_mark(match):
        return None
    start, end = _extent(match)
    value = match.string[start:end]
    word = FIRST_WORD.match(value)
    if ":" in match["op"] and word and word[1].lower() in SAYS_LITTLE:
        return None
    mask = masked(kind, value.strip())
    return None if mask is None else (start, end, mask)


def _stands_in_a_mark(match: re.Match[str]) -> bool:
    """Whether the name is the word of a mark, `[secret]`, and what follows is no value of it."""
    is_open = match.string[match.start() - 1 : match.start()] == "["
    return is_open and is_mark(f"[{match['name'].rstrip(']')}]")


def _extent(match: re.Match[str]) -> tuple[int, int]:
    """Where the value behind a name begins and ends."""
    text, start = match.string, match.end()
    if quote := QUOTES.match(text, start):
        return quote.end(), _closing(text, quote[1], quote.end())
    before = text[max(0, match.start() - LINE_HEAD) : match.start()]
    if ":" in match["op"]:
        if LINE_START.search(before):
            return _rest_of_line(text, start)
        if before[-1:] in {"'", '"', "`"} and not match["after"]:
            return _trimmed(text, start, _closing(text, before[-1], start))
    if scheme := SCHEME_WORD.match(text, start):
        start = scheme.end()
    bare = BARE.match(text, start)
    return (start, start) if bare is None else _trimmed(text, start, bare.end())


def _rest_of_line(text: str, start: int) -> tuple[int, int]:
    """The value of a YAML or header line, also when it stands on the lines below."""
    if (block := BLOCK.match(text, start)) or (block := NEXT_LINE.match(text, start)):
        return _trimmed(text, block.start(1), block.end(1))
    if scheme := SCHEME_WORD.match(text, start):
        start = scheme.end()
    line = TO_LINE_END.match(text, start)
    return _trimmed(text, start, start if line is None else line.end())


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _closing(text: str, quote: str, start: int) -> int:
    """Index of the closing quote; the end of the text when there is none."""
    quote = "\u201d" if quote == "\u201c" else quote
    end = text.find(quote, start)
    while end > start and len(quote) == 1 and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    return len(text) if end < 0 else end


def _element(match: re.Match[str]) -> Span | None:
    kind = _kind(match[2])
    if kind is KeyKind.PLAIN or match[0].endswith("/>"):
        return None
    start = match.end()
    end = match.string.find(f"</{match[1]}", start, start + LONGEST_VALUE)
    if end < 0:
        end = match.string.find("<", start, start + LONGEST_VALUE)
    end = min(len(match.string), start + LONGEST_VALUE) if end < 0 else end
    mask = masked(kind, match.string[start:end].strip())
    return None if mask is None else (start, end, mask)


def _pair(match: re.Match[str]) -> Span | None:
    kind = _kind(match[1])
    if kind is KeyKind.PLAIN:
        return None
    start = match.end()
    end = _closing(match.string, match["quote"] or "<", start)
    mask = masked(kind, match.string[start:end].strip())
    return None if mask is None else (start, end, mask)


def _yaml_pair(match: re.Match[str]) -> Span | None:
    end = match.string.find("\n", match.end())
    start, end = _trimmed(match.string, match.end(), len(match.string) if end < 0 else end)
    if end > start and match.string[end - 1] in "\"'" and match[0][-1] in "\"'":
        end -= 1
    mask = masked(_kind(match[1]), match.string[start:end])
    return None if mask is None else (start, end, mask)


def _form_part(match: re.Match[str]) -> Span | None:
    kind = _kind(match[2])
    if kind is KeyKind.PLAIN:
        return None
    start = match.end()
    end = match.string.find(f"{match['gap']}--", start)
    end = len(match.string) if end < 0 else end
    mask = masked(kind, match.string[start:end].strip())
    return None if mask is None else (start, end, mask)


def _flag(match: re.Match[str]) -> Span | None:
    group = 4 if match[3] else 5
    mask = masked(_kind(match[2]), match[group])
    return None if mask is None else (match.start(group), match.end(group), mask)


def _said(match: re.Match[str]) -> str:
    value = match[2]
    is_value = any(c.isdigit() for c in value) and not says_nothing(value)
    return f"{match[1]}{SECRET}" if is_value else match[0]
