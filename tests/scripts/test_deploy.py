"""The files that are handed to systemd and nginx."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from hosted.serve import _parser

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "usageflow.service"
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()
RUN_LIMIT_S = 60
CHECKER = shutil.which("systemd-analyze")


def setting(name):
    """Value of a setting of the unit."""
    lines = [line for line in UNIT.read_text().splitlines() if line.startswith(f"{name}=")]
    return lines[-1].removeprefix(f"{name}=")


def test_unit_starts_the_service_with_options_it_knows():
    program, command, *options = shlex.split(setting("ExecStart"))
    assert (Path(program).name, command) == ("usageflow", "serve")
    arguments = _parser().parse_args(options)
    assert arguments.behind_proxy == ()
    assert arguments.data == Path("/var/lib") / setting("StateDirectory")
    assert f"127.0.0.1:{arguments.port}" in NGINX


def checked(*arguments):
    """What systemd's own checker says of the unit."""
    return subprocess.run(
        [CHECKER, *arguments],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )


@pytest.mark.skipif(CHECKER is None, reason="needs systemd's own checker")
def test_unit_is_read_by_systemd_and_confined(tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/local/bin/usageflow", "/bin/true"))
    assert unit.name not in checked("verify", unit).stderr
    looked = checked("security", "--offline=true", "--threshold=20", unit)
    assert looked.returncode == 0, looked.stdout


@pytest.mark.parametrize(
    "line",
    [
        "proxy_http_version 1.1;",
        "proxy_set_header   Upgrade $http_upgrade;",
        "proxy_set_header   X-Forwarded-For $remote_addr;",
        "client_max_body_size 4m;",
        "access_log off;",
    ],
)
def test_proxy_passes_what_the_service_needs_and_logs_no_paths(line):
    assert line in NGINX


def test_braces_and_lines_of_the_proxy_file_are_whole():
    assert NGINX.count("{") == NGINX.count("}")
    for line in NGINX.splitlines():
        text = line.partition("#")[0].strip()
        assert not text or text[-1] in ";{}", line


@pytest.mark.parametrize("name", ["deploy/usageflow.service", "deploy/nginx.conf"])
def test_guide_points_at_each_file(name):
    assert name in (ROOT / "docs" / "operations.md").read_text()
