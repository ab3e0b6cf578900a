import * as fc from 'fast-check';
import {
  childAt,
  FLAG_SET,
  type MarkerKey,
  type MarkerSet,
  type MarkerTest,
} from '../../src/packaging/marker-diagram.ts';
import { encodeRelease } from '../../src/packaging/marker-release.ts';
import { Marker, type MarkerContext, type MarkerEnvironment } from '../../src/packaging/marker.ts';

/** An environment together with the extra and groups under which a marker is read. */
export interface Situation {
  readonly environment: MarkerEnvironment;
  readonly context: MarkerContext;
}

const PLATFORMS = [
  {
    sys_platform: 'linux',
    platform_system: 'Linux',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_release: '6.1.0-18-amd64',
    platform_version: '#1 SMP',
  },
  {
    sys_platform: 'linux',
    platform_system: 'Linux',
    os_name: 'posix',
    platform_machine: 'aarch64',
    platform_release: '5.15.0',
    platform_version: '#1 SMP',
  },
  {
    sys_platform: 'darwin',
    platform_system: 'Darwin',
    os_name: 'posix',
    platform_machine: 'arm64',
    platform_release: '23.5.0',
    platform_version: 'Darwin Kernel',
  },
  {
    sys_platform: 'win32',
    platform_system: 'Windows',
    os_name: 'nt',
    platform_machine: 'AMD64',
    platform_release: '10',
    platform_version: '10.0.19045',
  },
  {
    sys_platform: 'cygwin',
    platform_system: 'CYGWIN_NT-10.0',
    os_name: 'posix',
    platform_machine: 'x86_64',
    platform_release: '3.4.10',
    platform_version: '2023',
  },
  {
    sys_platform: 'freebsd14',
    platform_system: 'FreeBSD',
    os_name: 'posix',
    platform_machine: 'amd64',
    platform_release: '14.0-RELEASE',
    platform_version: 'FreeBSD 14',
  },
  {
    sys_platform: 'java17',
    platform_system: 'Java',
    os_name: 'java',
    platform_machine: 'x86_64',
    platform_release: '17',
    platform_version: '17',
  },
];

const IMPLEMENTATIONS = [
  { implementation_name: 'cpython', platform_python_implementation: 'CPython', implementation_version: '' },
  { implementation_name: 'pypy', platform_python_implementation: 'PyPy', implementation_version: '7.3.16' },
];

const COMPARISONS: readonly (readonly [variable: string, operators: readonly string[], values: readonly string[]])[] = [
  [
    'python_version',
    ['<', '<=', '>', '>=', '==', '!='],
    ['2.7', '3', '3.6', '3.8', '3.9', '3.10', '3.11', '3.9.1', '3.10.0', '3.14'],
  ],
  ['python_version', ['==', '!='], ['3.*', '3.9.*', '2.7']],
  ['python_version', ['~='], ['3.8', '3.9.1']],
  ['python_version', ['in', 'not in'], ['2.6 2.7 3.2 3.3', '3.10, 3.11', '3.9']],
  [
    'python_full_version',
    ['<', '<=', '>', '>=', '==', '!='],
    ['3.8', '3.8.0', '3.9.7', '3.10.0rc1', '3.10.1', '3.11.0a7', '3.9.post1', '4'],
  ],
  ['python_full_version', ['==', '!=', '~='], ['3.9.7', '3.8.2']],
  ['sys_platform', ['==', '!='], ['linux', 'darwin', 'win32', 'cygwin', 'java17']],
  ['sys_platform', ['in', 'not in'], ['linux darwin', 'win32 cygwin']],
  ['sys_platform', ['<', '>=', '<='], ['linux', 'win32']],
  ['platform_system', ['==', '!='], ['Linux', 'Darwin', 'Windows', 'Java', 'FreeBSD']],
  ['os_name', ['==', '!='], ['posix', 'nt', 'java']],
  ['platform_machine', ['==', '!='], ['x86_64', 'aarch64', 'arm64', 'AMD64', 'ppc64le']],
  ['platform_machine', ['in', 'not in'], ['x86_64 aarch64']],
  ['platform_python_implementation', ['==', '!='], ['CPython', 'PyPy']],
  ['implementation_name', ['==', '!='], ['cpython', 'pypy']],
  ['implementation_version', ['<', '>='], ['3.9', '7.3.16']],
  ['platform_release', ['>=', '<'], ['20.0', '5.15.0-91-generic']],
  ['extra', ['==', '!='], ['test', 'Docs', 'all']],
];

