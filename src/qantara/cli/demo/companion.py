"""A stand-in as a process that lives no longer than the one that started it.

It takes the arguments of `python -m qantara.sandbox` and ends when its standard input closes, which
happens however the other process ends.
"""

import os
import signal
import sys
import threading

from qantara.sandbox.__main__ import main


def _end_with_the_other() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_other, daemon=True).start()
    sys.exit(main())
