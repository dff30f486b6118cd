"""A proxy between nodes and their hub that does to exchanges what bad lines and bad machines do.

    with Proxy(lambda: hub.port) as proxy:
        proxy.follow(lambda exchange: Plan(cut_answer=0.5) if exchange.number == 2 else PASS)

It knows as much of HTTP/1.1 as it takes to tell messages apart, and runs on a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

#: The stream of events goes through untouched and is not counted.
EVENTS = "/sync/v1/events"
HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 64 << 10


class Point(Enum):
    """A moment of an exchange at which something can be made to happen."""

    #: The request is here, and nothing of it at the hub.
    REQUEST = "before the request reached the hub"
    HALF_REQUEST = "half-way through the request"
    #: The request is at the hub; the hook runs beside its work.
    PROCESSING = "while the hub works"
    #: The answer is here, and nothing of it at the node: what the hub did is committed.
    ANSWER = "before the answer reached the node"
    HALF_ANSWER = "half-way through the answer"
    #: The answer is at the node; the hook runs beside its work.
    ANSWERED = "while the node merges"


@dataclass(frozen=True)
class Exchange:
    """One request as it came; `number` counts from 1 since the plan is followed."""

    number: int
    path: str
    replica: str
    request: bytes


@dataclass(frozen=True)
class Plan:
    """What is done to one exchange; by default nothing."""

    #: This share of the bytes goes on, then both connections break.
    cut_request: float | None = None
    cut_answer: float | None = None
    #: The second half of the body is dropped, and the head made to fit: whole HTTP, wrong content.
    halve_request: bool = False
    halve_answer: bool = False
    #: The hub gets the request twice. The node gets the first answer, or the second.
    repeat: bool = False
    answer_with_repeat: bool = False
    #: Seconds that the answer is kept back; bytes a second at which it is let through.
    delay: float = 0
    drip: int | None = None
    #: The connection ends with a reset instead of an orderly end.
    reset: bool = False
    #: Answered in the hub's place.
    answer: bytes | None = None
    hooks: dict[Point, Callable[[], None]] = field(default_factory=dict)


PASS = Plan()


@dataclass
class Seen:
    """What became of an exchange: the status that each sending was answered with, and how large the messages were."""

    exchange: Exchange
    statuses: list[int] = field(default_factory=list)
    answer_size: int = 0


class Cut(Exception):
    """The exchange ends here."""


class Proxy:
    """Listens on a loopback port and forwards to whatever port the hub has at the moment."""

    def __init__(self, hub_port: Callable[[], int], port: int = 0):
        self._hub_port, self.port = hub_port, port
        self._plan: Callable[[Exchange], Plan] = lambda _: PASS
        self._count = 0
        self.seen: list[Seen] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._server = self._await(asyncio.start_server(self._connected, "127.0.0.1", self.port, limit=HEAD_LIMIT))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_) -> None:
        self._await(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def follow(self, plan: Callable[[Exchange], Plan]) -> None:
        """Follows a plan from the next exchange on, which is number 1 of it."""
        self._plan, self._count, self.seen = plan, 0, []

    def pass_all(self) -> None:
        self.follow(lambda _: PASS)

    def _await(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # One connection

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await read_head(reader):
                body = await read_body(reader, head)
                await self._exchange(head, body, writer)
        except (Cut, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(self, head: bytes, body: bytes, client: asyncio.StreamWriter) -> None:
        path = head.split(b" ", 2)[1].decode("ascii", "replace")
        if path == EVENTS:
            return await self._stream(head, client)
        self._count += 1
        exchange = Exchange(self._count, path, header(head, b"jilian-replica").decode(), head + body)
        plan, seen = self._plan(exchange), Seen(exchange)
        self.seen.append(seen)
        try:
            await self._carry_out(plan, seen, head, body, client)
        except Cut:
            if plan.reset:
                client.transport.abort()
            raise

    async def _carry_out(self, plan: Plan, seen: Seen, head: bytes, body: bytes, client: asyncio.StreamWriter) -> None:
        answer = plan.answer
        if answer is None:
            await self._reach(Point.REQUEST, plan)
            head, body = halved(head, body) if plan.halve_request else (head, body)
            answer = await self._ask(plan, seen, head + body)
            if plan.repeat:
                again = await self._ask(PASS, seen, head + body)
                answer = again if plan.answer_with_repeat else answer
        seen.answer_size = len(answer)
        await asyncio.sleep(plan.delay)  # the delay is the fault that the plan asks for
        await self._reach(Point.ANSWER, plan)
        if plan.halve_answer:
            head, _, body = answer.partition(HEAD_END)
            answer = b"".join(halved(head + HEAD_END, body))
        await self._answer(plan, answer, client)

    async def _ask(self, plan: Plan, seen: Seen, request: bytes) -> bytes:
        """Sends a request to the hub, as far as the plan lets it go, and reads the whole answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._hub_port(), limit=HEAD_LIMIT)
        try:
            half = len(request) // 2
            if plan.cut_request is not None:
                writer.write(request[:int(plan.cut_request * len(request))])
                await writer.drain()
                raise Cut
            writer.write(request[:half])
            await writer.drain()
            await self._reach(Point.HALF_REQUEST, plan)
            writer.write(request[half:])
            await writer.drain()
            beside = asyncio.ensure_future(self._reach(Point.PROCESSING, plan))
            try:
                head = await read_head(reader)
                if not head:
                    raise Cut
                answer = head + await read_body(reader, head)
            finally:
                await beside
            seen.statuses.append(int(head.split(b" ", 2)[1]))
            return answer
        finally:
            writer.close()

    async def _answer(self, plan: Plan, answer: bytes, client: asyncio.StreamWriter) -> None:
        if plan.cut_answer is not None:
            client.write(answer[:int(plan.cut_answer * len(answer))])
            await client.drain()
            raise Cut
        if plan.drip is not None:
            for at in range(0, len(answer), plan.drip):
                client.write(answer[at:at + plan.drip])
                await client.drain()
                await asyncio.sleep(1)  # a drip: so many bytes a second are the fault
            return
        half = len(answer) // 2
        client.write(answer[:half])
        await client.drain()
        await self._reach(Point.HALF_ANSWER, plan)
        client.write(answer[half:])
        await client.drain()
        await self._reach(Point.ANSWERED, plan)

    async def _reach(self, point: Point, plan: Plan) -> None:
        if hook := plan.hooks.get(point):
            await asyncio.get_running_loop().run_in_executor(None, hook)

    async def _stream(self, head: bytes, client: asyncio.StreamWriter) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._hub_port())
        try:
            writer.write(head)
            while chunk := await reader.read(4096):
                client.write(chunk)
                await client.drain()
        finally:
            writer.close()
        raise Cut


# HTTP, as far as it is needed

async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The head of the next message; nothing where the connection ends."""
    try:
        return await reader.readuntil(HEAD_END)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""


async def read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    """The body that follows a head; chunks stay as they are."""
    if header(head, b"transfer-encoding").lower() != b"chunked":
        return await reader.readexactly(int(header(head, b"content-length") or 0))
    pieces = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        pieces += [line, await reader.readexactly(size + 2)]
        if size == 0:
            return b"".join(pieces)


def header(head: bytes, name: bytes) -> bytes:
    """A field's value; nothing if it is not there."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def halved(head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """A message with the first half of its body, and a head that says so."""
    half = body[:len(body) // 2]
    lines = [line for line in head.removesuffix(HEAD_END).split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join([*lines, b"content-length: %d" % len(half)]) + HEAD_END, half
