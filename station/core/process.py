"""Child processes with limits: drivers and decoders of foreign files may hang, crash or eat memory.

Pools are spawned, never forked beside Qt. The variables that keep Tesseract and OpenCV to one thread
are set before either is loaded: with its own threads Tesseract is four to five times slower.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

ONE_THREAD = {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

# A reader of A3 colour at 300 dpi holds about 150 MB of pixels and 100 MB of model (measured: 420 MB peak).
MEMORY_PER_WORKER_BYTES = 700 << 20

# A third of the window's weight where both want a core, all of one that nobody wants. With 10 and more a PC that other
# programs keep busy would hardly read at all.
READERS_NICE = 5


def limit_memory(limit_bytes: int) -> None:
    """Caps this process's address space; a decoder past it gets MemoryError instead of the whole PC."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def one_thread_each() -> None:
    """Keeps the numeric libraries of this process, and of its children, to one thread."""
    os.environ.update(ONE_THREAD)


def available_memory_bytes() -> int:
    """Memory this machine can still give, 2 GiB where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as stream:  # noqa: PTH123
            for row in stream:
                if row.startswith("MemAvailable:"):
                    return int(row.split()[1]) << 10
    except OSError:
        pass
    return 2 << 30


def worker_count() -> int:
    """Readers that fit: one per core, as many as the memory holds, at least one."""
    by_memory = available_memory_bytes() // MEMORY_PER_WORKER_BYTES
    return max(1, min(os.cpu_count() or 1, int(by_memory)))


def step_back() -> None:
    """Gives this process a lower priority than the window's, so that keys and paint come first.

    Windows keeps the usual one.
    """
    if sys.platform != "win32":
        os.nice(READERS_NICE)


def worker_pool(workers: int, start: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    """A pool of spawned single-threaded workers; the caller shuts it down, and a kill of this process ends them."""
    one_thread_each()
    return ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(start,),
    )


def _begin(start: Callable[[], None] | None) -> None:
    # Each worker holds both ends of the pool's pipes, so it never sees them close when its station is killed.
    threading.Thread(target=_end_with_parent, name="ends with the station", daemon=True).start()
    if start is not None:
        start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
