"""Durable ingest and its acknowledgement. One client, stream_bench, drives amoozd and the Python server."""

import contextlib
import shutil
import sqlite3
import statistics
import subprocess
import tempfile

from harness import ROOT, Workbench, fixture_options
from machine import fdatasync_seconds
from measure import Figure, by_time, cpu_seconds_of, from_json, in_turn, percentile, run_json

# Chats a request: (chats in flight, requests to send, tiny: requests to send).
BATCHES = {1: (64, 12_000, 200), 32: (512, 3_750, 20), 512: (4096, 600, 4)}
# A peer that commits each request should need no more than this for them, on a slow disk too.
MOST_SECONDS_OF_SYNCING = 8


def stream(bench, address, batch, in_flight, count):
    return run_json(bench.program("stream_bench"), address, bench.chats(), count, batch, in_flight)


def finished(report, cpu_seconds, stored):
    """The proof: all acknowledged, none rejected, all found in the store."""
    sample = from_json(report, {"upto": report["upto"], "rejected": report["rejected"], "stored": stored})
    sample.extra["server_cpu_seconds"] = cpu_seconds
    return sample


def ours(bench, batch, in_flight, count):
    with Workbench() as workbench:
        # No cycle may start meanwhile.
        server = workbench.amoozd("--set", "cycle.min_chats_for_learning=1000000", *fixture_options())
        before = cpu_seconds_of(server.pid)
        report = stream(bench, server.address, batch, in_flight, count)
        cpu_seconds = cpu_seconds_of(server.pid) - before
        return finished(report, cpu_seconds, server.amooz("chats", "list")["total_chats"])


def proto_folder(bench):
    """The protocol's Python modules, made by grpcio-tools."""
    folder = bench.folder / "proto"
    if not folder.exists():
        folder.mkdir()
        protos = ROOT / "proto"
        subprocess.run([bench.environment.python("")[0], "-m", "grpc_tools.protoc", "-I", protos, f"--python_out={folder}",
                        f"--grpc_python_out={folder}", *(protos / "amooz/v1" / f"{name}.proto" for name in ("types",
                                                                                                          "chat_log"))],
                       check=True)
    return folder


@contextlib.contextmanager
def peer_server(bench, options):
    """(process, its address, its database)."""
    bench.environment.need()
    folder = tempfile.mkdtemp(prefix="amooz-bench-")
    process = subprocess.Popen([*bench.environment.python("ingest_peer.py", proto_folder(bench), folder), *options],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().strip(), f"{folder}/chats.db"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def peer(bench, batch, in_flight, count, options=()):
    with peer_server(bench, options) as (process, address, path):
        before = cpu_seconds_of(process.pid)
        report = stream(bench, address, batch, in_flight, count)
        cpu_seconds = cpu_seconds_of(process.pid) - before
        with contextlib.closing(sqlite3.connect(path)) as store:
            stored = store.execute("select count(*) from chats").fetchone()[0]
        return finished(report, cpu_seconds, stored)


def pairs_of(bench, batch, options=()):
    bench.environment.need()
    in_flight, full, tiny = BATCHES[batch]
    affordable = int(MOST_SECONDS_OF_SYNCING / bench.fdatasync_seconds)
    count = batch * bench.size(min(full, max(tiny, affordable)), tiny)
    return in_turn(lambda: ours(bench, batch, in_flight, count), lambda: peer(bench, batch, in_flight, count, options),
                   bench.pairs)


def with_server_cpu(figure, samples):
    figure.ours_cpu, figure.peer_cpu = (
        statistics.median(pair[side].extra["server_cpu_seconds"] for pair in samples) for side in (0, 1))
    return figure


class Batch1:
    ROWS = {"ingest-1": "durable ingest, one chat a request, 64 in flight; the peer commits each request"}

    @staticmethod
    def measure(bench):
        samples = pairs_of(bench, 1)
        return [with_server_cpu(by_time("ingest-1", "ingest, batch 1, 64 in flight", "chats", samples, 15), samples)]


class Batch1Group:
    ROWS = {"ingest-1-group": "the same against a Python server that commits in groups too; nothing is asked"}

    @staticmethod
    def measure(bench):
        samples = pairs_of(bench, 1, ["--group"])
        return [with_server_cpu(by_time("ingest-1-group", "the same, the peer commits in groups", "chats", samples, 0),
                                samples)]


class Batch32:
    ROWS = {"ingest-32": "durable ingest, 32 chats a request, 512 in flight",
            "ingest-32-cpu": "the same, CPU of the server"}

    @staticmethod
    def measure(bench):
        samples = pairs_of(bench, 32)
        tick = 0.01
        return [with_server_cpu(by_time("ingest-32", "ingest, batch 32", "chats", samples, 2), samples),
                with_server_cpu(by_time("ingest-32-cpu", "ingest, batch 32 (server's CPU)", "chats", samples, 2,
                                        per=lambda sample: max(sample.extra["server_cpu_seconds"], tick)), samples)]


class Batch512:
    ROWS = {"ingest-512": "durable ingest, 512 chats a request, 4,096 in flight"}

    @staticmethod
    def measure(bench):
        samples = pairs_of(bench, 512)
        return [with_server_cpu(by_time("ingest-512", "ingest, batch 512", "chats", samples, 1), samples)]


class Acknowledgement:
    ROWS = {"ack": "acknowledgement of one chat, one in flight: p99 within 1.5 times the fdatasync's p99 and 0.3 ms"}
    SHARE, MORE_MS = 1.5, 0.3

    @classmethod
    def measure(cls, bench):
        count = bench.size(min(3000, max(200, int(MOST_SECONDS_OF_SYNCING / bench.fdatasync_seconds))), 100)
        pairs = []
        for _ in range(bench.pairs):
            sample = ours(bench, 1, 1, count)
            if sample.proof != {"upto": count, "rejected": 0, "stored": count}:
                raise RuntimeError(f"not every chat was acknowledged and stored: {sample.proof}")
            disk = fdatasync_seconds(bench.folder, count)
            pairs.append((1e-3 * percentile(sample.extra["latency_us"], 0.99), 1e3 * percentile(disk, 0.99),
                          1e-3 * percentile(sample.extra["latency_us"], 0.5), 1e3 * percentile(disk, 0.5),
                          sample.extra["server_cpu_seconds"]))
        ack, disk, ack_median, disk_median, cpu_seconds = (statistics.median(column) for column in zip(*pairs))
        limit = statistics.median(cls.SHARE * pair[1] + cls.MORE_MS for pair in pairs)
        return [Figure("ack", "acknowledgement, p99", f"{ack:.2f} ms", f"{limit:.2f} ms",
                       statistics.median((cls.SHARE * pair[1] + cls.MORE_MS) / pair[0] for pair in pairs), 1,
                       ours_cpu=cpu_seconds, pairs=pairs,
                       note=f"fdatasync p99 {disk:.2f} ms; medians: acknowledgement {ack_median:.2f} ms, fdatasync "
                            f"{disk_median:.2f} ms")]


WORKS = [Batch1, Batch1Group, Batch32, Batch512, Acknowledgement]
