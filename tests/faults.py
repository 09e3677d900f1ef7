"""Cuts an operation at a chosen step, by a kill or by a full disk.

A step is anything that changes files: making, renaming, removing, bringing one to the disk, opening
a database.
"""

import errno
import os
import shutil
import signal
import sys
from pathlib import Path


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


def run_cut(prepare, operations, errors):
    """The main function of a victim; its arguments are operation, directory, outcome, step.

    The outcome is `kill`, `full` or `count`, which prints how many steps there are; `full` prints
    the code of the error that the operation ends with.
    """
    operation, directory, outcome, last = sys.argv[1:]
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
