"""A training step against PyTorch, an epoch against transformers: the same weights, tokens and threads."""

from measure import DifferentWork, by_time, check_same, from_json, run_json

# Losses may differ by this share: both sum floats in their own order.
LOSSES_WITHIN = 2e-3


def check_losses(ours, peer):
    if len(ours) != len(peer) or any(abs(a - b) > LOSSES_WITHIN * b for a, b in zip(ours, peer)):
        raise DifferentWork(f"our losses are {ours}, the peer's {peer}")


def measured(report):
    return from_json(report, report.get("proof"))


class Step:
    ROWS = {"step": "a training step (forward, backward, clip, AdamW): 4 segments of 128 tokens, hidden 256, 4 layers, "
                    "vocabulary 8,000; the same losses"}
    SEGMENTS, TOKENS = 4, 128

    @classmethod
    def measure(cls, bench):
        bench.environment.need()
        shape = (bench.model(), cls.SEGMENTS, bench.size(cls.TOKENS, 32), bench.size(40, 2), bench.threads)
        samples = []
        for _ in range(bench.pairs):
            ours = measured(run_json(bench.program("training_bench"), "step", *shape))
            peer = measured(run_json(*bench.environment.python("step_peer.py", *shape),
                                     environment=bench.environment.variables))
            check_same(ours, peer)
            check_losses(ours.extra["losses"], peer.extra["losses"])
            samples.append((ours, peer))
        return [by_time("step", "training step", "tok", samples, 0.95)]


class Epoch:
    ROWS = {"training": "useful tokens a second, full fine-tuning on 600 of the Persian chats from the same weights"}

    @classmethod
    def measure(cls, bench):
        bench.environment.need()
        chats = bench.some_chats("training-chats", bench.size(600, 30))
        sequences = bench.folder / "sequences.json"
        samples = []
        for _ in range(bench.pairs):
            ours = measured(run_json(bench.program("training_bench"), "epoch", bench.model(), chats, sequences,
                                     bench.threads))
            peer = measured(run_json(*bench.environment.python("epoch_peer.py", bench.model(), sequences, bench.threads),
                                     environment=bench.environment.variables))
            check_same(ours, peer)
            samples.append((ours, peer))
        first, last = ((sample.extra["losses"][i] for sample in samples[0]) for i in (0, -1))
        note = "loss a token, ours and theirs: {:.3f} and {:.3f} at first, {:.3f} and {:.3f} at last (other orders of " \
               "the same chats); the peer padded {:.1%} of its tokens".format(*first, *last,
                                                                             samples[0][1].extra["padding"])
        return [by_time("training", "fine-tuning, useful tokens", "tok", samples, 1, note=note)]


WORKS = [Step, Epoch]
