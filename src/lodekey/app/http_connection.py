"""One connection of the front: the requests that wait their turn, answers in order, deadlines."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from lodekey.app.http_reader import BODY, HEAD, IDLE, Reader, Refused
from lodekey.app.http_writer import CONTINUE, Unwritable, refusal, written
from lodekey.wire.http import HttpRequest, HttpResponse, Incoming, Stream

if TYPE_CHECKING:
    from lodekey.app.front import Front

log = logging.getLogger("lodekey.front")


class _Exchange:
    """One request and the answer that it will have."""

    __slots__ = ("keep", "refused", "request")

    def __init__(
        self, request: HttpRequest | None, *, keep: bool, refused: Refused | None = None
    ) -> None:
        self.request = request
        self.keep = keep
        self.refused = refused


def drop_body(request: HttpRequest | None) -> None:
    """Let go of a long body that came with a request that nobody will answer."""
    if request is not None and isinstance(request.body, Incoming):
        request.body.drop()


class Connection(asyncio.Protocol):
    """Reads requests off one socket and writes the answers in order."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._limits = front.limits
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._reader: Reader = None  # type: ignore[assignment]
        self._waiting: deque[_Exchange] = deque()
        self._current: _Exchange | None = None
        self._phase = IDLE
        self._since = 0.0
        self._write_by = 0.0  # while the client leaves answers unread
        self._buffered = 0
        self._fresh = True
        self._owes_continue = False
        self._deaf = False  # what comes in is thrown away
        self._closing = False
        self._full = False
        self._stream: Stream | None = None  # what is being sent piece by piece
        self._pieces: Iterator[bytes] = iter(())

    @property
    def idle_since(self) -> float | None:
        """When the last answer left, or the client came; None where something is asked."""
        asked = self._current or self._waiting or (self._phase != IDLE and not self._fresh)
        return None if asked else self._since

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        self._transport = transport  # type: ignore[assignment]
        if not self._front.admit(self):
            self._closing = self._deaf = True
            transport.close()
            return
        peer = transport.get_extra_info("peername")
        self._reader = Reader(
            self._limits,
            peer[0] if isinstance(peer, tuple) else "127.0.0.1",
            secure=self._front.secure,
            deliver=self._deliver,
            expects=self._expects,
            hold=self._hold,
        )
        # The first request is awaited as if it had begun.
        self._phase, self._since = HEAD, self._front.now

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed."""
        self._front.connections.discard(self)
        self._closing = self._deaf = True
        self._forget_waiting()
        self._drop_stream()
        if self._reader is not None:
            self._reader.release()
            self._count_body()

    def eof_received(self) -> bool:
        """The client will say no more; it may still read the answers."""
        self._deaf = True
        if self._current is None and not self._waiting:
            return False
        for exchange in (self._current, *self._waiting):
            if exchange is not None:
                exchange.keep = False
        return True

    def pause_writing(self) -> None:
        """The client does not read: nothing more is made for it."""
        self._write_by = self._unread_until(self._limits.writing)
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._write_by = self._unread_until(self._limits.lingering) if self._closing else 0.0
        if not self._full:
            self._transport.resume_reading()
        if self._stream is not None:
            asyncio.get_running_loop().call_soon(self._send_piece)
        elif self._current is None and not self._closing:
            self._next()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._deaf:
            return
        self._fresh = False
        reader = self._reader
        try:
            reader.feed(data)
            if reader.received != self._buffered:
                self._count_body()
        except Refused as refused:
            self._refuse(refused)
            return
        if reader.moved:
            reader.moved = False
            self._phase, self._since = reader.phase, self._front.now

    def _count_body(self) -> None:
        """Tell the front how much of a body that is not whole yet is kept here."""
        held = self._reader.buffered
        grown, self._buffered = held - self._buffered, held
        self._front.buffer(grown)

    # -- the reader's side

    def _deliver(self, request: HttpRequest, keep: bool) -> None:  # noqa: FBT001 - httptools' word
        if self._deaf:
            drop_body(request)
            return
        exchange = _Exchange(request, keep=keep)
        if not keep:
            self._deaf = True
        if self._current is None and not self._waiting and not self._write_by:
            self._handle(exchange)
            return
        self._waiting.append(exchange)
        if len(self._waiting) >= self._limits.pipelined and not self._full:
            self._full = True
            self._transport.pause_reading()

    def _expects(self) -> None:
        # An answer to an earlier request must not come after this one's 100.
        if self._deaf:
            return
        if self._current is None and not self._waiting:
            self._transport.write(CONTINUE)
        else:
            self._owes_continue = True

    def _hold(self, wait: bool) -> None:  # noqa: FBT001 - as the reader says it
        """Stop reading while a long body cannot be kept as fast as it comes; read on."""
        if wait:
            self._transport.pause_reading()
        elif not (self._full or self._write_by or self._closing):
            self._transport.resume_reading()

    def _refuse(self, refused: Refused) -> None:
        """Say why, in its turn, and close: what follows on this connection cannot be trusted."""
        self._deaf = True
        self._reader.release()
        self._count_body()
        self._phase = IDLE
        if refused.status:
            self._waiting.append(_Exchange(None, keep=False, refused=refused))
        else:  # an upgrade that is not taken: the request is answered, and nothing after it
            for exchange in (self._current, *self._waiting):
                if exchange is not None:
                    exchange.keep = False
            if self._current is None and not self._waiting:
                self._finish()
        if self._current is None:
            self._next()

    # -- answering

    def _next(self) -> None:
        if self._waiting and not self._write_by:
            exchange = self._waiting.popleft()
            if self._full and len(self._waiting) <= self._limits.pipelined // 2:
                self._full = False
                self._transport.resume_reading()
            self._handle(exchange)
        elif not self._waiting:
            if self._front.stopping and self._phase == IDLE:
                self._close()
            elif self._owes_continue:
                self._owes_continue = False
                self._transport.write(CONTINUE)

    def _handle(self, exchange: _Exchange) -> None:
        self._current = exchange
        if exchange.request is None:
            refused = exchange.refused or Refused(400, "")
            self._respond(exchange, refusal(refused.status, refused.why))
            return
        try:
            self._front.handler(exchange.request, partial(self._respond, exchange))
        except Exception:
            log.exception("the handler failed: a fault of ours")
            self._respond(exchange, refusal(500, "Internal failure"))

    def _respond(self, exchange: _Exchange, response: HttpResponse) -> None:
        if self._closing or self._current is not exchange:
            if response.stream is not None:
                response.stream.close()
            return
        keep = exchange.keep and not self._front.stopping
        head = exchange.request is not None and exchange.request.method == "HEAD"
        try:
            data = written(response, head=head, keep=keep)
        except Unwritable:
            log.exception("an answer of ours has a header of two lines")
            data = written(refusal(500, "Internal failure"), head=head, keep=keep)
        self._transport.write(data)
        if response.stream is not None:
            self._stream, self._pieces = response.stream, iter(response.stream)
            exchange.keep = keep
            asyncio.get_running_loop().call_soon(self._send_piece)
            return
        self._answered(keep=keep)

    def _send_piece(self) -> None:
        """Send the next piece of a stream, unless the client has to read first."""
        if self._stream is None or self._closing or self._write_by:
            return
        try:
            piece = next(self._pieces, None)
        except Exception:
            log.exception("an answer cannot be sent to its end: a fault of ours")
            self.abort()
            return
        if piece is None:
            exchange = self._current
            self._drop_stream()
            self._answered(keep=exchange is not None and exchange.keep)
            return
        self._transport.write(piece)
        if not self._write_by:
            asyncio.get_running_loop().call_soon(self._send_piece)

    def _drop_stream(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream, self._pieces = None, iter(())

    def _answered(self, *, keep: bool) -> None:
        """An answer is on its way; on to the next."""
        self._current = None
        if self._phase == IDLE:
            self._since = self._front.now
        if not keep:
            self._finish()
        elif self._waiting or self._owes_continue or self._front.stopping:
            # Not at once: a handler that responds at once would make this a recursion.
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._current is None and not self._closing:
            self._next()

    def _finish(self) -> None:
        """Close once the client has had time to read; at once where it has said all."""
        self._forget_waiting()
        self._closing = self._deaf = True
        self._write_by = self._unread_until(self._limits.lingering)
        if self._transport.can_write_eof() and not self._transport.is_closing():
            self._transport.write_eof()
            self._transport.resume_reading()
        else:
            self._transport.close()

    def _forget_waiting(self) -> None:
        for exchange in self._waiting:
            drop_body(exchange.request)
        self._waiting.clear()

    def _unread_until(self, grace: float) -> float:
        """By when the client must have read what has been written."""
        unread = self._transport.get_write_buffer_size()
        more = self._limits.writing + unread / self._limits.slowest_rate if unread else 0.0
        return self._front.now + grace + more

    def _close(self) -> None:
        self._closing = self._deaf = True
        self._transport.close()

    # -- deadlines

    def expire(self, now: float) -> None:
        """Close where a deadline has passed; a request that is being answered has none."""
        waited = now - self._since
        if self._write_by and now > self._write_by:
            self.abort()
        elif self._deaf:
            pass  # all that will be asked has been; the answers are on their way
        elif self._phase == HEAD:
            if waited > self._limits.headers:
                self._late()
        elif self._phase == BODY:
            size = max(self._reader.announced, self._reader.received)
            if waited > self._limits.body + size / self._limits.slowest_rate:
                self._late()
        elif self._current is None and not self._waiting and waited > self._limits.idle:
            self._close()

    def _late(self) -> None:
        self._refuse(Refused(408, "the request came too slowly"))

    def close_when_idle(self) -> None:
        """Close now if nothing is asked, else after the answer."""
        if self._current is None and not self._waiting and self._phase != BODY:
            self._close()

    def abort(self) -> None:
        """Close without further ado."""
        self._closing = self._deaf = True
        self._drop_stream()
        self._transport.abort()
