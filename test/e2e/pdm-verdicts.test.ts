/** `lock --check` and `install --check` on odd projects and odd locks, beside PDM: the same verdict in the same words. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHash } from '../../src/lockfile/content-hash.ts';
import { parseToml } from '../../src/toml/parse.ts';
import { formatBasicString, formatKey } from '../../src/toml/value.ts';
import { mapLimit } from '../../src/util/limit.ts';
import { findPdm, runPdmOften } from '../support/pdm.ts';
import { type Project, type RunResult, Sandbox } from '../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

const HEAD = '[project]\nname = "demo"\nversion = "1"\n';
const ZEROS = `sha256:${'0'.repeat(64)}`;

/** A lock that is up to date: HASH stands for the content hash that tspm computes for the project. */
const FRESH = '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n';

/** A project file and the lock beside it, null for none. */
interface Odd {
  readonly pyproject: string;
  readonly lock: string | null;
}

/** The status, and what is said about the lock. */
interface Verdict {
  readonly status: number | null;
  readonly said: readonly string[];
}

const resolution = (rows: string) => `${HEAD}[tool.pdm.resolution]\n${rows}\n`;
const source = (rows: string) =>
  `${HEAD}[[tool.pdm.source]]\nname = "pypi"\nurl = "https://example.org/simple"\n${rows}\n`;

