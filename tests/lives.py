"""Lives of a process that are cut at any statement, file or request, by a kill or a full disk.

A server of lives imports once and forks one for each line it reads; see `serve` and `Lives`. Steps
count themselves, so that nothing has to be said of where an operation can be cut.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHANGING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "COMMIT", "BEGIN IMMEDIATE")


class Steps:
    """Counts steps; from the chosen one on the process is dead, or the disk is full."""

    def __init__(self, outcome="", last=0):
        self.begin(outcome, last)

    def begin(self, outcome, last):
        """Count from here."""
        self.outcome, self.last, self.count = outcome, last, 0

    def take(self):
        self.count += 1
        if self.count != self.last:
            return
        if self.outcome == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.outcome == "full":
            allow_files_of(0)

    def before(self, function):
        def stepping(*arguments, **options):
            self.take()
            return function(*arguments, **options)

        return stepping

    def around(self, function):
        """A step before and one after: what is asked of others may be done although it is cut."""

        def stepping(*arguments, **options):
            self.take()
            result = function(*arguments, **options)
            self.take()
            return result

        return stepping

    def watch_files(self):
        """Take a step before each change of a file."""
        os.fsync = self.before(os.fsync)
        for name in ("replace", "rename", "unlink", "mkdir"):
            setattr(Path, name, self.before(getattr(Path, name)))

    def watch_statements(self, *modules):
        """Take a step before each statement that changes a database, and before each commit."""

        def traced(statement):
            if statement.lstrip().upper().startswith(CHANGING):
                self.take()

        def connecting(connect):
            def connect_watched(*arguments, **options):
                connection = connect(*arguments, **options)
                connection.set_trace_callback(traced)
                return connection

            return connect_watched

        for module in modules:
            module.connect = connecting(module.connect)


def allow_files_of(size):
    """Let no file grow beyond so many bytes: it needs no rights, and nothing but the disk to fail.

    The library raises for the signal; what is written then says that the file is too large.
    """
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most if size is None else size, most))


def make_room():
    """The disk has room again."""
    allow_files_of(None)


def serve(live):
    """Fork a life for each line of input; tell what it told, then how it ended."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _tell({"told": live(**json.loads(line))})
            except BaseException:  # noqa: BLE001 (the end of this process, whatever it is)
                make_room()
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        _tell({"status": os.waitstatus_to_exitcode(status)})


def _tell(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Lives:
    """A server of lives in a process of its own; use it in a `with`."""

    def __init__(self, module, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, arguments)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def live(self, **task):
        """One life; what it told, or None when it was killed."""
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        told = None
        while True:
            line = self._process.stdout.readline()
            assert line, "the server of lives has ended"
            message = json.loads(line)
            if "status" in message:
                assert message["status"] in {0, -signal.SIGKILL}, (task, message)
                return told
            told = message["told"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
