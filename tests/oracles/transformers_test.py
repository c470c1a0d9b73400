"""A model of the plugin `torch` against transformers: the same token ids, logits, losses, gradients and greedy replies.

    transformers_test.py        the artifact in $AMOOZ_ARTIFACT, or a small one trained here on the samples

The first run makes a Python environment in .deps/venv-oracle with the pinned transformers; torch is the one whose
libraries the plugin links (.deps/libtorch), if it is a whole wheel.
"""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("AMOOZ_BUILD_DIR", ROOT / "build" / "release"))
LIBTORCH = ROOT / ".deps" / "libtorch"
ENVIRONMENT = ROOT / ".deps" / "venv-oracle"
REQUIREMENTS = HERE / "transformers_requirements.txt"
SAMPLES = ROOT / "deploy" / "samples"

LOGITS_WITHIN = 1e-4
REPLY_TOKENS = 40

PROMPTS = [
    "سلام، حالت چطور است؟",
    "دلم برای مادرم تنگ شده",
    "امروز خیلی سرم شلوغ بود",
    "می‌خواهم با تو حرف بزنم، نمی‌دانم از کجا",
    "کتاب‌هایم را کجا گذاشته‌ای؟",
    "خانه‌ی پدربزرگ را یادت هست؟ 🙂",
    "شب‌ها خوابم نمی‌برد 😔😔",
    "۱۲ سال و ۳ ماه گذشت",
    "عاشقتم ❤️",
    "يك متن با حروف عربي و كاف",
    "Is it strange that I still set a plate for him?",
    "My daughter left for university and I cry in her room.",
    "I can't stop thinking about it...",
    "What's 2+2? (I'm 42 years old.)",
    "👩‍👩‍👧‍👦 family 🇮🇷",
    "hello سلام mixed متن 123 ۴۵۶",
    "   spaces   and\ttabs\nand lines\n\n  ",
    "قُرآنِ کَریم با اِعراب",
    "«نقل قول» – خط تیره — و … سه نقطه",
    "?",
]
CONTEXTS = [
    [],
    [["system", "مهربان باش."], ["user", "سلام"], ["assistant", "سلام جانم، خوش آمدی."]],
    [["user", "Hi"], ["assistant", "Hello, I am here."], ["user", "one"], ["user", "two"], ["assistant", "three"]],
]


