"""Workbooks of Excel 5.0 and Excel 95: what code page their texts are in, and the texts.

Their texts are bytes of the code page that the workbook names. The reader of workbooks knows code
pages of one byte a character; Chinese ones, of two, come out of it broken beyond mending. So the
workbook is handed to it as one of code page 1252, in which every byte is a character, and the texts
are made of those bytes again.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

BEGINS = b"\x09\x08\x08\x00\x00\x05\x05\x00"  # the record at the beginning, version 5.0, globals
SECTOR = 64  # of the small kind; the large ones are several of them
NEWER = "Workbook".encode("utf-16-le")  # the stream of Excel 97 and later
STREAM = 2  # kind of an entry of the directory, 66 bytes after its name begins
CODE_PAGE, END = 0x0042, 0x000A
SEARCHED = 8192  # the code page stands among the first records
WESTERN = 1252
PAGES = {936: "gb18030", 54936: "gb18030", 950: "big5hkscs", 932: "cp932", 949: "cp949"}
# Common Chinese characters as bytes that were taken for Western letters.
CHINESE_BYTES = re.compile(
    "(?:[\u00b0-\u00f7][\u00a1-\u00fe]|[\u00a1-\u00a9][\u00a1-\u00fe]|[\x00-\x7f])+"
)
# Code page 1252 as the web knows it: its five gaps are control characters.
BYTE_OF = {(bytes([byte]).decode("cp1252", "ignore") or chr(byte)): byte for byte in range(256)}


@dataclass(frozen=True)
class Workbook:
    """A workbook of that time, for the reader.

    Attributes:
        content: The file, its code page 1252.
        page: The code page that it names; None where it names none.
    """

    content: bytes
    page: int | None

    def text(self, beginning: Iterable[object]) -> Callable[[object], object]:
        """What makes a cell's text as it was meant, out of one as it was read.

        Args:
            beginning: The cells of the first rows. Programs that wrote such workbooks in China
                often named no code page, or the Western one, and wrote Chinese.
        """
        encoding = PAGES.get(self.page or 0)
        if encoding is None and self.page in (None, WESTERN) and _looks_chinese(beginning):
            encoding = PAGES[936]
        return (lambda cell: _text(cell, encoding)) if encoding else (lambda cell: cell)


def workbook(content: bytes) -> Workbook | None:
    """A file as a workbook of that time; None where it is none, or a newer one as well."""
    at = content.find(BEGINS)
    while at >= 0 and at % SECTOR:
        at = content.find(BEGINS, at + 1)
    if at < 0 or _has_newer(content):
        return None
    end = min(at + SEARCHED, len(content) - 6)
    while at < end:
        kind = int.from_bytes(content[at : at + 2], "little")
        length = int.from_bytes(content[at + 2 : at + 4], "little")
        if kind == CODE_PAGE and length == 2:
            page = int.from_bytes(content[at + 4 : at + 6], "little")
            western = WESTERN.to_bytes(2, "little")
            return Workbook(content[: at + 4] + western + content[at + 6 :], page)
        if kind == END:
            break
        at += 4 + length
    return Workbook(content, None)


def _has_newer(content: bytes) -> bool:
    at = content.find(NEWER)
    while at >= 0:
        if content[at + len(NEWER) : at + 64].strip(b"\0") == b"" and content[at + 66] == STREAM:
            return True
        at = content.find(NEWER, at + 1)
    return False


def _looks_chinese(cells: Iterable[object]) -> bool:
    texts = [cell for cell in cells if isinstance(cell, str) and not cell.isascii()]
    return bool(texts) and all(
        CHINESE_BYTES.fullmatch("".join(chr(BYTE_OF.get(letter, 0)) for letter in text))
        for text in texts
    )


def _text(cell: object, encoding: str) -> object:
    if not isinstance(cell, str) or cell.isascii():
        return cell
    return bytes(BYTE_OF.get(letter, 0x3F) for letter in cell).decode(encoding, "replace")
