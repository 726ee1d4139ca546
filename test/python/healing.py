"""Checks of connections that are lost: sessions taken up again, sessions that cannot be, and codes that are final."""

from __future__ import annotations

import json
import time
import uuid
from typing import List

from checks import Found, error_of, expect, symbol, told, tick
from rfc6455 import WebSocket
from sluice_client import Client, advice

PATIENCE_S = 15.0


class CutOffClient(Client):
    """A client whose connection can be lost: before it reads, or so that what it writes last does not arrive."""

    is_failing = is_lost = False
    acknowledgements = 0

    def write(self, text: str) -> None:
        """Writes, or loses it."""
        self.is_lost = self.is_lost or self.is_failing
        if not self.is_lost:
            self.acknowledgements += json.loads(text)["op"] == "received"
            super().write(text)

    def lose(self) -> None:
        """What it writes next does not arrive, and what it reads then is the end of the connection."""
        self.is_failing = True

    def cut(self) -> None:
        """Resets the connection; what was not read yet is lost."""
        if self._socket is not None:
            self._socket.abort()

    def _read(self, timeout_s: float) -> None:
        if self.is_lost:
            self.cut()
        super()._read(timeout_s)

    def _connect(self) -> None:
        self.is_failing = self.is_lost = False
        super()._connect()


def cut(client: CutOffClient, publisher: Client) -> Found:
    """A connection that is lost again and again, in the middle of everything, leaves neither hole nor duplicate."""
    name, total = symbol(), 120
    operation = client.subscribe(f"tick.{name}", credit=8)
    messages, rows = iter(operation), iter(client.stream("report.rows", {"rows": total}, credit=7))
    before = len(client.closes)
    offsets: List[int] = []
    numbers: List[int] = []
    for turn in range(total):
        # Half of what is published comes of the client that loses its connection, often while it sends.
        (client if turn % 2 else publisher).emit("tick.send", tick(name, turn + 1), key=name)
        if turn % 10 == 3:
            client.cut()
        if turn % 10 == 6:
            client.lose()
            client.emit("tick.send", tick(name, total + turn), key=name)
            client.emit("tick.send", tick(name, total + turn), key=name)
        numbers.append(next(rows).n)
        offsets.append(next(messages).offset)
    client.settle()
    publisher.settle()
    expected = total + 2 * (total // 10)
    while len(offsets) < expected:
        offsets.append(next(messages).offset)
    expect(next(rows, None) is None, "the stream to end")
    expect(numbers == list(range(1, total + 1)), f"rows 1 to {total}, got {numbers}")
    expect(offsets == list(range(1, expected + 1)), f"offsets 1 to {expected}, got {offsets}")
    expect(not client.failures, f"no failure, got {client.failures}")
    messages.close()
    return {
        "rows": len(numbers),
        "messages": len(offsets),
        "cuts": len(client.closes) - before,
        "isResumed": client.welcome["resumed"],
        "hasSentAgain": client.sent_again > 0,
        "hasIgnoredRepeats": client.repeats > 0,
    }


def lost_session(client: CutOffClient, publisher: Client) -> Found:
    """A session that cannot be taken up again: what may safely be opened anew is, and the rest has failed."""
    name = symbol()
    operation = client.subscribe(f"tick.{name}", credit=4)
    messages = iter(operation)
    publisher.request("tick.send", tick(name, 1))
    offsets = [next(messages).offset]
    sleeper = client.begin("sleep", {"ms": 60_000})
    kept = client.begin("sleep", {"ms": 300}, idem=str(uuid.uuid4()), ack=True)
    client.wait(lambda: kept.is_accepted)
    client.welcome = {**client.welcome, "secret": "forgotten"}
    client.cut()
    publisher.request("tick.send", tick(name, 2))
    offsets.append(next(messages).offset)
    expect(kept.result() == {"sleptMs": 300}, f"the outcome of the first, got {kept.outcome}")
    lost = error_of(sleeper.result)
    messages.close()
    return {
        "isResumed": client.welcome["resumed"],
        "recovered": (operation.subscribed or {}).get("recovered"),
        "offsets": offsets,
        "isDuplicate": kept.is_duplicate,
        "lost": told(lost),
    }


def keep_alive(client: CutOffClient) -> Found:
    """Pings are answered, and who does not is closed with a code that says to come back at once."""
    expect(client.request("echo", 1) == 1, "to be there")
    pings, closes = ping_count(client), len(client.closes)
    client.wait(lambda: ping_count(client) >= pings + 2 or len(client.closes) > closes)
    expect(len(client.closes) == closes, f"the connection to stay, got {list(client.closes)[closes:]}")
    until = time.monotonic() + PATIENCE_S
    while not has_close_frame(client) and time.monotonic() < until:
        time.sleep(0.02)
    expect(client.request("echo", 1) == 1, "to be back")
    code = client.closes[closes]
    return {"code": code, "advice": advice(code), "isResumed": client.welcome["resumed"]}


def ping_count(client: Client) -> int:
    """Pings of the WebSocket layer on this connection."""
    return client._socket.pings if client._socket is not None else 0


def has_close_frame(client: Client) -> bool:
    """Whether what was sent to the client, which does not read, ends in a close frame of its four bytes."""
    if client._socket is None:
        return True
    try:
        there = client._socket.peek()
    except OSError:
        return True
    return len(there) >= 4 and b"\x88" in there


def stopped(url: str) -> Found:
    """Codes of 4000 to 4099 are final: for who sends nonsense, and for who is followed by another."""
    nonsense, taken = Client(url, PATIENCE_S), Client(url, PATIENCE_S)
    nonsense.write('{"op":')
    first = error_of(lambda: nonsense.request("echo"))
    other = WebSocket(url, "sluice.v1.json", PATIENCE_S)
    grant = {"session": taken.welcome["session"], "secret": taken.welcome["secret"], "received": 0}
    other.send(json.dumps({"op": "hello", "resume": grant}))
    welcome = json.loads(other.receive(PATIENCE_S) or "null")
    second = error_of(lambda: taken.request("echo"))
    third = error_of(lambda: taken.request("echo"))
    other.close(4000)
    return {
        "nonsense": first.close_code,
        "isResumed": welcome["resumed"],
        "taken": second.close_code,
        "still": third.close_code,
    }
