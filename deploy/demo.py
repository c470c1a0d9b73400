"""Two whole learning cycles with the real binaries, on the samples or on a folder of your own. Run by quickstart.sh.

Both servers run on free loopback ports in a scratch folder; whatever this script starts, it stops, also when it fails.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "deploy" / "samples"
FIRST_SAMPLE_CHATS = 90  # of 150
# A training that still gains this much in its last epoch was cut short.
LEAST_LAST_GAIN = 0.01
# Turns held with the model between the cycles, and the questions at the end.
TURNS = [
    "دلم برای مادرم تنگ شده",
    "I feel lonely tonight.",
    "امشب خوابم نمی‌برد",
    "How do I get through her birthday?",
]
QUESTIONS = ["دلم گرفته، چه کار کنم؟", "I miss my father. What can I do?"]
DATA_QUESTIONS = {
    "fa": ["حالت چطور است؟", "پایتخت ایران کجاست؟"],
    "en": ["How are you?", "What is your favourite movie?"],
}


class DemoFailure(Exception):
    """Something went wrong; the message says what, where, and what to do."""


def heading(text):
    print(f"\n== {text}", flush=True)


class Demo:
    def __init__(self, arguments):
        self.arguments = arguments
        self.bin = arguments.build / "bin"
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="amooz-demo-"))
        self.report = arguments.build.parent / "demo-report.html"
        self.servers = []
        self.environment = dict(os.environ)

    # ---- Servers ----

    def start(self, name, *options):
        """Starts a server on a free loopback port and returns its address once it serves."""
        data_dir = self.scratch / name
        log_path = self.scratch / f"{name}.log"
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                [self.bin / name, "--data-dir", data_dir, "--listen", "127.0.0.1:0", *map(str, options)],
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        self.servers.append((name, process))
        address_file = data_dir / f"{name}.address"
        deadline = time.monotonic() + 60
        while not address_file.exists():
            if process.poll() is not None:
                raise DemoFailure(f"{name} ended at once with {process.returncode}; it said:\n"
                                  + log_path.read_text(errors="replace")[-2000:])
            if time.monotonic() > deadline:
                raise DemoFailure(f"{name} did not begin to serve within 60 s; its log is {log_path}")
            time.sleep(0.05)
        address = address_file.read_text().strip()
        print(f"{name} serves on {address}")
        return address

    def stop_servers(self):
        for _, process in reversed(self.servers):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for name, process in reversed(self.servers):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                print(f"{name} did not stop within 20 s; killing it", file=sys.stderr)
                process.kill()
                process.wait()
        self.servers.clear()

    # ---- The command-line client ----

    def amooz(self, *words):
        """Runs `amooz` for people: prints the command, lets it print."""
        words = [str(word) for word in words]
        print("$ amooz " + " ".join(word if " " not in word else f'"{word}"' for word in words), flush=True)
        result = subprocess.run([self.bin / "amooz", *words], env=self.environment, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            raise DemoFailure(f"amooz {' '.join(words[:2])} ended with {result.returncode}; the server's log is "
                              f"{self.scratch / 'amoozd.log'}")

    def ask(self, *words):
        """Runs `amooz` for this script: returns its JSON."""
        result = subprocess.run([self.bin / "amooz", *map(str, words), "--output", "json"], env=self.environment,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if result.returncode != 0:
            raise DemoFailure(f"amooz {' '.join(map(str, words[:2]))}: {result.stderr.strip()}")
        return json.loads(result.stdout)

    def chat(self, message, seed):
        return self.ask("chat", "--message", message, "--seed", seed)

    # ---- The story ----

    def data(self):
        """(datasets, first chats, further chats) as files."""
        if self.arguments.data is None:
            datasets = [SAMPLES / "dataset.fa.jsonl", SAMPLES / "dataset.en.jsonl"]
            chats, first = SAMPLES / "chats.jsonl", FIRST_SAMPLE_CHATS
        else:
            folder, language = self.arguments.data, self.arguments.language
            datasets = [folder / f"seed_dataset.{language}.jsonl"]
            chats, first = folder / f"chats.{language}.jsonl", None
        lines = chats.read_bytes().split(b"\n")
        lines = [line + b"\n" for line in lines if line]
        first = first or len(lines) // 2
        parts = [self.scratch / "chats.first.jsonl", self.scratch / "chats.rest.jsonl"]
        parts[0].write_bytes(b"".join(lines[:first]))
        parts[1].write_bytes(b"".join(lines[first:]))
        return datasets, parts[0], parts[1], len(lines)

    def serve_chat(self):
        address = self.start("amooz-chat", "--server", self.environment["AMOOZ_ADDRESS"])
        self.environment["AMOOZ_CHAT_ADDRESS"] = address
        return address

    def await_chats(self, total):
        """Waits until the server has `total` chats: the chat service streams them in the background."""
        deadline = time.monotonic() + 30
        while self.ask("status")["total_chats"] < total:
            if time.monotonic() > deadline:
                raise DemoFailure("the turns held with amooz-chat did not reach amoozd within 30 s; see "
                                  f"{self.scratch / 'amooz-chat.log'}")
            time.sleep(0.2)

    def hold_turns(self, questions):
        deadline = time.monotonic() + 60
        while True:
            try:
                self.chat(questions[0], self.arguments.seed)
                break
            except DemoFailure:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
        for i, question in enumerate(questions[1:], 1):
            self.chat(question, self.arguments.seed + i)
        return len(questions)

    def cycle(self):
        started = time.monotonic()
        self.amooz("cycle", "start", "--wait")
        cycle = self.ask("cycle", "list")["cycles"][0]
        print(f"(the cycle took {time.monotonic() - started:.0f} s; the server's own work in it, without training: "
              f"{cycle['summary']['server_cpu_seconds']:.2f} s of CPU)")
        return cycle

    def run(self):
        began = time.monotonic()
        datasets, first, rest, total = self.data()
        heading(f"Starting the server (scratch folder: {self.scratch})")
        options = ["--set", f"cycle.seed={self.arguments.seed}", "--set", f"cycle.split_key=demo-{self.arguments.seed}"]
        if self.arguments.data is None:
            options += ["--set", "cycle.held_out_share=0.15"]  # the samples are few
        self.environment["AMOOZ_ADDRESS"] = self.start("amoozd", *options)

        heading("A dataset to begin with")
        for dataset in datasets:
            self.amooz("dataset", "import", dataset)
        heading("The first chats")
        self.amooz("chats", "import", first)
        heading("The first cycle")
        cycles = [self.cycle()]

        heading("More chats: some with the new model, the rest from the file")
        held = 0
        if cycles[0]["summary"]["promoted"]:
            self.serve_chat()
            held = self.hold_turns(TURNS if self.arguments.data is None
                                   else DATA_QUESTIONS.get(self.arguments.language, QUESTIONS))
            print(f"{held} turns held with amooz-chat")
        self.amooz("chats", "import", rest)
        self.await_chats(total + held)
        heading("The second cycle")
        cycles.append(self.cycle())

        heading("Where we stand")
        self.amooz("status")
        self.amooz("model", "list")
        self.amooz("cycle", "report", cycles[-1]["id"], "--format", "html", "--out", self.report)
        if held:
            self.show_answers(cycles)
        print(f"\nThe second cycle's report, with plots: {self.report}")
        print(f"Time without installing and building: {(time.monotonic() - began) / 60:.1f} minutes")
        self.check(cycles)

    def show_answers(self, cycles):
        heading("Two questions to the model")
        active = self.ask("model", "show", "active")["model"]["digest"]
        deadline = time.monotonic() + 30
        questions = QUESTIONS if self.arguments.data is None else DATA_QUESTIONS.get(self.arguments.language, QUESTIONS)
        for i, question in enumerate(questions):
            answer = self.chat(question, self.arguments.seed + i)
            while answer["model_digest"] != active and time.monotonic() < deadline:
                time.sleep(0.5)
                answer = self.chat(question, self.arguments.seed + i)
            print(f"  {question}\n  → {answer['text']}\n")
        print("(Honestly: a model of a few million parameters after a minute or two of training on a few hundred examples\n"
              " has learned the tone and the words, not to make sense. What the cycles show is that it gets better.)")

    def check(self, cycles):
        """The samples are known: there, both cycles must bring a better model, and the first one is no straw man."""
        if self.arguments.data is not None:
            return
        for number, cycle in enumerate(cycles, 1):
            if not cycle["summary"]["promoted"]:
                raise DemoFailure(f"cycle {number} promoted no model: {cycle['summary']['promotion_reason']}")
        report = self.ask("cycle", "report", cycles[0]["id"])["report"]
        stop_reason = {fact["name"]: fact["value"] for fact in report["training_facts"]}.get("stop_reason")
        losses = [point["value"] for point in report["validation_loss"]]
        last_gain = (losses[-2] - losses[-1]) / losses[-2] if len(losses) > 1 else 1.0
        print(f"The first training ended by {stop_reason}; its last epoch gained {last_gain:.2%} in validation loss.")
        if stop_reason != "early_stop" and last_gain >= LEAST_LAST_GAIN:
            raise DemoFailure("the first training ended before it had learned what it could")

    def finish(self):
        if self.arguments.keep and self.servers and all(process.poll() is None for _, process in self.servers):
            heading("The servers go on")
            names = ["AMOOZ_ADDRESS", "AMOOZ_CHAT_ADDRESS"]
            print("\n".join(f"export {name}={self.environment[name]}" for name in names if name in self.environment))
            print(f"{self.bin / 'amooz'} chat\n{self.bin / 'amooz'} status")
            print("Stop them with: kill " + " ".join(str(process.pid) for _, process in self.servers))
            print(f"Then remove {self.scratch}")
            return
        self.stop_servers()
        shutil.rmtree(self.scratch, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="quickstart.sh", description="Runs two whole learning cycles.")
    parser.add_argument("--data", type=pathlib.Path, help="folder with seed_dataset.LANG.jsonl and chats.LANG.jsonl")
    parser.add_argument("--language", default="fa", help="LANG of --data (default fa)")
    parser.add_argument("--seed", type=int, default=1, help="seed of everything random (default 1)")
    parser.add_argument("--keep", action="store_true", help="leave the servers running")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help=argparse.SUPPRESS)
    parser.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not 0 <= arguments.seed < 2**31:
        parser.error("--seed must be 0 to 2147483647")
    if arguments.data is not None:
        for name in (f"seed_dataset.{arguments.language}.jsonl", f"chats.{arguments.language}.jsonl"):
            if not (arguments.data / name).is_file():
                parser.error(f"--data: there is no {name} in {arguments.data}")
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.check_arguments:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo = Demo(arguments)
    try:
        demo.run()
        demo.finish()
        return 0
    except (DemoFailure, OSError) as failure:
        demo.stop_servers()
        print(f"\ndemo: {failure}\nWhat the servers left is in {demo.scratch}", file=sys.stderr)
        return 1
    except BaseException:
        demo.stop_servers()
        shutil.rmtree(demo.scratch, ignore_errors=True)
        raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
