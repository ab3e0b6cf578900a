/**
 * The program that calls one hook of a build backend (PEP 517, PEP 660). It runs as `python program.py FOLDER`: FOLDER/input.json says
 * what to call, FOLDER/output.json gets the answer as `{"result": …}`, `{"absent": true}`, `{"unsupported": text}` or
 * `{"failure": text}`. It watches descriptor 3: when tspm is gone, however it ended, the whole process group goes too. Python 3.6 and newer.
 */
export const HOOK_PROGRAM = `
import importlib, json, os, signal, sys, threading, traceback


class Failure(Exception):
    pass


def end_with_tspm():
    def watch():
        try:
            while os.read(3, 1):
                pass
        except OSError:
            return
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    try:
        os.set_inheritable(3, False)
    except OSError:
        return
    threading.Thread(target=watch, daemon=True).start()


def load_backend(name, paths):
    sys.path[:0] = paths
    module, _, attributes = name.partition(":")
    try:
        backend = importlib.import_module(module)
        if paths and not comes_from(backend, paths):
            raise Failure("its backend %s is not in its backend-path" % module)
        for attribute in filter(None, attributes.split(".")):
            backend = getattr(backend, attribute)
    except (ImportError, AttributeError) as error:
        traceback.print_exc()
        raise Failure("its backend %s cannot be loaded: %s" % (name, error))
    return backend


def comes_from(module, paths):
    file = os.path.realpath(getattr(module, "__file__", None) or "")
    return any(file.startswith(os.path.realpath(path) + os.sep) for path in paths)


def call(request):
    backend = load_backend(request["backend"], request["backendPath"])
    hook = getattr(backend, request["hook"], None)
    if hook is None:
        return {"absent": True}
    unsupported = getattr(backend, "UnsupportedOperation", ())
    try:
        result = hook(*request["arguments"])
    except unsupported as error:
        traceback.print_exc()
        return {"unsupported": str(error)}
    return {"result": result}


def answer(request):
    try:
        found = call(request)
        json.dumps(found)
        return found
    except Failure as error:
        return {"failure": str(error)}
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        return {"failure": "%s called exit with %r" % (request["hook"], error.code)}
    except Exception as error:
        traceback.print_exc()
        return {"failure": "%s raised %s: %s" % (request["hook"], type(error).__name__, error)}


if __name__ == "__main__":
    end_with_tspm()
    folder = sys.argv[1]
    del sys.path[0]
    with open(os.path.join(folder, "input.json"), encoding="utf-8") as file:
        request = json.load(file)
    sys.argv[1:] = []
    found = answer(request)
    with open(os.path.join(folder, "output.json"), "w", encoding="utf-8") as file:
        json.dump(found, file)
`;

/**
 * The sitecustomize.py of an isolated build: only the standard library and the packages in `lib` can be imported. What `.pth` files of
 * the interpreter's own packages brought in is taken back; those of `lib` are honoured.
 */
export function isolationProgram(lib: string): string {
  return `
import os, site, sys, sysconfig

LIB = ${JSON.stringify(lib)}


def isolate():
    standard = {os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    hooks = os.environ.get("PYTHONPATH", "").split(os.pathsep)

    def stays(entry):
        path = os.path.realpath(entry)
        if entry in hooks or path.endswith(".zip"):
            return True
        if {"site-packages", "dist-packages"} & set(path.split(os.sep)):
            return False
        return any(path == folder or path.startswith(folder + os.sep) for folder in standard)

    gone = [os.path.realpath(entry) + os.sep for entry in sys.path if entry and not stays(entry)]
    sys.path[:] = [entry for entry in sys.path if not entry or stays(entry)]
    for name, module in list(sys.modules.items()):
        file = os.path.realpath(getattr(module, "__file__", None) or "")
        if name != "sitecustomize" and any(file.startswith(folder) for folder in gone):
            del sys.modules[name]
    sys.meta_path[:] = [finder for finder in sys.meta_path if origin(finder).startswith("_frozen_importlib")]
    site.addsitedir(LIB)


def origin(finder):
    return getattr(finder, "__module__", None) or type(finder).__module__


isolate()
`;
}