/** Project files whose content hash has something odd in it. No package of theirs is looked up. */
const PROJECTS: Readonly<Record<string, string>> = {
  'a name only': '[project]\nname = "a"\n',
  'no project table': '[tool.pdm]\ndistribution = false\n',
  'an empty file': '',
  'a comment only': '# nothing\n',
  'empty tables': `${HEAD}dependencies = []\n[project.optional-dependencies]\n[dependency-groups]\n[tool.pdm.dev-dependencies]\n[tool.pdm.resolution]\n[tool.pdm.resolution.overrides]\n`,
  'an empty list of sources': `${HEAD}[tool.pdm]\nsource = []\n`,
  'empty groups': `${HEAD}[project.optional-dependencies]\na = []\n[dependency-groups]\nb = []\n[tool.pdm.dev-dependencies]\nc = []\n`,
  'line ends of Windows': `${HEAD}dependencies = [\n  "a",\n  'b',\n]\n`.replaceAll('\n', '\r\n'),
  'line ends of Windows inside a string': `${HEAD}dependencies = ["""\na\nb"""]\n`.replaceAll('\n', '\r\n'),
  'a byte order mark': `\ufeff${HEAD}dependencies = ["a"]\n`,
  'letters beyond ASCII': `${HEAD}dependencies = ["a @ https://example.org/ünï/a-1.0.zip"]\n`,
  'code points beyond 16 bits': `${HEAD}dependencies = ['b ; os_name == "😀"']\n`,
  'escapes of every kind': resolution('x = "\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f\\u007f\\u0080\\uffff\\U0001F389/"'),
  'keys beyond ASCII, sorted by code point': resolution('"ä" = 1\n"\uff5e" = 2\n"😀" = 3\nz = 4\nB = 5\n_ = 6'),
  'keys with quotes and control characters': resolution('"a\\"b" = 1\n"\\t" = 2\n"" = 3\n"a.b" = 4'),
  'optional groups named as nobody names them': `${HEAD}[project.optional-dependencies]\n"Grüße" = ["c\\u0009>=1"]\nFoo_Bar = ["a"]\n"foo.baz" = []\n`,
  'development groups by other spellings': `${HEAD}[dependency-groups]\nFoo_Bar = ["a"]\n"x.y" = []\n"A--b__c" = ["b"]\n`,
  'older groups by other spellings': `${HEAD}[tool.pdm.dev-dependencies]\nFoo_Bar = ["a"]\n"x.y" = []\nDEV = ["b"]\n`,
  'groups in both tables': `${HEAD}[dependency-groups]\nnew = ["a"]\n[tool.pdm.dev-dependencies]\nold = ["b"]\n`,
  'one development group spelt in two ways': `${HEAD}[dependency-groups]\nfoo-bar = ["a"]\nFoo_Bar = ["b"]\n`,
  'one older group spelt in two ways': `${HEAD}[tool.pdm.dev-dependencies]\nfoo-bar = ["a"]\nFoo_Bar = ["b"]\n`,
  'a group that is optional and for development': `${HEAD}[project.optional-dependencies]\nx = ["a"]\n[dependency-groups]\nx = ["b"]\n`,
  'one group in both tables': `${HEAD}[dependency-groups]\nlint = ["a"]\n[tool.pdm.dev-dependencies]\nlint = ["-e file:///\${PROJECT_ROOT}/lib#egg=lib"]\n`,
  includes: `${HEAD}[dependency-groups]\na = ["a", {include-group = "B.c"}]\n"B.c" = [{include-group = "d"}]\nd = []\n`,
  'an included group that is missing': `${HEAD}[dependency-groups]\na = [{include-group = "b"}]\n`,
  'groups that include each other': `${HEAD}[dependency-groups]\na = [{include-group = "b"}]\nb = [{include-group = "a"}]\n`,
  'an include with another key': `${HEAD}[dependency-groups]\na = [{include-group = "b", more = 1}]\nb = []\n`,
  'a group that is a string': `${HEAD}[dependency-groups]\na = "b"\n`,
  'a group with a number': `${HEAD}[dependency-groups]\na = [1]\n`,
  'whole numbers of any size': resolution(
    'x = [0, -0, 9223372036854775807, -9223372036854775808, 0xff, 0o17, 0b11, 1_000, +5]',
  ),
  'numbers as Python writes them': resolution(
    'x = [1.0, 1e16, 1e22, 1e-5, 0.0001, -0.0, 123456789012345680.0, 5e-324, 1.7976931348623157e308, 0.1, 1e15, 123456789.123456789, 1_0.5, 3.0e0]',
  ),
  'numbers beyond numbers': resolution('x = [inf, -inf, +inf, nan, -nan]'),
  'true and false': resolution('x = true\ny = [false, true]'),
  'tables in tables': resolution('x = {a = {b = {c = [{}, {d = []}]}}}\n[tool.pdm.resolution.y.z]\nw = [[], [[]]]'),
  'arrays of tables': `${HEAD}[[tool.pdm.resolution.x]]\nb = 1\na = 2\n[[tool.pdm.resolution.x]]\n`,
  'keys with points': `${HEAD}[tool.pdm]\nresolution.overrides.a = "1"\nresolution.overrides."b.c" = "2"\nresolution.allow-prereleases = true\n`,
  'keys nobody knows': resolution('future = 1\nother = {x = "y"}'),
  'keys in another order than sorted': resolution('z = 1\na = 2\nB = 3\n"ä" = 4'),
  'every key of resolution': resolution(
    'excludes = ["A_b"]\nrespect-source-order = true\nallow-prereleases = false\nno-binary = "x"\nonly-binary = ["y"]\nprefer-binary = []\nexclude-newer = "2024-01-01"\noverrides = {urllib3 = ">=2"}',
  ),
  'a day without quotes': resolution('x = 2024-01-01'),
  'a moment without quotes': resolution('x = 2024-01-01T10:00:00Z'),
  'a time of day without quotes': resolution('x = 10:00:00'),
  'a date where nothing is hashed': `${HEAD}[tool.other]\nx = 2024-01-01\n`,
  'an account in a source': `${HEAD}[[tool.pdm.source]]\nname = "pypi"\nurl = "https://user:p%40ss@example.org/simple"\n`,
  'variables in a source': `${HEAD}[[tool.pdm.source]]\nname = "pypi"\nurl = "https://\${USER}:\${SECRET}@example.org/simple"\nverify_ssl = false\n`,
  'every key of a source': source(
    'verify_ssl = false\ntype = "index"\nusername = "u"\npassword = "p"\ninclude_packages = ["a*"]\nexclude_packages = ["b"]',
  ),
  'two sources of one name': `${source('')}[[tool.pdm.source]]\nname = "pypi"\nurl = "https://example.org/other"\n`,
  'a source without a name': `${HEAD}[[tool.pdm.source]]\nurl = "https://example.org/simple"\n`,
  'find_links with a variable': `${HEAD}[[tool.pdm.source]]\nname = "x"\ntype = "find_links"\nurl = "file:///\${PROJECT_ROOT}/wheels"\n`,
  'requires-python with blanks': `${HEAD}requires-python = " >= 3.9 , <4 "\n`,
  'requires-python empty': `${HEAD}requires-python = ""\n`,
  'requires-python with holes': `${HEAD}requires-python = ">=3.8,!=3.9.*,<4"\n`,
  'the same requirement twice': `${HEAD}dependencies = ["a", "a", "A"]\n`,
  'requirements in odd spellings': `${HEAD}dependencies = ["A . b", "foo (>=1.0)", " x [ y , z ] >= 1 ; os_name=='nt' "]\n`,
  'a requirement nobody can read': `${HEAD}dependencies = ["a b c"]\n`,
  'an editable line among the dependencies': `${HEAD}[tool.pdm.dev-dependencies]\nlocal = ["-e file:///\${PROJECT_ROOT}/lib#egg=lib", "-e git+https://example.org/a.git@v1#egg=a"]\n`,
  'strings of several lines': `${HEAD}dependencies = ["""\\\n  a\\\n  >=1""", '''b''']\n`,
  'dynamic dependencies': '[project]\nname = "demo"\ndynamic = ["version", "dependencies"]\n',
  'all in one line':
    'project = {name = "demo", version = "1", dependencies = ["a"], requires-python = ">=3.9"}\ntool = {pdm = {resolution = {excludes = ["b"]}}}\n',
  'settings that are not hashed': `${HEAD}[tool.pdm]\ndistribution = false\n[tool.pdm.scripts]\na = "b"\n[tool.pdm.options]\nadd = ["--no-self"]\n[build-system]\nrequires = ["x"]\n`,
};

