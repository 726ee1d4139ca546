"""A WebSocket client of RFC 6455 over a plain socket, as far as the gateway needs one: no TLS, no extensions."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time
from typing import Optional, Tuple
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
ACCEPT_SALT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_BYTES_MAX = 16_384
MESSAGE_BYTES_MAX = 64 * 2**20
SEND_TIMEOUT_S = 10.0


class Closed(Exception):
    """The connection is over. `code` is that of the close frame, or 1006 where there was none."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}".rstrip())
        self.code = code


class Refused(Closed):
    """The upgrade was answered with an HTTP `status` that is not 101."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(1006, f"(expected 101 Switching Protocols, got {line!r})")
        self.status = status


class WebSocket:
    """One connection. Blocking, for one thread; pings are answered while `receive` reads."""

    def __init__(self, url: str, protocol: str, timeout_s: float) -> None:
        where = urlsplit(url)
        host, port = where.hostname or "127.0.0.1", where.port or 80
        self.pings = 0
        self.heard_at = time.monotonic()
        self._unread = bytearray()
        self._message = bytearray()
        try:
            self.socket = socket.create_connection((host, port), timeout_s)
        except OSError as error:
            raise Closed(1006, str(error)) from error
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._upgrade(f"{host}:{port}", where.path or "/", protocol, timeout_s)
        except OSError as error:
            self.abort()
            raise Closed(1006, str(error)) from error
        except Closed:
            self.abort()
            raise

    def send(self, text: str) -> None:
        """Sends one text message. Where that fails, what the other side said last may tell why."""
        try:
            self._write(TEXT, text.encode())
        except Closed:
            while self.receive(0) is not None:
                pass
            raise

    def receive(self, timeout_s: float) -> Optional[str]:
        """The next text message, or None when none is whole by then."""
        until = time.monotonic() + timeout_s
        while True:
            frame = self._next_frame()
            if frame is None:
                if not self._fill(until - time.monotonic()):
                    return None
                continue
            is_final, opcode, payload = frame
            if opcode == PING:
                self.pings += 1
                self._write(PONG, payload)
            elif opcode == CLOSE:
                self._end(payload)
            elif opcode in (TEXT, CONTINUATION):
                self._message += payload
                if len(self._message) > MESSAGE_BYTES_MAX:
                    self.abort()
                    raise Closed(1006, f"(expected at most {MESSAGE_BYTES_MAX} bytes in a message)")
                if is_final:
                    message, self._message = self._message, bytearray()
                    return message.decode()
            elif opcode != PONG:
                self.abort()
                raise Closed(1006, f"(expected text, got a frame with the opcode {opcode})")

    def peek(self) -> bytes:
        """What has come and was not read, without reading it."""
        try:
            self.socket.settimeout(0)
            return self.socket.recv(4096, socket.MSG_PEEK)
        except BlockingIOError:
            return b""

    def close(self, code: int) -> None:
        """Says goodbye, and waits for a second at most until the other side has, too."""
        until = time.monotonic() + 1
        try:
            self._write(CLOSE, struct.pack("!H", code))
            while time.monotonic() < until:
                self.receive(until - time.monotonic())
        except Closed:
            pass
        self.abort()

    def abort(self) -> None:
        """Cuts the connection with a reset: no goodbye, and what was not read is lost."""
        if self.socket.fileno() >= 0:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()

    def _upgrade(self, host: str, path: str, protocol: str, timeout_s: float) -> None:
        """RFC 6455 section 4.1. `path` is taken as it is."""
        key = base64.b64encode(os.urandom(16))
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key.decode()}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n".encode()
        )
        until = time.monotonic() + timeout_s
        while b"\r\n\r\n" not in self._unread:
            if len(self._unread) > HEAD_BYTES_MAX or not self._fill(until - time.monotonic()):
                raise Closed(1006, "(expected the answer to an upgrade)")
        head, _, rest = bytes(self._unread).partition(b"\r\n\r\n")
        self._unread = bytearray(rest)
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if status.split(" ")[1:2] != ["101"]:
            raise Refused(int(status.split(" ")[1]), status)
        accept = base64.b64encode(hashlib.sha1(key + ACCEPT_SALT).digest()).decode()
        for name, expected in (("sec-websocket-accept", accept), ("sec-websocket-protocol", protocol)):
            if headers.get(name) != expected:
                raise Closed(1006, f"(expected {name}: {expected}, got {headers.get(name)!r})")

    def _fill(self, timeout_s: float) -> bool:
        """Reads what there is. @returns false when there was nothing in time"""
        try:
            self.socket.settimeout(max(0.0, timeout_s))
            got = self.socket.recv(65_536)
        except (socket.timeout, BlockingIOError):
            return False
        except OSError as error:
            raise Closed(1006, str(error)) from error
        if not got:
            self.abort()
            raise Closed(1006)
        self._unread += got
        self.heard_at = time.monotonic()
        return True

    def _next_frame(self) -> Optional[Tuple[bool, int, bytes]]:
        """Takes a frame out of what was read, if a whole one is there. RFC 6455 section 5.2; servers do not mask."""
        buffer = self._unread
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length >= 126:
            start, form = (4, "!H") if length == 126 else (10, "!Q")
            if len(buffer) < start:
                return None
            (length,) = struct.unpack_from(form, buffer, 2)
        if buffer[0] & 0x70 or buffer[1] & 0x80 or length > MESSAGE_BYTES_MAX:
            self.abort()
            raise Closed(1006, "(expected a frame without extensions and mask)")
        if len(buffer) < start + length:
            return None
        frame = (bool(buffer[0] & 0x80), buffer[0] & 0x0F, bytes(buffer[start : start + length]))
        del buffer[: start + length]
        return frame

    def _write(self, opcode: int, payload: bytes) -> None:
        """Sends one frame, masked with four random bytes."""
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        mask = os.urandom(4)
        stream = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")
        try:
            self.socket.settimeout(SEND_TIMEOUT_S)
            self.socket.sendall(head + mask + masked)
        except OSError as error:
            raise Closed(1006, str(error)) from error

    def _end(self, payload: bytes) -> None:
        """Answers a close frame with its like. 1005 stands for one without a code."""
        code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
        try:
            self._write(CLOSE, payload[:2])
        except Closed:
            pass
        self.socket.close()
        raise Closed(code, payload[2:].decode(errors="replace"))
