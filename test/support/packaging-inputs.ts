/** Random inputs for the packaging standards: valid ones, odd ones, and ones with a mistake. */
import * as fc from 'fast-check';
import { clauseText, looseVersionText, specifierText, versionText } from './versions.ts';

const MISTAKES = Array.from(
  '0123456789.!+-_abcprstdevinox v*=<>~,;()[]@"\'\\\t\n\r\v\f\u001c\u0085\u00a0\u2028\ufeffé٣ſK',
);

/** The text with up to `most` characters left out, put in, put in place of another, or repeated. */
export function mistaken(text: fc.Arbitrary<string>, most = 2): fc.Arbitrary<string> {
  const edit = fc.record({
    kind: fc.constantFrom('drop', 'add', 'replace', 'repeat'),
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    character: fc.constantFrom(...MISTAKES),
  });
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: most })).map(([start, edits]) =>
    edits.reduce((current, { kind, at, character }) => {
      const place = Math.floor(at * (current.length + 1));
      const before = current.slice(0, place);
      if (kind === 'add') return before + character + current.slice(place);
      if (kind === 'repeat') return before + current.slice(Math.max(0, place - 1));
      return before + (kind === 'replace' ? character : '') + current.slice(place + 1);
    }, start),
  );
}

const junkText = fc.string({ unit: fc.constantFrom(...MISTAKES), maxLength: 12 });

/** Versions in any spelling, and texts that are close to one. */
export const anyVersionText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: versionText },
  { weight: 3, arbitrary: looseVersionText },
  { weight: 2, arbitrary: mistaken(looseVersionText) },
  { weight: 1, arbitrary: junkText },
);

const anyClauseText = fc.oneof(
  { weight: 8, arbitrary: clauseText },
  { weight: 2, arbitrary: anyVersionText.map((version) => `===${version}`) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('>=', '<=', '>', '<', '==', '!=', '~=', '===', ''),
        fc.constantFrom('', ' ', '\t'),
        anyVersionText,
        fc.constantFrom('', '', '', '.*'),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: mistaken(clauseText) },
);

/** Specifier sets, and texts that are close to one. */
export const anySpecifierText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: specifierText },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.array(anyClauseText, { maxLength: 3 }), fc.constantFrom(',', ', ', ' ,', ',,'))
      .map(([clauses, comma]) => clauses.join(comma)),
  },
  { weight: 1, arbitrary: mistaken(specifierText) },
);

const VARIABLES = [
  'python_version',
  'python_full_version',
  'implementation_version',
  'implementation_name',
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'extra',
  'extras',
  'dependency_groups',
  'os.name',
  'sys.platform',
  'platform.version',
  'platform.machine',
  'platform.python_implementation',
  'python_implementation',
];
const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', '~=', '===', 'in', 'not in', 'not  \tin'];
const VALUES = [
  '3',
  '3.8',
  '3.9',
  '3.10',
  '3.10.0',
  '3.12.0',
  '3.13',
  '3.13.0',
  '3.13.0rc1',
  '3.13.0b2',
  '3.12.*',
  '3.*',
  '3.12.0+',
  '3.12.0+local',
  '9007199254740993.1',
  '3.8, 3.9',
  '3.8,3.9',
  '2.7 3.12 3.13',
  '7.3.16',
  '5.15.0-91-generic',
  '5.15.0',
  '20.0',
  'linux',
  'win32',
  'darwin',
  'posix',
  'nt',
  'CPython',
  'cpython',
  'pypy',
  'x86_64',
  'AMD64',
  'Linux',
  'test',
  'Test_Extra',
  'test-extra',
  'a.b',
  '',
  ' ',
  "it's",
  'say "no"',
  'po\\x73ix',
  'back\\\\slash',
  'é',
];
const blank = fc.constantFrom('', ' ', ' ', ' ', '  ', '\t');

const operand = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...VARIABLES) },
  {
    weight: 4,
    arbitrary: fc.oneof(fc.constantFrom(...VALUES), versionText).chain((value) => {
      const quotes = ['"', "'"].filter((quote) => !value.includes(quote));
      return fc.constantFrom(...quotes).map((quote) => quote + value + quote);
    }),
  },
);
const usualComparison = fc
  .tuple(
    fc.constantFrom(...VARIABLES.slice(0, 12)),
    fc.constantFrom(...OPERATORS),
    fc.constantFrom(...VALUES.slice(0, 37)),
  )
  .map(([variable, operator, value]) => `${variable} ${operator} "${value}"`);
