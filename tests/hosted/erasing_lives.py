"""Lives of a service that erases a customer, for `tests.lives`."""

import asyncio
from pathlib import Path

from contract.messages.erasure import ErasureRequest
from hosted.errors import StorageUnavailable
from hosted.storage import embedded, erasure_ledger, journal
from tests.hosted.lab import living
from tests.hosted.test_erasing import NOW_US, eraser_of, everything, sums
from tests.lives import Steps, make_room, serve

ERASURE = "erasure_1"
MOST_TRIES = 3


def live(directory, request, outcome, step):
    """Take up what was begun, then erase as a desktop asks for it: until it is told to be done."""
    return asyncio.run(
        _live(Path(directory), ErasureRequest.model_validate_json(request), outcome, step)
    )


async def _live(directory, request, outcome, step):
    steps = Steps()
    steps.watch_statements(embedded, erasure_ledger, journal)
    steps.watch_files()
    async with living(directory, lambda: NOW_US) as lab:
        found = _state(lab.storage)
        steps.begin(outcome, step)
        told, problems = None, []
        for _ in range(MOST_TRIES):
            try:
                told = await _erased(eraser_of(lab), request, asks=outcome != "resume")
                break
            except StorageUnavailable as problem:
                problems.append(str(problem))
                make_room()
        count, steps.outcome = steps.count, ""
        return {
            "found": found, "left": _state(lab.storage), "outcome": told, "steps": count,
            "problems": problems,
        }  # fmt: skip


async def _erased(eraser, request, *, asks):
    await eraser.resume()
    if not asks:
        return None
    outcome = await eraser.apply(await eraser.note(ERASURE, request), "tok_1")
    return outcome.model_dump(mode="json")


def _state(storage):
    return {
        "dump": everything(storage),
        "sums": repr(sums(storage)),
        "noted": storage.erasures.find(ERASURE) is not None,
        "applied": list(storage.applied_erasures()),
    }


if __name__ == "__main__":
    serve(live)
