"""`python -m examples.training`: starts a server with this board, and the training."""

import sys

from examples.start import start

if __name__ == "__main__":
    sys.exit(start("training", "A network learns to read digits, again and again."))
