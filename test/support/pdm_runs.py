"""
Runs PDM's command line many times without starting Python as often: each run is a fork of this process, which has PDM loaded.
Reads a JSON list of {"args", "cwd", "env", "input"}, the last three optional; prints a JSON list of how each run ended.
Runs of one project go one after the other, in the order given: two at once may both find it without `__pypackages__`, and PDM
then fails in the one that is second to create it.
"""
import contextlib
import json
import os
import signal
import sys
import tempfile

import pdm.environments
import pdm.installers
import pdm.models.finder
import pdm.resolver
from pdm.core import main

AT_ONCE = 2
ALLOWED_SECONDS = 300


def perform(run):
    """The exit status of one run."""
    os.chdir(run.get("cwd") or os.getcwd())
    for name, value in run.get("env", {}).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    try:
        main(run["args"])
        return 0
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    except Exception as error:
        print(f"[{type(error).__name__}]: {error}", file=sys.stderr)
        return 1


def warm_up():
    """Asks the interpreter for its facts, which PDM then remembers, and loads what is loaded on first use."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "pyproject.toml"), "w") as file:
            file.write('[project]\nname = "warm"\nversion = "1"\n')
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            perform({"args": ["info", "--json", "-p", folder]})


def project_of(run):
    """The folder of the nearest pyproject.toml at or above where a run looks for its project; where it looks, if there is none."""
    args, here = run["args"], os.path.realpath(run.get("cwd") or os.getcwd())
    asked = args[args.index("-p") + 1] if "-p" in args[:-1] else "."
    place = folder = os.path.realpath(os.path.join(here, asked))
    while not os.path.exists(os.path.join(folder, "pyproject.toml")):
        if folder == os.path.dirname(folder):
            return place
        folder = os.path.dirname(folder)
    return folder


def start(run):
    given, out, err = [tempfile.TemporaryFile() for _ in range(3)]
    given.write(run.get("input", "").encode())
    given.seek(0)
    child = os.fork()
    if child == 0:
        # Whatever waits for an answer that does not come is ended.
        signal.alarm(ALLOWED_SECONDS)
        for place, file in enumerate([given, out, err]):
            os.dup2(file.fileno(), place)
        status = perform(run)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return child, out, err


def text(file):
    file.seek(0)
    return file.read().decode()


def next_of(waiting, busy):
    """The place of the first waiting run whose project is not busy, or None."""
    return next((place for place, (_, project, _) in enumerate(waiting) if project not in busy), None)


def run_all(runs):
    waiting = [(index, project_of(run), run) for index, run in enumerate(runs)]
    going, busy, ended = {}, set(), [None] * len(runs)
    while waiting or going:
        place = next_of(waiting, busy) if len(going) < AT_ONCE else None
        if place is not None:
            index, project, run = waiting.pop(place)
            child, *files = start(run)
            going[child] = (index, project, *files)
            busy.add(project)
            continue
        child, status = os.wait()
        index, project, out, err = going.pop(child)
        busy.remove(project)
        ended[index] = {"status": os.waitstatus_to_exitcode(status), "stdout": text(out), "stderr": text(err)}
    return ended


warm_up()
json.dump(run_all(json.load(sys.stdin)), sys.stdout)
