"""The worker: runs queued jobs and the clock until stopped."""

import os


def main() -> None:
    """Run jobs until a signal asks to stop; running jobs are finished first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pingji.config.settings")
    import django

    django.setup()
    from procrastinate.contrib.django import app

    from pingji.config.postgres import die_with_parent

    if os.environ.get("PINGJI_SERVED_BY_RUN"):
        die_with_parent()
    concurrency = int(os.environ.get("PINGJI_JOBS_AT_ONCE", "3"))
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(
            concurrency=concurrency,
            shutdown_graceful_timeout=8,
            update_heartbeat_interval=5,
            stalled_worker_timeout=30,
        )


if __name__ == "__main__":
    main()
