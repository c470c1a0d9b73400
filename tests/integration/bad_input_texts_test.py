"""Bad texts, files and streams (tests/bad_input.md): what is bad is named, what is good beside it is kept or not, as said."""

import bz2
import gzip
import json
import lzma
import os
import pathlib
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bad_input import FAILED, GOOD, NOT_FOUND, USAGE, BadInput  # noqa: E402
from harness import SAMPLES, wait_until  # noqa: E402
from raw_grpc import RawCall, chat, chats_request  # noqa: E402

MIB = 1 << 20
APPEND = "amooz.v1.ChatLogService/AppendChats"
STREAM = "amooz.v1.ChatLogService/StreamChats"


class BadFiles(BadInput):
    def setUp(self):
        super().setUp()
        self.one = self.server()

    def refuses_file(self, data, says, noun="chats", code=FAILED):
        path = self.bench.write("bad.jsonl", data) if isinstance(data, (bytes, str)) else self.bench.write_rows("bad.jsonl", data)
        self.refused(self.one, noun, "import", path, code=code, says=says)

    def test_malformed_utf8_in_a_chat_file(self):
        self.refuses_file(json.dumps(GOOD).encode() + b'\n{"instruction":"\xff\xfe","response":"x"}\n', ["line 2", "UTF-8"])

    def test_malformed_utf8_in_a_dataset_file(self):
        self.refuses_file(json.dumps(GOOD).encode() + b'\n{"instruction":"\xff\xfe","response":"x"}\n', ["line 2", "UTF-8"],
                          noun="dataset")

    def test_a_lone_surrogate_in_a_chat_file(self):
        self.refuses_file('{"instruction":"\\ud800","response":"x"}\n', ["line 1"])

    def test_a_nul_in_a_chat_file(self):
        self.refuses_file(json.dumps(GOOD) + '\n{"instruction":"a\\u0000","response":"x"}\n', ["line 2", "instruction", "U+0000"])

    def test_an_empty_field_in_a_chat_file(self):
        self.refuses_file([GOOD, {"instruction": " \t ", "response": "x"}], ["line 2", "instruction", "empty"])

    def test_an_empty_field_in_a_dataset_file(self):
        self.refuses_file([GOOD, {"instruction": "x", "response": " \u3000\n"}],
                          ["line 2", "response", "empty"], noun="dataset")

    def test_a_missing_field(self):
        self.refuses_file([GOOD, {"instruction": "only"}], ["line 2", "response"])

    def test_a_field_of_the_wrong_type(self):
        self.refuses_file([GOOD, {"instruction": ["a"], "response": "x"}], ["line 2", "instruction"])

    def test_an_unreadable_time(self):
        self.refuses_file([GOOD, {**GOOD, "timestamp": "yesterday"}], ["line 2", "time"])

    def test_a_line_that_is_no_json(self):
        self.refuses_file(json.dumps(GOOD) + "\n{not json\n" + json.dumps(GOOD) + "\n", ["line 2"])

    def test_an_openai_line_out_of_order(self):
        messages = [{"role": "assistant", "content": "a"}, {"role": "user", "content": "b"}]
        self.refuses_file([{"messages": messages}], ["line 1"], noun="dataset")

    def test_a_compressed_file(self):
        for packed, remedy in ((gzip.compress(b"{}"), "zcat"), (bz2.compress(b"{}"), "bzcat"),
                               (lzma.compress(b"{}"), "xzcat")):
            for noun in ("chats", "dataset"):
                self.refuses_file(packed, ["compressed", remedy], noun=noun)

    def test_a_file_in_utf16(self):
        for noun in ("chats", "dataset"):
            self.refuses_file(json.dumps(GOOD).encode("utf-16"), ["UTF-16", "iconv"], noun=noun)

    def test_an_array_that_is_not_closed(self):
        self.refuses_file(json.dumps([GOOD, GOOD])[:-9], ["not closed", "element 2"])

    def test_a_file_that_was_imported_before(self):
        for name, rows in (("bare.jsonl", [GOOD, {**GOOD, "instruction": "دوم"}]),
                           ("timed.jsonl", [{**GOOD, "timestamp": "2026-01-14T05:17:38Z"}])):
            path = self.bench.write_rows(name, rows)
            self.assertNotIn("already", self.one.run("chats", "import", path).stdout)
            with self.nothing_changes(self.one):
                self.assertIn("All were there already.", self.one.run("chats", "import", path).stdout)
                self.assertEqual(len(rows), self.one.amooz("chats", "import", path)["already_stored"])

    def test_an_empty_file(self):
        with self.nothing_changes(self.one):
            self.assertIn("0 of 0 chats", self.one.run("chats", "import", self.bench.write("empty.jsonl", "")).stdout)

    def test_a_file_that_is_not_there(self):
        self.refused(self.one, "chats", "import", self.bench.folder / "none.jsonl", code=NOT_FOUND, says=["none.jsonl"])

    def test_skip_bad_imports_the_good_lines_and_lists_the_bad(self):
        path = self.bench.write_rows("bad.jsonl", [GOOD, {"instruction": "only"}, {**GOOD, "instruction": "دوم"}])
        result = self.one.run("chats", "import", path, "--skip-bad")
        self.assertIn("line 2", result.stdout + result.stderr)
        self.assertEqual(2, self.counts(self.one)[0])

    def test_a_chat_of_one_mebibyte_and_a_byte(self):
        self.refuses_file([{"instruction": "x", "response": "y" * (MIB - 1)}, {"instruction": "x", "response": "y" * MIB}],
                          ["line 2", "1048577", "chat_log.max_chat_bytes"])
        self.one.amooz("chats", "import",
                       self.bench.write_rows("large.jsonl", [{"instruction": "x", "response": "y" * (MIB - 1)}]))
        self.assertEqual(1, self.counts(self.one)[0], "1 MiB is taken")

    def test_a_dataset_row_of_one_mebibyte_and_a_byte(self):
        self.refuses_file([GOOD, {"instruction": "x", "response": "y" * MIB}], ["line 2", "1048577"], noun="dataset")

    def test_an_unknown_id(self):
        for words in (["cycle", "show", "99"], ["cycle", "cancel", "99"], ["cycle", "report", "99"], ["why", "nobody/1"],
                      ["model", "show", "abcdef"], ["model", "promote", "abcdef"], ["plugin", "show", "nix"],
                      ["dataset", "show", "99"], ["dataset", "diff", "0", "99"], ["dataset", "export", "--version", "99"]):
            with self.subTest(words=words):
                self.refused(self.one, *words, code=NOT_FOUND, says=[words[-1]])

    def test_a_wrong_command(self):
        for words, nearest in ((["cylce", "list"], "cycle"), (["cycle", "strat"], "start"),
                               (["cycle", "start", "--wiat"], "--wait"), (["why", "--ouptut=json", "1"], "--output")):
            with self.subTest(words=words):
                self.refused(self.one, *words, code=USAGE, says=[f"did you mean `{nearest}`?"])
        self.refused(self.one, "cycle", "show", "--output", "xml", "1", code=USAGE, says=["xml"])
        self.refused(self.one, "schedule", "set", "--interval", "soon", code=USAGE, says=["soon"])


