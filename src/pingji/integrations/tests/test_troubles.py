"""What posting says of a receiver that is not there is said on in words."""

import socket

import pytest

from pingji.ground.notices.models.troubles import in_words
from pingji.integrations.posting import Unreachable, post


def test_a_closed_port_is_told_as_one_where_nothing_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}/notices"
        with pytest.raises(Unreachable) as found:
            post(closed, b"{}", headers={}, inside=True)
    assert "拒绝连接" in in_words(str(found.value), closed)
