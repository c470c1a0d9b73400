"""What a measurement is, how two sides are measured in turn, and when a figure is met. Standard library only."""

import dataclasses
import json
import os
import statistics
import subprocess
import sys

MET, NOT_MET, FAILED, SKIPPED, SEEN = "met", "NOT MET", "FAILED", "SKIPPED", ""


class Skipped(Exception):
    """A row that cannot be measured here; the message says why."""


class DifferentWork(Exception):
    """The two sides did not do the same, so that their times say nothing."""


@dataclasses.dataclass
class Sample:
    """One side's run. `seconds` and `cpu_seconds` are for `count` units of work (documents, chats, tokens)."""
    seconds: float
    cpu_seconds: float
    count: float
    # What must be equal on both sides; any value.
    proof: object = None
    # What this kind of work measures beside.
    extra: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Figure:
    """One line of the table. `ratio` says how many times better than the peer (or than a limit) we are."""
    row: str
    what: str
    ours: str
    peer: str
    ratio: float
    asked: float  # the least ratio; 0: none is asked
    ours_cpu: float = 0  # CPU seconds, the median of the pairs
    peer_cpu: float = 0
    pairs: list = dataclasses.field(default_factory=list)  # of (ours, peer), as measured
    note: str = ""

    @property
    def verdict(self):
        if self.asked == 0:
            return SEEN
        if self.ratio >= self.asked:
            return MET
        return NOT_MET if self.ratio >= self.asked / 2 else FAILED


def in_turn(ours, peer, pairs):
    """[(our sample, the peer's)], measured A B A B ... Raises DifferentWork."""
    samples = []
    for _ in range(pairs):
        pair = ours(), peer()
        check_same(*pair)
        samples.append(pair)
    return samples


def check_same(ours, peer):
    if ours.count != peer.count:
        raise DifferentWork(f"we did {ours.count:g} units of work, the peer {peer.count:g}")
    if ours.proof != peer.proof:
        raise DifferentWork(f"our result is {shortly(ours.proof)}, the peer's {shortly(peer.proof)}")


def shortly(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def cpu_of(sample):
    """For by_time, where one thread computes: CPU time, which a busy machine does not lengthen."""
    return max(sample.cpu_seconds, 1e-4)


def by_time(row, what, unit, samples, asked, per=lambda sample: sample.seconds, note=""):
    """The figure of units of work for each second that `per` says."""
    return Figure(
        row=row, what=what, asked=asked, note=note,
        ours=rate(statistics.median(ours.count / per(ours) for ours, _ in samples), unit),
        peer=rate(statistics.median(peer.count / per(peer) for _, peer in samples), unit),
        ratio=statistics.median((per(peer) / peer.count) / (per(ours) / ours.count) for ours, peer in samples),
        ours_cpu=statistics.median(ours.cpu_seconds for ours, _ in samples),
        peer_cpu=statistics.median(peer.cpu_seconds for _, peer in samples),
        pairs=[(per(ours) / ours.count, per(peer) / peer.count) for ours, peer in samples])


def rate(value, unit):
    for divisor, prefix in ((1e6, " M "), (1e3, " k ")):
        if value >= 10 * divisor / 10:
            return f"{value / divisor:.3g}{prefix}{unit}/s"
    return f"{value:.3g} {unit}/s"


def run_json(*words, environment=None):
    """Runs a program and returns the JSON that is its last line of output."""
    words = [str(word) for word in words]
    result = subprocess.run(words, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}\nended with {result.returncode}\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.strip().splitlines()[-1])


def run_google_benchmark(*words, seconds):
    """Runs a program that has one benchmark; returns a Sample of one iteration, the label as its proof."""
    words = [str(word) for word in (*words, f"--benchmark_min_time={seconds}", "--benchmark_format=json")]
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}\nended with {result.returncode}\n{result.stderr[-2000:]}")
    found = json.loads(result.stdout)["benchmarks"][0]
    if "error_message" in found:
        raise RuntimeError(f"{' '.join(words)}: {found['error_message']}")
    unit = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[found["time_unit"]]
    real, cpu = found["real_time"] * unit, found["cpu_time"] * unit
    return Sample(real, cpu, round(found["items_per_second"] * cpu), found["label"])


def from_json(report, proof=None):
    """A Sample of what a program of this folder printed."""
    extra = {key: value for key, value in report.items() if key not in ("seconds", "cpu_seconds", "count")}
    return Sample(report["seconds"], report["cpu_seconds"], report["count"], proof, extra)


def cpu_seconds_of(pid):
    """User and system time of a process, its ended threads included (to a clock tick)."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} has no VmRSS")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(text):
    print(text, file=sys.stderr, flush=True)
