"""`usageflow serve`: reads the arguments, opens the data directory and serves it."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from hosted.app import Service, installed_version
from hosted.bootstrap import another_token, first_account
from hosted.clock import rfc3339, system_clock
from hosted.errors import ServiceError, StartFailed
from hosted.exposure import BehindProxy, check_exposure, networks
from hosted.farewell import Farewell, clearing
from hosted.instance import DirectoryLock, announce, bind, require_whole, told_in_words, withdraw
from hosted.keys import find_key, system_keyring
from hosted.metering.maintenance import repeat
from hosted.people.issuer import SignInSettings
from hosted.secrets import Secrets, storage_key
from hosted.server import Server, configuration, signals_kept
from hosted.storage.account_end import NotedEnd, noted_end
from hosted.storage.embedded import EmbeddedStorage
from hosted.tls import Certificate

log = logging.getLogger(__name__)

STARTED: Final = 0
FAILED: Final = 1
LARGEST_PORT: Final = 65_535
LONGEST_NAME: Final = 200
RENEW_EVERY_S: Final = 2.0
DELETED: Final = (
    "The account of this service was deleted. It holds nothing and counts nothing. Remove what is "
    "left with `usageflow service delete`."
)


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
        _serve(arguments, _certificate(arguments))
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
    parser.add_argument("--new-owner-token", action="store_true", help="make one more owner token")
    parser.add_argument(
        "--end-other-tokens",
        action="store_true",
        help="with --new-owner-token: every earlier token stops to work",
    )
    parser.add_argument(
        "--token-name", type=_name, default="Owner", help="name of a token that is made"
    )
    parser.add_argument(
        "--new-pseudonyms",
        action="store_true",
        help="begin a new epoch: every caller gets a new pseudonym from now on",
    )
    parser.add_argument("--key-file", type=Path, help="file with the service key")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain (PEM)")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key (PEM)")
    parser.add_argument(
        "--sign-in-issuer",
        metavar="URL",
        help="OpenID provider whose users may sign in, once an owner has invited them",
    )
    parser.add_argument(
        "--sign-in-audience",
        action="append",
        default=[],
        metavar="ID",
        help="client id of the desktops at that provider; may be given several times",
    )
    parser.add_argument(
        "--behind-proxy",
        type=networks,
        nargs="?",
        const=(),
        metavar="ADDRESSES",
        help="a proxy does TLS; its addresses, if it is not on this computer",
    )
    return parser


def _name(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise ValueError(text)
    return text


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LARGEST_PORT:
        raise ValueError(text)
    return number


def _certificate(arguments: argparse.Namespace) -> Certificate | None:
    """The certificate to serve with, if there is one; refuses to listen openly without.

    Raises:
        StartFailed: the files cannot be used, or the network would see everything.
    """
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        raise StartFailed("--tls-cert and --tls-key belong together; one of them is missing.")
    certificate = None
    if arguments.tls_cert:
        certificate = Certificate(arguments.tls_cert, arguments.tls_key)
    check_exposure(arguments.host, has_tls=certificate is not None, proxies=arguments.behind_proxy)
    return certificate


def _serve(arguments: argparse.Namespace, certificate: Certificate | None) -> None:
    directory: Path = arguments.data
    with told_in_words():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = DirectoryLock(directory)
    try:
        require_whole(directory)
        before = ended = noted_end(directory)
        if before is None or not before.is_applied:
            _serve_locked(arguments, directory, certificate)
            ended = noted_end(directory)
        if ended is not None and ended.is_applied:
            _say_farewell(arguments, directory, certificate, (ended, ended == before))
    finally:
        lock.release()


def _say_farewell(
    arguments: argparse.Namespace,
    directory: Path,
    certificate: Certificate | None,
    ending: tuple[NotedEnd, bool],
) -> None:
    """Clear up what is left of a deleted account, and answer for it until the process ends.

    `ending` is the note, and whether this process still has to say that it is ready.
    """
    noted, is_start = ending
    farewell = Farewell(noted, installed_version(), system_clock)
    listener = bind(directory, arguments.host, arguments.port)
    state = _state(noted.service_id, listener.getsockname(), has_tls=certificate is not None)

    def tell() -> None:
        announce(directory, {**state, "started_at": rfc3339(system_clock())})
        if is_start:
            _say({"ready": True, **state, "warning": DELETED})

    async def nothing() -> None:
        """No open connection has to be told anything."""

    async def run() -> None:
        proxies = arguments.behind_proxy
        app = farewell if proxies is None else BehindProxy(farewell, proxies)
        server = Server(configuration(app, certificate), tell, nothing)
        async with clearing(directory), _renewing(certificate):
            await server.serve(sockets=[listener])

    with signals_kept(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run())
    withdraw(directory)


def _serve_locked(
    arguments: argparse.Namespace, directory: Path, certificate: Certificate | None
) -> None:
    sign_in = _sign_in(arguments)
    key = find_key(directory, arguments.key_file, system_keyring())
    storage = EmbeddedStorage(directory, storage_key(key.key), system_clock)
    try:
        if arguments.new_pseudonyms:
            with storage.transaction() as transaction:
                transaction.start_pseudonym_epoch()
        secrets = Secrets.of(key.key, storage.service_id, storage.pseudonym_epoch())
        listener = bind(directory, arguments.host, arguments.port)
        made = _made(arguments, storage, secrets)
        address = listener.getsockname()
        state = _state(storage.service_id, address, has_tls=certificate is not None)
        ending = "" if certificate is None else certificate.warning
        warning = " ".join(filter(None, (key.warning, ending)))
        ready = {"ready": True, **state, "warning": warning, **made}
        announced = {**state, "started_at": rfc3339(system_clock())}

        def tell() -> None:
            announce(directory, announced)
            _say(ready)

        async def run() -> None:
            service = Service(storage, secrets, system_clock, sign_in)
            proxies = arguments.behind_proxy
            app = service if proxies is None else BehindProxy(service, proxies)
            server = Server(configuration(app, certificate), tell, service.live.close)
            async with service.running(), _renewing(certificate), _ended_by(service, server):
                await server.serve(sockets=[listener])

        with signals_kept(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(run())
        withdraw(directory)
    finally:
        storage.close()


def _sign_in(arguments: argparse.Namespace) -> SignInSettings | None:
    """Who may sign in, where anybody may. Raises: StartFailed."""
    if not arguments.sign_in_issuer:
        if arguments.sign_in_audience:
            raise StartFailed("--sign-in-audience belongs to --sign-in-issuer, which is missing.")
        return None
    return SignInSettings(arguments.sign_in_issuer, tuple(arguments.sign_in_audience))


def _made(
    arguments: argparse.Namespace, storage: EmbeddedStorage, secrets: Secrets
) -> dict[str, str]:
    """Secrets that are made at this start, to be shown once."""
    made: dict[str, str] = {}
    if arguments.bootstrap:
        made = first_account(storage, secrets, system_clock, arguments.token_name)
    if arguments.new_owner_token and "owner_token" not in made:
        made = another_token(
            storage,
            secrets,
            system_clock,
            arguments.token_name,
            ends_others=arguments.end_other_tokens,
        )
    return made


@asynccontextmanager
async def _renewing(certificate: Certificate | None) -> AsyncIterator[None]:
    """Look at the certificate's files now and then inside this block."""
    if certificate is None:
        yield
        return
    task = asyncio.create_task(repeat(RENEW_EVERY_S, certificate.renew))
    try:
        yield
    finally:
        task.cancel()


@asynccontextmanager
async def _ended_by(service: Service, server: Server) -> AsyncIterator[None]:
    """Let the server end inside this block once the account was deleted."""

    async def end() -> None:
        await service.account_end.has_ended.wait()
        server.should_exit = True

    task = asyncio.create_task(end())
    try:
        yield
    finally:
        task.cancel()


def _state(service_id: str, address: tuple[Any, ...], *, has_tls: bool) -> dict[str, Any]:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    place = f"{host}:{address[1]}"
    return {
        "url": f"{'https' if has_tls else 'http'}://{place}",
        "ws_url": f"{'wss' if has_tls else 'ws'}://{place}/ws",
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
