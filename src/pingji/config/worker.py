"""The worker: runs queued jobs and the clock until stopped."""

import os
import signal
import threading
import time
from typing import Any

GRACE_SECONDS = 8  # for running jobs to finish
LAST_SECONDS = 12  # after that nothing is waited for


def end_with(parent: int) -> None:
    """Never outlive the program that started us, not even while waiting for its database.

    The kernel's signal asks the worker to stop in order; but one that is just then looking for a
    database, which ended with the program, would look for it without end.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        time.sleep(LAST_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Run jobs until a signal asks to stop; running jobs are finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    from pingji.config.postgres import die_with_parent

    if os.environ.get("PINGJI_SERVED_BY_RUN"):
        # At once: the database goes with its parent too, and a job cut off runs again.
        die_with_parent(signal.SIGKILL)
        end_with(os.getppid())
    import django

    django.setup()
    from procrastinate.contrib.django import app

    concurrency = int(os.environ.get("PINGJI_JOBS_AT_ONCE", "3"))
    connector: Any = app.connector  # Django's own: the queue's types know only the general one
    with app.replace_connector(connector.get_worker_connector()) as working:
        working.run_worker(
            concurrency=concurrency,
            shutdown_graceful_timeout=GRACE_SECONDS,
            update_heartbeat_interval=5,
            stalled_worker_timeout=30,
        )


if __name__ == "__main__":
    main()