const MIRRORED = [
  '"64" in platform_machine',
  '"3.1" in python_version',
  '"3.8" <= python_version',
  '"linux" not in sys_platform',
];
const MEMBERSHIPS = ['"test" in extras', '"Docs" not in extras', '"dev" in dependency_groups'];

/** Markers in the shapes that published metadata and lock files hold; `extras` and groups only when asked for. */
export function markerTexts(options: { readonly sets?: boolean } = {}): fc.Arbitrary<string> {
  const compared = fc
    .constantFrom(...COMPARISONS)
    .chain(([variable, operators, values]) =>
      fc.tuple(fc.constant(variable), fc.constantFrom(...operators), fc.constantFrom(...values)),
    )
    .map(([variable, operator, value]) => `${variable} ${operator} "${value}"`);
  const atom = fc.oneof(
    { arbitrary: compared, weight: 12 },
    { arbitrary: fc.constantFrom(...MIRRORED, ...(options.sets === true ? MEMBERSHIPS : [])), weight: 1 },
  );
  const { marker } = fc.letrec<{ marker: string }>((tie) => ({
    marker: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      fc
        .tuple(fc.array(tie('marker'), { minLength: 2, maxLength: 3 }), fc.constantFrom(' and ', ' or '))
        .map(([parts, joiner]) => parts.map((part) => `(${part})`).join(joiner)),
    ),
  }));
  return marker;
}

/** Interpreters on platforms as they exist, with the extra and groups that may be installed. */
export function situations(): fc.Arbitrary<Situation> {
  const release = fc.oneof(
    fc.tuple(fc.constant(3), fc.integer({ min: 5, max: 15 }), fc.integer({ min: 0, max: 10 })),
    fc.constant([2, 7, 18] as const),
    fc.constant([3, 1, 5] as const),
  );
  return fc
    .record({
      release,
      platform: fc.constantFrom(...PLATFORMS),
      implementation: fc.constantFrom(...IMPLEMENTATIONS),
      extra: fc.constantFrom('', 'test', 'docs', 'other'),
      extras: fc.subarray(['test', 'docs']),
      dependencyGroups: fc.subarray(['dev', 'lint']),
    })
    .map(({ release: [major, minor, micro], platform, implementation, ...context }) => ({
      environment: {
        ...platform,
        ...implementation,
        implementation_version: implementation.implementation_version || `${major}.${minor}.${micro}`,
        python_version: `${major}.${minor}`,
        python_full_version: `${major}.${minor}.${micro}`,
      },
      context,
    }));
}

/** Whether the environment is in the set, found by walking its diagram. */
export function isInSet(set: MarkerSet, situation: Situation): boolean {
  let node = set;
  while (node.test !== undefined) node = childAt(node, node.test, cellOf(node.test, node.keys, situation));
  return node.id === 1;
}

function cellOf(test: MarkerTest, keys: readonly MarkerKey[], situation: Situation): MarkerKey | undefined {
  const { environment, context } = situation;
  if (test.comparison !== undefined) {
    return new Marker(test.comparison).evaluate(environment, context) ? FLAG_SET : undefined;
  }
  const value = test.variable === 'extra' ? (context.extra ?? '') : (environment[test.variable] ?? '');
  if (test.kind === 'text') return keys.includes(value) ? value : undefined;
  const [major = 0, minor = 0, micro = 0] = value.split('.').map(Number);
  return encodeRelease([major, minor, micro]);
}
