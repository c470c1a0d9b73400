"""A server that has something to show."""

import unittest

from harness import SAMPLES, Workbench, fixture_options, read_jsonl


def two_cycles(bench):
    """amoozd after two cycles on the samples, Persian and English: dataset versions 1 to 4, two models."""
    server = bench.amoozd(*fixture_options(steps=5), "--set", "cycle.held_out_share=0.15")
    chats = read_jsonl(SAMPLES / "chats.jsonl")
    for language, said in (("fa", chats[:90]), ("en", chats[90:])):
        server.run("dataset", "import", SAMPLES / f"dataset.{language}.jsonl")
        server.run("chats", "import", bench.write_rows(f"chats.{language}.jsonl", said))
        server.cycle()
    return server


class TwoCycles(unittest.TestCase):
    """One such server for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench().__enter__()
        cls.addClassCleanup(cls.bench.__exit__, None, None, None)
        cls.server = two_cycles(cls.bench)
