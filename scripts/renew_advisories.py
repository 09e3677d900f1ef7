"""Make the list of known defects anew that the self-audit holds installed libraries against.

    python scripts/renew_advisories.py [--out resources/advisories.json]

Asks the OSV database for every library that the program runs on, as it is installed here. The list
is written only when every one of them was answered; without a network it stays as it is.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from desktop.services.privacy.installed import runtime_distributions

SOURCE: Final = "api.osv.dev"
QUERY: Final = f"https://{SOURCE}/v1/query"
ECOSYSTEM: Final = "PyPI"
MOST_PAGES: Final = 20
OUT: Final = Path(__file__).parents[1] / "resources" / "advisories.json"


def spelled(name: str) -> str:
    """The one spelling of a library's name. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def defects(client: httpx.Client, package: str) -> Iterator[dict[str, str]]:
    """Every defect of a library that was not withdrawn, a line for each range of versions.

    Raises: httpx.HTTPError, ValueError for an answer that is none.
    """
    token = ""
    for _ in range(MOST_PAGES):
        asked: dict[str, Any] = {"package": {"name": package, "ecosystem": ECOSYSTEM}}
        if token:
            asked["page_token"] = token
        answer = client.post(QUERY, json=asked).raise_for_status().json()
        for told in answer.get("vulns", ()):
            if "withdrawn" not in told:
                yield from _lines(told, package)
        token = answer.get("next_page_token", "")
        if not token:
            return
    raise ValueError(f"the answer about {package} has no end")


def _lines(told: dict[str, Any], package: str) -> Iterator[dict[str, str]]:
    """Ranges in which a defect is; its CVE number where it has one."""
    names = [told["id"], *told.get("aliases", ())]
    number = next((name for name in names if name.startswith("CVE-")), told["id"])
    for affected in told.get("affected", ()):
        about = affected.get("package", {})
        if about.get("ecosystem") == ECOSYSTEM and spelled(about.get("name", "")) == package:
            for one in affected.get("ranges", ()):
                if one.get("type") == "ECOSYSTEM":
                    yield from _spans(one.get("events", ()), package, number)


def _spans(events: Iterable[dict[str, str]], package: str, number: str) -> Iterator[dict[str, str]]:
    """From each beginning to its end; `last_affected` counts as open, which errs on one side."""
    begun: str | None = None
    for event in events:
        if "introduced" in event:
            begun = "" if event["introduced"] == "0" else event["introduced"]
        elif "fixed" in event and begun is not None:
            yield _line(package, number, begun, event["fixed"])
            begun = None
    if begun is not None:
        yield _line(package, number, begun, "")


def _line(package: str, number: str, introduced: str, fixed_in: str) -> dict[str, str]:
    return {"package": package, "id": number, "introduced": introduced, "fixed_in": fixed_in}


def renewed(client: httpx.Client, packages: Iterable[str], today: date) -> dict[str, Any]:
    """The list of that day. Raises: as `defects`."""
    looked_up = sorted({spelled(name) for name in packages})
    found = [one for package in looked_up for one in defects(client, package)]
    unique = {json.dumps(one, sort_keys=True): one for one in found}
    return {
        "as_of": today.isoformat(),
        "source": SOURCE,
        "looked_up": looked_up,
        "advisories": [unique[key] for key in sorted(unique)],
    }


def main(arguments: list[str] | None = None) -> int:
    """Write the list; 1 when the database could not be asked, and nothing was changed."""
    parser = argparse.ArgumentParser(description="Renew the list of known defects.")
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args(arguments).out
    packages = [one.name for one in runtime_distributions()]
    try:
        with httpx.Client(timeout=30) as client:
            made = renewed(client, packages, datetime.now(UTC).date())
    except (httpx.HTTPError, ValueError) as error:
        print(f"The database could not be asked, the list is as it was: {error}", file=sys.stderr)
        return 1
    out.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {len(made['looked_up'])} libraries, {len(made['advisories'])} defects")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
