"""`usageflow mail …`: the mail server, a test message, previews and the outbox, for scripts."""

from typing import Annotated, Any

import typer

from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import next_line
from desktop.commands.supplied import in_vault
from desktop.domain.mail import (
    Encryption,
    MailId,
    MailPicture,
    MailPurpose,
    MailServer,
    OutgoingMail,
)
from desktop.services.compose import Services

app = typer.Typer(help="Send notices through your own mail server.", no_args_is_help=True)

MailArgument = Annotated[str, typer.Argument(help="Id of the letter.")]


@app.command("server")
@in_vault
def set_server(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    host: Annotated[str, typer.Argument(help="Name of the mail server.")],
    sender: Annotated[str, typer.Option(help="Address that letters come from.")],
    port: Annotated[int, typer.Option(help="Its port.")] = 587,
    encryption: Annotated[Encryption, typer.Option(help="How it is encrypted.")] = (
        Encryption.STARTTLS
    ),
    user: Annotated[str, typer.Option(help="User, if it asks for one.")] = "",
    sender_name: Annotated[str, typer.Option(help="Name that letters come from.")] = "",
    owner: Annotated[str, typer.Option(help="Address of notices to yourself.")] = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Use a mail server. With a user, its password is the next line of standard input."""
    wanted = MailServer(host, port, encryption, user, sender_name, sender, owner)
    password = next_line("password of the mail server") if user else ""
    server = services.mail.service.set_server(wanted, password)
    answer = {"host": server.host, "port": server.port, "encryption": server.encryption.value}
    said = f"Letters go through {server.host}:{server.port}. Try it: usageflow mail test"
    say(said, answer, as_json=as_json)


@app.command("test")
@in_vault
def send_test(
    services: Services,
    recipient: Annotated[str, typer.Argument(help="Address; else your own.")] = "",
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Send a test message at once."""
    address = services.mail.service.send_test(recipient)
    say(f"The mail server took a test message for {address}.", {"sent_to": address},
        as_json=as_json)  # fmt: skip


@app.command("preview")
@in_vault
def preview(
    services: Services,
    purpose: Annotated[MailPurpose, typer.Argument(help="Which notice.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print what a notice says, with invented contents."""
    letter = services.mail.service.preview(purpose)
    answer = {"subject": letter.subject, "text": letter.text, "html": letter.html}
    say(f"Subject: {letter.subject}\n\n{letter.text}", answer, as_json=as_json)


@app.command("outbox")
@in_vault
def outbox(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List letters that wait, and what became of the others; sends nothing."""
    _say_outbox(services.mail.service.picture(), as_json=as_json)


@app.command("send")
@in_vault
def send(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Try every waiting letter now."""
    _say_outbox(services.mail.service.send_now(), as_json=as_json)


@app.command("retry")
@in_vault
def retry(
    services: Services,
    mail_id: MailArgument,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Queue a letter again that was not sent; one of unknown fate may arrive twice."""
    _say_outbox(services.mail.service.try_again(MailId(mail_id)), as_json=as_json)


@app.command("cancel")
@in_vault
def cancel(
    services: Services,
    mail_id: MailArgument,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Do not send a letter that waits."""
    _say_outbox(services.mail.service.cancel(MailId(mail_id)), as_json=as_json)


def _say_outbox(picture: MailPicture, *, as_json: bool) -> None:
    answer = {
        "letters": [_told(one) for one in picture.letters],
        "problem": picture.server.problem,
    }
    lines = [
        f"{one.mail_id}  {one.state:9} {one.recipient}  {one.subject}  {one.reason}".rstrip()
        for one in picture.letters
    ]
    if picture.server.problem:
        lines.append(picture.server.problem)
    say("\n".join(lines) or "No letters.", answer, as_json=as_json)


def _told(one: OutgoingMail) -> dict[str, Any]:
    return {
        "mail_id": one.mail_id,
        "purpose": one.purpose.value,
        "recipient": one.recipient,
        "subject": one.subject,
        "state": one.state.value,
        "reason": one.reason,
        "attempts": one.attempts,
        "queued_at": moment(one.queued_at),
        "ended_at": moment(one.ended_at),
    }
