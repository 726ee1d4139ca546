"""Walks through the protocol with a running gateway: `python3 dialogue.py ws://127.0.0.1:8080/v1/socket`.

Prints a line of JSON for each check, with what it found, and exits with 1 at the first breach. The gateway needs the
demo handlers, `anonymous.publish` with `tick.*`, a small window, and a `keepAliveMs` of seconds.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Callable, Dict, List

from checks import Found, error_of, expect, symbol, take, told, tick
from healing import PATIENCE_S, CutOffClient, cut, keep_alive, lost_session, stopped
from operation import Breach, Gap, Item, Message, SluiceError
from rfc6455 import Closed
from sluice_client import ACK_FRAMES, Client


def request(client: Client) -> Found:
    """A value comes back as it was."""
    data = {"text": "größer\u2028", "list": [1, 2.5, None, True], "map": {"deep": {"er": "🌊"}}}
    expect(client.request("echo", data) == data, f"echo to answer with {data}")
    size = 60_000
    expect(len(client.request("echo", "x" * size)) == size, "a long string to come back")
    return {"bytes": size}


def failures(client: Client) -> Found:
    """Failures say what they are, and whether the handler may have seen the event."""
    order = {"customer": "ada", "sku": "a1", "qty": 0}
    sleeper = client.begin("sleep", {"ms": 60_000}, ack=True)
    client.wait(lambda: sleeper.is_accepted)
    sleeper.cancel()
    return {
        "route": told(error_of(lambda: client.request("order.shred"))),
        "schema": told(error_of(lambda: client.request("order.place", order))),
        "handler": told(error_of(lambda: client.request("fail", {"code": "unavailable", "message": "counting"}))),
        "accident": told(error_of(lambda: client.request("fail", {"message": "a secret"}))),
        "deadline": told(error_of(lambda: client.request("sleep", {"ms": 60_000}, ttl=50))),
        "cancelled": told(error_of(sleeper.result)),
        "tooLarge": told(error_of(lambda: client.request("echo", "x" * client.welcome["payloadBytesMax"]))),
    }


def stream(client: CutOffClient) -> Found:
    """A thousand items come in order, ten at a time."""
    before = client.acknowledgements
    operation = client.stream("report.rows", {"rows": 1000}, credit=10)
    aheads: List[int] = []
    items: List[Item] = []
    for item in operation:
        expect(isinstance(item, Item), f"an item, got {item}")
        items.append(item)
        aheads.append(operation.arrived - len(items) + 1)
    expect([item.n for item in items] == list(range(1, 1001)), "the numbers 1 to 1000")
    expect(all(item.data["row"] == item.n for item in items), "each row under its number")
    client.request("echo")
    acknowledged = client.acknowledgements - before
    expect(acknowledged >= 1000 // ACK_FRAMES, f"acknowledgements every {ACK_FRAMES} frames, got {acknowledged}")
    unsure = len(client._unsure)
    expect(unsure <= 2 * ACK_FRAMES, f"pongs to tell what came, got {unsure} that may not have")
    return {"items": len(items), "end": (operation.outcome or {}).get("n"), "aheadMax": max(aheads)}


def cancelled_stream(client: Client) -> Found:
    """A stream that is left is cancelled, and its id is free then."""
    operation = client.stream("count", {"to": 1_000_000}, credit=5)
    taken = []
    for item in operation:
        taken.append(item.n)
        if len(taken) == 7:
            break
    error = error_of(operation.result)
    expect(client.request("echo", "after") == "after", "the session to go on")
    return {"taken": taken, **told(error)}


def emits(client: Client) -> Found:
    """Many more emits than there is credit: all are done in their order, and none is refused."""
    name, total = symbol(), 200
    first_max, waits_before = client.welcome["credit"], client.credit_waits
    for price in range(1, total + 1):
        client.emit("tick.send", tick(name, price), key=name)
        expect(client.events <= client.credit_max, "to stay within the credit")
    client.settle()
    expect(not client.failures and not client.refusals, f"no failure, got {client.failures} {client.refusals}")
    prices = [message.data["price"] for message in take(client.subscribe(f"tick.{name}", rewind=total), total)]
    expect(prices == list(range(1, total + 1)), f"all prices in their order, got {prices}")
    waits = client.credit_waits - waits_before
    return {"emits": total, "firstMax": first_max, "done": len(prices), "hasWaited": waits > 0}


def subscription(client: Client) -> Found:
    """A rewind brings what was before, then what comes; `from` goes on behind an offset."""
    name = symbol()
    for price in range(1, 6):
        client.request("tick.send", tick(name, price))
    operation = client.subscribe(f"tick.{name}", rewind=3, credit=2)
    begun = operation.subscribed or {}
    for price in range(6, 9):
        client.emit("tick.send", tick(name, price), key=name)
    offsets = [message.offset for message in take(operation, 6)]
    where = {"epoch": begun["epoch"], "offset": 6}
    behind = [message.offset for message in take(client.subscribe(f"tick.{name}", **{"from": where}), 2)]
    client.settle()
    refused = error_of(lambda: client.subscribe("tick.*", rewind=1))
    return {"begins": begun["offset"], "offsets": offsets, "behind": behind, "pattern": told(refused)}


def gap(client: Client) -> Found:
    """Of a topic and of a stream only the newest counts: a gap tells of the others, before it."""
    name = symbol()
    for price in range(1, 6):
        client.request("tick.send", tick(name, price), key=name)
    operation = client.subscribe(f"tick.{name}", rewind=5, credit=0, overflow="latest")
    expect(not operation.entries, "nothing before it is pulled")
    missed, newest = take(operation, 2)
    expect(isinstance(missed, Gap) and isinstance(newest, Message), f"a gap and a message, got {missed} {newest}")
    counted = list(client.stream("count", {"to": 100}, credit=1, overflow="latest"))
    items = sum(isinstance(entry, Item) for entry in counted)
    conflated = sum(entry.count for entry in counted if isinstance(entry, Gap))
    expect(items < 100 and items + conflated == 100, f"items and gaps to be 100 in all, got {counted}")
    return {"topic": missed._asdict(), "offset": newest.offset, "newest": counted[-1].n, "accounted": items + conflated}


def idempotent(client: Client) -> Found:
    """An event sent again is done once, and other content under its key is refused."""
    idem = str(uuid.uuid4())
    order = {"customer": "ada", "sku": "a1", "qty": 2}
    first = client.begin("order.place", order, idem=idem, ack=True)
    placed = first.result()
    again = client.begin("order.place", order, idem=idem)
    expect(again.result() == placed, f"the same order, got {again.outcome}")
    other = error_of(lambda: client.request("order.place", {**order, "qty": 3}, idem=idem))
    return {"first": first.is_duplicate, "again": again.is_duplicate, "other": told(other)}


def main(url: str) -> None:
    """Holds the dialogue."""
    client, publisher = CutOffClient(url, PATIENCE_S), Client(url, PATIENCE_S)
    checks: Dict[str, Callable[[], Found]] = {
        "request": lambda: request(client),
        "failures": lambda: failures(client),
        "stream": lambda: stream(client),
        "cancelled stream": lambda: cancelled_stream(client),
        "emits": lambda: emits(client),
        "subscription": lambda: subscription(client),
        "gap": lambda: gap(client),
        "idempotent": lambda: idempotent(client),
        "cut": lambda: cut(client, publisher),
        "lost session": lambda: lost_session(client, publisher),
        "keep alive": lambda: keep_alive(client),
        "stopped": lambda: stopped(url),
    }
    for name, check in checks.items():
        try:
            found = check()
        except (Breach, SluiceError, TimeoutError, Closed) as error:
            sys.exit(f"{name}: {type(error).__name__}: {error}")
        print(json.dumps({"check": name, **found}), flush=True)
    client.close()
    publisher.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("expected the URL of a gateway's socket")
    main(sys.argv[1])
