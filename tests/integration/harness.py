"""Starts the real binaries for a test, and ends them whatever happens. Standard library only.

    with Workbench() as bench:
        server = bench.amoozd("--set", "cycle.min_chats_for_learning=5")
        server.amooz("dataset", "import", bench.write_rows("d.jsonl", rows))
        cycle = server.cycle()

AMOOZ_BUILD_DIR names the build tree (ctest sets it); AMOOZ_FAILPOINT_BUILD the one with failpoints.
"""

import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("AMOOZ_BUILD_DIR", ROOT / "build" / "release"))
FAILPOINT_BUILD = pathlib.Path(os.environ.get("AMOOZ_FAILPOINT_BUILD", ROOT / "build" / "debug"))
SHARED = pathlib.Path(os.environ.get("AMOOZ_SHARED", ROOT / ".." / "shared")).resolve()
SAMPLES = ROOT / "deploy" / "samples"
# A trainer and runtime without LibTorch, quick and deterministic (tests/fixtures).
FIXTURE = BUILD / "tests" / "plugins" / "fixture.so"
SERVE_SECONDS = 60


def fixture_options(**trainer_config):
    """`--set` options that train and serve with the fixture model."""
    options = ["--set", f"training.trainer={FIXTURE}", "--set", f"serving.runtime={FIXTURE}"]
    for key, value in trainer_config.items():
        options += ["--set", f"training.config.{key}={value}"]
    return options


def small_torch_options(epochs=4, **config):
    """`--set` options for a torch model that trains in seconds."""
    config = {"model.hidden_size": 64, "model.intermediate_size": 128, "model.num_hidden_layers": 2,
              "model.num_attention_heads": 2, "model.num_key_value_heads": 2, "epochs": epochs, **config}
    # At full priority: what else the machine does must not starve a test's training.
    return ["--set", "training.nice=0"] + [word for key, value in config.items()
                                           for word in ("--set", f"training.config.{key}={value}")]


def needs_shared_data(test):
    return unittest.skipUnless((SHARED / "data" / "chats.fa.jsonl").exists(),
                               f"the shared chat data is not in {SHARED}/data (AMOOZ_SHARED)")(test)


def needs_failpoints(test):
    return unittest.skipUnless((FAILPOINT_BUILD / "bin" / "amoozd").exists(),
                               f"no build with failpoints in {FAILPOINT_BUILD} (AMOOZ_FAILPOINT_BUILD)")(test)


def read_jsonl(path):
    return [json.loads(line) for line in pathlib.Path(path).read_bytes().split(b"\n") if line]


def wait_until(condition, seconds, what):
    """Polls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {seconds} s")
        time.sleep(0.02)


def _die_with_the_test():
    """In a server before it starts: a test that is killed leaves no server behind (prctl PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class CommandFailed(AssertionError):
    def __init__(self, words, result):
        super().__init__(f"{' '.join(words)}\nended with {result.returncode}\n{result.stdout}\n{result.stderr}")
        self.code = result.returncode
        self.stderr = result.stderr


class Server:
    """One server process on its own port and data folder."""

    def __init__(self, bench, name, data_dir, options, environment, build, listen):
        self.bench, self.name, self.data_dir = bench, name, pathlib.Path(data_dir)
        self.log_path = bench.folder / f"{name}-{len(bench.servers)}.log"
        address_file = self.data_dir / f"{name}.address"
        address_file.unlink(missing_ok=True)
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [build / "bin" / name, "--data-dir", self.data_dir, "--listen", listen, *map(str, options)],
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={**os.environ, **environment}, start_new_session=True, preexec_fn=_die_with_the_test)
        bench.servers.append(self)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    @property
    def pid(self):
        return self.process.pid

    def await_serving(self):
        address_file = self.data_dir / f"{self.name}.address"

        def serving():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.log[-4000:]}")
            return address_file.exists() and address_file.read_text().strip()

        self.address = wait_until(serving, SERVE_SECONDS, f"{self.name} serving")
        return self

    def await_end(self, seconds=SERVE_SECONDS):
        """Waits for the process to end by itself; returns its exit code (negative: the signal)."""
        return self.process.wait(seconds)

    def stop(self):
        """Asks it to end, which it must do well."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        if code != 0:
            raise AssertionError(f"{self.name} ended with {code}:\n{self.log[-4000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    # ---- The command-line client, pointed at this server ----

    def run(self, *words, check=True, input_text=None, environment=None, timeout=600):
        words = [str(word) for word in words]
        variables = {**os.environ, "AMOOZ_CONNECT_SECONDS": "0", **self.bench.addresses, **(environment or {})}
        variables["AMOOZ_ADDRESS" if self.name == "amoozd" else "AMOOZ_CHAT_ADDRESS"] = self.address
        result = subprocess.run([self.bench.build / "bin" / "amooz", *words], env=variables, capture_output=True,
                                text=True, input=input_text, timeout=timeout)
        if check and result.returncode != 0:
            raise CommandFailed(["amooz", *words], result)
        return result

    def amooz(self, *words):
        """Runs `amooz WORDS --output json` and returns the object."""
        return json.loads(self.run(*words, "--output", "json").stdout)

    def cycle(self, *options):
        return self.amooz("cycle", "start", "--wait", *options)

    def export(self, path=None):
        """The newest dataset version with all fields."""
        path = path or self.bench.folder / f"export-{time.monotonic_ns()}.jsonl"
        self.run("dataset", "export", "--format", "jsonl", "--all-fields", "--out", path)
        return read_jsonl(path)

    def events(self, cycle_id):
        """All events of a finished cycle."""
        text = self.run("cycle", "watch", cycle_id, "--output", "json").stdout
        return [json.loads(line)["event"] for line in text.splitlines() if line]


class Workbench:
    """A scratch folder and the servers started in it."""

    def __init__(self, build=None):
        self.build = build or BUILD
        self.servers = []
        self.addresses = {}

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="amooz-test-"))
        return self

    def __exit__(self, kind, *_):
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
        if kind is not None and not issubclass(kind, unittest.SkipTest):
            for server in self.servers:
                print(f"--- {server.log_path.name}, its end:\n{server.log[-3000:]}")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name, *options, data_dir=None, environment=None, build=None, listen="127.0.0.1:0"):
        """A process that may or may not come to serve; see Server.await_serving."""
        return Server(self, name, data_dir or self.folder / name, options, environment or {}, build or self.build,
                      listen)

    def amoozd(self, *options, **where):
        server = self.start("amoozd", *options, **where).await_serving()
        self.addresses["AMOOZ_ADDRESS"] = server.address
        return server

    def amooz_chat(self, amoozd, *options, **where):
        server = self.start("amooz-chat", "--server", amoozd.address, *options, **where).await_serving()
        self.addresses["AMOOZ_CHAT_ADDRESS"] = server.address
        return server

    def tool(self, *words, check=True, input_text=None):
        """Runs amooz-plugin."""
        result = subprocess.run([self.build / "bin" / "amooz-plugin", *map(str, words)], capture_output=True, text=True,
                                input=input_text, timeout=600)
        if check and result.returncode != 0:
            raise CommandFailed(["amooz-plugin", *map(str, words)], result)
        return result

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def write_rows(self, name, rows):
        return self.write(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
