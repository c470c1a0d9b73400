"""What each sentence of a scenario means."""

import pathlib
import sys

from behave import given, then, use_step_matcher, when

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from world import World  # noqa: E402

use_step_matcher("parse")

DECISIONS = {"vetoed", "low_quality", "accepted", "duplicate_of_chat", "duplicate_of_example"}


def expect_equal(expected, found, what):
    assert expected == found, f"{what}: expected {expected!r}, found {found!r}"


def expect_in(part, text):
    assert part in text, f"{part!r} is not in {text!r}"


# ---- Given ----

@given("a server")
def _(context):
    context.world = World(context.bench)
    context.world.start()


@given("a server that looks every hour")
def _(context):
    context.world = World(context.bench)
    context.world.options["cycle.enhancement_interval"] = "1h"
    context.world.start()


@given('a server with "{key}" of {value}')
def _(context, key, value):
    context.world = World(context.bench)
    context.world.options[key] = value.strip('"')
    context.world.start()


@given('"{key}" is "{value}"')
def _(context, key, value):
    context.world.set_option(key, value)


@given("a dataset of {count:d} examples")
def _(context, count):
    context.world.import_examples([
        {"instruction": f"What grows on hill {n}?",
         "response": f"On hill {n} there grow {what} and wild thyme, and in spring the bees come for them early."}
        for n in range(1, count + 1) for what in [("apples", "pears", "oaks", "ferns", "vines")[n % 5]]])


@given("these examples")
def _(context):
    context.world.import_examples([row.as_dict() for row in context.table])


@given("one finished cycle")
def _(context):
    context.world.run_cycle()
    expect_equal("CYCLE_STATE_FINISHED", context.world.cycle["state"], "the cycle's state")
    expect_equal(context.world.first_model, context.world.active_model(), "the active model")


@given("the schedule is paused")
def _(context):
    context.world.server.amooz("schedule", "pause")


@given("training takes a minute")
def _(context):
    context.world.options["training.config.steps"] = 1200
    context.world.set_option("training.config.step_ms", 50)


@given("the trainer learns single bytes only")
def _(context):
    context.world.set_option("training.config.order", 1)


# ---- When ----

@when("training is quick again")
def _(context):
    context.world.options["training.config.steps"] = 20
    context.world.set_option("training.config.step_ms", 0)


@when("{count:d} good chat arrives")
@when("{count:d} good chats arrive")
def _(context, count):
    context.world.import_chats(context.world.good_chats(count))


@when("{count:d} good chats that a model answered arrive")
def _(context, count):
    chats = [{**chat, "response_author": "model"} for chat in context.world.good_chats(count)]
    context.by_model = {chat["response"] for chat in chats}
    context.world.import_chats(chats)


@when("those left out are counted")
def _(context):
    context.left_out = context.world.excluded(context.by_model)


@when("these chats arrive")
def _(context):
    context.world.import_chats([row.as_dict() for row in context.table])


@when("this file of chats is imported")
def _(context):
    context.world.import_text(context.text)


@when('this file of chats is imported with "{option}"')
def _(context, option):
    context.world.import_text(context.text, option)


@when("the same file of chats is imported again")
def _(context):
    context.world.import_text(context.world.imported_text)


@when("a chat asks a held-out question again, in capitals")
def _(context):
    row = next(row for row in context.world.rows() if row["split"] == "held_out")
    chat = {**context.world.good_chats(1)[0], "instruction": row["instruction"].upper()}
    context.asked_again = chat["instruction"]
    context.world.import_chats([chat])


@when("the splits are noted")
def _(context):
    context.splits = {row["id"]: row["split"] for row in context.world.rows()}


@when("{count:d} minutes pass")
def _(context, count):
    context.world.turn_clock(count * 60)
    context.world.await_look()


@when("the clock is set back by {count:d} hours")
def _(context, count):
    context.world.turn_clock(-count * 3600)
    context.world.await_notice_of_a_clock_set_back()


@when("the server is stopped for {count:d} hours")
def _(context, count):
    context.world.server.stop()
    context.world.turn_clock(count * 3600)
    context.world.start()
    context.world.await_look()


@when("the schedule is resumed")
def _(context):
    context.world.server.amooz("schedule", "resume")


@when("a person starts a cycle")
def _(context):
    context.world.run_cycle()


@when("a person starts a cycle and waits for its training")
def _(context):
    context.world.start_cycle_and_await_training()


@when("a person starts a cycle and cancels it in its training")
def _(context):
    cycle_id = context.world.start_cycle_and_await_training()
    context.world.server.amooz("cycle", "cancel", cycle_id)


@when("a person promotes the cycle's model")
def _(context):
    context.world.server.amooz("model", "promote", context.world.cycle["candidate_digest"])


@when("a person rolls back")
def _(context):
    context.world.server.amooz("model", "rollback")


# ---- Then: the clock ----

@then("the clock has started no cycle")
def _(context):
    expect_equal(0, len(context.world.cycles_by_clock()), "cycles started by the clock")


@then("the clock has started {count:d} cycle")
def _(context, count):
    cycles = context.world.cycles_by_clock()
    expect_equal(count, len(cycles), "cycles started by the clock")
    expect_equal({"CYCLE_STATE_FINISHED"}, {cycle["state"] for cycle in cycles}, "their states")
    context.world.cycle = cycles[0]


@then('the status says "{words}"')
def _(context, words):
    expect_in(words, context.world.server.run("status").stdout)


@then("the status says a training is owed")
def _(context):
    assert context.world.server.amooz("status")["training_owed"], "no training is owed"


