"""Stands for a window: wakes every few milliseconds, and tells how late until its input ends."""

import json
import sys
import threading
import time

TICK_S = 0.005


def main() -> None:
    ended = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    late_ms: list[float] = []
    while not ended.is_set():
        begun = time.perf_counter()
        time.sleep(TICK_S)
        late_ms.append(1000 * (time.perf_counter() - begun - TICK_S))
    print(json.dumps(late_ms))


if __name__ == "__main__":
    main()
