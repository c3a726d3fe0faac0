"""Files at rest: sealed piece by piece with AES-256-GCM, because spreadsheets name patients.

Every file has a key of its own, made from the installation's secret (`settings.IDENTITY_KEY`) and
the salt at its beginning. Each piece is sealed under its place in the file, and the last one under
that it is the last, in the manner of STREAM (Hoang, Reyhanitabar, Rogaway and Vizár 2015,
doi:10.1007/978-3-662-47989-6_24): a file in which pieces are altered, moved, left out or cut off
does not open. Any place of it is read without what stands before, so memory stays flat.
"""

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from django.utils.translation import gettext as _

# No spreadsheet and no text begins so; the last byte tells a later seal apart.
MARK = b"PINGJI\x00\x01"
SALT_BYTES, TAG_BYTES, COUNTER_BYTES = 16, 16, 11
PIECE = 1 << 16
HEAD = len(MARK) + SALT_BYTES


class SealBroken(OSError):
    """A kept file was altered or cut off, or was sealed under other keys."""

    def __init__(self) -> None:
        super().__init__(
            _("The kept file was altered on the disk, or the keys of this installation are others.")
        )


class _Pieces:
    """One file's key, and its pieces one after the other."""

    def __init__(self, salt: bytes) -> None:
        key = HKDF(SHA256(), length=32, salt=salt, info=b"pingji file seal")
        self.cipher = AESGCM(key.derive(settings.IDENTITY_KEY.encode()))

    def seal(self, at: int, text: bytes, *, last: bool) -> bytes:
        return self.cipher.encrypt(self._nonce(at, last=last), text, MARK)

    def unseal(self, at: int, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self.cipher.decrypt(self._nonce(at, last=last), sealed, MARK)
        except InvalidTag:
            raise SealBroken from None

    @staticmethod
    def _nonce(at: int, *, last: bool) -> bytes:
        return at.to_bytes(COUNTER_BYTES, "big") + (b"\x01" if last else b"\x00")


def sealed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A file as it is kept, from its content in pieces of any size."""
    salt = os.urandom(SALT_BYTES)
    seal = _Pieces(salt).seal
    yield MARK + salt
    at, pending = 0, bytearray()
    for piece in pieces:
        pending += piece
        while len(pending) > PIECE:  # a full piece may be the last: not before more is there
            yield seal(at, bytes(pending[:PIECE]), last=False)
            del pending[:PIECE]
            at += 1
    yield seal(at, bytes(pending), last=True)


def keep(content: IO[bytes], path: Path) -> None:
    """Write a content to a path, sealed and safe on the disk."""
    content.seek(0)
    with path.open("wb") as file:
        for piece in sealed(iter(lambda: content.read(PIECE), b"")):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


class SealedReader(io.RawIOBase):
    """The content of a sealed file, from any place on.

    Raises:
        SealBroken: When made or read, if the file is not as it was sealed.
    """

    def __init__(self, raw: IO[bytes]) -> None:
        self.raw = raw
        head = raw.read(HEAD)
        self.pieces = _Pieces(head[len(MARK) :])
        body = raw.seek(0, io.SEEK_END) - HEAD
        self.last, rest = divmod(body - 1, PIECE + TAG_BYTES)
        # Only an empty file has an empty piece.
        if body < TAG_BYTES or (rest + 1 <= TAG_BYTES and body != TAG_BYTES):
            raise SealBroken
        self.size = body - (self.last + 1) * TAG_BYTES
        self.place = 0
        self.open_at, self.open_text = -1, b""

    def readable(self) -> bool:
        """It is only read."""
        return True

    def seekable(self) -> bool:
        """From any place on."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the content."""
        begin = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, begin + offset)
        return self.place

    def readinto(self, buffer: Any) -> int:
        """Read up to the end of a piece."""
        at, begin = divmod(self.place, PIECE)
        if self.place >= self.size:
            if self.size == 0:
                self._piece(0)  # an empty file has its seal, too
            return 0
        found = self._piece(at)[begin : begin + len(buffer)]
        buffer[: len(found)] = found
        self.place += len(found)
        return len(found)

    def _piece(self, at: int) -> bytes:
        if at != self.open_at:
            self.raw.seek(HEAD + at * (PIECE + TAG_BYTES))
            kept = self.raw.read(PIECE + TAG_BYTES)
            self.open_text = self.pieces.unseal(at, kept, last=at == self.last)
            self.open_at = at
        return self.open_text

    def close(self) -> None:
        """Let the file go."""
        if not self.closed:
            self.raw.close()
        super().close()


def opened(path: str | Path) -> IO[bytes]:
    """The content of a kept file; one kept before files were sealed is read as it stands."""
    raw = Path(path).open("rb")  # noqa: SIM115 - given away open
    if raw.read(len(MARK)) != MARK:
        raw.seek(0)
        return raw
    raw.seek(0)
    try:
        return io.BufferedReader(SealedReader(raw), PIECE)
    except SealBroken:
        raw.close()
        raise


class _Content(Protocol):
    def chunks(self) -> Iterable[bytes]: ...


class _Sealed:
    """A content as the storage writes it: sealed on the way."""

    def __init__(self, content: _Content) -> None:
        self.content = content

    def chunks(self) -> Iterator[bytes]:
        return sealed(self.content.chunks())


class KeptFile(File):
    """A kept file's content; it may be opened again once it was closed."""

    def open(self, mode: str | None = None, *args: Any, **kwargs: Any) -> "KeptFile":  # type: ignore[override]
        """Begin anew."""
        if not self.closed:
            self.seek(0)
        else:
            self.file = opened(str(self.name))
        return self


class SealedStorage(FileSystemStorage):
    """The folder of kept files: each is sealed as it comes in and opened as it is read."""

    def _save(self, name: str, content: _Content) -> str:
        name = super()._save(name, _Sealed(content))
        # The row that names a file is committed after it; so the file must be as safe as the row.
        for path in (Path(self.path(name)), Path(self.path(name)).parent):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("kept files are only read")
        return KeptFile(opened(self.path(name)), name=self.path(name))

    def size(self, name: str) -> int:
        """Bytes of the content."""
        with self._open(name) as file:
            return file.seek(0, io.SEEK_END)