class BadStreams(BadInput):
    def setUp(self):
        super().setUp()
        self.one = self.server()

    def append(self, chats):
        call = RawCall(self.one.address, APPEND)
        self.addCleanup(call.close)
        call.send(chats_request("raw", chats), last=True)
        return call.receive()

    def rejects_one(self, bad, says, code=3):
        """The bad chat between two good ones is named with its seq; the good ones are stored."""
        reply = self.append([(1, chat(b"one", b"1")), (2, bad), (3, chat(b"three", b"3"))])
        self.assertIn(bytes([0x08, 2, 0x10, code]), reply)  # RejectedChat.seq, .code
        self.assert_says([text.encode() for text in says], reply)
        self.assertEqual(2, self.counts(self.one)[0])
        self.assert_sound(self.one)

    def test_malformed_utf8_in_a_streamed_chat(self):
        self.rejects_one(chat(b"\xff\xfe", b"x"), ["UTF-8"])

    def test_a_nul_in_a_streamed_chat(self):
        self.rejects_one(chat(b"a\0b", b"x"), ["instruction", "U+0000"])

    def test_an_empty_streamed_chat(self):
        self.rejects_one(chat(b"x", b" \n"), ["response", "empty"])

    def test_an_oversized_streamed_chat(self):
        self.rejects_one(chat(b"x", b"y" * MIB), ["1048577", "chat_log.max_chat_bytes"])

    def test_a_seq_that_is_taken_by_another_chat(self):
        self.append([(1, chat(b"one", b"1"))])
        reply = self.append([(1, chat(b"one", b"other"))])
        self.assertIn(bytes([0x08, 1, 0x10, 6]), reply)  # ALREADY_EXISTS
        self.assertIn(b"seq", reply)
        self.assertEqual("1", self.one.amooz("why", "raw/1")["chat"]["chat"]["response"])

    def test_a_request_that_is_no_message(self):
        with self.nothing_changes(self.one):
            call = RawCall(self.one.address, STREAM)
            self.addCleanup(call.close)
            call.send(b"\xff" * 100)
            self.assertIsNone(call.receive(), "rubbish was acknowledged")
            self.assertTrue(call.is_ended)

    def test_bytes_that_are_no_grpc(self):
        host, port = self.one.address.rsplit(":", 1)
        with self.nothing_changes(self.one):
            for data in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1000, bytes(range(256)) * 100):
                with socket.create_connection((host, int(port)), 30) as connection:
                    try:
                        connection.sendall(data)
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(1 << 16):
                            pass
                    except TimeoutError:
                        raise
                    except OSError:
                        pass  # the server hung up, which it may do at any of the three

    def test_a_stream_that_ends_in_the_middle(self):
        call = RawCall(self.one.address, STREAM)
        call.send(chats_request("raw", [(1, chat(b"one", b"1")), (2, chat(b"two", b"2"))]))
        self.assertEqual(bytes([0x08, 2]), call.receive())  # upto_seq 2
        call.close_in_the_middle(chats_request("raw", [(3, chat(b"three", b"3"))]))
        wait_until(lambda: not self.one.amooz("status")["connected_producers"], 10, "the end of the broken stream")
        self.assertEqual(2, self.counts(self.one)[0], "half a message is no chat")
        again = RawCall(self.one.address, STREAM)
        self.addCleanup(again.close)
        again.send(chats_request("raw", [(2, chat(b"two", b"2")), (3, chat(b"three", b"3"))]), last=True)
        self.assertEqual(bytes([0x08, 3, 0x18, 1]), again.receive())  # upto_seq 3; one of them was there already
        self.assertEqual(3, self.counts(self.one)[0])
        self.assert_sound(self.one)


