"""amoozd with nothing to do: how soon it serves, and how much memory it holds."""

import statistics
import time

from harness import Workbench
from measure import Figure, resident_bytes_of

MOST_BYTES = 40e6
MOST_SECONDS = 0.3
SETTLED_SECONDS = 1.0


class Idle:
    ROWS = {"idle-memory": "resident memory of amoozd a second after its start, an empty store",
            "idle-start": "from starting the process until it serves"}

    @staticmethod
    def measure(bench):
        starts, residents = [], []
        for _ in range(bench.pairs):
            with Workbench() as workbench:
                before = time.monotonic()
                server = workbench.start("amoozd")
                address = server.data_dir / "amoozd.address"
                while not address.exists():  # written when it serves; the harness looks too seldom for this
                    if server.process.poll() is not None:
                        raise RuntimeError(f"amoozd ended with {server.process.returncode}:\n{server.log}")
                    time.sleep(0.001)
                starts.append(time.monotonic() - before)
                server.await_serving()
                time.sleep(bench.size(SETTLED_SECONDS, 0.1))
                residents.append(resident_bytes_of(server.pid))
        resident, start = statistics.median(residents), statistics.median(starts)
        return [Figure("idle-memory", "amoozd idle", f"{resident / 1e6:.1f} MB", f"{MOST_BYTES / 1e6:.0f} MB",
                       MOST_BYTES / resident, 1, pairs=residents),
                Figure("idle-start", "amoozd serving", f"{1e3 * start:.0f} ms", f"{1e3 * MOST_SECONDS:.0f} ms",
                       MOST_SECONDS / start, 1, pairs=starts)]


WORKS = [Idle]
