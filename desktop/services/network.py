"""How this workspace reaches its service: proxy, authority, pin; and whom it has contacted."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from desktop.domain.errors import InvalidInput
from desktop.domain.network import HostContact, NetworkOptions, ProxyMode
from desktop.services.addresses import place_of
from desktop.services.calls import callable_from_window
from desktop.services.storage import network, sync_state
from desktop.services.storage.network import StoredOptions

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.network_log import NetworkLog
    from desktop.services.storage.vault import Vault


class NetworkService:
    """Each change holds from the next request on. Any thread."""

    def __init__(self, vault: "Vault", log: "NetworkLog", changed: Callable[[], None]) -> None:
        """`changed` is called after each change, so that clients are made anew."""
        self._vault = vault
        self._log = log
        self._changed = changed

    @callable_from_window
    def options(self) -> NetworkOptions:
        """What is chosen, and the key that the service showed last."""
        with self._vault.reading() as db:
            stored, connection = network.options(db), sync_state.connection(db)
        host = place_of(connection.url) if connection else ""
        return NetworkOptions(
            proxy=stored.proxy,
            proxy_url=stored.proxy_url,
            proxy_has_password=stored.proxy_auth is not None,
            ca_name=stored.ca_name,
            pin=stored.pin,
            pin_host=stored.pin_host,
            host=host,
            shown=self._log.shown_key(host),
        )

    @callable_from_window
    def hosts(self) -> tuple[HostContact, ...]:
        """Every host that may be contacted or ever was, by name."""
        return self._log.hosts()

    @callable_from_window
    def set_proxy(
        self, mode: ProxyMode, url: str, user: str, password: str | None
    ) -> NetworkOptions:
        """Go through another proxy, or none.

        Args:
            mode: `OWN` needs the `url`; the rest is dropped in the other modes.
            url: `http://host:port`; the way to the service is encrypted all the same.
            user: empty for a proxy that asks for none.
            password: None keeps the one that is stored.

        Raises: InvalidInput (field `proxy_url`), VaultError.
        """
        address = checked_proxy(url) if mode is ProxyMode.OWN else ""

        def change(stored: StoredOptions) -> StoredOptions:
            auth = None
            if address and (user or password):
                auth = self._sealed(user, password or "")
            elif address and password is None:
                auth = stored.proxy_auth
            return replace(stored, proxy=mode, proxy_url=address, proxy_auth=auth)

        return self._change(change)

    @callable_from_window
    def use_authority(self, ca_path: str) -> NetworkOptions:
        """Trust the certificates of a PEM file beside those the system trusts.

        Raises: InvalidInput (field `ca_path`), VaultError.
        """
        from desktop.services.tls import MAX_PEM_BYTES, checked_authority

        path = Path(ca_path).expanduser()
        try:
            with path.open("rb") as file:
                content = file.read(MAX_PEM_BYTES)
        except OSError as error:
            raise InvalidInput(
                f"The file cannot be read: {error.strerror}. Nothing was changed.", field="ca_path"
            ) from error
        pem = checked_authority(content)
        return self._change(lambda stored: replace(stored, ca_name=path.name, ca_pem=pem))

    @callable_from_window
    def forget_authority(self) -> NetworkOptions:
        """Trust what the system trusts, and nothing beside it."""
        return self._change(lambda stored: replace(stored, ca_name="", ca_pem=""))

    @callable_from_window
    def pin(self, fingerprint: str) -> NetworkOptions:
        """Talk to the service only while it shows the key with this fingerprint.

        Raises: InvalidInput (field `pin`, or there is no service on another computer).
        """
        wanted = "".join(fingerprint.split()).replace(":", "").lower()
        if len(wanted) != 64 or not set(wanted) <= set("0123456789abcdef"):  # noqa: PLR2004 (SHA-256)
            raise InvalidInput(
                "A fingerprint has 64 hexadecimal digits. Nothing was changed. Copy the whole of "
                "it.",
                field="pin",
            )
        with self._vault.reading() as db:
            connection = sync_state.connection(db)
        if connection is None or urlsplit(connection.url).scheme != "https":
            raise InvalidInput(
                "Only a service that is reached by https:// has a key to pin. Nothing was changed."
            )
        host = place_of(connection.url)
        return self._change(lambda stored: replace(stored, pin=wanted, pin_host=host))

    @callable_from_window
    def unpin(self) -> NetworkOptions:
        """Accept any key with a trusted certificate again."""
        return self._change(lambda stored: replace(stored, pin="", pin_host=""))

    def _sealed(self, user: str, password: str) -> bytes:
        from desktop.services.door import PROXY_AUTH

        return self._vault.seal(f"{user}\0{password}".encode(), PROXY_AUTH)

    def _change(self, change: Callable[[StoredOptions], StoredOptions]) -> NetworkOptions:
        with self._vault.transaction() as db:
            _store(db, change)
        self._changed()
        return self.options()


def _store(db: "Connection", change: Callable[[StoredOptions], StoredOptions]) -> None:
    network.store_options(db, change(network.options(db)))


def checked_proxy(text: str) -> str:
    """Address of a proxy as it is stored. Raises: InvalidInput (field `proxy_url`)."""
    address = text.strip() if "://" in text else f"http://{text.strip()}"
    unusable = InvalidInput(
        "Write the proxy as http://host:port. Nothing was changed. What is sent to the service is "
        "encrypted all the same.",
        field="proxy_url",
    )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise unusable from error
    if parts.scheme != "http" or not host or port is None or parts.path.strip("/"):
        raise unusable
    if parts.username or parts.password:
        raise InvalidInput(
            "Leave user and password out of the address: they have fields of their own, and are "
            "kept sealed in the vault.",
            field="proxy_url",
        )
    return f"http://{parts.netloc}"