const comparison = fc.oneof(
  { weight: 5, arbitrary: usualComparison },
  {
    weight: 2,
    arbitrary: fc.tuple(operand, blank, fc.constantFrom(...OPERATORS), blank, operand).map((parts) => parts.join('')),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.constantFrom('test', 'Test_Extra', 'a.b', ''),
        fc.constantFrom('in', 'not in', '=='),
        fc.constantFrom('extras', 'dependency_groups', 'extra'),
      )
      .map(([value, operator, variable]) => `"${value}" ${operator} ${variable}`),
  },
);

/** Markers: usual and odd comparisons, joined with and without parentheses. */
export const markerText: fc.Arbitrary<string> = fc.letrec<{ marker: string }>((tie) => ({
  marker: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { weight: 2, arbitrary: comparison },
    {
      weight: 3,
      arbitrary: fc
        .array(fc.tuple(fc.constantFrom(' and ', ' or ', ' and ', ' or ', 'and', 'or '), fc.boolean(), tie('marker')), {
          minLength: 1,
          maxLength: 3,
        })
        .map((parts) =>
          parts.reduce((text, [joiner, grouped, part], i) => {
            const piece = grouped ? `(${part})` : part;
            return i === 0 ? piece : text + joiner + piece;
          }, ''),
        ),
    },
  ),
})).marker;

/** Markers, and texts that are close to one. */
export const anyMarkerText: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: markerText },
  { weight: 2, arbitrary: mistaken(markerText) },
);

/** Values of the variables that an interpreter decides, with releases in all stages. */
export const markerEnvironment: fc.Arbitrary<Readonly<Record<string, string>>> = fc.record({
  python_version: fc.constantFrom('2.7', '3.8', '3.9', '3.10', '3.12', '3.13', '3.14'),
  python_full_version: fc.constantFrom(
    '2.7.18',
    '3.8.20',
    '3.10.0',
    '3.12.0+',
    '3.12.0',
    '3.12.1',
    '3.13.0rc1',
    '3.13.0rc1+',
    '3.13.0b2',
    '3.13.0',
    '3.13.1',
    '3.14.0a0+',
    'unknown',
  ),
  implementation_version: fc.constantFrom('3.12.1', '3.13.0rc1', '7.3.16', '0', ''),
  implementation_name: fc.constantFrom('cpython', 'pypy', ''),
  os_name: fc.constantFrom('posix', 'nt', 'java', ''),
  sys_platform: fc.constantFrom('linux', 'darwin', 'win32', 'cygwin'),
  platform_machine: fc.constantFrom('x86_64', 'AMD64', 'arm64', ''),
  platform_python_implementation: fc.constantFrom('CPython', 'PyPy'),
  platform_release: fc.constantFrom('5.15.0-91-generic', '5.15.0', '22.6.0', '10', ''),
  platform_system: fc.constantFrom('Linux', 'Darwin', 'Windows'),
  platform_version: fc.constantFrom('#101-Ubuntu SMP', '10.0.19045', ''),
});

/** Names of extras in several spellings. */
export const extraNames: fc.Arbitrary<string[]> = fc.array(
  fc.constantFrom('test', 'Test_Extra', 'test-extra', 'a.b', 'linux', '3.13'),
  { maxLength: 3 },
);

const plainName = fc
  .array(fc.constantFrom('a', 'B', '1', 'foo', 'Bar', '.', '-', '_', '__', 'é', 'K'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));

/** Names of projects, and texts that are close to one. */
export const anyNameText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: plainName },
  { weight: 2, arbitrary: mistaken(plainName) },
  { weight: 1, arbitrary: junkText },
);

const requirementName = fc.constantFrom('foo', 'Foo.Bar', 'a', '1a', 'foo_', 'foo-bar_', 'name._', 'x-1.0');
const extrasPart = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.array(fc.constantFrom('a', 'B_c', 'd.e', 'x_', '1'), { maxLength: 3 }),
        fc.constantFrom(',', ' , ', ', '),
        blank,
      )
      .map(([extras, comma, space]) => `[${space}${extras.join(comma)}${space}]`),
  },
);
const URLS = [
  'https://example.org/foo-1.0.tar.gz',
  'https://user:pw@example.org/a;b#sha256=00',
  'git+ssh://git@example.org/a.git@v1',
  'file:///srv/foo.whl',
  'C:\\a.whl',
  './a',
  'x',
];
const body = fc.oneof(
  { weight: 5, arbitrary: fc.oneof(specifierText, anySpecifierText) },
  { weight: 2, arbitrary: fc.tuple(blank, specifierText, blank).map(([a, text, b]) => `(${a}${text}${b})`) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(blank, fc.constantFrom(...URLS), fc.constantFrom('', ' ', '\t'))
      .map(([a, url, b]) => `@${a}${url}${b}`),
  },
);