def prepare_environment():
    """Runs this file again in the pinned environment, unless it runs there."""
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    stamp = ENVIRONMENT / "amooz-requirements"
    python = ENVIRONMENT / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"making {ENVIRONMENT}", flush=True)
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", REQUIREMENTS],
                       check=True)
        if not (LIBTORCH / "torch" / "__init__.py").exists():
            subprocess.run([python, "-m", "pip", "install", "--quiet", "torch==2.13.0"], check=True)
        stamp.write_text(wanted)
    environment = dict(os.environ, AMOOZ_IN_ORACLE="1", HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
    if (LIBTORCH / "torch" / "__init__.py").exists():
        environment["PYTHONPATH"] = str(LIBTORCH)
    sys.exit(subprocess.run([python, "-B", __file__], env=environment).returncode)


def random_texts(count):
    """Texts from all over Unicode, weighted towards what cuts words."""
    source = random.Random(7)
    pools = [
        "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیيكةئآأإؤ",
        "\u200c\u200d\u0640\u064b\u064e\u0651\u0654\u200e\u200f\u202b\ufeff\ufe0f",
        " \t\n\r\u00a0\u2003\u2028\u3000\u0085\x0b\u202f",
        "0123456789۰۱۲۳٤٥٦",
        "!?.,;:'\"()[]{}<>-_/\\|@#$%^&*+=~`«»،؛؟…–—’‘“”٪٫٬",
        "abcXYZéßñİıÅ",
        "😀😔❤👩🏽🇮🇷👧",
    ]
    texts = []
    for _ in range(count):
        text = ""
        for _ in range(source.randrange(1, 30)):
            if source.random() < 0.12:
                code = source.randrange(1, 0x110000)
                text += "?" if 0xD800 <= code < 0xE000 else chr(code)
            else:
                pool = source.choice(pools)
                text += "".join(source.choice(pool) for _ in range(source.randrange(1, 5)))
        texts.append(text)
    return texts


def sample_rows():
    rows = []
    for name in ("dataset.fa.jsonl", "dataset.en.jsonl"):
        with open(SAMPLES / name, encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    return rows


def train_artifact(folder):
    """A small model, enough steps for replies that are not all alike."""
    config = {"epochs": 4, "model": {"hidden_size": 128, "intermediate_size": 352, "num_hidden_layers": 3,
                                     "num_attention_heads": 4, "num_key_value_heads": 2}}
    rows = sample_rows()
    for name, part in (("train", rows[20:]), ("validation", rows[:20])):
        with open(folder / f"{name}.jsonl", "w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
    subprocess.run([BUILD / "bin" / "amooz-plugin", "train", BUILD / "lib" / "amooz" / "plugins" / "torch.so",
                    "--in", folder / "train.jsonl", "--validation", folder / "validation.jsonl",
                    "--out", folder / "model", "--config", json.dumps(config), "--threads", "2"], check=True)
    return folder / "model"


class Comparison:
    def __init__(self, artifact, scratch):
        import torch
        from safetensors.torch import load_file
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.torch = torch
        self.failures = []
        self.tokenizer = AutoTokenizer.from_pretrained(artifact)
        self.model = AutoModelForCausalLM.from_pretrained(artifact, attn_implementation="eager").eval()
        rows = sample_rows()
        self.texts = PROMPTS + random_texts(3000) + [row["response"] for row in rows]
        self.chats = [{"turns": CONTEXTS[i % len(CONTEXTS)], "instruction": prompt, "response": rows[i]["response"]}
                      for i, prompt in enumerate(PROMPTS)]
        request = scratch / "request.json"
        request.write_text(json.dumps({"texts": self.texts, "chats": self.chats, "max_tokens": REPLY_TOKENS}))
        tensors = scratch / "tensors.safetensors"
        dumped = subprocess.run([BUILD / "tests" / "bin" / "torch_oracle_dump", artifact, request, tensors], check=True,
                                stdout=subprocess.PIPE)
        self.ours = json.loads(dumped.stdout)
        self.tensors = load_file(tensors)

    def check(self, is_true, what):
        if not is_true:
            self.failures.append(what)

    def token_ids(self):
        encoded = self.tokenizer(self.texts, add_special_tokens=False)["input_ids"]
        different = [i for i, ids in enumerate(encoded) if ids != self.ours["texts"][i]]
        print(f"token ids: {len(different)} of {len(encoded)} texts differ")
        for i in different[:5]:
            self.check(False, f"token ids of {self.texts[i]!r}: {self.ours['texts'][i]}, transformers {encoded[i]}")

    def prompts(self):
        for chat, ours in zip(self.chats, self.ours["chats"]):
            messages = [{"role": role, "content": text} for role, text in chat["turns"]]
            messages.append({"role": "user", "content": chat["instruction"]})
            ids = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True)
            self.check(ids == ours["prompt"], f"chat_template on {chat['instruction']!r}: {ours['prompt']}, transformers {ids}")
        print(f"prompts: {len(self.chats)} rendered")

    def logits(self):
        worst = 0.0
        for i, ours in enumerate(self.ours["chats"]):
            with self.torch.no_grad():
                theirs = self.model(self.torch.tensor([ours["sequence"]])).logits[0]
            worst = max(worst, (theirs - self.tensors[f"logits.{i}"]).abs().max().item())
            first = len(ours["prompt"])
            targets = self.torch.tensor(ours["sequence"][first:])
            nll = self.torch.nn.functional.cross_entropy(theirs[first - 1:-1].double(), targets, reduction="sum").item()
            self.check(abs(nll - ours["nll"]) <= 1e-5 * nll, f"likelihood of example {i}: {ours['nll']}, transformers {nll}")
            self.check(len(targets) == ours["tokens"], f"tokens counted in example {i}")
        print(f"logits: at most {worst:.2e} apart")
        self.check(worst <= LOGITS_WITHIN, f"logits are {worst:.2e} apart")

    def gradients(self):
        """The packed row's loss and gradient against each example run alone."""
        self.model.zero_grad()
        # Llama takes pad_token_id for the embedding's padding_idx, whose row gets no gradient. Ours is the end token.
        self.model.model.embed_tokens.padding_idx = None
        total, count = 0.0, 0
        for ours in self.ours["chats"]:
            first = len(ours["prompt"])
            logits = self.model(self.torch.tensor([ours["sequence"]])).logits[0]
            targets = self.torch.tensor(ours["sequence"][first:])
            total = total + self.torch.nn.functional.cross_entropy(logits[first - 1:-1], targets, reduction="sum")
            count += len(targets)
        loss = total / count
        loss.backward()
        self.check(abs(loss.item() - self.ours["loss"]) < 1e-5, f"loss {self.ours['loss']}, transformers {loss.item()}")
        apart = {}
        for name, parameter in self.model.named_parameters():
            theirs, mine = parameter.grad, self.tensors[f"gradient.{name}"]
            apart[name] = ((theirs - mine).norm() / theirs.norm()).item()
        worst = max(apart, key=apart.get)
        print(f"gradients: at most {apart[worst]:.2e} apart, relatively ({worst})")
        self.check(apart[worst] < 1e-4, f"gradient of {worst} is {apart[worst]:.2e} apart")

    def reply(self, key, **options):
        """Greedy replies. A difference counts unless the reference's two best logits there are within 1e-4."""
        equal = 0
        for chat, ours in zip(self.chats, self.ours["chats"]):
            prompt = self.torch.tensor([ours["prompt"]])
            theirs = self.model.generate(prompt, do_sample=False, max_new_tokens=REPLY_TOKENS, temperature=None,
                                         top_p=None, top_k=None, output_scores=True, return_dict_in_generate=True,
                                         attention_mask=self.torch.ones_like(prompt), **options)
            ids = theirs.sequences[0, prompt.shape[1]:].tolist()
            ids = ids[:-1] if ids and ids[-1] == self.tokenizer.eos_token_id else ids
            if ids == ours[key]["ids"]:
                equal += 1
                text = self.tokenizer.decode(ids, skip_special_tokens=True)
                text = text[1:] if text.startswith(" ") else text
                self.check(text == ours[key]["text"], f"text of {ids}: {ours[key]['text']!r}, transformers {text!r}")
                continue
            at = next((i for i, (a, b) in enumerate(zip(ids, ours[key]["ids"])) if a != b), min(len(ids), len(ours[key]["ids"])))
            best = theirs.scores[at][0].topk(2).values
            self.check((best[0] - best[1]).item() <= 1e-4,
                       f"{key} reply to {chat['instruction']!r}: {ours[key]['ids']}, transformers {ids}")
        print(f"{key} replies: {equal} of {len(self.chats)} equal")

    def run(self):
        self.token_ids()
        self.prompts()
        self.logits()
        self.gradients()
        self.reply("greedy", repetition_penalty=1.0, no_repeat_ngram_size=0)
        self.reply("penalized", repetition_penalty=1.5, no_repeat_ngram_size=4)
        for failure in self.failures[:20]:
            print(f"FAILED: {failure}")
        return 1 if self.failures else 0


def main():
    if "AMOOZ_IN_ORACLE" not in os.environ:
        prepare_environment()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        artifact = os.environ.get("AMOOZ_ARTIFACT") or train_artifact(scratch)
        return Comparison(artifact, scratch).run()


if __name__ == "__main__":
    sys.exit(main())
