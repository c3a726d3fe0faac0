"""Messages at rest: packed small and sealed, because what was received may name patients.

The key comes from the installation's secret, `settings.IDENTITY_KEY`, as that of identity numbers
does; a copy of the database alone gives no message away.
"""

import os
import zlib
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = b"\x01"  # of the packing, so that a later one can be told apart
NONCE_BYTES = 12
QUICK = 1  # level of compression: messages come by the thousand


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    info = b"pingji message body"
    return AESGCM(HKDF(SHA256(), length=32, salt=None, info=info).derive(secret.encode()))


def packed(body: bytes) -> bytes:
    """A message as it is kept."""
    nonce = os.urandom(NONCE_BYTES)
    cipher = _cipher(settings.IDENTITY_KEY)
    return VERSION + nonce + cipher.encrypt(nonce, zlib.compress(body, QUICK), VERSION)


def unpacked(kept: bytes) -> bytes:
    """A message as it was received; raise InvalidTag if it was altered or the key is another."""
    nonce, text = kept[1 : 1 + NONCE_BYTES], kept[1 + NONCE_BYTES :]
    return zlib.decompress(_cipher(settings.IDENTITY_KEY).decrypt(nonce, text, kept[:1]))
