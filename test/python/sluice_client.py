"""A client of `sluice.v1`, written from PROTOCOL.md alone: requests, streams, emits and subscriptions that heal.

It has no thread: it reads, acknowledges and answers pings while one of its calls waits. A caller that stays away for
longer than `keepAliveMs` loses the connection, and has it back with the next call. What it holds is bounded by credit.
"""

from __future__ import annotations

import json
import random
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional

from operation import CREDIT_DEFAULT, Breach, Frame, Operation, SluiceError, failure
from rfc6455 import Closed, Refused, WebSocket

NUMBERED = {"ack", "item", "gap", "end", "error", "subscribed"}
ACK_FRAMES, ACK_S = 64, 1.0
BACKOFF_S, BACKOFF_MAX_S = 0.1, 5.0
CONNECT_S = 10.0
KEPT_MAX = 256
END_CODE = 4000


def advice(code: int) -> str:
    """What a close code tells a client, by its range: `stop`, `backoff` or `now`. Others are an accident: `now`."""
    return "stop" if 4000 <= code < 4100 else "backoff" if 4100 <= code < 4200 else "now"


class Client:
    """One session, on as many connections as it takes. Not to be shared between threads."""

    def __init__(self, url: str, patience_s: float = 30.0) -> None:
        """Connects. `url` is that of the socket; `patience_s` bounds each wait, and each way back."""
        self.url, self.patience_s = url, patience_s
        self.welcome: Frame = {}
        self.closes: Deque[int] = deque(maxlen=KEPT_MAX)
        self.failures: Deque[Frame] = deque(maxlen=KEPT_MAX)
        self.refusals: Deque[Frame] = deque(maxlen=KEPT_MAX)
        self.repeats = self.credit_waits = self.sent_again = self.events = self.credit_max = 0
        self._open: Dict[int, Operation] = {}
        # Frames with an id that may not have come: the last of the `_count` that were sent in the session.
        self._unsure: Deque[Frame] = deque()
        self._ids = self._count = self._pinged = self._received = self._acknowledged = 0
        self._acknowledged_at = time.monotonic()
        self._socket: Optional[WebSocket] = None
        self._ended: Optional[SluiceError] = None
        self._heal(None)

    def begin(self, type: str, data: Any = None, is_watched: bool = True, **fields: Any) -> Operation:
        """Sends an event as soon as there is credit for it. `fields` are those of `event`."""
        frame = {"op": "event", "id": self._next_id(), "type": type, "data": data, **fields}
        return self._begin(Operation(self, frame, is_watched), frame)

    def request(self, type: str, data: Any = None, **fields: Any) -> Any:
        """Sends an event and waits for its outcome. @returns its data; raises SluiceError"""
        return self.begin(type, data, **fields).result()

    def stream(self, type: str, data: Any = None, credit: int = CREDIT_DEFAULT, **fields: Any) -> Operation:
        """Sends an event whose outcome is a stream, to be iterated: `Item` and `Gap`."""
        return self.begin(type, data, credit=credit, **fields)

    def subscribe(self, topic: str, credit: int = CREDIT_DEFAULT, **fields: Any) -> Operation:
        """Opens a subscription, to be iterated: `Message` and `Gap`. Raises SluiceError where it is refused."""
        frame = {"op": "subscribe", "id": self._next_id(), "topic": topic, "credit": credit, **fields}
        operation = self._begin(Operation(self, frame, True), frame)
        self.wait(lambda: operation.subscribed is not None or operation.outcome is not None)
        if operation.outcome is not None:
            operation.result()
        return operation

    def emit(self, type: str, data: Any = None, **fields: Any) -> None:
        """Sends an event nobody waits for, as soon as there is credit; what fails is in `failures`.

        It has an id all the same: `welcome` counts only frames that have one, and without it a client that lost its
        connection could neither send again what was lost nor know how much of its credit is left.
        """
        self.begin(type, data, is_watched=False, **fields)

    def settle(self) -> None:
        """Waits until all emits have ended."""
        self.wait(lambda: all(operation.is_watched for operation in self._open.values()))

    def close(self) -> None:
        """Ends the session."""
        if self._socket is not None:
            self._socket.close(END_CODE)
            self._socket = None
        self._ended = SluiceError(failure("cancelled", "the client was closed", "no", "no"))

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Reads until it is done, on another connection where one is lost. Raises TimeoutError after `patience_s`."""
        begun = time.monotonic()
        wait_s = 0.0
        while True:
            try:
                self._read(wait_s)
                self._tend(begun)
            except Closed as closed:
                self._heal(closed)
            if is_done():
                return
            wait_s = min(ACK_S, begun + self.patience_s - time.monotonic())
            if wait_s <= 0:
                raise TimeoutError(f"expected an answer within {self.patience_s} s")

    def send(self, frame: Frame) -> None:
        """Sends a frame; one with an id is kept until it is known to have come, and sent again if it was lost."""
        text = json.dumps(frame, separators=(",", ":"), ensure_ascii=False)
        most = self.welcome["payloadBytesMax"]
        if len(text.encode()) > most:
            raise SluiceError(failure("invalid_argument", f"expected at most {most} bytes", "no", "no"))
        if "id" in frame:
            self._unsure.append(frame)
            self._count += 1
        try:
            self.write(text)
        except Closed as closed:
            self._heal(closed)

    def write(self, text: str) -> None:
        """Writes a message to the connection there is. Tests of lost connections put themselves in its place."""
        if self._socket is None:
            raise Closed(1006)
        self._socket.send(text)

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    def _begin(self, operation: Operation, frame: Frame) -> Operation:
        if frame["op"] == "event" and frame.get("priority") != "critical":
            self.wait(lambda: True)
            if self.events >= self.credit_max:
                self.credit_waits += 1
                self.wait(lambda: self.events < self.credit_max)
            self.events += 1
        self._open[frame["id"]] = operation
        operation.session = self.welcome["session"]
        try:
            self.send(frame)
        except SluiceError:
            self._open.pop(frame["id"], None)
            raise
        return operation

    def _read(self, timeout_s: float) -> None:
        if self._socket is None:
            raise Closed(1006)
        text = self._socket.receive(timeout_s)
        if text is not None:
            message = json.loads(text)
            for frame in message if isinstance(message, list) else [message]:
                self._take(frame)

    def _tend(self, begun: float) -> None:
        """Acknowledges what came, and asks for a sign of life, and for how much arrived, where that is due."""
        # A gateway that hears nothing asks after half of `keepAliveMs`; one that has not in the whole is in doubt.
        now = time.monotonic()
        fresh = self._received - self._acknowledged
        is_due = fresh >= ACK_FRAMES or (fresh > 0 and now - self._acknowledged_at >= ACK_S)
        quiet_ms = (now - max(begun, self._socket.heard_at if self._socket else 0)) * 1000
        if quiet_ms > 2 * self.welcome["keepAliveMs"]:
            raise Closed(1006, "(nothing was heard)")
        if is_due and "secret" in self.welcome:
            self._acknowledged, self._acknowledged_at = self._received, now
            self.write(json.dumps({"op": "received", "s": self._received}))
        if self._count - self._pinged >= ACK_FRAMES or quiet_ms > self.welcome["keepAliveMs"]:
            self._pinged = self._count
            self.write(json.dumps({"op": "ping", "at": self._count}))

    def _take(self, frame: Frame) -> None:
        op, id = frame["op"], frame.get("id")
        if "s" in frame:
            if frame["s"] != self._received + 1:
                raise Breach(f"expected the number {self._received + 1}, got {frame}")
            self._received += 1
        elif "secret" in self.welcome and id is not None and op in NUMBERED:
            raise Breach(f"expected a number, got {frame}")
        if op == "welcome":
            self._welcome(frame)
        elif op == "credit":
            self.credit_max = frame["max"]
        elif op == "pong":
            self._forget(frame.get("at", 0))
        elif op == "error" and id is None:
            self.refusals.append(frame)
        elif id in self._open:
            operation = self._open[id]
            operation.take(frame)
            if operation.outcome is not None:
                del self._open[id]
                if op == "error" and not operation.is_watched and frame["code"] != "cancelled":
                    self.failures.append(frame)

    def _forget(self, arrived: int) -> None:
        """Lets go of frames that came: those before a ping that was answered, and those `welcome` counts."""
        while self._unsure and self._count - len(self._unsure) < arrived:
            self._unsure.popleft()

    def _heal(self, closed: Optional[Closed]) -> None:
        """Connects, again if need be, and takes the session up. Raises SluiceError where that cannot be."""
        if self._ended is not None:
            raise self._ended
        until, pause_s = time.monotonic() + self.patience_s, BACKOFF_S
        while True:
            if closed is not None:
                self.closes.append(closed.code)
                if self._socket is not None:
                    self._socket.abort()
                    self._socket = None
                is_final = advice(closed.code) == "stop" or isinstance(closed, Refused) and closed.status < 500
                if is_final or time.monotonic() > until:
                    self._fail(closed)
                if isinstance(closed, Refused) or advice(closed.code) == "backoff" or pause_s > BACKOFF_S:
                    time.sleep(pause_s * random.uniform(0.5, 1))
                pause_s = min(BACKOFF_MAX_S, pause_s * 2)
            try:
                self._connect()
                return self._reopen()
            except Closed as error:
                closed = error

    def _connect(self) -> None:
        """Opens a connection, says `hello` and waits for `welcome`."""
        hello: Frame = {"op": "hello", "batch": True, "resume": True}
        if "secret" in self.welcome:
            grant = {name: self.welcome[name] for name in ("session", "secret")}
            hello["resume"] = {**grant, "received": self._received}
        self._socket = WebSocket(self.url, "sluice.v1.json", CONNECT_S)
        self._socket.send(json.dumps(hello))
        before, until = self.welcome, time.monotonic() + CONNECT_S
        while self.welcome is before:
            if time.monotonic() > until:
                raise Closed(1006, "(expected welcome)")
            self._read(until - time.monotonic())

    def _welcome(self, frame: Frame) -> None:
        """Goes on where the session was, or begins anew."""
        self.welcome, self.credit_max = frame, frame["credit"]
        if not frame["resumed"]:
            self._unsure.clear()
            self._count = self._pinged = self._received = self._acknowledged = self.events = 0
            return
        if not self._count - len(self._unsure) <= frame["received"] <= self._count:
            raise Breach(f"expected received up to {self._count}, got {frame}")
        for operation in self._open.values():
            operation.doubtful = set(operation.offsets)
        self._forget(frame["received"])
        self._pinged = frame["received"]
        for lost in list(self._unsure):
            self.sent_again += 1
            self.write(json.dumps(lost))

    def _reopen(self) -> None:
        """Opens in a new session what was open in the one before, where that cannot do anything twice."""
        for operation in list(self._open.values()):
            if operation.outcome is None and operation.session != self.welcome["session"]:
                self._open.pop(operation.frame["id"], None)
                frame = operation.again()
                if frame is None:
                    operation.outcome = failure("unavailable", "the session is over", "maybe", "backoff")
                else:
                    self._begin(operation, frame)

    def _fail(self, closed: Closed) -> None:
        """Ends all that is open, and raises."""
        retry = "no" if advice(closed.code) == "stop" else "backoff"
        error = failure("unavailable", str(closed), "maybe", retry)
        for operation in self._open.values():
            operation.outcome = error
        self._open.clear()
        self._ended = SluiceError(error, closed.code)
        raise self._ended
