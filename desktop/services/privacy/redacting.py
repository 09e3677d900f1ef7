"""Texts of a package that name other people: found, shown to the owner, and covered.

The right to a copy must not harm others (GDPR Art. 15 (4)). Only fields that hold words are looked
at; figures, days and the person's own ids name nobody else. Memory does not grow with the rows.

A batch of rows is looked at as one text first. Most batches name nobody and are passed on as they
are; of the others each row is read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from desktop.domain.errors import InvalidInput
from desktop.services.calls import Report
from desktop.services.privacy.covering import Cover, Decisions, Reason, Vocabulary, may_tell
from desktop.services.privacy.package.datasets import Dataset, Row, batches
from desktop.services.privacy.package.manifest import Redaction
from desktop.services.privacy.prose import NewWords, ProseField, prose_fields, words

LISTED: Final = 500
"""Proposals the owner is shown; what is found beyond is covered without a question."""
SHORTEST: Final = 3
"""Letters of a name or id: shorter ones are parts of ordinary words and figures."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that names somebody else, and where; `count` is how often."""

    dataset: str
    field: str
    text: str
    reason: Reason
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    proposals: tuple[Proposal, ...]
    """The first ones, in the order of the package."""
    counts: tuple[Redaction, ...]


def cover_of(
    datasets: Sequence[Dataset],
    own: Iterable[str],
    everybody: Iterable[str],
    decisions: Decisions,
    report: Report,
) -> Cover:
    """What to cover in these datasets; `everybody` is read once and may be long.

    Raises: Cancelled.
    """
    vocabulary = Vocabulary()
    clean = frozenset(one.name for one in datasets if _learned(one, vocabulary, report))
    others = {name for name in everybody if len(name) >= SHORTEST and vocabulary.may_hold(name)}
    return Cover(own, others, decisions, clean)


def look(datasets: Sequence[Dataset], cover: Cover, report: Report) -> Found:
    """What is covered and how often. Raises: Cancelled."""
    listed: Counter[tuple[str, str, str, Reason]] = Counter()
    counts: Counter[tuple[str, Reason]] = Counter()
    for dataset, field, text in _suspects(datasets, cover, report):
        for word, reason in cover.found(text):
            counts[dataset, reason] += 1
            key = (dataset, field, word, reason)
            if key in listed or len(listed) < LISTED:
                listed[key] += 1
    return Found(
        tuple(Proposal(*key, count) for key, count in listed.items()),
        tuple(Redaction(reason.value, many, name) for (name, reason), many in counts.items()),
    )


def covered(dataset: Dataset, cover: Cover) -> Dataset:
    """The dataset with masks in place of what is covered; rows are still read when written."""
    fields = prose_fields(dataset)
    if not fields or dataset.name in cover.clean:
        return dataset

    def rows() -> Iterable[Row]:
        return chain.from_iterable(
            [_masked(row, fields, cover) for row in batch] if is_suspect else batch
            for batch, is_suspect in _gated(dataset, fields, cover)
        )

    return replace(dataset, rows=rows)


def require_decided(found: Found, decisions: Decisions | None) -> None:
    """Raises: InvalidInput (field `redactions`)."""
    if decisions is None and found.counts:
        many = sum(one.count for one in found.counts)
        raise InvalidInput(
            f"Nothing was written: {many} places in the texts name other people. "
            "Decide which of them are covered.",
            field="redactions",
        )


def _learned(dataset: Dataset, vocabulary: Vocabulary, report: Report) -> bool:
    """Take in the words of a dataset; whether it has neither addresses nor phone numbers."""
    fields, new, is_clean, done = prose_fields(dataset), NewWords(), True, 0
    for batch in batches(dataset.rows()) if fields else ():
        text = _text(batch, fields)
        vocabulary.add(new.of(text))
        is_clean = is_clean and not may_tell(text)
        done += len(batch)
        report(done)
    return is_clean


def _suspects(
    datasets: Sequence[Dataset], cover: Cover, report: Report
) -> Iterator[tuple[str, str, str]]:
    """Dataset, field and text of what has to be read closely."""
    for dataset in datasets:
        if dataset.name in cover.clean:
            continue
        fields, done = prose_fields(dataset), 0
        for batch, is_suspect in _gated(dataset, fields, cover) if fields else ():
            for row in batch if is_suspect else ():
                for field in fields if _is_suspect(row, fields, cover) else ():
                    for text in field.strings(str(row[field.place])):
                        yield dataset.name, field.name, text
            done += len(batch)
            report(done)


def _gated(
    dataset: Dataset, fields: Sequence[ProseField], cover: Cover
) -> Iterator[tuple[list[Row], bool]]:
    """The rows in batches, and whether one of them may name somebody."""
    new = NewWords()
    for batch in batches(dataset.rows()):
        text = _text(batch, fields)
        is_suspect = cover.suspects(text, new.of(text))
        if is_suspect:
            new.forget()
        yield batch, is_suspect


def _text(batch: Sequence[Row], fields: Sequence[ProseField]) -> str:
    return "\n".join(field.text([str(row[field.place]) for row in batch]) for field in fields)


def _is_suspect(row: Row, fields: Sequence[ProseField], cover: Cover) -> bool:
    text = _text([row], fields)
    return cover.suspects(text, words(text))


def _masked(row: Row, fields: Sequence[ProseField], cover: Cover) -> Row:
    if not _is_suspect(row, fields, cover):
        return row
    values = list(row)
    for field in fields:
        values[field.place] = field.changed(str(row[field.place]), cover.covered)
    return tuple(values)
