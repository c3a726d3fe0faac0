"""Which photos and documents may stand beside a report of an order."""

from django.utils.translation import gettext as _

from pingji.ground import Refused

MOST_FILES = 9  # a phone's own album chooses nine at once
MOST_BYTES = 20 * 1024 * 1024
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
# What a file is by its beginning, and, where that says too little, by its name.
BEGINNINGS = (
    (b"\xff\xd8\xff", "", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "", "image/png"),
    (b"%PDF-", "", "application/pdf"),
    (b"PK\x03\x04", ".docx", WORD),
    (b"PK\x03\x04", ".xlsx", SHEET),
    (b"PK\x03\x04", ".pptx", SLIDES),
    (b"\xd0\xcf\x11\xe0", ".doc", "application/msword"),
    (b"\xd0\xcf\x11\xe0", ".xls", "application/vnd.ms-excel"),
    (b"\xd0\xcf\x11\xe0", ".wps", "application/vnd.ms-works"),
)
HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")  # photos as some telephones keep them


def check_files(names_and_sizes: list[tuple[str, int]]) -> None:
    """Raise Refused, naming the file, unless a report's files are few and small enough."""
    if len(names_and_sizes) > MOST_FILES:
        raise Refused(
            _("At most %(most)s files at once; send the others with the next report.")
            % {"most": MOST_FILES},
            field="files",
        )
    for name, size in names_and_sizes:
        if size > MOST_BYTES:
            raise Refused(
                _("“%(file)s” is larger than %(most)s MB.")
                % {"file": name, "most": MOST_BYTES // 1024 // 1024},
                field="files",
            )
        if not size:
            raise Refused(_("“%(file)s” is empty.") % {"file": name}, field="files")


def media_type_of(name: str, beginning: bytes) -> str:
    """What a file is, judged by its content and never by what its sender says.

    Raises:
        Refused: When it is neither a photo nor a document that we take.
    """
    for mark, ending, media_type in BEGINNINGS:
        if beginning.startswith(mark) and name.lower().endswith(ending):
            return media_type
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    if beginning[4:8] == b"ftyp" and beginning[8:12] in HEIC:
        return "image/heic"
    raise Refused(
        _("“%(file)s” is neither a photo (JPEG, PNG, WebP, HEIC) nor PDF, Word, Excel or slides.")
        % {"file": name},
        field="files",
    )
