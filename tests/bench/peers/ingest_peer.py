"""A chat log server as a Python programmer would write it: grpc.aio, sqlite3, one transaction a request.

    ingest_peer.py PROTO_FOLDER DATA_FOLDER [--group]

PROTO_FOLDER holds the generated amooz.v1 modules. Prints its address once it serves. It keeps the promise of
ChatLogService.StreamChats that the bench uses: (producer, seq) is stored once, and a reply means that everything up to
upto_seq is on disk (WAL, synchronous=FULL). A request's chats are one transaction; with --group so are all requests
that have arrived, which is what amoozd does.

At its strongest: messages are parsed by protobuf's C library, a chat is stored as the bytes it came in, the row's key is
the table's own order, and nothing is logged. The commit runs on the event loop: handing it to a thread costs more.
"""

import asyncio
import gc
import pathlib
import sqlite3
import sys

sys.path.insert(0, sys.argv[1])
import grpc  # noqa: E402
from amooz.v1 import chat_log_pb2, chat_log_pb2_grpc  # noqa: E402

# Requests that wait for a group's commit, at most.
MOST_WAITING = 256


class ChatLog(chat_log_pb2_grpc.ChatLogServiceServicer):
    def __init__(self, path, has_groups):
        self.has_groups = has_groups
        self.store = sqlite3.connect(path, isolation_level=None)
        self.store.execute("pragma journal_mode=wal")
        self.store.execute("pragma synchronous=full")
        self.store.execute("pragma cache_size=-16000")
        self.store.execute("create table chats(producer text, seq integer, chat blob, primary key(producer, seq)) "
                           "without rowid")

    def keep(self, rows):
        execute = self.store.execute
        execute("begin immediate")
        self.store.executemany("insert or ignore into chats values(?, ?, ?)", rows)
        execute("commit")

    async def StreamChats(self, requests, context):
        if self.has_groups:
            await self.stream_in_groups(requests, context)
            return
        producer = ""
        while (request := await context.read()) is not grpc.aio.EOF:
            producer = request.producer or producer
            chats = request.chats
            self.keep([(producer, chat.seq, chat.chat.SerializeToString()) for chat in chats])
            await context.write(chat_log_pb2.StreamChatsResponse(upto_seq=chats[-1].seq))

    async def stream_in_groups(self, requests, context):
        waiting = asyncio.Queue(MOST_WAITING)

        async def read():
            while (request := await context.read()) is not grpc.aio.EOF:
                await waiting.put(request)
            await waiting.put(None)

        reader = asyncio.create_task(read())
        producer, has_more = "", True
        while has_more:
            group = [await waiting.get()]
            while not waiting.empty():
                group.append(waiting.get_nowait())
            if group[-1] is None:
                has_more = False
                group.pop()
            rows = []
            for request in group:
                producer = request.producer or producer
                rows += [(producer, chat.seq, chat.chat.SerializeToString()) for chat in request.chats]
            if rows:
                self.keep(rows)
                await context.write(chat_log_pb2.StreamChatsResponse(upto_seq=rows[-1][1]))
        await reader


async def serve():
    gc.freeze()
    gc.disable()  # messages make no cycles
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 64 << 20)])
    log = ChatLog(pathlib.Path(sys.argv[2]) / "chats.db", "--group" in sys.argv[3:])
    chat_log_pb2_grpc.add_ChatLogServiceServicer_to_server(log, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(f"127.0.0.1:{port}", flush=True)
    await server.wait_for_termination()


asyncio.run(serve())
