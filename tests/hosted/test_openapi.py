"""The OpenAPI document is what the service does: a generator of requests finds no difference."""

import os
import subprocess
import sys

import pytest

from contract import live
from contract.terms import Role
from tests.hosted.service import ROOT, environment, serving
from tests.hosted.tokens import new_token

CONFIGURATION = """
[checks]
# One address has so many wrong tokens a minute (429), and there are more routes than that:
# test_roles.py asks each of them without one, and looks that none is left unguarded.
ignored_auth.enabled = false
# A cursor is opaque: no schema tells one this service made from one it did not (410). An edit has
# to name a revision, in one place or in another (428), and it may be an old one (409, 412).
positive_data_acceptance.expected-statuses = [
    "2xx", "304", "403", "404", "409", "410", "412", "428",
]
"""
LONG = "USAGEFLOW_SCHEMATHESIS_EXAMPLES"
"""Set to a number of examples an operation, such as 200, for the long run (docs/development.md)."""
EXAMPLES = os.environ.get(LONG, "3")
REQUESTS_PER_SECOND = "190/s"
"""A little less than a token may ask."""
SESSION = "/v1/session"
PARTS = ("^/v1/[a-b]", "^/v1/[c-o]", "^/v1/p", "^(?!/v1/[a-p])")
"""Each by a service of its own: one address may offer it only so many wrong tokens."""


SHORT_PARTS = {
    Role.OWNER: PARTS,
    Role.EDITOR: PARTS[:1],
    Role.VIEWER: PARTS[1:2],
    Role.PRIVACY_OFFICER: PARTS[2:3],
}
"""Another role sees what it may: in a short run each where it may most."""


def runs():
    """Every role with every part, in a short run a part for each role but the owner."""
    parts = dict.fromkeys(Role, PARTS) if LONG in os.environ else SHORT_PARTS
    return [(role, part) for role in Role for part in parts[role]]


def phases_of(role):
    """In a short run one role alone gets the phase that takes most of the time."""
    everything = role is Role.OWNER or LONG in os.environ
    return "examples,coverage,fuzzing,stateful" if everything else "fuzzing,stateful"


@pytest.mark.timeout(0 if LONG in os.environ else 300)
@pytest.mark.parametrize(("role", "part"), runs())
def test_generated_requests_find_no_difference_to_the_document(tmp_path, role, part):
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    with serving(tmp_path / "data", "--bootstrap") as running:
        token = new_token(running, role)["token"]
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(tmp_path / "schemathesis.toml"),
            "run",
            running.ready["url"] + "/openapi.json",
            "--include-path-regex",
            part,
            "--exclude-path",  # its answers have no end
            live.PATH,
            "--exclude-path",  # it takes the tokens of a provider, and this service knows none
            SESSION,
            "--checks",
            "all",
            "--max-examples",
            EXAMPLES,
            "--phases",
            phases_of(role),
            "--rate-limit",
            REQUESTS_PER_SECOND,
            "--header",
            f"Authorization: Bearer {token}",
            "--no-color",
        ]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=None if LONG in os.environ else 280,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-30000:] + done.stderr[-2000:]
