"""The certificate of an erasure: what is gone, what is kept, by whom, why and until when."""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from desktop.domain.errors import PackageDamaged
from desktop.domain.privacy.erasure import Kept

FORMAT: Final = "usageflow-erasure-certificate"
VERSION: Final = 1


class DoneLine(msgspec.Struct, frozen=True):
    place: str
    what: str
    action: str
    rows: int


class KeptLine(msgspec.Struct, frozen=True):
    where: str
    what: str
    why: str
    until: str


class ProcessorLine(msgspec.Struct, frozen=True):
    name: str
    state: str
    detail: str


class Certificate(msgspec.Struct, frozen=True):
    """Names nobody: the person is a keyed hash, the request a number."""

    erasure: str
    request: str
    subjects: tuple[str, ...]
    """Keyed hashes; the vault's owner can tell whose."""
    asked_at: str
    begun_at: str
    finished_at: str
    is_complete: bool
    """False while a legal hold keeps something that is erased as soon as it is released."""
    done: tuple[DoneLine, ...]
    processors: tuple[ProcessorLine, ...]
    kept: tuple[KeptLine, ...]
    checked_at: str
    """When everything was searched once more, and nothing found but what is kept."""
    format: str = FORMAT
    version: int = VERSION


class SignedCertificate(msgspec.Struct, frozen=True):
    """The file: `signature` is Ed25519 over the canonical bytes of `certificate`."""

    certificate: Certificate
    signature: str
    signer: str
    """Public key in hexadecimal."""


def kept_lines(kept: Sequence[Kept]) -> tuple[KeptLine, ...]:
    return tuple(KeptLine(one.where, one.what, one.why, one.until) for one in kept)


def canonical(certificate: Certificate) -> bytes:
    """The same certificate is always the same bytes."""
    return msgspec.json.encode(certificate, order="deterministic")


def signed(certificate: Certificate, signing_key: bytes) -> str:
    """The file's text; `signing_key` is 32 bytes of an Ed25519 private key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(signing_key)
    document = SignedCertificate(
        certificate,
        key.sign(canonical(certificate)).hex(),
        key.public_key().public_bytes_raw().hex(),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def verified(text: bytes) -> SignedCertificate:
    """A certificate whose signature fits what it says.

    Raises: PackageDamaged when it was altered, or is none.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        document = msgspec.json.decode(text, type=SignedCertificate, strict=True)
        public, signature = _bytes(document.signer), _bytes(document.signature)
        Ed25519PublicKey.from_public_bytes(public).verify(
            signature, canonical(document.certificate)
        )
    except (InvalidSignature, ValueError, msgspec.MsgspecError) as error:
        raise PackageDamaged(
            "The signature does not fit: this is no certificate of an erasure, or it was altered."
        ) from error
    if text != _written(document):
        raise PackageDamaged("The certificate was altered: it holds more than was signed.")
    return document


def paragraphs(document: SignedCertificate) -> tuple[str, ...]:
    """The certificate in words, for the PDF."""
    told = document.certificate
    state = "is complete" if told.is_complete else "is complete but for what a legal hold keeps"
    about = (
        f"Request {told.request or '-'}, received {told.asked_at[:10]}. The erasure began "
        f"{told.begun_at[:10]} and {state}: {told.finished_at[:10]}."
    )
    searched = (
        f"Everything was searched once more on {told.checked_at[:10]}; nothing was found but what "
        "is listed here."
    )
    digest = hashlib.sha256(canonical(told)).hexdigest()
    return (
        about,
        "What was done",
        *(f"{one.place}: {one.what}: {one.rows} {one.action}" for one in told.done if one.rows),
        "Processors",
        *(f"{one.name}: {one.state.replace('_', ' ')}. {one.detail}" for one in told.processors),
        "What is kept, by whom, why and until when",
        *(f"{one.where}: {one.what}. {one.why} Until: {one.until}." for one in told.kept),
        searched,
        f"Erasure {told.erasure}. SHA-256 of the signed text: {digest}",
        f"Ed25519 signature: {document.signature}",
        f"Public key of the signer: {document.signer}",
    )


def _written(document: SignedCertificate) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _bytes(text: str) -> bytes:
    """Of hexadecimal in one spelling only, so that no letter can be changed unseen."""
    decoded = bytes.fromhex(text)
    if decoded.hex() != text:
        raise ValueError(text)
    return decoded