/** Locks that are odd in themselves, beside the plainest project; HEX, UPPER, SHA512 and MD5 are other forms of the content hash. */
const LOCKS: Readonly<Record<string, string | null>> = {
  'no lock': null,
  'an empty lock': '',
  'a lock with a comment only': '# nothing\n',
  'a lock without metadata': '[[package]]\nname = "a"\nversion = "1"\nsummary = ""\n',
  'a lock with metadata that is empty': '[metadata]\n',
  'no lock_version': '[metadata]\ncontent_hash = "HASH"\n',
  'no content_hash': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\n',
  'an empty content_hash': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = ""\n',
  'the wrong content_hash': `[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "${ZEROS}"\n`,
  'a content_hash without its algorithm': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HEX"\n',
  'a content_hash in capitals': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "UPPER"\n',
  'a content_hash of sha512': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "SHA512"\n',
  'a content_hash of md5': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "MD5"\n',
  'a content_hash of an algorithm nobody knows':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "crc7:00"\n',
  'a content_hash with blanks': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH "\n',
  'a content_hash that is a number': '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = 5\n',
  ...Object.fromEntries(
    [
      '4.5',
      '4.5.0',
      '4.5.1',
      '4.5.2',
      '4.5.10',
      '4.5.1.0',
      '4.5.1.1',
      '4.5.01',
      '4.4.2',
      '4.4.99',
      '4.4',
      '4.3',
      '4.0',
      '4',
      '4.6.0',
      '4.6',
      '4.10.0',
      '3.0',
      '3',
      '2.0',
      '0',
      '5.0.0',
      '5',
      '10.0',
      '4.5.1a1',
      '4.5.1.dev1',
      '4.5.1.post1',
      '4.5.1+x',
      'v4.5.1',
      ' 4.5.1 ',
      '1!4.5.1',
      '4.x',
      'four',
      '',
      '-4.5',
      '4..5',
      '4.5.',
    ].map((version) => [
      `lock_version ${JSON.stringify(version)}`,
      `[metadata]\nstrategy = []\nlock_version = ${JSON.stringify(version)}\ncontent_hash = "HASH"\n`,
    ]),
  ),
  'lock_version 4.5 as a number': '[metadata]\nstrategy = []\nlock_version = 4.5\ncontent_hash = "HASH"\n',
  'lock_version 4 as a number': '[metadata]\nstrategy = []\nlock_version = 4\ncontent_hash = "HASH"\n',
  'lock_version as a list': '[metadata]\nstrategy = []\nlock_version = ["4.5.1"]\ncontent_hash = "HASH"\n',
  'lock_version false': '[metadata]\nstrategy = []\nlock_version = false\ncontent_hash = "HASH"\n',
  'a lock that is no TOML': '[metadata\nlock_version = "4.5.1"\n',
  'a lock cut short':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n[[package]]\nname = "a',
  'a lock with a conflict of a merge':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\n<<<<<<< HEAD\ncontent_hash = "HASH"\n=======\ncontent_hash = "HASH"\n>>>>>>> other\n',
  'metadata that is a string': 'metadata = "x"\n',
  'a lock with line ends of Windows':
    '[metadata]\r\nstrategy = []\r\nlock_version = "4.5.1"\r\ncontent_hash = "HASH"\r\n',
  'a lock with a byte order mark': '\ufeff[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n',
  'keys nobody knows in a lock':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\nfuture = {a = 1}\n[future]\nx = 1\n',
  'groups that do not exist':
    '[metadata]\nstrategy = []\ngroups = ["default", "nope"]\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n',
  'strategies nobody knows': '[metadata]\nstrategy = ["future"]\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n',
  'static addresses without the strategy':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n[[package]]\nname = "a"\nversion = "1"\nsummary = ""\nfiles = [{url = "https://example.org/a-1-py3-none-any.whl", hash = "sha256:00"}]\n',
  'targets for other machines':
    '[metadata]\nstrategy = []\nlock_version = "4.5.1"\ncontent_hash = "HASH"\n[[metadata.targets]]\nrequires_python = "==2.7.*"\nplatform = "windows_amd64"\nimplementation = "pypy"\n',
  'a pylock': 'lock-version = "1.0"\ncreated-by = "pdm"\npackages = []\n',
};

