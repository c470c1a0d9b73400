"""The rows of the table, in its order. A work has ROWS ({name: what it is}) and measure(bench) -> [Figure]."""

from rows import cycle, idle, ingest, replies, scoring, training
from rows.bench import Bench

WORKS = [*scoring.WORKS, *cycle.WORKS, *ingest.WORKS, *training.WORKS, *replies.WORKS, *idle.WORKS]

__all__ = ["Bench", "WORKS"]
