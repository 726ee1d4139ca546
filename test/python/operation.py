"""What a client has open: an event or a subscription, what came of it, and the credit it has for more."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Deque, Dict, Iterator, Mapping, NamedTuple, Optional, Set, Union

if TYPE_CHECKING:
    from sluice_client import Client

Frame = Dict[str, Any]
CREDIT_DEFAULT = 32
TOPICS_MAX = 4096


class SluiceError(Exception):
    """An operation failed. `started`: was it perhaps seen; `retry` and `after_ms`: whether to try again, and when."""

    def __init__(self, frame: Mapping[str, Any], close_code: Optional[int] = None) -> None:
        super().__init__(f"{frame['code']}: {frame['message']}")
        self.code: str = frame["code"]
        self.started: str = frame["started"]
        self.retry: str = frame["retry"]
        self.after_ms: Optional[int] = frame.get("afterMs")
        self.reason: Optional[str] = frame.get("reason")
        self.details: Any = frame.get("details")
        self.close_code = close_code


class Breach(Exception):
    """The gateway did what the protocol does not allow."""


class Item(NamedTuple):
    """One item of a stream, numbered from 1."""

    n: int
    data: Any
    key: Optional[str]


class Message(NamedTuple):
    """One message of a topic."""

    topic: str
    offset: int
    data: Any
    key: Optional[str]


class Gap(NamedTuple):
    """Of what is numbered `first` to `last`, `count` will not come."""

    first: int
    last: int
    count: int
    reason: str
    topic: Optional[str]
    epoch: Optional[str]


def failure(code: str, message: str, started: str, retry: str) -> Frame:
    """A failure this side found, in the form of the gateway's."""
    return {"op": "error", "code": code, "message": message, "started": started, "retry": retry}


class Operation:
    """An event or subscription that is open, and what came of it. Iterating takes its entries and pulls for more."""

    def __init__(self, client: Client, frame: Frame, is_watched: bool) -> None:
        self.client, self.frame, self.is_watched = client, frame, is_watched
        self.session = ""
        self.entries: Deque[Union[Item, Message, Gap]] = deque()
        self.outcome: Optional[Frame] = None
        self.subscribed: Optional[Frame] = None
        self.is_accepted = self.is_duplicate = False
        self.credit: int = frame.get("credit", CREDIT_DEFAULT)
        self.granted, self.arrived, self.taken = self.credit, 0, 0
        self.epoch: Optional[str] = None
        self.offsets: Dict[str, int] = {}
        self.doubtful: Set[str] = set()

    def result(self) -> Any:
        """Waits for the outcome. @returns the data of `end`; raises SluiceError"""
        self.client.wait(lambda: self.outcome is not None)
        outcome = self.outcome or {}
        if outcome["op"] == "error":
            raise SluiceError(outcome)
        return outcome.get("data")

    def pull(self, most: int) -> None:
        """Allows `most` items or messages in all."""
        if self.outcome is None and most > self.granted:
            self.granted = most
            self.client.send({"op": "pull", "id": self.frame["id"], "max": most})

    def cancel(self) -> None:
        """Asks for the end, which comes as an outcome; what else comes of it is let go."""
        self.is_watched = False
        self.entries.clear()
        if self.outcome is None:
            self.client.send({"op": "cancel", "id": self.frame["id"]})

    def __iter__(self) -> Iterator[Union[Item, Message, Gap]]:
        try:
            while True:
                if not self.entries and self.outcome is not None:
                    self.result()
                    return
                if self.granted - self.taken <= self.credit // 2:
                    self.pull(self.taken + max(self.credit, 1))
                self.client.wait(lambda: bool(self.entries) or self.outcome is not None)
                if self.entries:
                    entry = self.entries.popleft()
                    self.taken += 0 if isinstance(entry, Gap) else 1
                    yield entry
        finally:
            if self.outcome is None:
                self.cancel()

    def take(self, frame: Frame) -> None:
        """Takes in a frame that has its id."""
        op = frame["op"]
        if op == "ack":
            self.is_accepted, self.is_duplicate = True, frame.get("duplicate", False)
        elif op == "subscribed":
            self._begin(frame)
        elif op in ("end", "error"):
            self.outcome = frame
        elif op == "gap":
            self._gap(frame)
        elif op == "item":
            self._arrive(Item(frame["n"], frame["data"], frame.get("key")))
        elif op == "message":
            self._message(frame)

    def again(self) -> Optional[Frame]:
        """What opens it anew in another session; None where that could do it twice."""
        if self.frame["op"] == "event":
            return self.frame if "idem" in self.frame and not self.arrived else None
        self.granted, self.arrived = self.credit, 0
        self.taken = -sum(not isinstance(entry, Gap) for entry in self.entries)
        if self.epoch is None:
            return self.frame
        frame = {name: value for name, value in self.frame.items() if name != "rewind"}
        return {**frame, "from": {"epoch": self.epoch, "offset": self.offsets.get(frame["topic"], 0)}}

    def _begin(self, frame: Frame) -> None:
        topic, last = self.frame["topic"], self.offsets.get(self.frame["topic"], 0)
        if self.subscribed is not None and not frame["recovered"]:
            offset = frame.get("offset", 0)
            self.entries.append(Gap(last + 1, offset, max(0, offset - last), "lost", topic, frame.get("epoch")))
        self.subscribed, self.epoch = frame, frame.get("epoch")
        if "offset" in frame:
            self.offsets[topic] = frame["offset"]

    def _gap(self, frame: Frame) -> None:
        topic, epoch = frame.get("topic"), frame.get("epoch")
        if frame["reason"] == "reset" and topic is not None:
            self.epoch, self.offsets[topic] = epoch, 0
        if self.is_watched:
            self.entries.append(Gap(frame["from"], frame["to"], frame["count"], frame["reason"], topic, epoch))

    def _message(self, frame: Frame) -> None:
        topic, offset = frame["topic"], frame["offset"]
        is_new_epoch = self.epoch is None and offset == 1 and topic not in self.doubtful
        if offset <= self.offsets.get(topic, 0) and not is_new_epoch:
            self.client.repeats += 1
            return
        self.doubtful.discard(topic)
        self.offsets.pop(topic, None)
        self.offsets[topic] = offset
        if len(self.offsets) > TOPICS_MAX:
            del self.offsets[next(iter(self.offsets))]
        self._arrive(Message(topic, offset, frame["data"], frame.get("key")))

    def _arrive(self, entry: Union[Item, Message]) -> None:
        self.arrived += 1
        if self.arrived > self.granted:
            raise Breach(f"expected at most {self.granted} within the credit, got {entry}")
        if self.is_watched:
            self.entries.append(entry)
