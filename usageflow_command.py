"""The `usageflow` command: hands over to the window, the service or the command line.

`desktop` and `serve` are told apart before anything heavy is imported: a command-line library
costs the window a third of its start-up.
"""

import sys


def main() -> int:
    """Run the part that the first argument names; return its exit status."""
    arguments = sys.argv[1:]
    match arguments[:1]:
        case ["desktop"]:
            from desktop.app import main as run_window

            return run_window(arguments[1:])
        case ["serve"]:
            from hosted.serve import main as run_service

            return run_service(arguments[1:])
        case _:
            from desktop.cli import main as run_command_line

            return run_command_line(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
