"""Files at rest: nothing of them can be read on the disk, and nothing altered is taken for whole."""

import io
import tracemalloc
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from pingji.ground.directory.models import sealed_files
from pingji.ground.directory.models.sealed_files import HEAD, PIECE, TAG_BYTES, SealBroken

SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17)
ROW = "A1,王秀英,500242199003071234\n".encode()


def content_of(size: int) -> bytes:
    return (ROW * (size // len(ROW) + 1))[:size]


def read(path: Path) -> bytes:
    with sealed_files.opened(path) as file:
        return file.read()


@pytest.fixture
def kept(tmp_path: Path):
    def keep(content: bytes) -> Path:
        path = tmp_path / "kept"
        sealed_files.keep(io.BytesIO(content), path)
        return path

    return keep


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_sealed_on_the_disk_and_whole_when_opened(kept, size):
    path = kept(content_of(size))

    raw = path.read_bytes()
    assert len(raw) == HEAD + size + TAG_BYTES * max(1, -(-size // PIECE))
    assert "王秀英".encode() not in raw
    assert read(path) == content_of(size)


@given(
    places=st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 70_000)), max_size=6),
    size=st.sampled_from(SIZES),
)
def test_any_place_is_read_as_of_a_plain_file(tmp_path_factory, places, size):
    path = tmp_path_factory.mktemp("sealed") / "kept"
    sealed_files.keep(io.BytesIO(content_of(size)), path)
    plain = io.BytesIO(content_of(size))

    with sealed_files.opened(path) as file:
        assert file.seek(0, io.SEEK_END) == size
        for place, wanted in places:
            assert (file.seek(place), file.read(wanted)) == (plain.seek(place), plain.read(wanted))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", [8, HEAD, HEAD + 5, -1])
def test_an_altered_byte_is_noticed(kept, size, place):
    path = kept(content_of(size))
    raw = bytearray(path.read_bytes())
    raw[place] ^= 1
    path.write_bytes(raw)

    with pytest.raises(SealBroken):
        read(path)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("left", [1, TAG_BYTES, PIECE + TAG_BYTES])
def test_a_file_that_is_cut_off_is_noticed(kept, size, left):
    path = kept(content_of(size))
    raw = path.read_bytes()
    path.write_bytes(raw[: max(HEAD, len(raw) - left)])

    with pytest.raises(SealBroken):
        read(path)


def test_pieces_that_changed_places_are_noticed(kept):
    path = kept(content_of(3 * PIECE))
    raw, step = path.read_bytes(), PIECE + TAG_BYTES
    first, second = raw[HEAD : HEAD + step], raw[HEAD + step : HEAD + 2 * step]
    path.write_bytes(raw[:HEAD] + second + first + raw[HEAD + 2 * step :])

    with pytest.raises(SealBroken):
        read(path)


def test_under_other_keys_it_stays_sealed(kept, settings):
    path = kept(ROW)
    settings.IDENTITY_KEY = "another"

    with pytest.raises(SealBroken):
        read(path)


def test_the_same_content_never_looks_the_same_twice(kept):
    assert kept(ROW).read_bytes() != kept(ROW).read_bytes()


def test_a_file_kept_before_files_were_sealed_is_read_as_it_stands(tmp_path):
    path = tmp_path / "old"
    path.write_bytes(ROW)

    assert read(path) == ROW


def test_memory_stays_flat(tmp_path):
    path = tmp_path / "large"
    with (tmp_path / "plain").open("w+b") as plain:
        for _block in range(32):
            plain.write(bytes(1 << 20))
        tracemalloc.start()
        sealed_files.keep(plain, path)
        with sealed_files.opened(path) as file:
            while file.read(100_000):
                pass
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert peak < 2 << 20


def test_whatever_the_program_keeps_is_sealed():
    name = default_storage.save("tests/person.csv", ContentFile(ROW))
    try:
        assert ROW not in Path(default_storage.path(name)).read_bytes()
        assert default_storage.size(name) == len(ROW)
        with default_storage.open(name) as file:
            assert (file.read(), file.seek(3), file.readline()) == (ROW, 3, ROW[3:])
        with file.open() as again:
            assert again.read() == ROW
    finally:
        default_storage.delete(name)


def test_kept_files_are_not_written_to():
    with pytest.raises(ValueError, match="only read"):
        default_storage.open("tests/person.csv", "wb")
