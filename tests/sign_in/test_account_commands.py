"""Signing in, the account and mail on the command line."""

import json

import pytest

from contract.messages.access import TokenInfo
from contract.messages.members import (
    DeviceInfo,
    DevicesPage,
    MemberInfo,
    MembersPage,
    MemberState,
)
from contract.terms import Role
from desktop.commands import account
from tests.fakes import PASSPHRASE
from tests.unit.conftest import hosted  # noqa: F401 (a fixture)
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)

AT = "2026-06-01T00:00:00Z"


def chosen(made, provider):  # noqa: F811 (a fixture's value)
    options = ("--issuer", provider.issuer, "--client-id", "desktop")
    status, _, err = made("account", "provider", *options)
    assert (status, err) == (0, "")
    return made


class Typist:
    """Types the code that the command printed, where it would rest."""

    def __init__(self, provider):
        self.provider = provider
        self.url = ""

    def __call__(self, _seconds):
        self.provider.type_code(self.url)


@pytest.fixture
def typing(provider, monkeypatch):
    """Somebody types each code that is shown at once."""
    typist = Typist(provider)
    begin = account.typer.echo

    def shown(text, **options):
        if "type" in text:
            code = text.split()[-1]
            typist.url = f"{provider.issuer}/device?user_code={code}"
        begin(text, **options)

    monkeypatch.setattr(account.typer, "echo", shown)
    monkeypatch.setattr(account.time, "sleep", typist)


def test_login_whoami_and_logout_in_a_terminal(made, provider, typing):  # noqa: F811
    chosen(made, provider)
    assert made("whoami")[1].strip() == "Nobody is signed in."
    status, _, err = made("login")
    assert (status, "18 years" in err) == (1, True)
    status, out, err = made("login", "--adult")
    assert (status, out.strip()) == (0, "Signed in as ann@reader.example.")
    assert f"Open {provider.issuer}/device and type " in err
    told = json.loads(made("whoami", "--json")[1])
    assert (told["subject"], told["member"], told["ended"]) == ("ann", False, "")
    assert json.loads(made("logout", "--json")[1]) == {"told_provider": True, "told_service": False}
    assert not json.loads(made("whoami", "--json")[1])["signed_in"]


def test_account_is_shown_and_corrected(made):  # noqa: F811
    assert "name: -" in made("account", "show")[1]
    told = json.loads(made("account", "correct", "--name", "Ann", "--json")[1])
    assert (told["name"], told["email"]) == ("Ann", "")
    status, _, err = made("account", "correct", "--email", "nowhere")
    assert (status, "not an e-mail address" in err) == (1, True)


def test_members_are_listed_invited_changed_and_removed(made, hosted):  # noqa: F811
    ann = MemberInfo(
        member_id="mem_1", name="Ann", role=Role.EDITOR, state=MemberState.ACTIVE,
        invited_at=AT, joined_at=AT, devices=1,
    )  # fmt: skip
    device = DeviceInfo(
        device_id="dev_1", member_id="mem_1", name="Laptop", signed_in_at=AT,
        last_seen_on="2026-06-02", expires_at=AT,
    )  # fmt: skip
    own = TokenInfo(token_id="tok_1", name="Owner", role=Role.OWNER, created_at=AT)
    hosted.live |= {
        ("GET", "/v1/token"): own,
        ("GET", "/v1/members"): MembersPage(rows=(ann,)),
        ("GET", "/v1/devices"): DevicesPage(rows=(device,)),
        ("POST", "/v1/members"): ann,
        ("PUT", "/v1/members/mem_1"): ann,
        ("DELETE", "/v1/members/mem_1"): ann,
        ("DELETE", "/v1/devices/dev_1"): device,
    }
    out = made("account", "members")[1]
    assert "mem_1  editor           Ann" in out
    assert "dev_1  2026-06-02       Laptop" in out
    for command in (
        ("invite", "ann@reader.example", "--name", "Ann", "--role", "editor"),
        ("role", "Ann", "viewer"),
        ("remove", "mem_1"),
        ("sign-out-device", "dev_1"),
    ):
        status, out, err = made("account", *command, "--json")
        assert (status, err) == (0, ""), command
        assert json.loads(out)["members"][0]["name"] == "Ann"
    status, _, err = made("account", "remove", "Bob")
    assert (status, "No member is called" in err) == (1, True)


def test_mail_is_set_up_previewed_and_listed(made):  # noqa: F811
    options = ("--sender", "us@seller.example", "--user", "owner")
    stdin = f"{PASSPHRASE}\nsecret-of-mail\n"
    status, out, err = made("mail", "server", "localhost", *options, "--port", "1", stdin=stdin)
    assert (status, err) == (0, "")
    assert "usageflow mail test" in out
    assert "Subject: Invoice 2026-0042" in made("mail", "preview", "invoice_ready")[1]
    assert made("mail", "outbox")[1].strip() == "No letters."
    status, out, err = made("mail", "test")
    assert (status, "cannot be reached" in err) == (1, True)
    assert "secret-of-mail" not in out + err
    for command in ("retry", "cancel"):
        assert made("mail", command, "nobody")[0] == 1
    assert json.loads(made("mail", "send", "--json")[1]) == {"letters": [], "problem": ""}
