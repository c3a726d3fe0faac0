"""Any detector over more series than memory holds figures for."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pingji.analysis.detect.result import Detection


def in_blocks(
    method: Callable[..., Detection], counts: ArrayLike, *, size: int = 2000, **options: Any
) -> Iterator[tuple[slice, Detection]]:
    """Apply a detector to some of the series at a time.

    A `Detection` holds about ten numbers for each point. Of 100,000 series over 520 weeks that is
    more than 4 GB; in blocks it is 80 MB at a time, and counts given as small integers stay so.

    Args:
        method: A detector of this package.
        counts: Counts, shape (time, series), of any numeric type.
        size: Series in a block, at least 1.
        options: The detector's options. `population` of shape (time, series) and `names` are cut
            like the counts.

    Yields:
        The series of each block as a slice, and their judgement.

    Raises:
        ValueError: If size is below 1, or the detector refuses its input.
    """
    if size < 1:
        raise ValueError(f"size={size} is not at least 1")
    array = np.asarray(counts)
    array = array[:, None] if array.ndim == 1 else array
    for first in range(0, array.shape[1], size):
        part = slice(first, min(array.shape[1], first + size))
        cut = dict(options)
        population = options.get("population")
        if population is not None and np.ndim(population) == 2:
            cut["population"] = np.asarray(population)[:, part]
        if options.get("names") is not None:
            cut["names"] = options["names"][part]
        yield part, method(array[:, part], **cut)
