"""`usageflow login`, `logout`, `whoami` and `account …`: who uses this workspace, for terminals."""

import time
from typing import Annotated, Any

import typer

from contract.terms import Role
from desktop.commands import account_deletion
from desktop.commands.answers import AsJson, moment, say
from desktop.commands.opening import next_line
from desktop.commands.supplied import in_vault
from desktop.domain.errors import InvalidInput
from desktop.domain.members import DeviceId, Invitation, Member, MemberId, MembersPicture
from desktop.domain.sign_in import GOOGLE_ISSUER, Profile, Provider, ProviderKind, SignedIn
from desktop.services.compose import Services

app = typer.Typer(help="See, correct and delete the account, manage members and devices.")
account_deletion.add_to(app)

Adult = Annotated[bool, typer.Option("--adult", help="Say that you are 18 years old or older.")]
SecretStdin = Annotated[
    bool,
    typer.Option("--client-secret-stdin", help="Read a client secret from standard input."),
]
MemberArgument = Annotated[str, typer.Argument(help="Name or id of the member.")]


@in_vault
def login(
    services: Services,
    service: Annotated[
        str, typer.Option(help="Address of a service to use as its member; else only sign in.")
    ] = "",
    adult: Adult = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Sign in with a code that you type in a browser, on this or another device."""
    code = services.sign_in.service.begin_on_device(declares_adult=adult)
    typer.echo(f"Open {code.verification_url} and type {code.user_code}", err=True)
    signed_in = services.sign_in.service.finish_on_device(time.sleep)
    if service:
        signed_in = services.sign_in.membership.join(service)
    say(f"Signed in as {_who(signed_in)}.", _told(signed_in), as_json=as_json)


@in_vault
def logout(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Sign this device out, at the service and at the provider."""
    done = services.sign_in.membership.sign_out()
    heard = [name for name, told in (("provider", done.told_provider),
                                     ("service", done.told_service)) if told]  # fmt: skip
    said = f"Signed out. Told: {', '.join(heard) or 'nobody; none could be reached'}."
    answer = {"told_provider": done.told_provider, "told_service": done.told_service}
    say(said, answer, as_json=as_json)


@in_vault
def whoami(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Say who is signed in; asks no network."""
    signed_in = services.sign_in.service.status()
    said = f"Signed in as {_who(signed_in)}." if signed_in.is_signed_in else "Nobody is signed in."
    say(" ".join(filter(None, (said, signed_in.ended))), _told(signed_in), as_json=as_json)


@app.command("provider")
@in_vault
def choose_provider(  # noqa: PLR0913, PLR0917 (the options of one command)
    services: Services,
    client_id: Annotated[str, typer.Option(help="This program's client id at the provider.")],
    issuer: Annotated[str, typer.Option(help="The provider, as it calls itself.")] = GOOGLE_ISSUER,
    port: Annotated[int, typer.Option(help="Port the browser returns to; 0: any.")] = 0,
    host: Annotated[
        list[str] | None, typer.Option(help="A further host of the provider; may be repeated.")
    ] = None,
    secret_stdin: SecretStdin = False,  # noqa: FBT002 (an option)
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Choose where people of this workspace sign in: Google, Auth0, or any OpenID provider."""
    kind = ProviderKind.GOOGLE if issuer == GOOGLE_ISSUER else ProviderKind.OTHER
    wanted = Provider(kind, issuer, client_id, port, tuple(host or ()))
    secret = next_line("client secret") if secret_stdin else None
    signed_in = services.sign_in.service.set_provider(wanted, secret)
    say(f"People sign in at {signed_in.provider.issuer} now.", _told(signed_in), as_json=as_json)


@app.command("show")
@in_vault
def show(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Print what the account says of its owner."""
    _say_profile(services.sign_in.profile.profile(), as_json=as_json)


@app.command("correct")
@in_vault
def correct(
    services: Services,
    name: Annotated[str | None, typer.Option(help="Your name.")] = None,
    email: Annotated[str | None, typer.Option(help="Your e-mail address.")] = None,
    company: Annotated[str | None, typer.Option(help="Your company.")] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Correct what the account says; that it was corrected is recorded, without the values."""
    before = services.sign_in.profile.profile()
    wanted = Profile(
        before.name if name is None else name,
        before.email if email is None else email,
        before.company if company is None else company,
    )
    _say_profile(services.sign_in.profile.correct(wanted), as_json=as_json)


@app.command("members")
@in_vault
def members(
    services: Services,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List who may sign in at the service, and the devices that are signed in."""
    _say_members(services.sign_in.membership.picture(), as_json=as_json)


@app.command("invite")
@in_vault
def invite(
    services: Services,
    address: Annotated[str, typer.Argument(help="Address they sign in with.")],
    name: Annotated[str, typer.Option(help="What you call them.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Let somebody sign in at the service from now on."""
    picture = services.sign_in.membership.invite(Invitation(name, role, address))
    _say_members(picture, as_json=as_json)


@app.command("role")
@in_vault
def change_role(
    services: Services,
    member: MemberArgument,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Give a member another role."""
    found = _found(services, member)
    _say_members(services.sign_in.membership.change_role(found.member_id, role), as_json=as_json)


@app.command("remove")
@in_vault
def remove(
    services: Services,
    member: MemberArgument,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Remove a member, and sign their devices out."""
    found = _found(services, member)
    _say_members(services.sign_in.membership.remove(found.member_id), as_json=as_json)


@app.command("sign-out-device")
@in_vault
def sign_out_device(
    services: Services,
    device: Annotated[str, typer.Argument(help="Id of the device.")],
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Sign one device out; it is told so."""
    picture = services.sign_in.membership.sign_out_device(DeviceId(device))
    _say_members(picture, as_json=as_json)


def _found(services: Services, text: str) -> Member:
    for one in services.sign_in.membership.picture().members:
        if text in {one.name, one.member_id}:
            return one
    raise InvalidInput(f"No member is called “{text}”. Nothing was changed.")


def _who(signed_in: SignedIn) -> str:
    return signed_in.email or signed_in.name or signed_in.subject


def _told(signed_in: SignedIn) -> dict[str, Any]:
    return {
        "signed_in": signed_in.is_signed_in,
        "issuer": signed_in.provider.issuer,
        "subject": signed_in.subject,
        "name": signed_in.name,
        "email": signed_in.email,
        "since": moment(signed_in.at),
        "member": bool(signed_in.device_id),
        "ended": signed_in.ended,
    }


def _say_profile(profile: Profile, *, as_json: bool) -> None:
    answer = {
        "name": profile.name,
        "email": profile.email,
        "company": profile.company,
        "adult_declared_at": moment(profile.adult_declared_at),
    }
    say("\n".join(f"{name}: {value or '-'}" for name, value in answer.items()), answer,
        as_json=as_json)  # fmt: skip


def _say_members(picture: MembersPicture, *, as_json: bool) -> None:
    found = [
        {
            "member_id": MemberId(one.member_id),
            "name": one.name,
            "role": one.role.value,
            "joined_at": moment(one.joined_at),
            "devices": one.devices,
        }
        for one in picture.members
    ]
    devices = [
        {
            "device_id": one.device_id,
            "name": one.name,
            "member": one.member_name,
            "last_seen_on": moment(one.last_seen_on),
            "current": one.is_current,
        }
        for one in picture.devices
    ]
    lines = [
        *(f"{one['member_id']}  {one['role']:16} {one['name']}" for one in found),
        *(f"{one['device_id']}  {one['last_seen_on'] or '-':16} {one['name']}" for one in devices),
    ]
    answer = {"members": found, "devices": devices}
    say("\n".join(lines) or "No members and no devices.", answer, as_json=as_json)
