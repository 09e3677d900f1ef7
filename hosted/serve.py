"""`usageflow serve`: reads the arguments, opens the data directory and serves it."""

import argparse
import asyncio
import ipaddress
import json
import logging
import os
import ssl
import sys
from pathlib import Path
from typing import Any, Final

from hosted.app import Service
from hosted.bootstrap import another_token, first_account
from hosted.clock import rfc3339, system_clock
from hosted.errors import ServiceError, StartFailed
from hosted.instance import DirectoryLock, announce, bind, told_in_words, withdraw
from hosted.keys import find_key, system_keyring
from hosted.secrets import Secrets, storage_key
from hosted.server import Server, configuration
from hosted.storage.embedded import EmbeddedStorage

log = logging.getLogger(__name__)

STARTED: Final = 0
FAILED: Final = 1
LARGEST_PORT: Final = 65_535


def main(argv: list[str] | None = None) -> int:
    """Run the service until it is told to end; return its exit status.

    Standard output gets one line of JSON: ready, or the reason why not.
    """
    arguments = _parser().parse_args(argv)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    os.umask(0o077)
    try:
        _check_exposure(arguments)
        _serve(arguments)
    except ServiceError as error:
        code = error.code if isinstance(error, StartFailed) else StartFailed.code
        _say({"ready": False, "error": str(error), "code": code})
        return FAILED
    return STARTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="usageflow serve", description="Run the UsageFlow metering service."
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--port", type=_port, default=0, help="port; 0 keeps the port the directory got at first"
    )
    parser.add_argument(
        "--bootstrap", action="store_true", help="make a first account in an empty directory"
    )
    parser.add_argument(
        "--new-owner-token", action="store_true", help="make a new owner token; old ones end"
    )
    parser.add_argument("--key-file", type=Path, help="file with the service key")
    parser.add_argument("--tls-cert", help="certificate chain (PEM)")
    parser.add_argument("--tls-key", help="private key of the certificate (PEM)")
    parser.add_argument(
        "--behind-proxy", action="store_true", help="a proxy in front of the service does TLS"
    )
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LARGEST_PORT:
        raise ValueError(text)
    return number


def _check_exposure(arguments: argparse.Namespace) -> None:
    """Refuse to take keys and usage over a network in the clear.

    Raises:
        StartFailed: the address is not this computer's own, and nothing encrypts.
    """
    if arguments.tls_cert and arguments.tls_key:
        _check_certificate(arguments.tls_cert, arguments.tls_key)
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        raise StartFailed("--tls-cert and --tls-key belong together; one of them is missing.")
    if arguments.tls_cert or arguments.behind_proxy or _is_loopback(arguments.host):
        return
    raise StartFailed(
        f"The service would send keys and usage over the network unencrypted on "
        f"{arguments.host}. Nothing was started. Give --tls-cert and --tls-key, or --behind-proxy "
        "if a proxy in front of it does TLS."
    )


def _check_certificate(certificate: str, key: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:
        raise StartFailed(
            "The certificate and its key cannot be used: one of the files cannot be read, or they "
            "do not belong together. Nothing was started. Check --tls-cert and --tls-key."
        ) from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _serve(arguments: argparse.Namespace) -> None:
    directory: Path = arguments.data
    with told_in_words():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(directory)
    try:
        _serve_locked(arguments, directory)
    finally:
        lock.release()


def _serve_locked(arguments: argparse.Namespace, directory: Path) -> None:
    key = find_key(directory, arguments.key_file, system_keyring())
    storage = EmbeddedStorage(directory, storage_key(key.key), system_clock)
    try:
        secrets = Secrets.of(key.key, storage.service_id)
        listener = bind(directory, arguments.host, arguments.port)
        made: dict[str, str] = {}
        if arguments.bootstrap:
            made = first_account(storage, secrets, system_clock)
        if arguments.new_owner_token and "owner_token" not in made:
            made = another_token(storage, secrets, system_clock)
        state = _state(arguments, storage.service_id, listener.getsockname())
        ready = {"ready": True, **state, "warning": key.warning, **made}
        announced = {**state, "started_at": rfc3339(system_clock())}

        def tell() -> None:
            announce(directory, announced)
            _say(ready)

        async def run() -> None:
            service = Service(storage, secrets, system_clock)
            config = configuration(service, arguments.tls_cert, arguments.tls_key)
            async with service.running():
                await Server(config, tell).serve(sockets=[listener])

        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run())
        withdraw(directory)
    finally:
        storage.close()


def _state(
    arguments: argparse.Namespace, service_id: str, address: tuple[Any, ...]
) -> dict[str, Any]:
    is_tls = bool(arguments.tls_cert)
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    place = f"{host}:{address[1]}"
    return {
        "url": f"{'https' if is_tls else 'http'}://{place}",
        "ws_url": f"{'wss' if is_tls else 'ws'}://{place}/ws",
        "pid": os.getpid(),
        "service_id": service_id,
    }


def _loop_factory() -> Any:  # noqa: ANN401 - the two loops share no type
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201 - the ready line is the interface
