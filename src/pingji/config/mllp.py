"""The HL7 v2 line: takes messages of laboratories and hospitals over MLLP until stopped."""

import asyncio
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor


def serve(host: str, port: int) -> None:
    """Listen until a signal asks to stop; what is being kept is answered first."""
    from django.db import close_old_connections
    from django.utils import timezone

    from pingji.ground.record.actions import origin
    from pingji.integrations.hl7v2.server import LINES, Frame, Server
    from pingji.integrations.hl7v2.taking import take

    def keep(messages: Sequence[Frame]) -> list[bytes]:
        close_old_connections()
        with origin("hl7v2"):
            return take(messages, at=timezone.now())

    async def run() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        # A thread and a connection for each line: what waits is kept together in its next transaction.
        with ThreadPoolExecutor(LINES, "hl7v2") as keeper:

            async def in_thread(messages: Sequence[Frame]) -> list[bytes]:
                return await loop.run_in_executor(keeper, keep, messages)

            server = Server(in_thread)
            await server.start(host, port)
            await stopped.wait()
            await server.stop()

    asyncio.run(run())


def main() -> None:
    """Serve as the environment says."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    from pingji.config.postgres import die_with_parent

    if os.environ.get("PINGJI_SERVED_BY_RUN"):
        # A line cut off is no loss: what was not answered is sent again.
        die_with_parent(signal.SIGKILL)
    import django

    django.setup()
    serve(os.environ.get("PINGJI_HOST", "127.0.0.1"), int(os.environ["PINGJI_MLLP_PORT"]))


if __name__ == "__main__":
    main()
