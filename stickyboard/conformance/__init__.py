"""Plays transcripts of a server to a client, and checks that the client follows the rules of the protocol."""

from stickyboard.conformance.peer import Failure
from stickyboard.conformance.play import Case, play, read_cases
from stickyboard.conformance.program import Client, ClientError, Program, start

__all__ = ["Case", "Client", "ClientError", "Failure", "Program", "play", "read_cases", "start"]
