"""`python -m app`."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__":
    # Ctrl-C while modules are still being loaded: nothing has begun, so nothing is to be ended.
    # 130 is exit_codes.INTERRUPTED, which is not loaded yet either.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

    from app.main import main

    sys.exit(main())
