"""The outer file: one stored member, encrypted, so that names and sizes inside stay hidden.

AES-256 as WinZip defined it (AE-2), for it opens with the common tools of every system; its key
derivation is weak, so the passphrase is generated and long. `age` is for people who have a key.
"""

import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import IO, Final, cast

import pyrage
import pyzipper
from xkcdpass import xkcd_password

from desktop.domain.errors import ExportFailed, InvalidInput
from desktop.services.whole_file import WholeFile

INNER: Final = "package.zip"
WORDS: Final = 6
SHORTEST, LONGEST = 3, 9
"""Letters of a word: all 7,776 of the EFF's long list, so six are worth 77 bits."""
AGE_HEADER: Final = b"age-encryption.org/"
CHUNK: Final = 1 << 20
DAMAGE: Final = (
    pyzipper.BadZipFile, LookupError, EOFError, AttributeError, ValueError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip
"""What the ZIP library raises for headers that were changed."""


def new_passphrase() -> str:
    """Six random words, to be told by another way than the file."""
    words = xkcd_password.generate_wordlist(
        xkcd_password.locate_wordfile("eff-long"), SHORTEST, LONGEST
    )
    return str(xkcd_password.generate_xkcdpassword(words, numwords=WORDS, delimiter=" "))


@contextmanager
def sealed_zip(file: WholeFile, passphrase: str) -> Iterator[IO[bytes]]:
    """What is written ends up encrypted in the file; whole only after the block.

    Raises: ExportFailed.
    """
    target = _Target(file)
    try:
        with pyzipper.AESZipFile(
            target, "w", compression=pyzipper.ZIP_STORED, encryption=pyzipper.WZ_AES
        ) as outer:
            outer.setpassword(passphrase.encode("utf-8"))
            with outer.open(INNER, "w", force_zip64=True) as member:
                yield cast("IO[bytes]", member)
    except ValueError as error:  # a ZIP whose member could not be ended cannot be closed either
        if target.failure is None:
            raise
        raise target.failure from error


@contextmanager
def sealed_age(file: WholeFile, recipient: str) -> Iterator[IO[bytes]]:
    """What is written ends up encrypted for the owner of an age key.

    Raises: InvalidInput (field `recipient`), ExportFailed.
    """
    key, target = _recipient(recipient), _Target(file)
    read_end, write_end = os.pipe()
    source = open(read_end, "rb")  # noqa: PTH123, SIM115 (a pipe, closed by who reads it)

    def encrypt() -> None:
        with source:  # so that whoever writes does not wait for ever, should this fail
            pyrage.encrypt_io(source, target, [key])  # type: ignore[attr-defined]

    with ThreadPoolExecutor(1) as worker:
        ending = worker.submit(encrypt)
        with suppress(BrokenPipeError), open(write_end, "wb") as stream:  # noqa: PTH123 (a pipe)
            yield stream
        try:
            ending.result()
        except pyrage.EncryptError as error:
            raise target.failure or error from error


class _Target:
    """The file, whose first error is kept: a library may pass on no more than its words.

    After it nothing is written, so that who has to close a ZIP can: it is thrown away.
    """

    def __init__(self, file: WholeFile) -> None:
        self._file = file
        self.failure: ExportFailed | None = None

    def write(self, content: bytes) -> int:
        if self.failure is not None:
            return len(content)
        try:
            return self._file.write(content)
        except ExportFailed as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self._file.flush()


@contextmanager
def opened(path: str, secret: str) -> Iterator[IO[bytes]]:
    """The inner archive of a file, seekable; `secret` is the passphrase or the age key.

    The plain text is on no disk but as an unnamed temporary file while the block lasts.
    Raises: InvalidInput (field `path` or `passphrase`), ExportFailed (no room to open it).
    """
    with _source(path) as source, _faults(), tempfile.TemporaryFile() as plain:
        is_age = source.read(len(AGE_HEADER)) == AGE_HEADER
        source.seek(0)
        (_open_age if is_age else _open_zip)(source, plain, secret)
        plain.seek(0)
        yield plain


def _source(path: str) -> IO[bytes]:
    try:
        return open(path, "rb")  # noqa: PTH123 (any path a person typed; closed by `with`)
    except OSError as error:
        raise InvalidInput(f"The file cannot be read: {error.strerror}.", field="path") from error


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportFailed(
            f"The package could not be opened for its check: {error.strerror}. Nothing was "
            "changed. Make room on the disk for temporary files, then try again."
        ) from error


def _open_zip(source: IO[bytes], plain: IO[bytes], passphrase: str) -> None:
    try:
        outer = pyzipper.AESZipFile(source)
        outer.setpassword(passphrase.encode("utf-8"))
        with outer.open(_stored_member(outer)) as member:
            while chunk := member.read(CHUNK):
                plain.write(chunk)
    except NotImplementedError as error:  # a way of packing that the ZIP library does not know
        raise _no_package() from error
    except RuntimeError as error:
        raise _wrong("passphrase") from error
    except DAMAGE as error:
        raise _no_package() from error


def _stored_member(outer: pyzipper.AESZipFile) -> pyzipper.ZipInfo:
    """One that is compressed could unpack to more than any disk holds."""
    info = outer.getinfo(INNER)
    if info.compress_type != pyzipper.ZIP_STORED:
        raise pyzipper.BadZipFile(INNER)
    return info


def _open_age(source: IO[bytes], plain: IO[bytes], key: str) -> None:
    try:
        identity = pyrage.x25519.Identity.from_str(key.strip())
        pyrage.decrypt_io(source, plain, [identity])  # type: ignore[attr-defined]
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
        raise _wrong("age key") from error


def _no_package() -> InvalidInput:
    return InvalidInput(
        "This file is no privacy package, or it was damaged on its way.", field="path"
    )


def _wrong(what: str) -> InvalidInput:
    return InvalidInput(
        f"This {what} does not open the package. Nothing was read.", field="passphrase"
    )


def _recipient(text: str) -> "pyrage.x25519.Recipient":
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except (pyrage.RecipientError, ValueError) as error:
        raise InvalidInput(
            "This is no age recipient; one begins with age1. Nothing was written.",
            field="recipient",
        ) from error
