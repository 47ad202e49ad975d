"""`python -m examples.machine`: starts a server with this board, and its producer."""

import sys

from examples.start import start

if __name__ == "__main__":
    sys.exit(start("machine", "This machine, measured once a second."))
