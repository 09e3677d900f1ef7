"""`usageflow privacy …`: requests, and the packages people get."""

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from desktop.commands import freezing, privacy_registers, tellings, written_files
from desktop.commands.answers import AsJson, moment, say
from desktop.commands.erasing import add_to, request_id_of
from desktop.commands.opening import FromStdin, Workspace, next_line, unlocked
from desktop.domain.privacy.categories import PROCESSING, Category
from desktop.domain.privacy.registry import VAULT
from desktop.domain.privacy.requests import RequestLine
from desktop.domain.privacy.service_registry import SERVICE
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.privacy.covering import Decisions
from desktop.services.privacy.finding import Match
from desktop.services.privacy.packages import verify_file

app = typer.Typer(help="Privacy requests and their packages.", no_args_is_help=True)
Number = Annotated[str, typer.Option("--request", help="Number of the request, such as PR-0031.")]
add_to(app)
privacy_registers.add_to(app)
app.add_typer(freezing.app, name="freeze")
app.add_typer(written_files.app, name="files")
app.add_typer(tellings.app, name="tellings")


class Redact(StrEnum):
    """What becomes of texts that name other people."""

    ALL = "all"
    NONE = "none"


@app.command("list")
def list_requests(
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Print the requests, the most urgent first."""
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        lines = services.privacy_requests.list_requests()
    text = "\n".join(
        f"PR-{line.number:04}  {line.kind.value:<12}  {line.state.value:<11}  "
        f"{'due ' + line.due.isoformat() if line.due else '-':<14}  {line.person}"
        for line in lines
    )
    say(text or "No requests.", {"requests": [_fields(line) for line in lines]}, as_json=as_json)


@app.command("export")
def export(  # noqa: PLR0913, PLR0917 (the options of one command)
    out: Annotated[Path, typer.Option(help="File to write.")],
    request: Number,
    recipient: Annotated[str, typer.Option(help="age recipient, in place of a passphrase.")] = "",
    redact: Annotated[
        Redact | None,
        typer.Option(help="Texts that name others: cover all, or none listed."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Write the data of the person of a request to one signed, encrypted, verified file.

    The passphrase of the file is printed once and kept nowhere.
    """
    with unlocked(workspace, from_stdin=passphrase_stdin) as services:
        request_id = request_id_of(services, request)
        found = services.privacy_packages.find_person(no_report, request_id)
        decisions = _decided(services, request_id, found.matches, redact, as_json=as_json)
        made = services.privacy_packages.build(
            no_report, request_id, found.matches, str(out), recipient, decisions
        )
    answer = {
        "path": made.path,
        "rows": made.rows,
        "bytes": made.size_bytes,
        "sha256": made.sha256,
        "passphrase": made.passphrase,
        "signer": made.signer,
        "customers": [match.customer_id for match in found.matches],
        "sealed_for_others": found.unopened,
        "missing": made.missing,
    }
    lines = [f"Wrote {made.path}: {made.rows} records, SHA-256 {made.sha256}"]
    if made.passphrase:
        lines.append(f"Passphrase, to be told by another way: {made.passphrase}")
    lines += [f"Not searched to its end: {one}" for one in made.missing]
    if found.unopened:
        lines.append(
            f"{found.unopened} identities are sealed for another vault: the person may be behind "
            "one of them. Bring its key here: usageflow identities export-key, import-key"
        )
    say("\n".join(lines), answer, as_json=as_json)


def _decided(
    services: Services,
    request_id: str,
    matches: tuple[Match, ...],
    redact: Redact | None,
    *,
    as_json: bool,
) -> Decisions | None:
    """What `--redact` says; without it the texts in question are listed and nothing is written."""
    if redact is Redact.ALL or not matches:
        return Decisions()
    found = services.privacy_packages.third_parties(no_report, request_id, matches, ())
    if redact is Redact.NONE:
        return Decisions(kept=tuple({one.text for one in found.proposals}))
    if not found.proposals:
        return None
    lines = [
        f"{one.dataset}.{one.field}: {one.text} ({one.reason}, {one.count} times)"
        for one in found.proposals
    ]
    lines.append("Nothing was written: these name other people. Decide: --redact all, or none.")
    proposals = [asdict(one) for one in found.proposals]
    say("\n".join(lines), {"undecided": proposals}, as_json=as_json)
    raise typer.Exit(1)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The package.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Check signature, files, checksums and schemas of a package. Needs no vault.

    The first line of standard input is the package's passphrase, or an age key.
    """
    verified = verify_file(str(file), next_line("passphrase of the package"), no_report)
    manifest = verified.manifest
    answer = {
        "request": manifest.request,
        "generated_at": manifest.generated_at,
        "rows": verified.rows,
        "files": len(manifest.files),
        "signer": verified.signer,
    }
    sentence = (
        f"Whole: {manifest.request}, {verified.rows} records in {len(manifest.files)} files, "
        f"signed by {verified.signer}"
    )
    say(sentence, answer, as_json=as_json)


@app.command("data-map")
def data_map(as_json: AsJson = False) -> None:  # noqa: FBT002 (an option)
    """Print what personal data lies where, and why (GDPR Art. 30). Needs no vault."""
    entries = [_map_entry(category) for category in Category]
    lines = []
    for entry in entries:
        lines += [f"{entry['category']}: {entry['purpose']}", f"  {entry['legal_basis']}"]
        lines += [f"  {place['in']}.{place['table']}: {place['what']}" for place in entry["places"]]
    say("\n".join(lines), {"categories": entries}, as_json=as_json)


def _map_entry(category: Category) -> dict[str, Any]:
    holdings = [("vault", one) for one in VAULT] + [("service", one) for one in SERVICE]
    processing = PROCESSING[category]
    return {
        "category": category.value,
        "purpose": processing.purpose,
        "legal_basis": processing.legal_basis,
        "retention": processing.retention,
        "recipients": processing.recipients,
        "source": processing.source,
        "places": [
            {"in": place, "table": one.table, "what": one.what, "erasure": one.erasure.value}
            for place, one in holdings
            if one.category is category
        ],
    }


def _fields(line: RequestLine) -> dict[str, Any]:
    return {
        "number": f"PR-{line.number:04}",
        "kind": line.kind.value,
        "state": line.state.value,
        "waiting": None if line.waiting is None else line.waiting.value,
        "received_on": moment(line.received_on),
        "due": moment(line.due),
        "days_left": line.days_left,
        "person": line.person,
    }
