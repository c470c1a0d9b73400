"""The classic rule in plain Python, as fast as we could write it (tests/oracles/classic_rule.py is for reading).

    classic_peer.py score CHATS.jsonl PASSES
        Points, issues and veto of each chat, PASSES times; the pass with the least CPU time counts. Texts are in memory before.
    classic_peer.py cycle DATASET.json CHATS.json CAP OUT_FOLDER
        One cycle with JSON files: reads both, scores, drops duplicates, merges, caps, and writes dataset.json and
        enhancement_log.json.

Prints {"seconds", "cpu_seconds", "count": chats, "proof"} and for a cycle its figures.
"""

import gc
import hashlib
import json
import pathlib
import sys
import time

PHRASES = ("من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم")
PHRASE_1, PHRASE_2, PHRASE_3, PHRASE_4 = PHRASES
ENDINGS = (".", "!", "؟")
MIN_POINTS = 5


def score(instruction, response):
    """(points of 7, issues, vetoed)."""
    response = response.strip()
    length = len(response)
    points, issues = 0, ""
    if length < 30:
        issues = "too_short"
    elif length <= 300:
        if length >= 50:
            points = 2
    elif length > 500:
        issues = "too_long"
    words = response.split()
    if words:
        count = len(words)
        kinds = set(words)
        # No word can come more often than this; only where that is a quarter of the words must they be counted.
        if (count - len(kinds) + 1) * 4 < count or max(map(words.count, kinds)) * 4 < count:
            points += 2
        else:
            issues = issues + ",repetitive" if issues else "repetitive"
        if not set(instruction.lower().split()).isdisjoint(response.lower().split()):
            points += 1
    if response.endswith(ENDINGS):
        points += 1
    if PHRASE_1 in response or PHRASE_2 in response or PHRASE_3 in response or PHRASE_4 in response:
        points += 1
    return points, issues, length < 30


def clocks():
    return time.perf_counter(), time.process_time()


def score_all(path, passes):
    with open(path, encoding="utf-8", newline="\n") as lines:
        chats = [(chat["instruction"], chat["response"]) for chat in map(json.loads, lines)]
    best = None
    for _ in range(passes):
        wall, cpu = clocks()
        decisions = [score(instruction, response) for instruction, response in chats]
        end_wall, end_cpu = clocks()
        if best is None or end_cpu - cpu < best[1]:
            best = end_wall - wall, end_cpu - cpu
    digest = hashlib.sha256()
    for points, issues, vetoed in decisions:
        digest.update(f"{points}|{issues}|{int(vetoed)}\n".encode())
    return {"seconds": best[0], "cpu_seconds": best[1], "count": len(chats), "proof": digest.hexdigest()}


def run_cycle(dataset_path, chats_path, cap, out):
    wall, cpu = clocks()
    with open(dataset_path, "rb") as file:
        dataset = [(row["instruction"], row["response"]) for row in json.loads(file.read())]
    with open(chats_path, "rb") as file:
        chats = json.loads(file.read())
    chats.sort(key=lambda chat: chat["timestamp"])

    decisions, found, seen = [], [], set()
    for chat in chats:
        instruction, response = chat["instruction"].strip(), chat["response"].strip()
        points, issues, vetoed = score(instruction, response)
        if vetoed:
            decisions.append("vetoed")
        elif points < MIN_POINTS:
            decisions.append("low_quality")
        else:
            key = instruction.lower(), response.lower()[:80]
            if key in seen:
                decisions.append("duplicate_of_chat")
            else:
                seen.add(key)
                decisions.append("passed")
                found.append((instruction, response))

    merged, kept = [], set()
    for row in (*dataset, *found):
        key = row[0].strip().lower(), row[1].strip().lower()[:100]
        if key not in kept:
            kept.add(key)
            merged.append(row)
    rows = merged[:cap]
    figures = {"original_size": len(dataset), "found_in_chats": len(found),
               "duplicates_removed": len(dataset) + len(found) - len(merged), "evicted": len(merged) - len(rows),
               "final_size": len(rows)}
    (out / "dataset.json").write_text(
        json.dumps([{"instruction": i, "response": r} for i, r in rows], ensure_ascii=False), encoding="utf-8")
    (out / "enhancement_log.json").write_text(json.dumps([figures]), encoding="utf-8")
    end_wall, end_cpu = clocks()

    digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    return {"seconds": end_wall - wall, "cpu_seconds": end_cpu - cpu, "count": len(chats),
            "proof": {**figures, "rows": digest}}


def main():
    gc.disable()  # nothing here makes cycles; collecting costs a tenth
    if sys.argv[1] == "score":
        report = score_all(sys.argv[2], int(sys.argv[3]))
    else:
        report = run_cycle(sys.argv[2], sys.argv[3], int(sys.argv[4]), pathlib.Path(sys.argv[5]))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
