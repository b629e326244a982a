"""Servers that stay up: the flags, and the steps between "the ports are bound" and "it serves".

The steps, each of which can fail with a line at the terminal and exit status 1, and then leaves nothing:

    check the pid file, the user, the group, the root    while the terminal is ours
    detach from the terminal                             with --daemon
    bind the ports                                       perhaps as root; runner.py does this
    chroot, chdir, setgroups, setgid, setuid             never root again
    open the log, write the pid file                     as the user, so that it can do so later
    report: to the terminal, to systemd                  now it serves
"""

import logging
import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NoReturn

from core import cli
from core.endpoints import FDEndpoint
from core.errors import in_words
from core.reactor import Reactor
from core.standard_streams import writer
from core.transports.listener import Port
from servers.hosting import pid_file
from servers.hosting.confinement import confinement_of
from servers.hosting.daemon import Daemon, detach
from servers.hosting.how_to_connect import for_shell, listening
from servers.hosting.log_file import DirectWriter, LogFile, log_to
from servers.hosting.notify import Notifier
from servers.hosting.pid_file import AlreadyRunningError, PidFile
from servers.hosting.workers import Crew

log = logging.getLogger(__name__)

DAEMON_UMASK = 0o077
"""The umask of a daemon, if --umask is not given: its files are for its user only."""

NO_CONTROL = "in a chroot there is no control socket: the monitor cannot find this server"


def umask(text: str) -> int:
    """For argparse: parse an octal number from 0 to 777."""
    try:
        number = int(text, 8)
    except ValueError:
        number = -1
    if not 0 <= number <= 0o777:
        raise ArgumentTypeError(f"{text!r} is not an octal number from 0 to 777, as in --umask 077")
    return number


def add_arguments(parser: cli.Parser) -> None:
    """Add the flags of a server that runs for long."""
    group = parser.add_argument_group("to run for long")
    group.add_argument(
        "--workers",
        type=cli.positive,
        metavar="N",
        help="serve with N processes, where the clients share nothing; each has its own limits",
    )
    group.add_argument("--daemon", action="store_true", help="run in the background")
    group.add_argument(
        "--pid-file", type=cli.path, metavar="FILE", help="write the process number to FILE while it runs"
    )
    question = group.add_mutually_exclusive_group()
    question.add_argument("--stop", action="store_true", help="stop the server of --pid-file")
    question.add_argument("--status", action="store_true", help="say whether the server of --pid-file runs")
    group.add_argument(
        "--log-file", type=cli.path, metavar="FILE", help="append the log to FILE; a SIGHUP opens it anew"
    )
    group.add_argument("--user", help="become this user, when the ports are bound")
    group.add_argument("--group", help="become this group; without it the user's own")
    group.add_argument(
        "--chroot", type=cli.path, metavar="DIR", help="make DIR the root directory, for the process"
    )
    group.add_argument(
        "--umask", type=umask, help=f"permissions that new files lack, octal; a daemon's: {DAEMON_UMASK:03o}"
    )


def absolute(path: str) -> str:
    """`path` as it stays when the current directory changes. Exits if there is no current directory."""
    try:
        return os.path.abspath(path)
    except FileNotFoundError:
        cli.fail(f"cannot find {path}: the current directory was removed. Give a path that begins with /.")


