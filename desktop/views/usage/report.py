"""Several views as one document: each with its chart and its numbers."""

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Final

from desktop.views.charting.paper import Format, Sheet, encoded
from desktop.views.charting.words import value_words
from desktop.views.theme import Tokens

STYLE: Final = (
    "body{font:15px/1.5 Inter,'Helvetica Neue',Arial,sans-serif;color:#1a1f27;max-width:1200px;"
    "margin:32px auto;padding:0 24px}h1{font-size:26px}h2{font-size:19px;margin-top:48px}"
    "img{width:100%;height:auto}p{color:#5a6472}table{border-collapse:collapse;font-size:13px}"
    "th,td{padding:4px 12px;border-bottom:1px solid #dfe3e8;text-align:right;"
    "font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left}"
    "summary{cursor:pointer;color:#5a6472;margin:8px 0}@media print{section{break-before:page}}"
)

POLICY: Final = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""The document may load nothing from anywhere."""


def html_report(title: str, remark: str, sections: tuple[str, ...]) -> bytes:
    """The whole document; it loads nothing from anywhere."""
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
    )
    body = f"<body><h1>{escape(title)}</h1><p>{escape(remark)}</p>{''.join(sections)}</body></html>"
    return (head + body).encode()


def html_section(sheet: Sheet, start: str, numbers: str, now: Tokens) -> str:
    """One view: its chart as vectors, its numbers as a table to unfold.

    Args:
        sheet: what to show.
        start: head of the table's first column.
        numbers: what the table is called.
        now: the colours.
    """
    picture = sheet.picture
    drawn = b64encode(encoded(sheet, Format.SVG, now)).decode()
    rows = "".join(_rows(sheet))
    heads = "".join(f"<th>{escape(trace.label)}</th>" for trace in picture.traces)
    return (
        f"<section><h2>{escape(picture.name)}</h2><p>{escape(sheet.remark)}</p>"
        f'<img alt="{escape(picture.name)}" src="data:image/svg+xml;base64,{drawn}">'
        f"<details><summary>{escape(numbers)}</summary><table><thead><tr><th>{escape(start)}</th>"
        f"{heads}</tr></thead><tbody>{rows}</tbody></table></details></section>"
    )


def _rows(sheet: Sheet) -> Iterator[str]:
    picture = sheet.picture
    for place, name in enumerate(picture.places):
        cells = "".join(
            f"<td>{escape(value_words(picture, trace, float(trace.values[place])))}</td>"
            for trace in picture.traces
        )
        yield f"<tr><td>{escape(name)}</td>{cells}</tr>"
