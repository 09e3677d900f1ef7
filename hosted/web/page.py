"""A page of the service's website: plain HTML without a script, readable by whoever reads it."""

import base64
import hashlib
import html
from collections.abc import Iterable
from typing import Final

from fastapi.responses import Response

STYLE: Final = """
body { font: 17px/1.55 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
h1 { font-size: 1.6rem; } label, legend { font-weight: 600; display: block; margin-top: 1.2rem; }
fieldset { border: 0; margin: 0; padding: 0; } .choice { font-weight: 400; margin: .3rem 0; }
input[type=text], input[type=email], textarea { width: 100%; box-sizing: border-box; font: inherit;
  padding: .5rem; border: 1px solid #6b7280; border-radius: 6px; color: inherit; background: #fff; }
[aria-invalid=true] { border: 2px solid #b00020; }
.hint { color: #4b5563; margin: .2rem 0; } .problem { color: #b00020; margin: .3rem 0; }
.summary { border: 2px solid #b00020; border-radius: 6px; padding: .6rem 1rem; }
button { font: inherit; font-weight: 600; margin-top: 1.5rem; padding: .6rem 1.2rem; border: 0;
  border-radius: 6px; color: #fff; background: #1f4fd8; }
:focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
.off-screen { position: absolute; left: -100rem; }
pre { white-space: pre-wrap; font: inherit; }
@media (prefers-color-scheme: dark) {
  body, input[type=text], input[type=email], textarea { color: #e6e8ee; background: #14161c; }
  .hint { color: #b6bcc8; } .problem { color: #ff8a80; }
  [aria-invalid=true], .summary { border-color: #ff8a80; } a { color: #9db7ff; } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""Nothing is loaded from anywhere, nothing else may frame the page, nothing of it stays."""


def page(title: str, *parts: str, status: int = 200) -> Response:
    """A whole page; the parts are HTML, the title is text."""
    heading, content = html.escape(title), "\n".join(parts)
    text = (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{heading}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{heading}</h1>\n{content}\n</main></body>\n</html>\n"
    )
    return Response(text, status, headers=HEADERS, media_type="text/html")


def paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(f"<p>{html.escape(text)}</p>" for text in texts)
