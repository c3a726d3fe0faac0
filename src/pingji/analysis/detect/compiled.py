"""Inner loops compiled to machine code where the computer allows it."""

from collections.abc import Callable
from typing import Any


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function of plain loops over arrays; the compiled code is kept on disk.

    Where no folder may be written (a read-only installation without a home), it is compiled anew
    in each process; without numba the plain function runs, slower, with the same results. A
    compiled function may only call others of its own file: the copy kept on disk would not
    notice that another file has changed.

    Args:
        function: A function in the part of Python that numba understands.

    Returns:
        The compiled function, or the function itself.
    """
    try:
        from numba import njit
    except ImportError:
        return function
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        kept: Callable[..., Any] = njit(cache=True, **options)(function)
    except RuntimeError:
        kept = njit(**options)(function)
    return kept
