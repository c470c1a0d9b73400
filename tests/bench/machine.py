"""What the machine itself can do, so that absolute times can be read: fdatasync and a matrix product."""

import os
import pathlib
import time

from measure import percentile, run_json

PAGE = b"\x5a" * 4096
PAGES_OF_LOG = 1024  # a log of 4 MiB that is there already and is written again from its start


def fdatasync_seconds(folder, count):
    """Times of `count` writes of 4 KiB, each with an fdatasync, to one file in `folder`."""
    path = pathlib.Path(folder) / "fdatasync"
    times = []
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        os.pwrite(file, PAGE * PAGES_OF_LOG, 0)
        os.fsync(file)
        for i in range(count):
            start = time.perf_counter()
            os.pwrite(file, PAGE, i % PAGES_OF_LOG * len(PAGE))
            os.fdatasync(file)
            times.append(time.perf_counter() - start)
    finally:
        os.close(file)
        path.unlink()
    return times


def figures(folder, count, environment):
    """{"cores", "fdatasync_median_ms", "fdatasync_p99_ms", "product_gflops", "product_by"}."""
    times = fdatasync_seconds(folder, count)
    result = {"cores": os.cpu_count(), "fdatasync_median_ms": 1e3 * percentile(times, 0.5),
              "fdatasync_p99_ms": 1e3 * percentile(times, 0.99)}
    if environment.is_ready:
        result.update(run_json(*environment.python("product_peer.py"), environment=environment.variables))
    return result