const requirementText = fc
  .tuple(
    fc.tuple(blank, requirementName, blank, extrasPart, blank).map((parts) => parts.join('')),
    body,
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom('', ' ', ',') },
      { weight: 2, arbitrary: fc.tuple(blank, blank, markerText).map(([a, b, text]) => `${a};${b}${text}`) },
    ),
  )
  .map((parts) => parts.join(''));

/** Requirements, and texts that are close to one. */
export const anyRequirementText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: requirementText },
  { weight: 2, arbitrary: mistaken(requirementText) },
);

const fileName = fc.constantFrom('foo', 'Foo_Bar', 'foo.bar', 'foo__bar', 'a', 'é', 'foo-bar', '', '_', '1');
const fileVersion = fc.oneof({ weight: 4, arbitrary: versionText }, { weight: 1, arbitrary: anyVersionText });
const tagMember = (members: readonly string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...members), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const tagText = fc
  .tuple(
    tagMember(['py2', 'py3', 'cp311', 'CP312', 'pp310', '3py', 'p_y']),
    tagMember(['none', 'abi3', 'cp311', 'cp313t', 'NONE', '1']),
    tagMember(['any', 'win_amd64', 'linux_x86_64', 'macosx_11_0_universal2', 'manylinux2014_x86_64', 'ANY']),
  )
  .map((parts) => parts.join('-'));
const buildPart = fc.constantFrom('', '', '', '-1', '-2abc', '-01', '-9007199254740993x', '-x1', '-');

const wheelText = fc
  .tuple(fileName, fileVersion, buildPart, tagText, fc.constantFrom('.whl', '.whl', '.whl', '.WHL', ''))
  .map(([name, version, build, tags, extension]) => `${name}-${version}${build}-${tags}${extension}`);

/** File names of wheels, and texts that are close to one. */
export const anyWheelText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: wheelText },
  { weight: 2, arbitrary: mistaken(wheelText) },
);

const sdistText = fc
  .tuple(fileName, fileVersion, fc.constantFrom('.tar.gz', '.tar.gz', '.zip', '.tgz', '.TAR.GZ', ''))
  .map(([name, version, extension]) => `${name}-${version}${extension}`);

/** File names of source distributions, and texts that are close to one. */
export const anySdistText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: sdistText },
  { weight: 2, arbitrary: mistaken(sdistText) },
);

const headerLine = fc
  .tuple(
    fc.constantFrom(
      'Name',
      'Version',
      'Requires-Python',
      'Requires-Dist',
      'requires-dist',
      'Provides-Extra',
      'Summary',
      'X-Other',
    ),
    fc.constantFrom(': ', ':', ':\t', ' : ', ''),
    fc.oneof(requirementText, fc.constantFrom('foo', '1.0', '>=3.8', 'a: b', '', 'é', 'two  blanks')),
    fc.constantFrom('', '', '', '\n folded', '\n\tfolded ', ' '),
  )
  .map((parts) => parts.join(''));

/** Header blocks of METADATA, usual and broken. */
export const metadataText: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('Metadata-Version: 2.1', 'Metadata-Version: 2.4', 'From someone'),
    fc.constantFrom('Name: foo', 'NAME:Foo.Bar', 'Name: foo\n bar'),
    fc.constantFrom('Version: 1.0', 'version:1', 'Version: odd'),
    fc.array(headerLine, { maxLength: 4 }),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\r'),
    fc.constantFrom('', '\n', '\n\nThe text: of it\nRequires-Dist: none\n', '\nno header\nRequires-Dist: none\n'),
  )
  .map(
    ([first, name, version, lines, end, rest]) =>
      [first, name, version, ...lines].join('\n').replaceAll('\n', end) + rest,
  );

const groupItem = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('pytest>=8', 'ruff', 'a[b] ; os_name == "nt"', 'sphinx', 'not valid!') },
  { weight: 3, arbitrary: fc.record({ 'include-group': fc.constantFrom('test', 'Docs', 'do_cs', 'all', 'none') }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, 1, { include: 'test' }, { 'include-group': 1 }, ['test']) },
);

/** Tables of dependency groups with the groups asked for. */
export const groupsAsked: fc.Arbitrary<[Record<string, unknown>, string[]]> = fc.tuple(
  fc.dictionary(
    fc.constantFrom('test', 'docs', 'Do.cs', 'all', 'dev'),
    fc.oneof(
      { weight: 9, arbitrary: fc.array(groupItem, { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom<unknown>('text', 1, {}) },
    ),
    { maxKeys: 4 },
  ),
  fc.array(fc.constantFrom('test', 'DOCS', 'all', 'dev'), { minLength: 1, maxLength: 2 }),
);
