"""Two who act at the same moment, for tests."""

import threading
from collections.abc import Callable

from django.db import connection

from pingji.ground import Refused


def at_once(work: Callable[[int], object], number: int = 2) -> list[object]:
    """Do the same thing in several threads at once; what each one got."""
    got: list[object] = []
    start = threading.Barrier(number)

    def one(at: int) -> None:
        try:
            start.wait()
            got.append(work(at))
        except Refused as refused:
            got.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(at,)) for at in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
