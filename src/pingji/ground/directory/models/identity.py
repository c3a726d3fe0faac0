"""Identity numbers at rest: sealed with AES-256-GCM, found by a keyed hash.

Both keys come from one secret of the installation, `settings.IDENTITY_KEY`; neither the table nor a
copy of the database gives a number away without it.
"""

import hmac
import os
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"  # of the seal, so that a later one can be told apart
NONCE_BYTES = 12


@lru_cache(maxsize=4)
def _key(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def seal(number: str) -> bytes:
    """Encrypt an identity number; the same number never looks the same twice."""
    nonce = os.urandom(NONCE_BYTES)
    key = _key(settings.IDENTITY_KEY, b"pingji identity seal")
    return VERSION + nonce + AESGCM(key).encrypt(nonce, number.encode(), VERSION)


def unseal(sealed: bytes) -> str:
    """Decrypt an identity number; raise InvalidTag if it was altered or the key is another."""
    nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    key = _key(settings.IDENTITY_KEY, b"pingji identity seal")
    return AESGCM(key).decrypt(nonce, text, sealed[:1]).decode()


def sealed_hash(number: str) -> str:
    """The keyed hash by which a number is found without opening any seal."""
    key = _key(settings.IDENTITY_KEY, b"pingji identity hash")
    return hmac.new(key, number.strip().upper().encode(), sha256).hexdigest()
