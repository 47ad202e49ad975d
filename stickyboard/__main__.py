"""`python -m stickyboard`, which is `stickyboard` where scripts are not on the path."""

from stickyboard.cli.main import main

if __name__ == "__main__":
    main()
