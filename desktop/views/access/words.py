"""Words for roles, tokens and changes, in the owner's language."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from contract.terms import Role
from desktop.domain.access import ChainReport, ChainState, TokenState
from desktop.views import figures

CONTEXT: Final = "access"
ROLES: Final[Mapping[Role, object]] = {
    Role.VIEWER: QT_TRANSLATE_NOOP("access", "Viewer"),
    Role.EDITOR: QT_TRANSLATE_NOOP("access", "Editor"),
    Role.PRIVACY_OFFICER: QT_TRANSLATE_NOOP("access", "Privacy officer"),
    Role.OWNER: QT_TRANSLATE_NOOP("access", "Owner"),
}
"""The least mighty first: what a new token should be unless something speaks for more."""
MEANINGS: Final[Mapping[Role, object]] = {
    Role.VIEWER: QT_TRANSLATE_NOOP(
        "access", "Reads usage, configuration and single calls. Changes nothing."
    ),
    Role.EDITOR: QT_TRANSLATE_NOOP(
        "access", "Changes prices, policies and SDK keys too. No tokens, no roles."
    ),
    Role.PRIVACY_OFFICER: QT_TRANSLATE_NOOP(
        "access", "Reads, looks up the pseudonym of a person, names customers, reads the log."
    ),
    Role.OWNER: QT_TRANSLATE_NOOP("access", "May do everything, in every application."),
}
STATES: Final[Mapping[TokenState, object]] = {
    TokenState.ACTIVE: QT_TRANSLATE_NOOP("access", "Works"),
    TokenState.EXPIRED: QT_TRANSLATE_NOOP("access", "Expired"),
    TokenState.REVOKED: QT_TRANSLATE_NOOP("access", "Revoked"),
}
STATE_ICONS: Final = {
    TokenState.ACTIVE: ("circle-check", "ok"),
    TokenState.EXPIRED: ("clock", "muted"),
    TokenState.REVOKED: ("ban", "bad"),
}
ACTIONS: Final[Mapping[str, object]] = {
    "create": QT_TRANSLATE_NOOP("access", "Created"),
    "change": QT_TRANSLATE_NOOP("access", "Changed"),
    "delete": QT_TRANSLATE_NOOP("access", "Deleted"),
    "issue": QT_TRANSLATE_NOOP("access", "Issued"),
    "rotate": QT_TRANSLATE_NOOP("access", "Rotated"),
    "revoke": QT_TRANSLATE_NOOP("access", "Revoked"),
    "restore": QT_TRANSLATE_NOOP("access", "Restored"),
    "replace": QT_TRANSLATE_NOOP("access", "Replaced"),
    "correct": QT_TRANSLATE_NOOP("access", "Corrected"),
}
ENTITIES: Final[Mapping[str, object]] = {
    "application": QT_TRANSLATE_NOOP("access", "Application"),
    "policy": QT_TRANSLATE_NOOP("access", "Policy"),
    "pricing_rule": QT_TRANSLATE_NOOP("access", "Pricing rule"),
    "limit_override": QT_TRANSLATE_NOOP("access", "Exception of a limit"),
    "block": QT_TRANSLATE_NOOP("access", "Block"),
    "freeze": QT_TRANSLATE_NOOP("access", "Freeze of a customer"),
    "scrub_rule": QT_TRANSLATE_NOOP("access", "Rule of what is kept"),
    "catalog": QT_TRANSLATE_NOOP("access", "OpenAPI file"),
    "customer": QT_TRANSLATE_NOOP("access", "Customer"),
    "token": QT_TRANSLATE_NOOP("access", "Access token"),
    "sdk_key": QT_TRANSLATE_NOOP("access", "SDK key"),
    "sealing_key": QT_TRANSLATE_NOOP("access", "Sealing key"),
    "ledger": QT_TRANSLATE_NOOP("access", "Account"),
}
ACTORS: Final[Mapping[str, object]] = {
    "command_line": QT_TRANSLATE_NOOP("access", "Command line of the service"),
}
CHAIN_ICONS: Final = {
    ChainState.UNKNOWN: ("info", "muted"),
    ChainState.INTACT: ("shield-check", "ok"),
    ChainState.BROKEN: ("circle-alert", "bad"),
    ChainState.CUT: ("circle-alert", "bad"),
}


def say(text: object) -> str:
    """A text of the tables here in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


def word(words: Mapping[str, object], name: str) -> str:
    """The word for a name of the service; one that is new to this release is shown as it came."""
    return say(words[name]) if name in words else name.replace("_", " ")


def privacy_chain(report: ChainReport) -> str:
    """What is known of the record of what was done about privacy."""
    if report.state is ChainState.INTACT:
        said = QCoreApplication.translate(
            "access", "The record of privacy in this vault is whole. Entries: {count}."
        )
        return said.format(count=figures.count(report.entries))
    return QCoreApplication.translate(
        "access",
        "The record of privacy in this vault was altered. Compare with a backup before you rely "
        "on it.",
    )


def chain(report: ChainReport) -> str:
    """What is known of the log as a whole, in a sentence or two."""
    match report.state:
        case ChainState.INTACT:
            said = QCoreApplication.translate(
                "access", "The log is whole: %n entry(ies) fit(s) the chain.", "", report.entries
            )
        case ChainState.BROKEN:
            text = QCoreApplication.translate(
                "access",
                "The log was changed: entry {number} does not fit the one before it. What it says "
                "from there on cannot be trusted.",
            )
            said = text.format(number=report.broken_at)
        case ChainState.CUT:
            said = QCoreApplication.translate(
                "access",
                "The log was cut off and written anew since it was last checked here. Find out who "
                "can write the data directory of the service.",
            )
        case _:
            said = QCoreApplication.translate("access", "The log has not been checked yet.")
    if report.checked_at is None or report.stamp.online:
        return said
    before = QCoreApplication.translate("access", "{said} Checked {moment}.")
    return before.format(said=said, moment=figures.moment(report.checked_at))