/** What PDM decides otherwise, and why. Each must stay different: what comes to agree leaves the list. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'no project table': 'PDM checks what it then refuses to lock',
  'an empty file': 'PDM checks what it then refuses to lock',
  'a comment only': 'PDM checks what it then refuses to lock',
  'a byte order mark': 'PDM cannot read it',
  'a lock with a byte order mark': 'PDM cannot read it',
  'a source without a name': 'PDM ends with a traceback as soon as it locks',
  'a content_hash of an algorithm nobody knows': 'PDM ends with a traceback, tspm with the warning',
  ...Object.fromEntries(
    ['4.x', 'four', '-4.5', '4..5', '4.5.'].map((version) => [
      `lock_version ${JSON.stringify(version)}`,
      'PDM ends with a traceback, tspm with the warning',
    ]),
  ),
  'metadata that is a string': 'PDM ends with a traceback, tspm with the warning',
  ...Object.fromEntries(
    ['5.0.0', '5', '10.0'].map((version) => [
      `lock_version ${JSON.stringify(version)}`,
      'tspm reads no lock of a later major format at all, and says so in place of the warning',
    ]),
  ),
  'lock_version false': 'PDM takes it as missing, tspm as broken',
};

/** Projects of `PROJECTS` beside the lock that tspm takes as theirs, and locks of `LOCKS` beside one project. */
const ODD: ReadonlyMap<string, Odd> = new Map<string, Odd>([
  ...Object.entries(PROJECTS).map(([name, pyproject]) => [name, { pyproject, lock: FRESH }] as const),
  ...Object.entries(LOCKS).map(([name, lock]) => [name, { pyproject: HEAD, lock }] as const),
]);

/** Tables of resolution settings, groups and requirement lines with any text, number and nesting in them. */
const text = fc.string({ unit: 'binary', maxLength: 6 });
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text.map(formatBasicString),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
    fc.double().map(tomlFloat),
    fc.boolean().map(String),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: false }).map(inlineTable),
  ),
}));
const randomProject = fc
  .record({
    lines: fc.array(text, { maxLength: 3 }),
    python: text,
    groups: fc.dictionary(fc.stringMatching(/^[a-z][a-z._-]{0,3}[a-z]$/), fc.array(text, { maxLength: 2 }), {
      maxKeys: 2,
    }),
    extras: fc.dictionary(text, fc.array(text, { maxLength: 2 }), { maxKeys: 2 }),
    settings: fc.dictionary(
      text.map((key) => `x${key}`),
      value,
      { maxKeys: 4 },
    ),
  })
  .map(({ lines, python, groups, extras, settings }) => {
    const list = (items: readonly string[]) => `[${items.map(formatBasicString).join(', ')}]`;
    const rows = (table: Record<string, string>) =>
      Object.entries(table)
        .map(([key, item]) => `${formatKey(key)} = ${item}\n`)
        .join('');
    const lists = (table: Record<string, string[]>) =>
      rows(Object.fromEntries(Object.entries(table).map(([key, items]) => [key, list(items)])));
    return `${HEAD}dependencies = ${list(lines)}\nrequires-python = ${formatBasicString(python)}\n[project.optional-dependencies]\n${lists(extras)}[tool.pdm.dev-dependencies]\n${lists(groups)}[tool.pdm.resolution]\n${rows(settings)}`;
  });

