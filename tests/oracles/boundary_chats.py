#!/usr/bin/env python3
"""200 chats on the edges of the classic rule, with what each is about, as JSONL: `boundary_chats.py --out FILE`
(and `--dataset-out FILE`: the rows that some of them are duplicates of, to be imported before).

Made by hand where the edge is in the text, by rule where it is a number. The chats are in order of time; ids say the
edge ("length-49", "quarter-2-of-8", ...), so that `amooz why ID` can be asked about any of them. What the rule says of
them is classic_rule.py's business, not this file's.
"""
import argparse
import datetime
import itertools
import json
import sys

ZWNJ = "\u200c"
START = datetime.datetime(2026, 2, 1, tzinfo=datetime.timezone.utc)
# Persian words without a repeat; long enough to fill any length below.
WORDS = (
    "باران آرام روی بام خانه می‌بارد و مادر چای تازه را کنار پنجره می‌گذارد تا مهمان خسته راه دور برسد اگر شب بلند باشد "
    "چراغ کوچک ایوان خاموش نخواهد شد چون دل ما هنوز امید دارد باغ پدر پر از گل سرخ است که هر صبح بوی آن کوچه باریک محله "
    "قدیمی شهر را پر می‌کند بچه‌ها پشت در منتظر توپ هستند همسایه نان داغ آورد گربه سفید زیر میز خوابیده رادیو آهنگی از "
    "سال‌های جوانی پخش کرد دفتر آبی شعر گم شده بود ولی امروز میان کتابخانه چوبی پیدا شد"
).split()


def filled(length, end=""):
    """Exactly `length` code points of running text that ends with `end`."""
    body = " ".join(itertools.islice(itertools.cycle(WORDS), length))[: length - len(end)]
    if body.endswith(" "):
        body = body[:-1] + "ا"
    text = body + end
    assert len(text) == length and text == text.strip()
    return text


def fitted(text, length, end):
    """`text` again and again, cut to exactly `length` code points with `end`."""
    body = (text * length)[: length - len(end)]
    return (body[:-1] + "ق" if body[-1].isspace() else body) + end


