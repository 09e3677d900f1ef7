"""`usageflow sync`: one round of sync, and how it stands, for scripts."""

from typing import Any

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import FromStdin, Workspace
from desktop.commands.supplied import in_vault
from desktop.domain.connection import SyncPhase
from desktop.domain.errors import InvalidInput
from desktop.domain.syncing import OutgoingEdit, StreamProgress
from desktop.services.calls import no_report
from desktop.services.compose import Services

app = typer.Typer(
    help="Send waiting edits, then fetch configuration and usage to the end.",
    invoke_without_command=True,
)


@app.callback()
def sync(
    context: typer.Context,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
    workspace: Workspace = None,
    passphrase_stdin: FromStdin = False,  # noqa: FBT002
) -> None:
    """Send waiting edits, then fetch configuration and usage to the end."""
    if context.invoked_subcommand is None:
        once(as_json=as_json, workspace=workspace, passphrase_stdin=passphrase_stdin)


@app.command("once")
@in_vault
def once(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """The same as `usageflow sync` alone."""
    state = services.sync.run(no_report)
    answer = _standing(services)
    if state.phase is SyncPhase.NOT_CONNECTED:
        raise InvalidInput("This workspace has no service yet. Nothing was done. Connect it first.")
    sentence = f"Synced. Waiting edits: {state.waiting_edits}. Conflicts: {state.conflicts}."
    say(sentence, answer, as_json=as_json)


@app.command("status")
@in_vault
def status(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print how sync stands, from the vault; asks no service."""
    answer = _standing(services)
    counts = f"Waiting edits: {answer['waiting_edits']}. Conflicts: {answer['conflicts']}."
    lines = (
        f"Last success: {answer['last_success'] or 'never'}",
        f"{counts} Left out of answers: {answer['refused_items']}.",
        *(_line(stream) for stream in answer["streams"]),
    )
    say("\n".join(lines), answer, as_json=as_json)


def _standing(services: Services) -> dict[str, Any]:
    state = services.sync.state()
    records = services.sync_records
    return {
        "last_success": moment(state.last_success),
        "waiting_edits": state.waiting_edits,
        "conflicts": state.conflicts,
        "refused_items": len(records.refusals()),
        "clock_offset_s": state.clock_offset_s,
        "edits": [_edit(edit) for edit in records.outgoing()],
        "streams": [_stream(stream) for stream in records.progress()],
    }


def _edit(edit: OutgoingEdit) -> dict[str, Any]:
    return {
        "entity": edit.entity,
        "entity_id": edit.entity_id,
        "title": edit.title,
        "deletes": edit.is_deletion,
        "fields": list(edit.changed_fields),
        "made_at": moment(edit.made_at),
        "sent_at": moment(edit.sent_at),
        "problem": edit.problem,
    }


def _stream(stream: StreamProgress) -> dict[str, Any]:
    return {
        "stream": stream.stream,
        "received": stream.received,
        "complete": stream.is_complete,
        "share": round(stream.share, 3),
        "reached_day": moment(stream.reached_day),
        "oldest_day": moment(stream.oldest_day),
    }


def _line(stream: dict[str, Any]) -> str:
    done = "complete" if stream["complete"] else f"{stream['share']:.0%}"
    return f"{stream['stream']}: {stream['received']} rows, {done}"
