/** What scenarios leave to their descriptions, and where tspm's answer is meant to be another one. */

/** Lines such as `a 1.0; sys_platform == 'linux'`; the marker within the interpreters of the project. */
export type AnswerLines = readonly string[] | 'no solution';

const LINUX = "sys_platform == 'linux'";
const NOT_LINUX = "sys_platform != 'linux'";
const DARWIN = "sys_platform == 'darwin'";
const CPYTHON = "implementation_name == 'cpython'";
const PYPY = "implementation_name == 'pypy'";

/** The answers of scenarios that only say that there is one. */
export const DESCRIBED: Readonly<Record<string, AnswerLines>> = {
  'fork-allows-non-conflicting-non-overlapping-dependencies': [`a 1.0.0; ${LINUX} or ${DARWIN}`],
  'fork-allows-non-conflicting-repeated-dependencies': ['a 1.0.0'],
  'fork-basic': [`a 1.0.0; ${DARWIN}`, `a 2.0.0; ${LINUX}`],
  'fork-filter-sibling-dependencies': [
    `a 4.3.0; ${DARWIN}`,
    `a 4.4.0; ${LINUX}`,
    `b 1.0.0; ${LINUX}`,
    `c 1.0.0; ${DARWIN}`,
    `d 1.0.0; ${LINUX}`,
    `d 2.0.0; ${DARWIN}`,
  ],
  'fork-incomplete-markers': [
    "a 1.0.0; python_version < '3.13'",
    "a 2.0.0; python_version >= '3.14'",
    'b 1.0.0',
    "c 1.0.0; python_version == '3.13'",
  ],
  'fork-marker-accrue': [
    `a 1.0.0; ${CPYTHON}`,
    `b 1.0.0; ${PYPY}`,
    `c 1.0.0; ${CPYTHON} and ${LINUX} or ${PYPY} and ${DARWIN}`,
  ],
  'fork-marker-inherit': [`a 1.0.0; ${DARWIN}`, `a 2.0.0; ${LINUX}`],
  'fork-marker-inherit-combined': [
    `a 1.0.0; ${DARWIN}`,
    `a 2.0.0; ${LINUX}`,
    `b 1.0.0; ${DARWIN} and ${PYPY}`,
    `b 2.0.0; ${DARWIN} and ${CPYTHON}`,
  ],
  'fork-marker-inherit-combined-allowed': [
    `a 1.0.0; ${DARWIN}`,
    `a 2.0.0; ${LINUX}`,
    `b 1.0.0; ${DARWIN} and ${PYPY}`,
    `b 2.0.0; ${DARWIN} and ${CPYTHON}`,
    `c 1.0.0; ${DARWIN} and ${PYPY}`,
  ],
  'fork-marker-inherit-combined-disallowed': [
    `a 1.0.0; ${DARWIN}`,
    `a 2.0.0; ${LINUX}`,
    `b 1.0.0; ${DARWIN} and ${PYPY}`,
    `b 2.0.0; ${DARWIN} and ${CPYTHON}`,
  ],
  'fork-marker-inherit-isolated': [`a 1.0.0; ${DARWIN}`, `a 2.0.0; ${LINUX}`, `b 1.0.0; ${LINUX}`],
  'fork-marker-inherit-transitive': [
    `a 1.0.0; ${DARWIN}`,
    `a 2.0.0; ${LINUX}`,
    `b 1.0.0; ${DARWIN}`,
    `c 1.0.0; ${DARWIN}`,
  ],
  'fork-marker-limited-inherit': [`a 1.0.0; ${DARWIN}`, `a 2.0.0; ${LINUX}`, 'b 1.0.0', `c 1.0.0; ${LINUX}`],
  'fork-marker-selection': ['a 0.1.0', `b 1.0.0; ${DARWIN}`, `b 2.0.0; ${LINUX}`],
  'fork-marker-track': ['a 1.3.1', `b 2.7; ${DARWIN}`, `b 2.8; ${LINUX}`, "c 1.10; implementation_name == 'iron'"],
  'fork-non-fork-marker-transitive': ['a 1.0.0', 'b 1.0.0', `c 2.0.0; ${LINUX} or ${DARWIN}`],
  'fork-overlapping-markers-basic': ['a 1.2.0'],
  'fork-remaining-universe-partitioning': [
    "a 1.0.0; sys_platform == 'illumos'",
    "a 2.0.0; sys_platform == 'windows'",
    "b 1.0.0; sys_platform == 'illumos' and os_name == 'darwin'",
    "b 2.0.0; sys_platform == 'illumos' and os_name == 'linux'",
  ],
  'fork-requires-python': [],
  'fork-requires-python-full': [],
  'fork-requires-python-full-prerelease': [],
  'fork-requires-python-patch-overlap': ["a 1.0.0; python_version == '3.10'"],
  'fork-upgrade': ['bar 2.0.0', 'foo 2.0.0'],
  'incompatible-python-compatible-override-no-compatible-wheels': ['a 1.0.0'],
  'incompatible-python-compatible-override-other-wheel': ['a 1.0.0'],
  'incompatible-python-compatible-override-unavailable-no-wheels': ['a 1.0.0'],
  'marker-variants-have-different-extras': [
    'psycopg 1.0.0',
    `psycopg-binary 1.0.0; platform_python_implementation != 'PyPy' and implementation_name != 'pypy'`,
    "tzdata 1.0.0; sys_platform == 'win32'",
  ],
  'no-binary': ['a 1.0.0'],
  'no-build': ['a 1.0.0'],
  'no-wheels': ['a 1.0.0'],
  'no-wheels-with-matching-platform': ['a 1.0.0'],
  'only-wheels': ['a 1.0.0'],
  'preferences-dependent-forking': ['bar 1.0.0', 'cleaver 1.0.0', 'foo 1.0.0'],
  'preferences-dependent-forking-bistable': [
    'cleaver 2.0.0',
    `fork-sys-platform 1.0.0; ${LINUX}`,
    `fork-sys-platform 2.0.0; ${NOT_LINUX}`,
    "reject-cleaver2 1.0.0; os_name == 'posix'",
    "reject-cleaver2 2.0.0; os_name != 'posix'",
    'reject-cleaver2-proxy 1.0.0',
  ],
  'preferences-dependent-forking-tristable': [
    'a 1.0.0',
    'b 1.0.0',
    'bar 2.0.0',
    'cleaver 2.0.0',
    'foo 2.0.0',
    `unrelated-dep 1.0.0; ${LINUX}`,
    `unrelated-dep 2.0.0; ${NOT_LINUX}`,
    "unrelated-dep3 1.0.0; os_name == 'posix'",
    "unrelated-dep3 2.0.0; os_name != 'posix'",
  ],
  'requires-python-subset': ["win-only 1.0.0; sys_platform == 'win32'"],
  'requires-python-wheels': ['a 1.0.0'],
  'specific-architecture': [
    'a 1.0.0',
    "b 1.0.0; platform_machine == 'x86_64'",
    "c 1.0.0; platform_machine == 'aarch64'",
    "d 1.0.0; platform_machine == 'i686'",
  ],
  'specific-tag-and-default': ['a 1.0.0'],
  'unreachable-package': ["a 1.0.0; sys_platform == 'win32'"],
  'unreachable-wheels': ["a 1.0.0; sys_platform == 'win32'", `b 1.0.0; ${LINUX}`, `c 1.0.0; ${DARWIN}`],
  'virtual-package-extra-priorities': ['a 1.0.0', 'b 1.0.0'],
  'wrong-backtracking-indirect': ['a 1.0.0', 'b 1.0.0', 'b-inner 2.0.9'],
};

