"""Our reading of messages against that of the library `hl7`, and against whatever may come."""

import hl7
from hypothesis import given, settings
from hypothesis import strategies as st

from pingji.integrations.hl7v2.message import Unreadable, blanked, read, token_of
from pingji.integrations.hl7v2.tests.examples import adt, oru

# Segments of fields of everything that a field may hold, escapes and repetitions among it.
WORDS = st.lists(
    st.sampled_from(["阳性", "a", "1.5", "", "\\S\\", "\\E\\", "\\F\\", "\\T\\", "\\R\\", "b c"]),
    max_size=3,
).map("".join)
FIELDS = st.lists(
    st.lists(st.lists(WORDS, min_size=1, max_size=3).map("^".join), min_size=1, max_size=2).map(
        "~".join
    ),
    min_size=1,
    max_size=6,
)
MESSAGES = st.lists(FIELDS, min_size=1, max_size=5)


@given(MESSAGES)
def test_components_are_those_that_the_library_finds(segments):
    lines = ["MSH|^~\\&|LIS||||20251121||ORU^R01|1|P|2.5"]
    lines += [f"OBX|{'|'.join(fields)}" for fields in segments]
    text = "\r".join(lines) + "\r"
    theirs, ours = hl7.parse(text), read(text.encode())
    for number, fields in enumerate(segments, start=1):
        for field in range(1, len(fields) + 1):
            raw = str(theirs[number](field))
            for repetition, value in enumerate(raw.split("~"), start=1):
                for component, part in enumerate(value.split("^"), start=1):
                    assert (
                        ours.segments[number].text(field, component, repetition=repetition)
                        == str(theirs.unescape(part)).strip()
                    )


def test_the_examples_are_read_as_the_library_reads_them():
    for body in (oru(), adt()):
        theirs, ours = hl7.parse(body.decode()), read(body)
        assert [s.name for s in ours.segments] == [str(segment[0]) for segment in theirs]
        assert ours.header.text(10) == str(theirs["MSH"][0][10])


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: b"MSH|^~\\&|" + tail))
@settings(max_examples=300)
def test_whatever_comes_is_read_or_refused(body):
    token = token_of(body)
    without = blanked(body, token)
    assert len(without) in (len(body), len(body) - len(token.encode()))
    assert refusal(body) in ("", "not_hl7", "wrong_encoding")


def refusal(body):
    """Why a message cannot be read; "" where it can."""
    try:
        read(body)
    except Unreadable as problem:
        return problem.problem.code
    return ""