class LongRunning:
    """Carries out the flags for the process called `name`, step by step. Each may exit with a line."""

    def __init__(self, name: str, options: Namespace) -> None:
        self.name = name
        self._daemon: Daemon | None = None
        self._options = options
        self._pid_file = None if options.pid_file is None else PidFile(absolute(options.pid_file))
        self._log_file: LogFile | None = None
        self._undo: list[Callable[[], None]] = []
        self._notifier = Notifier()
        if options.stop or options.status:
            self._stop_or_status()
        self._check_pid_file()
        self._confinement = confinement_of(options)
        self._lacks_control = self._confinement.root is not None and not options.no_control
        options.no_control |= self._lacks_control

    def _stop_or_status(self) -> NoReturn:
        if self._pid_file is None:
            cli.fail("--stop and --status need the pid file of the server: add --pid-file FILE", 2)
        line, status = (pid_file.stop if self._options.stop else pid_file.status)(self._pid_file)
        if status:
            cli.fail(line, status)
        cli.print_lines(line)
        raise SystemExit(0)

    def _check_pid_file(self) -> None:
        if self._pid_file is not None:
            try:
                self._pid_file.check()
            except AlreadyRunningError as error:
                cli.fail(f"{error}. Stop it, or choose another file.")
            except OSError as error:
                cli.fail(f"cannot use the pid file {self._pid_file.path}: {in_words(error)}")

    def _kept(self) -> list[int]:
        """The descriptors that are not closed: the sockets that another process has bound for this one."""
        listed = [each.number for each in self._options.listen or () if isinstance(each, FDEndpoint)]
        return [*listed, *(each.number for each in self._options.handed_over)]

    def begin(self) -> None:
        """Detach from the terminal, set the umask, and start logging."""
        options = self._options
        if options.daemon:
            if not hasattr(os, "fork"):
                cli.fail("this system cannot run a server as a daemon: leave out --daemon", 2)
            self._daemon = detach(self._kept())
        wanted = DAEMON_UMASK if options.umask is None and options.daemon else options.umask
        if wanted is not None:
            os.umask(wanted)
        self._confinement.prepare()
        if options.log_file is None and options.workers is None:
            cli.start_logging(options.log_level)
        elif options.log_file is None:
            handler = cli.log_handler(DirectWriter(sys.stderr))
            logging.basicConfig(level=options.log_level.upper(), handlers=[handler])
        else:
            self._log_file = LogFile(absolute(options.log_file), options.log_level)
        self._notifier.connect()

    def confine(self, ports: Sequence[object]) -> None:
        """Give the bound `ports` to the user, change the root and the user, and open the log."""
        self._translate_paths()
        try:
            for port in ports:
                if isinstance(port, Port) and port.path is not None:
                    self._hand_over(port, os.path.abspath(port.path))
            self._confinement.enter()
        except (OSError, RuntimeError) as error:
            cli.fail(f"cannot change the root and the user: {in_words(error)}")
        if self._options.daemon:
            os.chdir("/")
        self._open_log()

    def _translate_paths(self) -> None:
        for flag, file in (("--pid-file", self._pid_file), ("--log-file", self._log_file)):
            if file is not None:
                inside = self._confinement.inside(file.path)
                if inside is None:
                    cli.fail(f"{flag} {file.path} is outside --chroot {self._options.chroot}: put it inside")
                file.path = inside

    def _hand_over(self, port: Port, path: str) -> None:
        """Give a Unix socket to the user. The port removes it at the end, by its path after the chroot."""
        if self._confinement.identity is not None:
            os.chown(path, self._confinement.identity.uid, self._confinement.identity.gid)
        port.path = self._confinement.inside(path)

    def _open_log(self) -> None:
        if self._log_file is None:
            return
        shown = self._options.log_file
        try:
            self._log_file.open(in_background=self._options.workers is None)
        except OSError as error:
            cli.fail(f"cannot write the log {shown}: {in_words(error)}")
        self._undo.append(self._log_file.discard)
        if self._confinement.changes() and not self._log_file.may_be_rotated():
            cli.fail(f"cannot put a new log in the place of {shown} later: its directory cannot be written")

    def serve(
        self, reactor: Reactor, endpoints: Mapping[str, Sequence[str]], print_lines: Callable[[], None]
    ) -> None:
        """The reactor runs: report that the servers listen, and follow the signals and the manager."""
        self._report(endpoints, print_lines)
        if self._log_file is not None:
            self._log_file.reopen_on_hang_up(reactor)
        self._notifier.start_signs_of_life(reactor)
        reactor.add_system_event_trigger("before", "shutdown", self._notifier.send, "STOPPING=1")

    def _report(self, endpoints: Mapping[str, Sequence[str]], print_lines: Callable[[], None]) -> None:
        """Write the pid file, and report to the log, the terminal and the service manager."""
        self._create_pid_file()
        if self._log_file is not None:
            for line in (*listening(endpoints), *([NO_CONTROL] if self._lacks_control else [])):
                log.info("%s", line)
        print_lines()
        if self._daemon is not None:
            try:
                self._daemon.report_ready()
            except BrokenPipeError:
                cli.fail("the start was interrupted")
        self._undo.clear()
        self._notifier.send("READY=1" if self._daemon is None else f"READY=1\nMAINPID={os.getpid()}")

    # --- with several workers

    @property
    def alive_every(self) -> float:
        """Seconds between two signs of life; 0: no sign of life is expected."""
        return self._notifier.alive_every

    def lead(self, crew: Crew, endpoints: Mapping[str, Sequence[str]], lines: Sequence[str]) -> int:
        """Run the workers, and report as for one process. Returns the exit status."""
        crew.on_ready = partial(self._report, endpoints, partial(cli.print_lines, *lines))
        crew.on_stop = partial(self._notifier.send, "STOPPING=1")
        crew.on_alive = partial(self._notifier.send, "WATCHDOG=1")
        if self._log_file is not None:
            crew.on_hang_up = self._log_file.try_to_reopen
        return crew.run()

    def work(self, serve: Callable[[], None]) -> int:
        """In the process of a worker: call `serve`. Returns the exit status, when all output is written."""
        if self._daemon is not None:
            self._daemon.end_output()
        self._notifier.close()
        outputs = [writer(sys.stdout), writer(sys.stderr)]
        if self._log_file is not None:
            outputs.append(self._log_file.write_in_background())
        else:
            log_to(cli.log_handler(outputs[-1]))
        status: object = 0
        try:
            with self.reporting_failures():
                serve()
        except SystemExit as end:
            status = end.code
        for output in outputs:
            output.close()
        return status if isinstance(status, int) else 1

    def attach_worker(self, reactor: Reactor) -> None:
        """A worker opens the log anew as well."""
        if self._log_file is not None:
            reactor.call_when_running(self._log_file.reopen_on_hang_up, reactor)

    def _create_pid_file(self) -> None:
        if self._pid_file is None:
            return
        try:
            self._pid_file.create()
        except (OSError, AlreadyRunningError) as error:
            reason = in_words(error) if isinstance(error, OSError) else str(error)
            cli.fail(f"cannot write the pid file {self._options.pid_file}: {reason}")

    @contextmanager
    def reporting_failures(self) -> Iterator[None]:
        """Log an exception that nothing has handled, and exit with a line. A daemon has no other output."""
        try:
            yield
        except Exception as error:
            log.exception("%s has failed", self.name)
            cli.fail(f"{self.name} has failed: {error!r}")

    def notes(self) -> list[str]:
        """The lines for the terminal that say what is special, and how to stop the server."""
        special = [NO_CONTROL] if self._lacks_control else []
        if self._daemon is None:
            return [*special, "stop with Ctrl-C"]
        if self._pid_file is None:
            return [*special, f"stop with kill {os.getpid()}"]
        return [*special, f"stop with {cli.command()} --stop --pid-file {for_shell(self._options.pid_file)}"]

    def close(self) -> None:
        """The last step: log the end, and remove the pid file; after a failed start the log as well."""
        if self._log_file is not None and not self._undo:
            log.info("%s stopped", self.name)
        for undo in self._undo:
            undo()
        if self._pid_file is not None:
            self._pid_file.remove()
        self._notifier.close()
