/** Line printed before and after the answer: start-up files of the interpreter may print text of their own. */
export const PROBE_SENTINEL = '==tspm-interpreter-facts==';

/**
 * The program run once in an interpreter (`-I -c`, no input) to learn what it is. It prints one JSON object on a line between
 * two {@link PROBE_SENTINEL} lines. `site` must stay on, else a virtual environment answers with the paths of its base.
 * The syntax is old enough for every Python 3, so that one too old is refused for its version and not for a syntax error.
 */
export const PROBE_PROGRAM = `
import json, os, platform, struct, sys, sysconfig

def glibc():
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
        return version if name == "glibc" else None
    except (AttributeError, OSError, ValueError):
        pass
    try:
        import ctypes
        ask = ctypes.CDLL(None).gnu_get_libc_version
        ask.restype = ctypes.c_char_p
        return ask().decode("ascii")
    except Exception:
        return None

def manylinux(libc, arch):
    # A Python may ship a module that says which manylinux versions it can load.
    try:
        import _manylinux as policy
    except Exception:
        return None
    answers = {}
    legacy = {17: "manylinux2014_compatible", 12: "manylinux2010_compatible", 5: "manylinux1_compatible"}
    for minor in range(int((libc or "0.0").split(".")[1].split("-")[0]), 4, -1):
        answer = None
        if hasattr(policy, "manylinux_compatible"):
            answer = policy.manylinux_compatible(2, minor, arch)
        elif minor in legacy and hasattr(policy, legacy[minor]):
            answer = bool(getattr(policy, legacy[minor]))
        if answer is not None:
            answers[str(minor)] = bool(answer)
    return answers

def macos():
    version, _, machine = platform.mac_ver()
    if version.startswith("10.16"):
        # Built against an old SDK: the system tells its true version only to a child that asks for it.
        import subprocess
        version = subprocess.check_output(
            [sys.executable, "-IS", "-c", "import platform; print(platform.mac_ver()[0])"],
            env={"SYSTEM_VERSION_COMPAT": "0"},
        ).decode("ascii").strip() or version
    return {"version": version, "machine": machine}

def full_version(info):
    text = "%d.%d.%d" % tuple(info[:3])
    return text if info[3] == "final" else "%s%s%d" % (text, info[3][0], info[4])

def variable(name):
    return sysconfig.get_config_var(name)

implementation = sys.implementation
libc = glibc() if sys.platform.startswith("linux") else None
facts = {
    "version": list(sys.version_info[:3]),
    "executable": sys.executable,
    "prefix": sys.prefix,
    "basePrefix": sys.base_prefix,
    "implementation": implementation.name,
    "platform": sysconfig.get_platform(),
    "bits": struct.calcsize("P") * 8,
    "freeThreaded": bool(variable("Py_GIL_DISABLED")),
    "debug": bool(variable("Py_DEBUG")),
    "extensionSuffix": variable("EXT_SUFFIX"),
    "soabi": variable("SOABI"),
    "glibc": libc,
    "manylinux": manylinux(libc, sysconfig.get_platform().partition("-")[2]) if libc else None,
    "macos": macos() if sys.platform == "darwin" else None,
    "markers": {
        "implementation_name": implementation.name,
        "implementation_version": full_version(implementation.version),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": "%d.%d" % sys.version_info[:2],
        "sys_platform": sys.platform,
    },
}
print("\\n${PROBE_SENTINEL}\\n" + json.dumps(facts, sort_keys=True) + "\\n${PROBE_SENTINEL}")
`;
