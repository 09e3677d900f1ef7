"""`index.html`: the package for people. No script, nothing loaded from anywhere."""

import html
from collections.abc import Iterable, Sequence
from typing import Final

from desktop.services.privacy.package.manifest import Manifest

STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: 0 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem;
  border-bottom: 1px solid #ccd; }
caption { text-align: left; font-weight: 600; padding: .5rem .6rem; }
code { overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { color: #e6e8ee; background: #14161c; }
  th, td { border-color: #444a58; } }
"""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"


def index_page(manifest: Manifest, letter: Sequence[str]) -> bytes:
    """The page. `letter` is the text of the answer, a paragraph an item."""
    parts = [
        *(f"<p>{html.escape(paragraph)}</p>" for paragraph in letter),
        _table(
            "Why your data is processed",
            ("What", "Purpose", "Legal basis", "Kept", "Given to", "Comes from"),
            (
                (
                    c.category,
                    c.purpose,
                    c.legal_basis,
                    c.retention,
                    ", ".join(c.recipients),
                    c.source,
                )
                for c in manifest.categories
            ),
        ),
        _table(
            "Files",
            ("File", "Rows", "Bytes", "From", "To"),
            (
                (f.path, _count(f.rows), str(f.bytes), f.first or "", f.last or "")
                for f in manifest.files
            ),
        ),
        _table(
            "Where we looked",
            ("Place", "State", "Detail"),
            ((s.name, s.state, s.detail) for s in manifest.sources),
        ),
        _table(
            "What is held and not in this package",
            ("What", "Ground"),
            ((e.what, e.ground) for e in manifest.exclusions),
        ),
    ]
    title = html.escape(f"Your data: {manifest.request}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{STYLE}</style></head>\n'
        f"<body><main><h1>{title}</h1>\n"
        + "\n".join(filter(None, parts))
        + "\n</main></body></html>\n"
    ).encode()


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Empty where there are no rows."""
    lines = [
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    ]
    if not lines:
        return ""
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    return (
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>\n<tbody>"
        + "\n".join(lines)
        + "</tbody></table>"
    )


def _count(rows: int | None) -> str:
    return "" if rows is None else str(rows)
