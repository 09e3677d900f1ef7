"""The letter that goes with a package: what GDPR Art. 15 (1) wants to be said, as text and PDF."""

from collections.abc import Sequence
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fpdf import FPDF

from desktop.domain.privacy.kinds import RequestKind

MARGIN_MM: Final = 22
LINE_MM: Final = 6
FONT: Final = "DejaVu Sans"
RIGHTS: Final = """
You may ask for the correction or the deletion of your data, for the restriction of its processing,
and you may object to it. You may take consent back at any time.

You may complain to a supervisory authority, for instance the one of the place where you live or
work.

No decision about you is made by a machine alone.
"""
GUIDE: Final = """
Open index.html for an overview. The folder data holds each list twice: as CSV for a spreadsheet and
as NDJSON for programs; the folder schema describes every field. manifest.json names each file with
its checksum, and manifest.sig is our signature of it.
"""


def letter_text(kind: RequestKind, number: str, received: datetime, rows: int) -> tuple[str, ...]:
    """The paragraphs of the letter; `rows` is how many records the package holds."""
    what = "in a form that machines can read" if kind is RequestKind.PORTABILITY else "as a copy"
    answer = (
        f"You asked on {received:%Y-%m-%d} for the data that is held about you ({number}). Here it "
        f"is, {what}: {rows:,} records, and with each kind of data why it is processed, how long "
        "it is kept, who receives it and where it comes from."
    )
    return tuple(" ".join(text.split()) for text in (answer, GUIDE, *RIGHTS.split("\n\n")))


def letter_pdf(paragraphs: Sequence[str], title: str, made_at: datetime) -> bytes:
    """One page or more, A4, the same bytes for the same text and time."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(made_at)
    pdf.set_title(title)
    pdf.set_lang("en")
    pdf.set_margin(MARGIN_MM)
    pdf.add_font(FONT, fname=_font())
    pdf.add_page()
    pdf.set_font(FONT, size=15)
    pdf.multi_cell(0, 9, title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=10.5)
    for paragraph in paragraphs:
        pdf.ln(3)
        pdf.multi_cell(0, LINE_MM, paragraph, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _font() -> Path:
    """Comes with matplotlib, which is large and is not loaded for it."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
