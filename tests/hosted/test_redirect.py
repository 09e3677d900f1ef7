"""The start-up module that points Python SDKs at the owner's service."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosted.environments import python_of
from tests.hosted.service import ROOT

RUN_LIMIT_S = 60
MODULE = ROOT / "usageflow_redirect.py"
ADDRESS = "wss://meter.example.test/ws"
ASK = """
from usageflow.core.socket_manager import UsageFlowSocketManager
print(UsageFlowSocketManager("key").ws_url)
"""
ASK_OLD = """
from usageflow.core.base import UsageFlowClient
UsageFlowClient.start_config_updater = lambda client: None
print(UsageFlowClient("key").usageflow_url)
"""


def said(code, python=sys.executable, folder=None, **variables):
    """What a program prints in an environment."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder or ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "order",
    [
        "import usageflow_redirect\n" + ASK,
        ASK.replace("\nprint", "\nimport usageflow_redirect\nprint"),
    ],
)
def test_address_is_the_owners_whether_imported_before_or_after_the_sdk(order):
    assert said(order, USAGEFLOW_WS_URL=ADDRESS) == ADDRESS


def test_without_the_variable_nothing_is_changed():
    assert said("import usageflow_redirect\n" + ASK) == said(ASK)


def test_address_counts_even_for_a_socket_manager_that_was_made_before():
    late = """
import os, usageflow_redirect
from usageflow.core.socket_manager import UsageFlowSocketManager
manager = UsageFlowSocketManager("key")
os.environ["USAGEFLOW_WS_URL"] = "ws://127.0.0.1:8765/ws"
print(manager.ws_url)
"""
    assert said(late) == "ws://127.0.0.1:8765/ws"


@pytest.mark.parametrize(
    ("address", "base"),
    [
        (ADDRESS, "https://meter.example.test"),
        ("ws://127.0.0.1:8765/usage/ws", "http://127.0.0.1:8765/usage"),
    ],
)
def test_oldest_sdk_gets_the_same_place_for_http(address, base):
    python = python_of("0.1.2")
    code = "import usageflow_redirect\n" + ASK_OLD
    assert said(code, python, USAGEFLOW_WS_URL=address) == base


@pytest.fixture
def api_environment(tmp_path):
    """An environment of an API: empty but for what Python brings, with the SDK within reach."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"],
        check=True,
        timeout=RUN_LIMIT_S,
    )
    site = Path(python_of("0.3.0")).parents[1].glob("lib/python3.*/site-packages")
    folder = next((tmp_path / "env").glob("lib/python3.*/site-packages"))
    (folder / "sdk.pth").write_text(f"{next(site)}\n")
    return tmp_path / "env" / "bin" / "python"


def test_downloaded_module_installs_itself_for_programs_that_know_nothing(
    running, tmp_path, api_environment
):
    downloaded = running.http.get("/usageflow_redirect.py", headers={"Authorization": ""})
    assert downloaded.content == MODULE.read_bytes()
    file = tmp_path / "usageflow_redirect.py"
    file.write_bytes(downloaded.content)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def ask():
        return said(ASK, api_environment, folder=elsewhere, USAGEFLOW_WS_URL=ADDRESS)

    vendor = ask()
    assert vendor != ADDRESS
    subprocess.run([api_environment, file, "install"], check=True, timeout=RUN_LIMIT_S)
    assert ask() == ADDRESS
    subprocess.run([api_environment, file, "install"], check=True, timeout=RUN_LIMIT_S)
    assert ask() == ADDRESS
    subprocess.run([api_environment, file, "remove"], check=True, timeout=RUN_LIMIT_S)
    assert ask() == vendor


@pytest.mark.parametrize("arguments", [[], ["uninstall"], ["install", "twice"]])
def test_other_words_are_answered_with_the_usage(arguments):
    done = subprocess.run(
        [sys.executable, MODULE, *arguments],
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    assert done.returncode == 1
    assert "Usage" in done.stderr


def test_other_modules_are_found_as_ever():
    code = "import usageflow_redirect, json.tool, http.client; print(json.dumps([1]))"
    assert said(code, USAGEFLOW_WS_URL=ADDRESS) == "[1]"
