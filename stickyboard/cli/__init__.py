"""The command `stickyboard`: a board from any folder, and the everyday commands under short names."""
