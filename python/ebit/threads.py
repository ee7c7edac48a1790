"""How many threads a call uses."""

from __future__ import annotations

import os

from ebit._arrays import as_int


def thread_count(threads: int | None, default: int = 1) -> int:
    """Return the number of threads: `EBIT_NUM_THREADS` if set, else `threads`, else `default`.

    Parameters
    ----------
    threads : int or None
        What the caller asks for, in [1, 4096].
    default : int, default 1
        For a caller who asks for nothing.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If the number is not positive.

    Examples
    --------
    >>> from ebit.threads import thread_count
    >>> thread_count(2)
    2
    """
    name, value = "threads", default if threads is None else as_int("threads", threads)
    wanted = os.environ.get("EBIT_NUM_THREADS")
    if wanted:
        if not wanted.isdecimal():
            raise ValueError(f"EBIT_NUM_THREADS = {wanted!r} is not allowed: it must be a positive integer")
        name, value = "EBIT_NUM_THREADS", int(wanted)
    if not 1 <= value <= 4096:
        raise ValueError(f"{name} = {value} is not allowed: it must be in [1, 4096]")
    return value
