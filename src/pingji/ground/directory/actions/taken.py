"""Two people who add the same thing at once: one success, one refusal."""

import contextlib
from collections.abc import Iterator

from django.db import IntegrityError, transaction

from pingji.ground import Refused


@contextlib.contextmanager
def refused_if_taken(reason: str, *, field: str) -> Iterator[None]:
    """Turn a broken uniqueness constraint into the refusal that the check before would have been.

    The check alone is not enough: between it and the saving somebody else may have saved.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        raise Refused(reason, field=field) from problem
