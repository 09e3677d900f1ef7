"""Slow things made quick for tests that are not about them: the same work, only less of it."""

from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import pyrage
from argon2.low_level import hash_secret_raw

from desktop.services.sample_year import DAYS, SampleYear

LEAST_MEMORY_KIB = 8
"""That Argon2 works with, a lane."""

pages = SampleYear.pages


def quick_argon2(secret, salt, _passes, _memory_kib, lanes, size, kind):
    """Argon2 with the least it can do: another key than with the real cost."""
    return hash_secret_raw(secret, salt, 1, LEAST_MEMORY_KIB * lanes, lanes, size, kind)


def pages_made_once(year):
    """The sample's rows, which are the same for the same last day and take seconds to draw."""
    return iter(_pages_from(year._first))


@cache
def _pages_from(first):
    return tuple(pages(SampleYear(first + timedelta(days=DAYS - 1))))


def quick_age():
    """`pyrage.passphrase` that locks with a key a passphrase, not with a second of scrypt.

    The files are real ones of the age format, and another passphrase does not open them.
    """
    keys = {}

    def key_of(passphrase):
        return keys.setdefault(passphrase, pyrage.x25519.Identity.generate())

    return SimpleNamespace(
        encrypt=lambda content, passphrase: pyrage.encrypt(
            content, [key_of(passphrase).to_public()]
        ),
        decrypt=lambda content, passphrase: pyrage.decrypt(content, [key_of(passphrase)]),
    )
