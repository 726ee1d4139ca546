"""What the checks of the dialogue have in common: how they fail, what they tell, and what they send."""

from __future__ import annotations

import uuid
from typing import Any, Callable, Dict, List

from operation import Breach, Operation, SluiceError

Found = Dict[str, Any]


def expect(is_so: bool, what: str) -> None:
    """Raises Breach with `expected …` unless it is so."""
    if not is_so:
        raise Breach(f"expected {what}")


def error_of(action: Callable[[], Any]) -> SluiceError:
    """The failure it has to end in."""
    try:
        value = action()
    except SluiceError as error:
        return error
    raise Breach(f"expected a failure, got {value!r}")


def told(error: SluiceError) -> Found:
    """What a failure says, but its words."""
    found = {"code": error.code, "started": error.started, "retry": error.retry, "afterMs": error.after_ms}
    return {name: value for name, value in {**found, "reason": error.reason}.items() if value is not None}


def symbol() -> str:
    """A symbol nobody has used."""
    return uuid.uuid4().hex[:12]


def tick(name: str, price: int) -> Found:
    """The data of `tick.send`."""
    return {"symbol": name, "price": price, "qty": 1}


def take(operation: Operation, total: int) -> List[Any]:
    """The next entries, gaps among them, of a subscription or stream, which is cancelled then."""
    entries = []
    for entry in operation:
        entries.append(entry)
        if len(entries) == total:
            break
    return entries
