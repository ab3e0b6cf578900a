/** What scenarios leave to their description, and where tspm's answer is meant to be another one. */

/** Lines such as `a 1.0; sys_platform == 'linux'`; the marker within the interpreters of the project. */
export type AnswerLines = readonly string[] | 'no solution';

const LINUX = "sys_platform == 'linux'";
const DARWIN = "sys_platform == 'darwin'";
const CPYTHON = "implementation_name == 'cpython'";
const PYPY = "implementation_name == 'pypy'";

/** The answers of scenarios that only say that there is one. */
export const DESCRIBED: Readonly<Record<string, AnswerLines>> = {
  'fork-allows-non-conflicting-non-overlapping-dependencies': [`a 1.0.0; ${DARWIN}`, `a 2.0.0; ${LINUX}`],
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

/** Another answer than the published one, which the standards ask for. */
export interface Difference {
  readonly answer: AnswerLines;
  readonly reason: string;
}

const PRERELEASE_FALLBACK =
  'pre-releases count where no final release satisfies the requirements, and a pin on one asks for it (version specifiers, "Handling of pre-releases")';

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  'package-only-prereleases-in-range': { answer: ['a 1.0.0a1'], reason: PRERELEASE_FALLBACK },
  'transitive-package-only-prereleases-in-range': { answer: ['a 0.1.0', 'b 1.0.0a1'], reason: PRERELEASE_FALLBACK },
  'transitive-prerelease-and-stable-dependency': {
    answer: ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b1'],
    reason: PRERELEASE_FALLBACK,
  },
  'transitive-prerelease-and-stable-dependency-many-versions': {
    answer: ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b9'],
    reason: PRERELEASE_FALLBACK,
  },
  'transitive-prerelease-and-stable-dependency-many-versions-holes': {
    answer: ['a 1.0.0', 'b 1.0.0', 'c 2.0.0b4'],
    reason: PRERELEASE_FALLBACK,
  },
  'python-less-than-current': {
    answer: 'no solution',
    reason: 'requires-python counts as written, its upper end included (core metadata, Requires-Python)',
  },
};

const SPLITTING = 'needs splitting on markers that exclude each other';
const ARCHIVES = 'needs metadata of source archives';

/** What tspm cannot do yet. The test of a scenario in this list fails as soon as the scenario has its answer. */
export const PENDING: Readonly<Record<string, string>> = {
  'fork-allows-non-conflicting-non-overlapping-dependencies': SPLITTING,
  'fork-basic': SPLITTING,
  'fork-filter-sibling-dependencies': SPLITTING,
  'fork-incomplete-markers': SPLITTING,
  'fork-marker-inherit': SPLITTING,
  'fork-marker-inherit-combined': SPLITTING,
  'fork-marker-inherit-combined-allowed': SPLITTING,
  'fork-marker-inherit-combined-disallowed': SPLITTING,
  'fork-marker-inherit-isolated': SPLITTING,
  'fork-marker-inherit-transitive': SPLITTING,
  'fork-marker-limited-inherit': SPLITTING,
  'fork-marker-selection': SPLITTING,
  'fork-marker-track': SPLITTING,
  'fork-remaining-universe-partitioning': SPLITTING,
  'preferences-dependent-forking': SPLITTING,
  'preferences-dependent-forking-bistable': SPLITTING,
  'preferences-dependent-forking-tristable': SPLITTING,
  'incompatible-python-compatible-override-available-no-wheels': ARCHIVES,
  'incompatible-python-compatible-override-no-compatible-wheels': ARCHIVES,
  'incompatible-python-compatible-override-other-wheel': ARCHIVES,
  'incompatible-python-compatible-override-unavailable-no-wheels': ARCHIVES,
  'no-wheels': ARCHIVES,
  'no-wheels-with-matching-platform': ARCHIVES,
  'requires-python-wheels': ARCHIVES,
  'only-wheels-no-binary': 'needs no-binary',
  'no-sdist-no-wheels-with-matching-platform': 'needs a target for one platform',
};
