"""Cuts an operation at a chosen step, by a kill or by a full disk.

A step is anything that changes files: making, renaming, removing, bringing one to the disk, opening
a database.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[1]


class Steps:
    """Counts steps; at the chosen one the process dies or the disk is full."""

    def __init__(self, outcome, last):
        self.outcome, self.last, self.count = outcome, last, 0

    def take(self):
        self.count += 1
        if self.count != self.last:
            return
        if self.outcome == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.outcome == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def before(self, function):
        def stepping(*arguments, **options):
            self.take()
            return function(*arguments, **options)

        return stepping


def spread_over(count, rounds):
    """Numbers of steps for so many rounds: spread evenly, every one where there are enough."""
    if rounds >= count:
        return [1 + number % count for number in range(rounds)]
    return [1 + number * count // rounds for number in range(rounds)]


def watch(steps, modules, connect):
    """Take a step before each change of a file, and each `connect` of these modules."""
    os.fsync = steps.before(os.fsync)
    shutil.copyfile = steps.before(shutil.copyfile)
    shutil.rmtree = steps.before(shutil.rmtree) if steps.outcome != "full" else shutil.rmtree
    for name in ("replace", "rename", "mkdir", *(["unlink"] if steps.outcome != "full" else [])):
        setattr(Path, name, steps.before(getattr(Path, name)))
    stepping = steps.before(connect)
    for module in modules:
        module.connect = stepping


class Victims:
    """Victims of one kind, each a process of its own that is forked off one that has the imports.

    Starting Python for each of them takes longer than what they do.
    """

    def __init__(self, module):
        self._parent = subprocess.Popen(
            [sys.executable, "-m", module], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments):
        """Run a victim to its end: its exit status as `subprocess` has it, and what it printed."""
        self._parent.stdin.write(json.dumps([str(one) for one in arguments]) + "\n")
        self._parent.stdin.flush()
        status, said = json.loads(self._parent.stdout.readline())
        return SimpleNamespace(returncode=status, stdout=said, stderr="see the captured output")

    def close(self):
        self._parent.communicate()


def run_alone(module, *arguments, **options):
    """Run one victim in a process that nothing was forked off, with options of `subprocess`."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, **options,
    )  # fmt: skip


def main(prepare, operations, errors):
    """The main function of a victim: one operation, or without arguments one for each line."""
    if sys.argv[1:]:
        run_cut(sys.argv[1:], prepare, operations, errors)
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(write, sys.stdout.fileno())
            os.close(read)
            os.close(write)
            try:
                run_cut(json.loads(line), prepare, operations, errors)
            except BaseException:  # noqa: BLE001 (it is told, and must not go on as the parent)
                traceback.print_exc()
                os._exit(1)
        os.close(write)
        with os.fdopen(read) as said:
            text = said.read()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), text]) + "\n")
        sys.stdout.flush()


def run_cut(arguments, prepare, operations, errors):
    """Run an operation; the arguments are its name, a directory, an outcome and a step.

    The outcome is `kill`, `full` or `count`, which prints how many steps there are; `full` prints
    the code of the error that the operation ends with. The process ends here.
    """
    operation, directory, outcome, last = arguments
    steps = Steps(outcome, int(last))
    prepare(steps)
    try:
        operations[operation](Path(directory))
    except errors as error:
        sys.stdout.write(error.code)
    else:
        sys.stdout.write(str(steps.count) if outcome == "count" else "done")
    sys.stdout.flush()
    os._exit(0)