def words(counts, length_of_word=3):
    """A reply in which word i occurs counts[i] times, spread out."""
    alphabet = "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی"
    names = [alphabet[i % 32] * length_of_word + alphabet[i // 32 % 32] for i in range(len(counts))]
    reply = [name for name, count in zip(names, counts) for _ in range(count)]
    return " ".join(reply[::2] + reply[1::2])


LONG = filled(130, ".")
# What a dataset may hold before these chats come: the chats named dataset-* are equal to its rows for 100, 99 and 80
# code points, and its own last two rows are one to the dataset key. Imported texts are kept byte for byte.
DATASET = [
    ("dataset خانه one", LONG[:100] + " و بس"),
    ("dataset خانه two", LONG),
    ("dataset خانه three", LONG[:90] + " و بس"),
    (" spaces are kept ", "\tas they are, in an imported row \n"),
    ("short", "ok"),
    ("SHORT", " ok"),
]


def edges():
    question = "باران و خانه را دوست داری"
    stranger = "zzz"

    # Lengths, with and without an end, with and without a shared word; stray white space does not count.
    for length in (1, 28, 29, 30, 31, 48, 49, 50, 51, 299, 300, 301, 302, 499, 500, 501, 502, 700):
        yield f"length-{length}", question, filled(length, "." if length > 1 else "")
        yield f"length-{length}-no-end", stranger, filled(length)
        yield f"length-{length}-spaces", question, " \t\n" + filled(length, "؟" if length > 2 else "") + "\u00a0\u2003\x1f "
    # Lengths in code points, not in bytes, UTF-16 units or what the eye counts.
    for length in (29, 30, 49, 50, 300, 301):
        yield f"emoji-{length}", question, fitted("🙂سلام 🙃بهار 😀باغ 🌧باران 🌱گل 🏠خانه ☕چای 📖شعر 🌙شب 🚶راه ", length, ".")
        yield f"combining-{length}", question, fitted("خانه\u0654 مَن وَ تُو چای گُل نان بام دل شب روز باغ ماه رود ", length, "!")

    # The most frequent word at, under and over a quarter of the words.
    for counts in ([1], [1, 1], [1] * 3, [1] * 4, [1] * 5, [2] + [1] * 5, [2] + [1] * 6, [2] + [1] * 7, [3] + [1] * 8,
                   [3] + [1] * 9, [3] + [1] * 10, [4] + [1] * 11, [4] + [1] * 12, [4] + [1] * 13, [5] + [1] * 15,
                   [5] + [1] * 16, [5, 5, 5] + [1] * 5, [5, 5, 5] + [1] * 6, [10] + [1] * 30, [10] + [1] * 31):
        total = sum(counts)
        yield f"quarter-{counts[0]}-of-{total + 1}-{len(counts) + 1}-kinds", question, words(counts, max(3, 60 // total)) + " ."
        yield f"quarter-{counts[0]}-of-{total}-{len(counts)}-kinds-joined-end", question, words(counts, max(3, 60 // total)) + "."
    yield "repeat-by-case", "tell me", "The the THE tHe thE tHE ThE THe are eight spellings of one word, never repeated."
    yield "repeat-by-punctuation", question, "باران باران، باران. باران! باران؟ (باران) «باران» باران؛ هشت بار آمد و رفت و ماند."
    yield "repeat-by-letter-form", question, "علي علی كتاب کتاب يار یار دوست كوچه کوچه دور نزديک نزدیک خوب بد روشن تاریک."
    yield "repeat-by-zwnj", question, f"می{ZWNJ}روم می روم میروم می{ZWNJ}روم می{ZWNJ}روم می{ZWNJ}روم به خانه و بازار و باغ بزرگ."

    # Each phrase: alone, inside a word, with ZWNJ, with the other letters, broken, at either end.
    base = filled(60)
    for n, phrase in enumerate(("من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم")):
        yield f"phrase-{n}-start", question, f"{phrase} {base}."
        yield f"phrase-{n}-end", question, f"{base} {phrase}"
        yield f"phrase-{n}-inside-word", stranger, f"{base} ا{phrase}ان."
        yield f"phrase-{n}-zwnj", stranger, f"{base} {phrase[:3]}{ZWNJ}{phrase[3:]}."
        yield f"phrase-{n}-arabic-letters", stranger, f"{base} {phrase.replace('ی', 'ي').replace('ک', 'ك').replace('ع', 'غ')}."
        if " " in phrase:
            yield f"phrase-{n}-two-spaces", stranger, f"{base} {phrase.replace(' ', '  ')}."
        yield f"phrase-{n}-in-the-question", phrase, f"{base}."
    yield "phrase-usual-zwnj-spelling", stranger, f"{base} دعا می{ZWNJ}کنم."
    yield "phrase-line-break", stranger, f"{base} من\nاینجام."

    # Each ending, and what only looks like one.
    for name, end in (("full-stop", "."), ("exclamation", "!"), ("persian-question", "؟"), ("latin-question", "?"),
                      ("ellipsis", "…"), ("three-dots", "..."), ("arabic-full-stop", "۔"), ("semicolon", "؛"),
                      ("quoted", ".»"), ("bracket", "!)"), ("emoji", ".🙂"), ("zwnj", "." + ZWNJ), ("rlm", "؟\u200f"),
                      ("fullwidth", "．"), ("space", ". "), ("line-break", "!\r\n"), ("unit-separator", "؟\x1f"),
                      ("nel", ".\u0085"), ("line-separator", "!\u2028"), ("bom", ".\ufeff")):
        yield f"ending-{name}", question, base + end

    # White space that splits and what does not.
    for name, gap in (("fs", "\x1c"), ("gs", "\x1d"), ("rs", "\x1e"), ("us", "\x1f"), ("nel", "\u0085"), ("nbsp", "\u00a0"),
                      ("ideographic", "\u3000"), ("line-separator", "\u2028"), ("ogham", "\u1680"), ("vt", "\x0b"),
                      ("zwnj", ZWNJ), ("zwj", "\u200d"), ("zero-width", "\u200b"), ("word-joiner", "\u2060"), ("bom", "\ufeff")):
        yield f"gap-{name}", "سلام" + gap + "مادربزرگ", "مادربزرگ" + gap + filled(45) + gap + "مادربزرگ" + gap + "مادربزرگ."

    # Sharing: by lower case, not by punctuation or letter form.
    english = "A quiet evening at HOME with two cups, one lamp, and nobody in a hurry."
    for name, instruction in (("upper", "QUIET please"), ("lower", "going home"), ("punctuated", "home?"), ("none", "nothing here"),
                              ("final-sigma", "ΟΔΟΣ"), ("dotted-i", "\u0130stanbul"), ("sharp-s", "STRASSE"), ("kelvin", "\u212a")):
        yield f"share-{name}", instruction, english + " οδος i\u0307stanbul straße k."
    yield "share-zwnj", f"می{ZWNJ}روم", filled(50) + " می روم."
    yield "share-yeh", "علي", filled(50) + " علی."

    # A veto at 5 points: short, varied, with an end, a phrase and a shared word. And its neighbour of 30.
    yield "veto-at-5", "عزیز سلام", "سلام گل من تو خوبی عاشقتم ا!"
    yield "no-veto-at-5", "عزیز سلام", "سلام گل من تو خوبی عاشقتم اا!!"

    # Duplicates: by the first 80 code points among chats, by 100 of the dataset's, by lower case and stray spaces.
    long, pair = LONG, question + " بگو"
    yield "duplicate-first", pair, long
    yield "duplicate-exact", pair, long
    yield "duplicate-spaces", "  " + pair + "\x1c", "\n" + long + " "
    yield "duplicate-equal-80", pair, long[:80] + " پایانی دیگر که هرگز گفته نشد."
    yield "duplicate-equal-79", pair, long[:79] + "ژ" + long[80:]
    yield "duplicate-equal-100", pair + " زود", long[:100] + " و رفت."
    yield "duplicate-equal-100-again", pair + " زود", long[:100] + " و آمد."
    yield "dataset-equal-100", DATASET[0][0].upper(), "  " + long[:100] + " و دیگر هیچ!"
    yield "dataset-equal-99", DATASET[1][0], long[:99] + "ژ" + " و دیگر هیچ!"
    yield "dataset-equal-80", DATASET[2][0], long[:80] + " و این یکی تازه است."
    yield "duplicate-other-question", pair + " دوباره", long
    yield "duplicate-case-first", "Tell me of HOME", english
    yield "duplicate-case", "tell ME of home", english.upper()
    yield "duplicate-yeh", pair.replace("ی", "ي"), long


def chats():
    """The chats as records, seven seconds apart."""
    records = []
    for n, (name, instruction, response) in enumerate(edges()):
        time = START + datetime.timedelta(seconds=7 * n)
        records.append({"id": f"edge-{name}", "instruction": instruction, "response": response,
                        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "source": "boundary"})
    assert len({record["id"] for record in records}) == len(records), "an id comes twice"
    assert len(records) == 200
    assert all(record["instruction"].strip() and record["response"].strip() for record in records)
    return records


def write_lines(path, records):
    with open(path, "w", encoding="utf-8", newline="\n") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--dataset-out")
    args = parser.parse_args()
    write_lines(args.out, chats())
    if args.dataset_out:
        write_lines(args.dataset_out, [{"instruction": i, "response": r} for i, r in DATASET])
    return 0


if __name__ == "__main__":
    sys.exit(main())