@then("no chat is unread")
def _(context):
    expect_equal(0, context.world.server.amooz("status")["unread_chats"], "unread chats")


@then("{count:d} chat is unread")
@then("{count:d} chats are unread")
def _(context, count):
    expect_equal(count, context.world.server.amooz("status")["unread_chats"], "unread chats")


# ---- Then: chats and rows ----

@then("the decisions are")
def _(context):
    for row in context.table:
        assert row["decision"] in DECISIONS, f"{row['decision']!r} is no decision"
        found = context.world.server.amooz("why", row["id"])["decision"]["outcome"]
        expect_equal("CHAT_OUTCOME_" + row["decision"].upper(), found, f"what became of {row['id']}")


@then("every chat's decision can still be asked for")
def _(context):
    for n in range(1, context.world.chats + 1):
        outcome = context.world.server.amooz("why", f"chat-{n}")["decision"]["outcome"]
        expect_equal("CHAT_OUTCOME_ACCEPTED", outcome, f"what became of chat-{n}")


@then("{count:d} chats still have their text")
def _(context, count):
    chats = context.world.server.amooz("chats", "list", "--limit", 1000)["chats"]
    expect_equal(count, sum(1 for chat in chats if chat["chat"]["response"]), "chats with their text")


@then("the dataset has {count:d} rows")
def _(context, count):
    expect_equal(count, len(context.world.rows()), "rows of the dataset")


@then("{count:d} of its rows were imported")
def _(context, count):
    expect_equal(count, sum(row["origin"] == "import" for row in context.world.rows()), "imported rows")


@then("its last {count:d} rows came from the first {chats:d} chats")
def _(context, count, chats):
    expected = [chat["response"] for chat in World(context.bench).good_chats(chats)]
    expect_equal(expected, [row["response"] for row in context.world.rows()[-count:]], "the last rows")


@then("the import is refused, naming line {number:d}")
def _(context, number):
    assert context.world.import_result.returncode != 0, "it was not refused"
    expect_in(f"line {number}", context.world.import_result.stderr)


@then("that chat's row is excluded")
def _(context):
    found = [row["split"] for row in context.world.rows() if row["instruction"] == context.asked_again]
    expect_equal(["excluded"], found, "the splits of the chat's row")


@then("no noted row has another split")
def _(context):
    after = {row["id"]: row["split"] for row in context.world.rows()}
    changed = {key: (split, after[key]) for key, split in context.splits.items() if after.get(key, split) != split}
    expect_equal({}, changed, "rows whose split changed")
    assert set(after) & set(context.splits), "no noted row is left"


@then("every noted held-out row is still there")
def _(context):
    held_out = {key for key, split in context.splits.items() if split == "held_out"}
    assert held_out, "no row was held out"
    expect_equal(set(), held_out - {row["id"] for row in context.world.rows()}, "held-out rows that went")


@then("at most a quarter of the train rows were written by a model")
def _(context):
    train = [row["response"] for row in context.world.rows() if row["split"] == "train"]
    by_model = sum(response in context.by_model for response in train)
    assert 0 < by_model <= len(train) / 4, f"{by_model} of {len(train)}"


@then("some of these are left out")
def _(context):
    assert context.world.excluded(context.by_model) > 0, "none is left out"


@then("no held-out row was written by a model")
def _(context):
    held_out = {row["response"] for row in context.world.rows() if row["split"] == "held_out"}
    assert held_out, "no row is held out"
    expect_equal(set(), held_out & context.by_model, "held-out replies by a model")


@then("fewer of these are left out")
def _(context):
    now = context.world.excluded(context.by_model)
    assert now < context.left_out, f"{now} now, {context.left_out} before"


# ---- Then: the cycle and its model ----

@then("{count:d} rows were evicted")
def _(context, count):
    expect_equal(count, context.world.cycle["summary"]["evicted"], "evicted rows")


@then("the cycle took {count:d} chat into the dataset")
def _(context, count):
    expect_equal(count, context.world.cycle["summary"]["added_from_chats"], "chats taken")


@then("the cycle trained")
def _(context):
    assert context.world.cycle["summary"]["trained"], context.world.cycle["summary"]["training_reason"]


@then('the cycle did not train, because "{words}"')
def _(context, words):
    summary = context.world.cycle["summary"]
    assert not summary["trained"], "it trained"
    expect_in(words, summary["training_reason"])


@then("the cycle's model was promoted")
def _(context):
    assert context.world.cycle["summary"]["promoted"], context.world.cycle["summary"]["promotion_reason"]
    expect_equal(context.world.cycle["candidate_digest"], context.world.active_model(), "the active model")


@then('the cycle\'s model was promoted, because "{words}"')
def _(context, words):
    summary = context.world.cycle["summary"]
    assert summary["promoted"], summary["promotion_reason"]
    expect_in(words, summary["promotion_reason"])


@then('the cycle\'s model was not promoted, because "{words}"')
def _(context, words):
    summary = context.world.cycle["summary"]
    assert not summary["promoted"], "it was promoted"
    expect_in(words, summary["promotion_reason"])


@then("the cycle's model is in service")
def _(context):
    expect_equal(context.world.cycle["candidate_digest"], context.world.active_model(), "the active model")


@then("the first model is still in service")
def _(context):
    expect_equal(context.world.first_model, context.world.active_model(), "the active model")


@then("no model is in service")
def _(context):
    expect_equal("", context.world.active_model(), "the active model")


@then("both baselines are in its report")
def _(context):
    text = context.world.server.run("cycle", "report", context.world.cycle["id"]).stdout
    for words in ("unigram", "bigram"):
        expect_in(words, text)
