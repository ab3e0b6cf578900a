"""Answers questions with the packaging library in the folder named first; one JSON list in, one JSON list of the same length out."""

import json
import sys

sys.path.insert(0, sys.argv[1])

import packaging
from packaging import _manylinux, _musllinux, tags
from packaging.dependency_groups import resolve_dependency_groups
from packaging.errors import ExceptionGroup
from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidName,
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version


def version(text):
    try:
        read = Version(text)
    except InvalidVersion:
        return [None, canonicalize_version(text)]
    facts = [read.is_prerelease, read.is_postrelease, read.public, read.base_version]
    return [str(read), canonicalize_version(text), canonicalize_version(text, strip_trailing_zero=False), *facts]


def order(a, b):
    first, second = Version(a), Version(b)
    return (first > second) - (first < second)


def specifier(text):
    try:
        read = SpecifierSet(text)
    except InvalidSpecifier:
        return None
    return [str(read), read.prereleases is True]


def contains(specifiers, candidate, policy, parsed):
    try:
        read = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return None
    try:
        return read.contains(Version(candidate) if parsed else candidate, prereleases=policy)
    except InvalidVersion:
        return None


def filtered(specifiers, candidates, policy):
    try:
        return list(SpecifierSet(specifiers).filter(candidates, prereleases=policy))
    except InvalidSpecifier:
        return None


def holds(marker, environment, context):
    try:
        return marker.evaluate(environment, context)
    except UndefinedComparison:
        return "undefined comparison"
    except UndefinedEnvironmentName:
        return "undefined name"


def joined(answers):
    """Of the answers for each extra: true when one is, unless the marker has no meaning at all."""
    return next((answer for answer in answers if isinstance(answer, str)), True in answers)


def marker(text, environment, extras):
    """Acceptance, and the value for each extra alone, for the set of extras, and in a lock file with the set."""
    try:
        read = Marker(text)
    except InvalidMarker:
        return None
    alone = [holds(read, {**environment, "extra": extra}, "metadata") for extra in ["", *extras]]
    sets = {"extras": frozenset(extras), "dependency_groups": frozenset(extras)}
    return [*alone, joined(alone), holds(read, {**environment, **sets}, "lock_file")]


def requirement(text):
    try:
        read = Requirement(text)
    except InvalidRequirement:
        return None
    extras = sorted({canonicalize_name(extra) for extra in read.extras})
    return [read.name, extras, str(read.specifier), read.url, read.marker is not None]


def name(text):
    try:
        return canonicalize_name(text, validate=True)
    except InvalidName:
        return None


def wheel(text):
    try:
        name, version, build, names = parse_wheel_filename(text)
    except InvalidWheelFilename:
        return None
    return [name, str(version), [str(part) for part in build], sorted(str(tag) for tag in names)]


def sdist(text):
    try:
        name, version = parse_sdist_filename(text)
    except InvalidSdistFilename:
        return None
    return [name, str(version)]


def same_marker(text, printed, environment):
    """Whether a text printed from a marker is one with the same comparisons in the same order and the same value."""

    def comparisons(parts):
        for part in parts:
            if isinstance(part, list):
                yield from comparisons(part)
            elif isinstance(part, tuple):
                yield [str(word) for word in part]

    try:
        read = Marker(text)
    except InvalidMarker:
        return None
    again = Marker(printed)
    if list(comparisons(read._markers)) != list(comparisons(again._markers)):
        return False
    values = {**environment, "extra": "test", "extras": {"test"}, "dependency_groups": {"test"}}
    return holds(read, values, "lock_file") == holds(again, values, "lock_file")


def metadata(text):
    raw, _ = parse_email(text)
    return [raw.get(field) for field in ("name", "version", "requires_python", "requires_dist", "provides_extra")]


def groups(table, names):
    """Each requirement by its name, as reading and printing one is another topic."""
    try:
        return [Requirement(text).name for text in resolve_dependency_groups(table, *names)]
    except (ExceptionGroup, LookupError, TypeError, ValueError):
        return None


def tag_list(interpreter, version, abis, platforms):
    nodot = "".join(map(str, version))
    if interpreter == "cp":
        specific = tags.cpython_tags(version, abis, platforms)
    else:
        specific = tags.generic_tags(interpreter + nodot, abis, platforms)
    whole = {"cp": "cp" + nodot, "pp": "pp3"}.get(interpreter)
    pure = tags.compatible_tags(version, whole, platforms)
    return [str(tag) for tag in dict.fromkeys([*specific, *pure])]


def own_tags():
    """Of the interpreter that runs this."""
    return [str(tag) for tag in dict.fromkeys(tags.sys_tags())]


def tags_with(version, variables):
    """Of CPython on this machine, with its version and the variables of its build."""
    tags._get_config_var = lambda name, warn=False: variables.get(name)
    return tag_list("cp", version, tags._cpython_abis(version), list(tags.platform_tags()))


def linux(arch, is_32bit, glibc, musl):
    """The platforms of a machine with this processor and C library."""
    tags.sysconfig.get_platform = lambda: "linux-" + arch
    _manylinux._get_glibc_version = lambda: _manylinux._GLibCVersion(*(glibc or (-1, -1)))
    _manylinux._is_linux_armhf = _manylinux._is_linux_i686 = lambda executable: True
    _musllinux._get_musl_version = lambda executable: musl and _musllinux._MuslVersion(*musl)
    return list(tags._linux_platforms(is_32bit))


def mac(version, arch):
    return list(tags.mac_platforms(tuple(version), arch))


ANSWERS = {
    "version": version,
    "order": order,
    "specifier": specifier,
    "contains": contains,
    "filter": filtered,
    "marker": marker,
    "printed": same_marker,
    "requirement": requirement,
    "name": name,
    "wheel": wheel,
    "sdist": sdist,
    "metadata": metadata,
    "groups": groups,
    "tags": tag_list,
    "own": own_tags,
    "with": tags_with,
    "linux": linux,
    "mac": mac,
}

if __name__ == "__main__":
    topic, questions = json.load(sys.stdin)
    answer = ANSWERS[topic]
    json.dump({"version": packaging.__version__, "answers": [answer(*question) for question in questions]}, sys.stdout)