class ClientsThatNeverRead(BadInput):
    """Memory: what one client may cost the server is bounded, however many chats it sends or rows it asks for."""

    def resident_mib(self, server):
        with open(f"/proc/{server.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024

    def cpu_seconds(self, server):
        with open(f"/proc/{server.pid}/stat") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def assert_rests(self, server):
        """It holds the client back; it is not merely slow to read what came."""
        cpu, memory = self.cpu_seconds(server), self.resident_mib(server)
        time.sleep(1)
        self.assertLess(self.cpu_seconds(server) - cpu, 0.1)
        self.assertLess(abs(self.resident_mib(server) - memory), 1)

    def test_a_client_that_never_reads_its_acknowledgements(self):
        server = self.server()
        server.amooz("chats", "import", SAMPLES / "chats.jsonl")
        before = self.resident_mib(server)
        call = RawCall(server.address, STREAM, timeout=3, reads=False)
        self.addCleanup(call.close)
        empty = chat(b"", b"")
        sent = 0
        while sent < 3_000_000 and call.send_as_far_as_it_goes(
                chats_request("deaf", [(sent + i, empty) for i in range(1, 5001)])):
            sent += 5000
        self.assertLess(sent, 3_000_000, "the server read on although nobody took its answers")
        self.assert_rests(server)
        self.assertLess(self.resident_mib(server) - before, 100)
        self.assertEqual(0, server.run("chats", "import", SAMPLES / "chats.jsonl").returncode, "others are served")
        self.assert_sound(server)

    def test_clients_that_never_read_an_export(self):
        server = self.server()
        rows = [{"instruction": f"question {i}", "response": f"{i} " + "word " * 200} for i in range(3000)]
        server.amooz("dataset", "import", self.bench.write_rows("large.jsonl", rows))
        server.amooz("dataset", "export", "--out", self.bench.folder / "warm.jsonl")
        before = self.resident_mib(server)
        for _ in range(40):
            call = RawCall(server.address, "amooz.v1.DatasetService/ExportExamples", reads=False)
            self.addCleanup(call.close)
            call.send(b"", last=True)
            call.await_data()
            self.assertFalse(call.is_ended)
        exported = self.bench.folder / "while.jsonl"
        server.amooz("dataset", "export", "--out", exported)
        self.assertEqual(3000, len(exported.read_bytes().splitlines()), "others are served")
        self.assertLess(self.resident_mib(server) - before, 60, "40 exports of 3 MB each are held back")
        self.assert_sound(server)


if __name__ == "__main__":
    unittest.main()
