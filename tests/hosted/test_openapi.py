"""The OpenAPI document is what the service does: a generator of requests finds no difference."""

import subprocess
import sys

from tests.hosted.service import ROOT, environment, serving

CONFIGURATION = """
[checks]
# A cursor is opaque: no schema tells one this service made from one it did not (410).
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "410"]
"""


def test_generated_requests_find_no_difference_to_the_document(tmp_path):
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    with serving(tmp_path / "data", "--bootstrap") as running:
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            "--config-file",
            str(tmp_path / "schemathesis.toml"),
            "run",
            running.ready["url"] + "/openapi.json",
            "--checks",
            "all",
            "--max-examples",
            "8",
            "--header",
            f"Authorization: Bearer {running.ready['owner_token']}",
            "--no-color",
        ]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
