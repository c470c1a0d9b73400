"""The server of a scenario: its options, its clock, and what happened to it. Sentences are in sentences.py."""

import datetime
import math
import time

from harness import FAILPOINT_BUILD, wait_until

GOOD_REPLY = ("Bed number {n} likes sun and water every morning, so give it both and wait "
              "a little while for {what} to come.")
HARVESTS = ("beans", "roses", "mint", "melons", "leeks", "plums", "basil", "peas", "kale", "figs")
# Of the scheduler (core/cycle/cycle_manager.cc), which says nothing of a tick at which nothing is due.
TWO_TICKS_SECONDS = 1.2
FIXTURE = FAILPOINT_BUILD / "tests" / "plugins" / "fixture.so"


class World:
    def __init__(self, bench):
        self.bench = bench
        self.options = {"training.trainer": FIXTURE, "serving.runtime": FIXTURE, "training.config.step_ms": 0,
                        "cycle.held_out_share": 0.2, "cycle.split_key": "scenarios"}
        self.offset_seconds = 0
        self.clock_file = bench.folder / "clock"
        self.server = None
        self.chats = 0
        self.cycle = None
        self.first_model = None

    # ---- The server and its clock ----

    def start(self):
        self._write_clock()
        words = [word for key, value in self.options.items() for word in ("--set", f"{key}={value}")]
        self.server = self.bench.amoozd(*words, environment={"AMOOZ_CLOCK_OFFSET_FILE": str(self.clock_file)})

    def set_option(self, key, value):
        self.options[key] = value
        if self.server is not None:
            self.server.stop()
            self.start()

    def turn_clock(self, seconds):
        self.offset_seconds += seconds
        self._write_clock()

    def await_look(self):
        """Until the server has looked if it was due (and had the time to if it was not), and no cycle runs."""
        if self._seconds_to_next_look() > 0:
            time.sleep(TWO_TICKS_SECONDS)  # what it does wrongly now, it does at its next tick

        def settled():
            if self._seconds_to_next_look() <= 0:
                return False
            # An update of the schedule waits for a look under way; this one changes nothing.
            self.server.amooz("schedule", "set", "--interval", "1h")
            return not self.server.amooz("status").get("running_cycle_id")

        wait_until(settled, 60, "the scheduler's look")

    def await_notice_of_a_clock_set_back(self):
        wait_until(lambda: self._seconds_to_next_look() <= 3600, 60, "a next look within the hour")

    def _seconds_to_next_look(self):
        """Infinity if the schedule is paused."""
        next_look = self.server.amooz("schedule", "show")["schedule"].get("next_look")
        if not next_look:
            return math.inf
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.offset_seconds)
        return (datetime.datetime.fromisoformat(next_look.replace("Z", "+00:00")) - now).total_seconds()

    def _write_clock(self):
        aside = self.clock_file.with_suffix(".new")
        aside.write_text(str(self.offset_seconds))
        aside.rename(self.clock_file)

    # ---- Data ----

    def import_examples(self, rows):
        self.server.amooz("dataset", "import", self.bench.write_rows(f"examples-{self.chats}-{len(rows)}.jsonl", rows))

    def import_chats(self, chats):
        self.chats += len(chats)
        self.server.amooz("chats", "import", self.bench.write_rows(f"chats-{self.chats}.jsonl", chats))

    def import_text(self, text, *options):
        """Keeps the result, for a sentence about it."""
        self.imported_text = text
        path = self.bench.write("chats.jsonl", text + "\n")
        self.import_result = self.server.run("chats", "import", path, *options, check=False)

    def good_chats(self, count):
        return [{"id": f"chat-{n}", "instruction": f"What does bed number {n} need?",
                 "response": GOOD_REPLY.format(n=n, what=HARVESTS[n % len(HARVESTS)])}
                for n in range(self.chats + 1, self.chats + count + 1)]

    # ---- Cycles ----

    def run_cycle(self):
        self.cycle = self.server.cycle()
        if self.first_model is None:
            self.first_model = self.cycle["candidate_digest"]

    def start_cycle_and_await_training(self):
        cycle_id = self.server.amooz("cycle", "start")["cycle"]["id"]
        wait_until(lambda: self.server.amooz("cycle", "show", cycle_id)["cycle"]["stage"] == "STAGE_TRAIN", 60,
                   "the training")
        return cycle_id

    def cycles_by_clock(self):
        return [cycle for cycle in self.server.amooz("cycle", "list")["cycles"]
                if cycle["trigger"] == "CYCLE_TRIGGER_SCHEDULE"]

    def active_model(self):
        return self.server.amooz("status")["active_model"]

    def excluded(self, responses):
        """Rows with one of these responses that are neither trained nor measured on."""
        return sum(row["split"] == "excluded" and row["response"] in responses for row in self.rows())

    def rows(self):
        return self.server.export()


