"""Puts a project's ``__pypackages__/X.Y/lib`` on ``sys.path`` when Python starts.

Python finds this file through PYTHONPATH. The packages folder is the one that PEP582_PACKAGES names or, without that
variable, the nearest one above the script that is run or above the current folder. The syntax is that of Python 2.7 and
3.6, and nothing is imported that a starting Python has not loaded already.
"""

import os
import sys


def _load_next_hook():
    """Runs the sitecustomize module that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if not entry or os.path.abspath(entry) != here]
    this_module = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        # Python 2 has no name there.
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if this_module is not None:
            sys.modules.setdefault("sitecustomize", this_module)


def _idents():
    """Names that the folder of this Python may have below ``__pypackages__``, best first."""
    plain = "%d.%d" % sys.version_info[:2]
    if "free-threading" in sys.version:
        return [plain + "t", plain]
    if os.name == "nt" and sys.maxsize < 2 ** 32:
        return [plain + "-32", plain]
    return [plain]


def _named_packages():
    """The folder PEP582_PACKAGES names, unless it was made for another Python."""
    folder = os.environ.get("PEP582_PACKAGES", "")
    ident = os.path.basename(os.path.normpath(folder))
    usable = _idents() if os.name == "nt" else _idents()[:1]
    return folder if folder and ident in usable else None


def _start_folders():
    """Where the search begins: at the script, then at the current folder."""
    arguments = getattr(sys, "argv", None)
    if arguments and arguments[0] not in ("", "-c", "-m"):
        try:
            yield os.path.dirname(os.path.abspath(arguments[0]))
        except OSError:
            pass
    try:
        yield os.getcwd()
    except OSError:
        pass


def _searched_packages():
    """The nearest packages folder with a ``lib``, going up to the root of the file system."""
    for folder in _start_folders():
        while True:
            for ident in _idents():
                found = os.path.join(folder, "__pypackages__", ident)
                if os.path.isdir(os.path.join(found, "lib")):
                    return found
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent
    return None


def _site_folders():
    import site

    folders = list(site.getsitepackages()) if hasattr(site, "getsitepackages") else []
    if site.ENABLE_USER_SITE and hasattr(site, "getusersitepackages"):
        folders.append(site.getusersitepackages())
    return {os.path.normcase(os.path.abspath(folder)) for folder in folders}


def _put_on_path(lib):
    """Adds ``lib`` with its .pth files before the site-packages folders, which may also be left out."""
    import site

    hidden = bool(os.environ.pop("NO_SITE_PACKAGES", ""))
    ours = _site_folders()
    behind = [entry for entry in sys.path if entry and os.path.normcase(os.path.abspath(entry)) in ours]
    sys.path[:] = [entry for entry in sys.path if entry not in behind]
    site.addsitedir(lib)
    if not hidden:
        sys.path.extend(entry for entry in behind if entry not in sys.path)


class _SysconfigFinder(object):
    """Patches sysconfig when it is imported: few programs do, and importing it costs more than all the rest of the start."""

    def __init__(self, base):
        self.base = base

    def find_spec(self, name, path=None, target=None):
        if name != "sysconfig":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if hasattr(finder, "find_spec") else None
            if spec is not None:
                self._patch_after(spec.loader)
                return spec
        return None

    def _patch_after(self, loader):
        execute = loader.exec_module

        def exec_module(module):
            execute(module)
            _make_default_scheme(module, self.base)

        loader.exec_module = exec_module


def _make_default_scheme(sysconfig, base):
    """Lets tools that ask sysconfig where to install packages find the packages folder."""
    lib = os.path.join(base, "lib")
    include = os.path.join(base, "include")
    paths = {
        "stdlib": lib,
        "platstdlib": lib,
        "purelib": lib,
        "platlib": lib,
        "include": include,
        "platinclude": include,
        "headers": include,
        "scripts": os.path.join(base, "Scripts" if os.name == "nt" else "bin"),
        "data": base,
        "prefix": base,
    }
    name = "pep582"
    # The scheme is expanded with str.format, where braces of a folder's name would count.
    sysconfig._INSTALL_SCHEMES[name] = {
        key: path.replace("{", "{{").replace("}", "}}") for key, path in paths.items()
    }
    original_paths = sysconfig.get_paths
    original_path = sysconfig.get_path

    def get_paths(scheme=name, vars=None, expand=True):
        return dict(paths) if scheme == name else original_paths(scheme, vars, expand)

    def get_path(path, scheme=name, vars=None, expand=True):
        return paths[path] if scheme == name else original_path(path, scheme, vars, expand)

    def get_default_scheme():
        return name

    def get_preferred_scheme(key):
        return name if key == "prefix" else original_preferred(key)

    sysconfig.get_paths = get_paths
    sysconfig.get_path = get_path
    if hasattr(sysconfig, "get_default_scheme"):
        original_preferred = sysconfig.get_preferred_scheme
        sysconfig.get_default_scheme = get_default_scheme
        sysconfig.get_preferred_scheme = get_preferred_scheme


def _start():
    named = _named_packages()
    base = named or _searched_packages()
    if base is None:
        return
    _put_on_path(os.path.join(base, "lib"))
    if named is None:
        return
    if "sysconfig" not in sys.modules and sys.version_info[0] > 2:
        sys.meta_path.insert(0, _SysconfigFinder(named))
    else:
        import sysconfig

        _make_default_scheme(sysconfig, named)


try:
    _load_next_hook()
finally:
    _start()
