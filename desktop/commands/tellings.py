"""`usageflow privacy tellings …`: recipients who have to hear of corrections and erasures."""

from typing import Annotated

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.supplied import in_vault
from desktop.domain.privacy.telling import TellingLine
from desktop.services.compose import Services

app = typer.Typer(help="Who has to hear of corrections and erasures.", no_args_is_help=True)


@app.command("list")
@in_vault
def list_tellings(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Print who has to be told, and who was, open ones first."""
    _say(services.erasing.telling.listed(), as_json=as_json)


@app.command("done")
@in_vault
def done(
    services: Services,
    telling: Annotated[str, typer.Argument(help="Id, as `list` prints it.")],
    as_json: AsJson = False,  # noqa: FBT002 (an option)
) -> None:
    """Note that a recipient was told."""
    _say(services.erasing.telling.tick(telling), as_json=as_json)


def _say(found: tuple[TellingLine, ...], *, as_json: bool) -> None:
    text = "\n".join(
        f"{line.telling.telling_id}  {line.telling.begun_at:%Y-%m-%d}  {line.state.value:<5}  "
        f"{line.telling.about.value:<10}  {line.request:<8}  {line.recipient}"
        + (f"  {line.problem}" if line.problem else "")
        for line in found
    )
    tellings = [
        {
            "telling_id": line.telling.telling_id,
            "recipient": line.recipient,
            "request": line.request,
            "about": line.telling.about.value,
            "begun_at": moment(line.telling.begun_at),
            "state": line.state.value,
            "problem": line.problem,
        }
        for line in found
    ]
    say(text or "Nobody has to be told.", {"tellings": tellings}, as_json=as_json)