/** Where tspm's answer is another one than the published one; docs/resolver.md, "Public scenarios", has the reasons. */
export const DIFFERENCES: Readonly<Record<string, AnswerLines>> = {
  'fork-non-local-fork-marker-direct': [
    `a 1.0.0; ${LINUX}`,
    `b 1.0.0; ${DARWIN}`,
    `c 1.0.0; ${LINUX}`,
    `c 2.0.0; ${DARWIN}`,
  ],
  'fork-non-local-fork-marker-transitive': ['a 1.0.0', 'b 1.0.0', `c 1.0.0; ${LINUX}`, `c 2.0.0; ${DARWIN}`],
  'package-only-prereleases-in-range': ['a 1.0.0a1'],
  'preferences-dependent-forking-conflicting': [
    `bar 1.0.0; ${NOT_LINUX}`,
    `bar 2.0.0; ${LINUX}`,
    'cleaver 1.0.0',
    `foo 1.0.0; ${LINUX}`,
    `foo 2.0.0; ${NOT_LINUX}`,
  ],
  'python-less-than-current': 'no solution',
  'transitive-package-only-prereleases-in-range': ['a 0.1.0', 'b 1.0.0a1'],
  'transitive-prerelease-and-stable-dependency': ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b1'],
  'transitive-prerelease-and-stable-dependency-many-versions': ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b9'],
  'transitive-prerelease-and-stable-dependency-many-versions-holes': ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b4'],
};
