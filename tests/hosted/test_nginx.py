"""The shipped proxy file in a real nginx in front of the service, on loopback."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import websockets

from contract import live
from tests.hosted.certificates import Authority
from tests.hosted.service import (
    ANSWER_LIMIT_S,
    GO_AGENT,
    ROOT,
    START_LIMIT_S,
    SdkSocket,
    new_api,
    request,
    serving,
    use,
)

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
SITE = ROOT / "deploy" / "nginx.conf"
NAME = "meter.example.com"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
TOO_LARGE = 5 * 2**20

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@dataclass
class Front:
    """What is reached through the proxy."""

    http_port: int
    https_port: int
    context: ssl.SSLContext
    running: object

    @property
    def url(self):
        return f"https://127.0.0.1:{self.https_port}"

    def client(self, **headers):
        token = self.running.ready["owner_token"]
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}", **headers},
            verify=self.context,
            timeout=ANSWER_LIMIT_S,
            trust_env=False,
        )


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def site(service_port, ports, chain, key):
    """The shipped file with its name, ports and certificate filled in, as its first line asks."""
    http_port, https_port = ports
    places = {
        "127.0.0.1:8765": f"127.0.0.1:{service_port}",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        "listen 80;": f"listen 127.0.0.1:{http_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{https_port} ssl;",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(chain),
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(key),
    }
    text = SITE.read_text()
    for shipped, ours in places.items():
        assert shipped in text, shipped
        text = text.replace(shipped, ours)
    return text


def configuration(directory, site_text):
    """A whole configuration around the site: everything it writes lies in one directory."""
    user = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "\n".join(f"{name}_temp_path {directory}/{name};" for name in TEMPORARY)
    path = directory / "nginx.conf"
    path.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {directory}/nginx.pid;\n"
        f"error_log {directory}/error.log;\nevents {{}}\n"
        f"http {{\n{temporary}\naccess_log off;\n{site_text}\n}}\n"
    )
    return path


@contextmanager
def proxied(directory, running):
    """Nginx in front of a service for the length of a block."""
    authority = Authority(directory)
    chain, key = authority.sign("127.0.0.1", NAME)
    ports = free_port(), free_port()
    service_port = int(running.ready["url"].rpartition(":")[2])
    path = configuration(directory, site(service_port, ports, chain, key))
    command = [NGINX, "-p", str(directory), "-c", str(path)]
    test = [*command, "-t"]
    tested = subprocess.run(test, capture_output=True, text=True, timeout=30, check=False)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        front = Front(*ports, ssl.create_default_context(cafile=authority.file), running)
        wait_until_it_listens(process, front.https_port)
        yield front
    finally:
        process.terminate()
        process.wait(START_LIMIT_S)


def wait_until_it_listens(process, port):
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        assert process.poll() is None, "nginx ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
        else:
            return


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    directory = Path(tmp_path_factory.mktemp("nginx"))
    with (
        serving(directory / "data", "--bootstrap", "--behind-proxy") as running,
        proxied(directory, running) as front,
    ):
        yield front


def test_plain_http_is_sent_on_to_https(front):
    answer = httpx.get(
        f"http://127.0.0.1:{front.http_port}/v1/service?x=1",
        headers={"Host": NAME},
        trust_env=False,
    )
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{NAME}/v1/service?x=1"


def test_the_administration_is_reached_by_tls(front):
    with front.client() as http:
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/v1/token").json()["role"] == "owner"
        assert http.get("/v1/changes", headers={"Authorization": "Bearer no"}).status_code == 401


def test_an_sdk_meters_a_call_through_the_proxy(front):
    api = new_api(front.running)

    async def story():
        url = f"wss://127.0.0.1:{front.https_port}/ws"
        async with websockets.connect(
            url,
            additional_headers={"x-usage-key": api.sdk_key},
            user_agent_header=GO_AGENT,
            ssl=front.context,
            proxy=None,
        ) as socket:
            sdk = SdkSocket(socket)
            policies = await sdk.ask("get_application_policies")
            assert policies["type"] == "success"
            allocation = str(uuid.uuid4())
            await sdk.ask("request_for_allocation", request("GET", "/x", "ann", allocation))
            await sdk.ask("use_allocation", use(allocation, "GET", "/x", "ann", amount=3))

    asyncio.run(story())
    assert api.totals() == {"requests": 1, "units": 3, "denied": 0, "unsettled": 0}


def test_an_unknown_key_is_refused_through_the_proxy(front):
    async def story():
        url = f"wss://127.0.0.1:{front.https_port}/ws"
        headers = {"x-usage-key": "uf_live_nobody"}
        async with websockets.connect(
            url, additional_headers=headers, ssl=front.context, proxy=None
        ):
            pass

    with pytest.raises(websockets.InvalidStatus, match="401"):
        asyncio.run(story())


def test_what_is_far_too_large_never_reaches_the_service(front):
    with front.client() as http:
        answer = http.post("/v1/changes", content=b" " * TOO_LARGE)
    assert answer.status_code == 413
    assert "nginx" in answer.text


def test_events_are_not_held_back_by_the_proxy(front):
    with front.client() as http, http.stream("GET", live.PATH) as answer:
        assert answer.headers["content-type"].startswith(live.MEDIA_TYPE)
        first = next(answer.iter_text())
    assert "ready" in first
