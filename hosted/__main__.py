"""Runs the service: `python -m hosted --data DIR`."""

from hosted.serve import main

if __name__ == "__main__":
    raise SystemExit(main())
