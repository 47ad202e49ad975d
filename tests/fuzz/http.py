"""`python -m tests.fuzz.http SECONDS`: sends requests of docs/openapi.json, right and wrong, with Schemathesis."""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.server import ROOT, Server

# A server may accept more than the document says, such as unknown parameters.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def main(seconds: int) -> int:
    document = ROOT / "docs" / "openapi.json"
    with TemporaryDirectory() as folder, Server(Path(folder)) as server:
        command = [str(Path(sys.executable).with_name("st")), "run", str(document), "--url", server.http]
        options = [
            "--checks",
            CHECKS,
            "--phases",
            "examples,coverage,fuzzing",
            "--max-time",
            str(seconds),
            "--no-color",
        ]
        headers = ["--header", f"Authorization: Bearer {server.token}"]
        limits = ["--max-examples", "100000", "--generation-database", "none", "--suppress-health-check", "all"]
        command += [*options, *headers, *limits]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    print(done.stdout + done.stderr)
    found = re.search(r"(\d+) generated", done.stdout)
    print(f"executions: {found[1] if found else 0}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
