"""The `usageflow` command: hands over to the window, the service or the command line.

`desktop`, `serve` and `rate` are told apart before anything heavy is imported: a command-line
library costs the window a third of its start-up, and a rating for a script more than half.
"""

import sys
from collections.abc import Callable

PACKAGES = frozenset({"contract", "desktop", "hosted", "resources"})


def main() -> int:
    """Run the part that the first argument names; return its exit status."""
    try:
        run, arguments = _part(sys.argv[1:])
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in PACKAGES:
            raise
        sys.stderr.write(
            f"This installation of UsageFlow lacks {missing}. Nothing was started. The window "
            'needs the extra "desktop", the service the extra "server": install with '
            '"usageflow-desktop[desktop,server]".\n'
        )
        return 1
    return run(arguments)


def _part(arguments: list[str]) -> tuple[Callable[[list[str]], int], list[str]]:
    match arguments[:1]:
        case ["desktop" | "open"]:
            from desktop.app import main as run_window

            return run_window, arguments[1:]
        case ["serve"]:
            from hosted.serve import main as run_service

            return run_service, arguments[1:]
        case ["service", *_]:
            from hosted.service_command import main as run_archives

            return run_archives, arguments[1:]
        case ["rate"]:
            from desktop.rate import main as run_rating

            return run_rating, arguments[1:]
        case ["scrub"]:
            from hosted.scrub.command import main as run_scrubber

            return run_scrubber, arguments[1:]
        case _:
            from desktop.cli import main as run_command_line

            return run_command_line, arguments


if __name__ == "__main__":
    raise SystemExit(main())
