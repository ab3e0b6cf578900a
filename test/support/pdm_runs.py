"""Runs PDM's command line many times in one process: reads a JSON list of argument lists, prints a JSON list of how each ended."""
import contextlib
import io
import json
import sys

from pdm.core import main


def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as exit:
            status = exit.code if isinstance(exit.code, int) else int(exit.code is not None)
        except Exception as error:
            status = 1
            print(f"[{type(error).__name__}]: {error}", file=err)
    return {"status": status, "stdout": out.getvalue(), "stderr": err.getvalue()}


json.dump([run(arguments) for arguments in json.load(sys.stdin)], sys.stdout)
