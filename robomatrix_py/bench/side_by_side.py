"""Does pieces of work side by side, each in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")


def side_by_side(work: Callable[..., T], pieces: Sequence[tuple[object, ...]], processes: int) -> Iterator[T]:
    """Yield what the work makes of each piece, as it is done: in order by one process, in any order by more.

    Args:
        work: A function that travels to other processes.
        pieces: Its arguments, a tuple for each piece.
        processes: How many; with one, this very process does it.
    """
    if processes == 1:
        for piece in pieces:
            yield work(*piece)
        return
    with ProcessPoolExecutor(processes) as pool:
        futures: list[Future[T]] = [pool.submit(work, *piece) for piece in pieces]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
