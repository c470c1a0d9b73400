"""A model runtime without a likelihood: the gate compares replies (docs/decisions/0006), with the real binaries."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from harness import BUILD, Workbench  # noqa: E402

RETRIEVAL = BUILD / "tests" / "plugins" / "retrieval.so"
TOPICS = {
    "the sea": "The sea keeps the voices of those who loved it, and every wave brings one of them back",
    "the garden": "In the garden your roses still open in the morning, and I water them with my hope",
    "bread": "Bread smells of home: your mother baked it on Fridays while all of us sat by the oven",
    "winter": "Winter is long, yet the stove is warm and your chair stands where it has always stood",
    "music": "Music was your gift to us; I hum your song when the evening becomes too quiet",
    "the train": "The train still whistles at six, and I look up as if you were about to come home",
    "letters": "I read your letters again under the lamp, slowly, because there will not be new ones",
    "rain": "Rain on the roof was our lullaby; tonight it falls as softly as it did back then",
}


def rows(numbers):
    return [{"instruction": f"Please tell me something about {topic}, number {i}.", "response": f"{reply} ({i})."}
            for i in numbers for topic, reply in TOPICS.items()]


class AGateWithoutLikelihoods(unittest.TestCase):
    def test_replies_are_compared_and_the_better_model_goes_into_service(self):
        with Workbench() as bench:
            options = ["--set", f"training.trainer={RETRIEVAL}", "--set", f"serving.runtime={RETRIEVAL}",
                       "--set", "cycle.held_out_share=0.1", "--set", "cycle.split_key=reply-gate"]
            data = bench.folder / "data"

            def cycle(every, numbers, name):
                server = bench.amoozd(*options, "--set", f"training.config.every={every}", data_dir=data)
                server.amooz("dataset", "import", bench.write_rows(name, rows(numbers)))
                done = server.cycle()
                model = server.amooz("model", "show", done["candidate_digest"])["model"]
                text = server.run("model", "show", done["candidate_digest"]).stdout
                list_text = server.run("model", "list").stdout
                report = server.run("cycle", "report", done["id"]).stdout
                server.stop()
                return done, model["gate"], text + list_text + report

            first, gate, text = cycle(50, range(40), "first.jsonl")
            self.assertTrue(first["summary"]["promoted"], first["summary"]["promotion_reason"])
            self.assertTrue(first["summary"]["promotion_reason"].startswith("beats_baselines"))
            self.assertIn("replies given blindly", first["summary"]["promotion_reason"])
            self.assertIsNone(first["summary"]["held_out_after"], "not in bits per byte")
            self.assertEqual("reply_similarity", gate["measure"])
            self.assertGreater(gate["candidate_reply_similarity"], gate["blind_reply_similarity"])
            self.assertIn("replies were compared", text)
            self.assertNotIn("bits per byte", text.split("BITS/BYTE")[0])

            second, gate, _ = cycle(1, range(40, 50), "second.jsonl")
            self.assertTrue(second["summary"]["promoted"], second["summary"]["promotion_reason"])
            self.assertTrue(second["summary"]["promotion_reason"].startswith("better"))
            self.assertEqual(first["candidate_digest"], gate["active_digest"])
            self.assertGreater(gate["candidate_reply_similarity"], gate["active_reply_similarity"])
            self.assertGreater(gate["mean_difference"], gate["standard_error"])

            third, gate, _ = cycle(50, range(50, 60), "third.jsonl")
            self.assertFalse(third["summary"]["promoted"])
            self.assertEqual("worse", gate["reason"])


if __name__ == "__main__":
    unittest.main()
