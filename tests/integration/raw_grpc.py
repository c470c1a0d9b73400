"""A gRPC client of sockets and bytes, which sends what a real client library would refuse to. Standard library only.

    call = RawCall(server.address, "amooz.v1.ChatLogService/StreamChats")
    call.send(chats_request("app", [(1, chat(b"hello", b"hi"))]))
    call.receive()                 # the bytes of the next message
    call.close_in_the_middle()

HTTP/2 (RFC 9113) as far as one call on a connection of its own needs it: headers go out as literals without Huffman
coding (RFC 7541 section 6.2.2), those that come in are not decoded, so a call's end is seen and its status is not.
"""

import socket
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, ACK, END_HEADERS = 1, 1, 4
WINDOW = 65_535


def field(number, value):
    """One Protobuf field: bytes, or an int as a varint."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def chat(instruction, response):
    """A Chat of these raw bytes."""
    return field(1, instruction) + field(2, response)


def chats_request(producer, chats):
    """A StreamChatsRequest or AppendChatsRequest; `chats` are (seq, chat bytes)."""
    return field(1, producer.encode()) + b"".join(field(2, field(1, seq) + field(2, body)) for seq, body in chats)


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _literal(name, value):
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


class RawCall:
    def __init__(self, address, method, timeout=30, reads=True):
        """`reads=False`: never gives the server room to send more than one window of 64 KiB."""
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout)
        self._reads = reads
        self._in, self._messages = b"", b""
        self._window, self._stream_window, self._initial_window = WINDOW, WINDOW, WINDOW
        self.is_ended = False
        headers = [(":method", "POST"), (":scheme", "http"), (":path", "/" + method), (":authority", address),
                   ("te", "trailers"), ("content-type", "application/grpc")]
        self._socket.sendall(PREFACE + _frame(SETTINGS, 0, 0, b"") +
                             _frame(HEADERS, END_HEADERS, 1, b"".join(_literal(*header) for header in headers)))

    def close(self):
        self._socket.close()

    def close_in_the_middle(self, message):
        """Sends the first half of a message and goes away, as a process that was killed does."""
        self._send_bytes(_envelope(message)[:5 + len(message) // 2])
        self._socket.close()

    def send(self, message, last=False):
        self._send_bytes(_envelope(message))
        if last:
            self._socket.sendall(_frame(DATA, END_STREAM, 1, b""))

    def send_as_far_as_it_goes(self, message):
        """False once the server gives no more room to send, for as long as the timeout."""
        try:
            self.send(message)
            return True
        except TimeoutError:
            return False

    def receive(self):
        """The next message's bytes; None at the end of the call."""
        while True:
            if len(self._messages) >= 5:
                size = struct.unpack(">I", self._messages[1:5])[0]
                if len(self._messages) >= 5 + size:
                    message, self._messages = self._messages[5:5 + size], self._messages[5 + size:]
                    return message
            if self.is_ended:
                return None
            self._take_frame()

    def await_data(self):
        """Until the server has sent something, perhaps not a whole message."""
        while not self._messages and not self.is_ended:
            self._take_frame()

    # ---- Frames ----

    def _send_bytes(self, data):
        while data:
            while min(self._window, self._stream_window) <= 0 and not self.is_ended:
                self._take_frame()
            if self.is_ended:
                raise ConnectionError("the server ended the call")
            n = min(len(data), 16_384, self._window, self._stream_window)
            self._socket.sendall(_frame(DATA, 0, 1, data[:n]))
            self._window -= n
            self._stream_window -= n
            data = data[n:]

    def _bytes(self, n):
        while len(self._in) < n:
            more = self._socket.recv(1 << 16)
            if not more:
                self.is_ended = True
                raise ConnectionError("the server closed the connection")
            self._in += more
        out, self._in = self._in[:n], self._in[n:]
        return out

    def _take_frame(self):
        head = self._bytes(9)
        kind, flags, stream = struct.unpack(">BBI", head[3:])
        payload = self._bytes(int.from_bytes(head[:3], "big"))
        if kind == DATA:
            self._messages += payload
            if payload and self._reads:
                update = struct.pack(">I", len(payload))
                self._socket.sendall(_frame(WINDOW_UPDATE, 0, 0, update) + _frame(WINDOW_UPDATE, 0, 1, update))
        elif kind == WINDOW_UPDATE:
            more = struct.unpack(">I", payload)[0]
            if stream == 0:
                self._window += more
            else:
                self._stream_window += more
        elif kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack(">HI", payload[at:at + 6])
                if name == 4:  # SETTINGS_INITIAL_WINDOW_SIZE
                    self._stream_window += value - self._initial_window
                    self._initial_window = value
            self._socket.sendall(_frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self._socket.sendall(_frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self.is_ended = True
        if kind == RESET or (kind in (DATA, HEADERS) and flags & END_STREAM):
            self.is_ended = True


def _envelope(message):
    return b"\0" + struct.pack(">I", len(message)) + message
