#!/usr/bin/env python3
"""The original's rules in plain Python, written apart from the C++: what it says is what Amooz must do in classic mode.

Scoring is heuristic_scorer's `mode: classic`; the dataset is docs/rules.md rules 8 to 12 for one cycle with
`eviction: newest_first` and no variations: score, duplicates among the chats, duplicates of the dataset, merge, cap.

    python3 classic_rule.py --seed-dataset F --chats F --cap N --out rows.jsonl   # prints rule 11's figures as JSON
    python3 classic_rule.py --chats F --scores scores.jsonl                       # {"points","issues","veto"} a chat
"""
import argparse
import json
import sys

PHRASES = ("من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم")
ENDINGS = ("\u002e", "\u0021", "\u061f")
MAX_POINTS = 7
MIN_POINTS = 5


def score(instruction, response):
    """(points of 7, issues, vetoed) of one chat."""
    instruction, response = instruction.strip(), response.strip()
    points, issues = 0, []
    length = len(response)
    if 50 <= length <= 300:
        points += 2
    elif length < 30:
        issues.append("too_short")
    elif length > 500:
        issues.append("too_long")

    words = response.split()
    if words:
        most = max(words.count(word) for word in set(words))
        if most * 4 < len(words):
            points += 2
        else:
            issues.append("repetitive")

    if response and response[-1] in ENDINGS:
        points += 1
    if any(phrase in response for phrase in PHRASES):
        points += 1
    if {w.lower() for w in instruction.split()} & {w.lower() for w in words}:
        points += 1
    return points, issues, "too_short" in issues


def key(instruction, response, code_points):
    return instruction.strip().lower(), response.strip().lower()[:code_points]


def run_cycle(dataset, chats, cap):
    """(rows, figures) after one cycle over `chats`, both in order of time. Rows are (instruction, response)."""
    found, seen = [], set()
    for instruction, response in chats:
        points, _, vetoed = score(instruction, response)
        if vetoed or points < MIN_POINTS:
            continue
        chat_key = key(instruction, response, 80)
        if chat_key in seen:
            continue
        seen.add(chat_key)
        found.append((instruction.strip(), response.strip()))

    merged, kept = [], set()
    for row, is_chat in [(row, False) for row in dataset] + [(row, True) for row in found]:
        dataset_key = key(*row, 100)
        if dataset_key in kept:
            continue
        kept.add(dataset_key)
        merged.append((row, is_chat))
    capped = merged[:cap]

    figures = {
        "original_size": len(dataset),
        "found_in_chats": len(found),
        "added_from_chats": sum(is_chat for _, is_chat in capped),
        "added_variations": 0,
        "duplicates_removed": len(dataset) + len(found) - len(merged),
        "evicted": len(merged) - len(capped),
        "final_size": len(capped),
        "growth": len(capped) - len(dataset),
    }
    return [row for row, _ in capped], figures


def read_chats(path):
    """Lines of {"id","instruction","response","timestamp"} in order of (time, line)."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        chats = [json.loads(line) for line in lines]
    chats.sort(key=lambda chat: chat["timestamp"])  # stable; the files' times are RFC 3339 in UTC, so text order is time
    return chats


def read_pairs(path):
    with open(path, encoding="utf-8", newline="\n") as lines:
        return [(row["instruction"], row["response"]) for row in map(json.loads, lines)]


def write_lines(path, records):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chats", required=True)
    parser.add_argument("--seed-dataset", help="JSONL of instruction and response; none: an empty dataset")
    parser.add_argument("--cap", type=int, default=5000, help="max_dataset_size, rows (default 5000)")
    parser.add_argument("--out", help="where the rows go, in insertion order")
    parser.add_argument("--scores", help="where each chat's points go, in the file's order, instead of a cycle")
    args = parser.parse_args()

    chats = read_chats(args.chats)
    if args.scores:
        records = []
        for chat in chats:
            points, issues, vetoed = score(chat["instruction"], chat["response"])
            records.append({"id": chat["id"], "points": points, "issues": ",".join(issues), "veto": vetoed})
        write_lines(args.scores, records)
        return 0
    dataset = read_pairs(args.seed_dataset) if args.seed_dataset else []
    rows, figures = run_cycle(dataset, [(c["instruction"], c["response"]) for c in chats], args.cap)
    if args.out:
        write_lines(args.out, [{"instruction": i, "response": r} for i, r in rows])
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
