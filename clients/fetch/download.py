"""One run of the command: ask, follow redirects, write the body, and say how it ended."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from clients.fetch.output import BinaryForTerminal, FileOutput, Output, standard_output
from clients.fetch.progress import Bar, Progress, may_show_bar
from clients.fetch.resume import Origin, content_range, forget, size_of
from clients.fetch.words import describe
from clients.runner import Program
from core import cli
from core.deferred import Deferred
from core.endpoints import TCPEndpoint
from core.errors import in_words
from core.formats.text import decode, visible
from core.interfaces import TLSContext
from core.protocols.protocol import Protocol
from core.reactor import Reactor
from core.standard_streams import has_gone, is_terminal
from core.timers import DelayedCall, cancel_if_active
from core.web.client import (
    URI,
    AbstractAgent,
    Agent,
    BodyProducer,
    BrowserLikeRedirectAgent,
    ContentDecoderAgent,
    GzipDecoder,
    PotentialDataLoss,
    Response,
    ResponseDone,
)
from core.web.client.producers import BodyConsumer
from core.web.client.response import Discard
from core.web.headers import Headers

HTTP_ERROR = 22
"""The exit status for an HTTP error, with --fail."""


@dataclass(frozen=True)
class Job:
    """A request, and where its body goes. `output` None is standard output; `timeout` 0 is none."""

    url: bytes
    method: bytes
    headers: Headers
    body: BodyProducer | None
    output: str | None
    resumes: bool
    fails: bool
    timeout: float


class Download(Program):
    """Fetches, and ends the program: status 0, 1 with a line, or HTTP_ERROR with a line."""

    def __init__(self, reactor: Reactor, job: Job, tls_context: TLSContext | None) -> None:
        uri = URI.from_bytes(job.url)
        # Nothing that is still open at the end has more to send, so the reactor need not close it in order.
        super().__init__(reactor, "web", TCPEndpoint(uri.host.decode(), uri.port), stop=reactor.crash)
        self._host = uri.host.decode()
        self._job = job
        self._status = 1
        self._is_unpacked = False
        self._receiver: Receiver | None = None
        self._idle: DelayedCall | None = None
        self._agent = Agent(reactor, job.timeout or None, tls_context)
        reactor.call_when_running(self._ask, size_of(job.output) if job.resumes and job.output else 0)

    def report_failure(self) -> None:
        if self.failure:
            cli.fail(self.failure, self._status)

    def end(self, failure: str = "") -> None:
        if self._receiver is not None:
            self._receiver.hide_bar()
        super().end(failure)

    def fail(self, problem: str, status: int = 1) -> None:
        """End the program with a line about the URL."""
        self._status = status
        self.end(f"fetch: {decode(self._job.url)}: {problem}")

    # --- the request

    def _ask(self, offset: int) -> None:
        """Send the request. With `offset`, ask for what follows these bytes, which the file has."""
        headers = self._job.headers.copy()
        agent: AbstractAgent = self._agent
        if offset and self._job.output:
            headers.set_raw_headers("Range", [f"bytes={offset}-"])
            self._origin = Origin.load(self._job.output, self._job.url)
            self._origin.add_condition(headers)
        elif not headers.has_header("Range"):  # a part of a packed body cannot be unpacked
            agent = ContentDecoderAgent(agent, [(b"gzip", self._unpack)])
        agent = BrowserLikeRedirectAgent(agent)
        body = None if self._job.body is None else WatchedBody(self._job.body, self.expect_data)
        self._asked = agent.request(self._job.method, self._job.url, headers, body)
        self._asked.add_callback(self._on_response, offset).add_errback(self.on_failure)
        self.expect_data()

    def _unpack(self, response: Response) -> Response:
        self._is_unpacked = True
        return GzipDecoder(response)

    def on_failure(self, error: Exception) -> None:
        """The request has failed, or the connection was lost within the body."""
        is_in_file = self._receiver is not None and self._job.output is not None
        self.fail(describe(error, is_in_file and self._job.method == b"GET" and self._job.body is None))

    def _on_response(self, response: Response, offset: int) -> None:
        """Decide what to do with the body."""
        first, size = content_range(response)
        if offset and response.code == 206:
            fits = first == offset and self._origin.fits(Origin.of(self._job.url, response))
            is_packed = response.headers.has_header("Content-Encoding")
            if fits and not is_packed:
                self._receive(response, offset, size)
            else:
                self._ask_anew(response)
        elif offset and response.code == 416 and size == offset:
            self.finish()  # the file is complete
        elif offset and response.code == 416:
            self._ask_anew(response)
        elif response.code >= 400 and (offset or self._job.fails):
            kept = f"; {self._job.output} is as it was" if offset else ""
            phrase = decode(response.phrase)
            self.fail(
                f"the server answers {response.code} {phrase}{kept}", HTTP_ERROR if self._job.fails else 1
            )
        else:
            self._receive(response, 0, response.length if isinstance(response.length, int) else None)

    def _ask_anew(self, response: Response) -> None:
        """The range in `response` does not fit: ask for everything."""
        response.deliver_body(Discard(limit=0))
        self._ask(0)

    # --- the body

    def _receive(self, response: Response, offset: int, size: int | None) -> None:
        try:
            output = self._open(appends=offset > 0)
        except (OSError, ValueError) as error:
            self.end(f"fetch: cannot write {self._job.output}: {in_words(error)}")
            return
        if isinstance(output, FileOutput) and output.is_regular():
            origin = Origin.of(self._job.url, response, self._is_unpacked)
            (self._origin.updated_by(origin) if offset else origin).save(output.path)
        name = os.path.basename(output.path) or decode(response.request.parsed_uri.path.rpartition(b"/")[2])
        progress = Progress(visible(name) or self._host, offset, size)
        self._receiver = Receiver(self, output, progress)
        response.deliver_body(self._receiver)

    def _open(self, appends: bool) -> Output:
        if self._job.output is None:
            return standard_output(self.reactor)
        return FileOutput(self.reactor, self._job.output, appends)

    def on_failed_write(self, error: Exception, output: Output) -> None:
        """The body cannot be written."""
        if isinstance(error, BinaryForTerminal):
            self.fail("this is no text, and a terminal shows only text; store it with --output FILE")
        elif has_gone(output.number, error):
            self.end()
        elif output.path:
            self.end(f"fetch: cannot write {visible(output.path)}: {in_words(error)}")
        else:
            self.end(cli.stream_failure("write", error))

    def finish(self) -> None:
        """The body is complete: end the program with status 0."""
        if self._job.output:
            forget(self._job.output)
        self.end()

    # --- time

    def expect_data(self) -> None:
        """Something came, or is expected now: give up if nothing comes within the timeout."""
        self.expect_nothing()
        if self._job.timeout:
            self._idle = self.reactor.call_later(self._job.timeout, self._on_timeout)

    def expect_nothing(self) -> None:
        """The next piece will come after the last one is written."""
        cancel_if_active(self._idle)

    def _on_timeout(self) -> None:
        seconds = f"{self._job.timeout:g} s"
        self.on_failure(TimeoutError(f"nothing came from the server for {seconds}"))

    def _on_shutdown(self) -> None:
        """Ctrl-C: send nothing more, and leave the terminal as it was."""
        super()._on_shutdown()
        self.expect_nothing()
        self._asked.cancel()
        if self._receiver is not None:
            self._receiver.stop()
            if is_terminal(sys.stderr) and self._job.output:
                cli.print_error(f"fetch: {visible(self._job.output)} is not complete; go on with --continue")


class WatchedBody(BodyProducer):
    """Produces what `body` does, and calls `on_sent` when a part of it has been sent."""

    def __init__(self, body: BodyProducer, on_sent: Callable[[], object]) -> None:
        self.length = body.length
        self._body = body
        self._on_sent = on_sent

    def start_producing(self, consumer: BodyConsumer) -> Deferred[None]:
        return self._body.start_producing(consumer)

    def pause_producing(self) -> None:
        self._body.pause_producing()

    def resume_producing(self) -> None:
        self._on_sent()
        self._body.resume_producing()

    def stop_producing(self) -> None:
        self._body.stop_producing()


class Receiver(Protocol):
    """Writes the body to `output`. It pauses the response during each write."""

    def __init__(self, download: Download, output: Output, progress: Progress) -> None:
        self._download = download
        self._output = output
        self._progress = progress
        # A pipe's reader may write on the same terminal.
        shows = may_show_bar() and (output.path or output.is_regular())
        self._bar = Bar(download.reactor, progress) if shows else None

    def data_received(self, data: bytes) -> None:
        self._progress.done += len(data)
        self._download.expect_nothing()
        self.transport.pause_producing()
        self._output.write(data).add_callbacks(self._on_written, self._on_failed_write)

    def _on_written(self, _: None) -> None:
        self._download.expect_data()
        self.transport.resume_producing()

    def _on_failed_write(self, error: Exception) -> None:
        self.stop()
        self._download.on_failed_write(error, self._output)

    def connection_lost(self, reason: Exception) -> None:
        self._download.expect_nothing()
        self._output.end().add_callback(self._on_end, reason).add_errback(self._on_failed_write)

    def _on_end(self, _: None, reason: Exception) -> None:
        if isinstance(reason, ResponseDone | PotentialDataLoss):
            self._download.finish()
        else:
            self._download.on_failure(reason)

    def stop(self) -> None:
        """Remove the bar, and abort the connection."""
        self.hide_bar()
        self.transport.abort_connection()

    def hide_bar(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