function tomlFloat(number: number): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? 'nan' : number > 0 ? 'inf' : '-inf';
  const digits = Object.is(number, -0) ? '-0' : String(number);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}

function inlineTable(table: Record<string, string>): string {
  return `{${Object.entries(table)
    .map(([key, item]) => `${formatKey(key)} = ${item}`)
    .join(', ')}}`;
}

describe.skipIf(pdm.kind === 'absent')(`the verdict of PDM${skipped}`, () => {
  test(`lock --check on ${ODD.size} odd projects`, async () => {
    const projects = [...ODD].map(([name, odd]) => open(name, odd));
    const verdicts = await besidePdm(projects, ['lock', '--check']);
    expect(differencesOf(verdicts)).toEqual(Object.keys(DIFFERENT).toSorted());
    const fresh = [...verdicts].filter(([, [ours]]) => ours.status === 0);
    expect(fresh.length).toBeGreaterThan(60);
    expect(verdicts.size - fresh.length).toBeGreaterThan(30);
  });

  test('install --check', async () => {
    const projects = Object.entries(LOCKS).map(([name, lock]) => open(`${name} install`, { pyproject: HEAD, lock }));
    const verdicts = await besidePdm(projects, ['install', '--check', '--no-self', '--dry-run']);
    const expected = Object.keys(DIFFERENT).filter((name) => name in LOCKS);
    expect(differencesOf(verdicts)).toEqual(expected.map((name) => `${name} install`).toSorted());
  });

  test('the content hash of random projects', async () => {
    const seed = Number(process.env['TSPM_TEST_SEED'] ?? '20240101');
    const texts = fc.sample(randomProject, { numRuns: 200, seed });
    const projects = texts.map((pyproject, index) => open(`random ${index}`, { pyproject, lock: FRESH }));
    const runs = projects.map(({ folder }) => ['lock', '--check', '-p', folder]);
    const results = await runPdmOften(pdm, sandbox, runs);
    const refused = results.flatMap(({ status, stderr }, index) =>
      status === 0 ? [] : [{ stderr, text: texts[index] }],
    );
    expect({ seed, refused }).toEqual({ seed, refused: [] });
  });
});

/** Both verdicts, tspm's first, by the name of the project. */
async function besidePdm(
  projects: readonly Project[],
  args: readonly string[],
): Promise<Map<string, readonly [Verdict, Verdict]>> {
  const runs = projects.map(({ folder }) => [...args, '-p', folder]);
  const theirs = await runPdmOften(pdm, sandbox, runs);
  const ours = await mapLimit(projects, availableParallelism(), (project) => project.tspm(args));
  return new Map(
    projects.map(({ folder }, index) => [basename(folder), [verdictOf(ours[index]), verdictOf(theirs[index])]]),
  );
}

/** The projects of unlike verdicts, sorted; those where neither side says a word beyond that are alike. */
function differencesOf(verdicts: ReadonlyMap<string, readonly [Verdict, Verdict]>): string[] {
  const unlike = [...verdicts].filter(([, [ours, theirs]]) => !isDeepStrictEqual(ours, theirs));
  return unlike.map(([name]) => name).toSorted();
}

function verdictOf(result: RunResult | undefined): Verdict {
  const said = result?.stderr.replaceAll('tspm', 'pdm').split('\n') ?? [];
  return { status: result?.status ?? null, said: said.filter((line) => /^WARNING: Lockfile|^Please run/.test(line)) };
}

/** A folder of that name with the project and its lock, the digests of the project put into it. */
function open(name: string, { pyproject, lock }: Odd): Project {
  const project = sandbox.project(name, pyproject);
  if (lock !== null)
    project.write(
      'pdm.lock',
      lock.replace(/HASH|HEX|UPPER|SHA512|MD5/, (word) => digestOf(pyproject, word)),
    );
  return project;
}

function digestOf(pyproject: string, word: string): string {
  const hash = (algorithm?: string) => contentHash(parseToml(pyproject, 'pyproject.toml'), [], algorithm);
  try {
    if (word === 'HEX') return hash().slice('sha256:'.length);
    if (word === 'UPPER') return `sha256:${hash().slice('sha256:'.length).toUpperCase()}`;
    return hash(word === 'HASH' ? 'sha256' : word.toLowerCase());
  } catch {
    // A project with a date has none.
    return ZEROS;
  }
}
