"""`usageflow vault doctor`: everything that could be wrong with a vault, and what can be done."""

from typing import Any, Final

from desktop.commands.answers import moment
from desktop.domain.errors import AppError, VaultError
from desktop.domain.vault import Finding
from desktop.services.calls import no_report
from desktop.services.compose import Services
from desktop.services.storage import backup, repair

ERROR: Final = "error"
"""Severity of what keeps the vault from opening."""
UNWELL: Final = frozenset({ERROR, "warning"})


def examine(
    services: Services, passphrase: str, *, accepts_older_copy: bool, repairs: bool
) -> tuple[dict[str, Any], AppError | None]:
    """Look at files, then open the vault and look at the rest; the answer, and what kept it shut.

    Raises: VaultMissing; VaultError when a repair could not be begun.
    """
    files = services.vault.files
    if files.is_missing:
        files.require_vault()
    told = repair.mend(files) if repairs else _faults(services)
    findings = [_finding(finding) for finding in told]
    problem: AppError | None = None
    try:
        files.require_vault()
        if accepts_older_copy:
            services.workspace.accept_older_copy(passphrase)
        else:
            services.workspace.unlock(passphrase)
        services.keeping.verify(no_report)
        known = {finding.topic for finding in told}
        later = services.keeping.findings()
        findings += [_finding(found) for found in later if found.topic not in known]
    except VaultError as error:
        problem = error
        findings += _what_could_help(services, error)
    is_well = not {finding["severity"] for finding in findings} & UNWELL
    return {"ok": is_well, "findings": findings}, problem


def _faults(services: Services) -> tuple[Finding, ...]:
    return tuple(
        Finding(fault.finding.topic, fault.finding.severity, f"{fault.finding.text}{_hint(fault)}")
        for fault in repair.faults(services.vault.files)
    )


def _hint(fault: repair.Fault) -> str:
    return " Repair it with: usageflow vault doctor --repair" if fault.mend else ""


def _what_could_help(services: Services, error: AppError) -> list[dict[str, str]]:
    found = [{"topic": "vault", "severity": ERROR, "text": str(error)}]
    sound = backup.newest_sound(services.vault.files.backups)
    if sound is not None:
        text = f"There is a sound backup of {moment(sound.made_at)}: {sound.path}"
        found.append({"topic": "backup", "severity": "ok", "text": text})
    return found


def _finding(found: Finding) -> dict[str, str]:
    return {"topic": found.topic, "severity": found.severity.value, "text": found.text}
