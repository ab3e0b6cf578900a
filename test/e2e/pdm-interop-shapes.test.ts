/** Real PDM and tspm on projects of special shapes, with a made index: here both locks are the same to the last byte. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { findPdm, installedFiles, installedVersions, pdmOk, runPdm } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { buildWheel, type WheelSpec } from '../support/wheel.ts';
import { projectText } from '../support/workspace.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';
let server: IndexServer;

const WHEELS: readonly WheelSpec[] = [
  {
    name: 'alpha',
    version: '1.0',
    requires: ['beta>=1', 'gamma; python_version < "3.10"'],
    extras: ['fast', 'Big_One'],
  },
  {
    name: 'alpha',
    version: '1.1',
    requires: [
      'beta>=1',
      'delta[x]>1 ; extra == "fast"',
      'gamma!=1.5,<3,>=1; extra == "big-one" and sys_platform != "win32"',
    ],
    extras: ['fast', 'big-one'],
    requiresPython: '>=3.9, <4',
    summary: 'A "quoted" \\ summary, ünï 🎉',
  },
  { name: 'alpha', version: '2.0a1', requires: ['beta==2.0.0rc1'] },
  { name: 'beta', version: '1.5', files: { 'beta.py': 'VERSION = 1.5\n' }, entryPoints: { beta: 'beta:main' } },
  { name: 'beta', version: '2.0.0rc1' },
  { name: 'Gamma', version: '1.4', requiresPython: '>=3.9', scripts: { 'gamma-run': '#!python\nprint(1)\n' } },
  { name: 'Gamma', version: '1.5' },
  { name: 'Gamma', version: '2', requiresPython: '>=3.99' },
  { name: 'delta', version: '1.2.post1', extras: ['x'], requires: ['epsilon ; extra == "x"'] },
  { name: 'delta', version: '1.2+local.1', extras: ['x'], requires: ['epsilon ; extra == "x"'] },
  {
    name: 'epsilon',
    version: '1!3.0',
    files: { 'epsilon-1!3.0.data/data/share/epsilon.txt': 'data\n', 'epsilon/__init__.py': '' },
  },
  { name: 'zeta', version: '0.1', requires: ['alpha[fast]<2'], requiresPython: '>=3.7,!=3.8.*' },
];

beforeAll(async () => {
  server = await startIndexServer();
  for (const spec of WHEELS) {
    const { filename, bytes } = buildWheel(spec);
    const listed = spec.requiresPython === undefined ? {} : { requiresPython: spec.requiresPython };
    server.add(spec.name, { filename, bytes, ...listed });
  }
});

afterAll(() => server.close());

interface Agreement {
  /** Options of `lock`. */
  readonly lock?: readonly string[];
  /** Fills the project's folder first. */
  readonly prepare?: (project: Project) => void;
  /** Whether to compare the trees too; they are unless said. */
  readonly install?: false;
}

/** Locks with both, compares the texts, then installs with both from them and compares the trees. Gives the text. */
async function agreedLock(name: string, pyproject: string, options: Agreement = {}): Promise<string> {
  const ours = sandbox.project(`${name}-t`, pyproject);
  const theirs = sandbox.project(`${name}-p`, pyproject);
  for (const project of [ours, theirs]) options.prepare?.(project);
  await ours.ok(['lock', ...(options.lock ?? [])]);
  await pdmOk(pdm, theirs, ['lock', ...(options.lock ?? [])]);
  const lock = ours.read('pdm.lock');
  expect(lock).toBe(theirs.read('pdm.lock'));
  if (options.install === false) return lock;
  await ours.ok(['lock', '--check']);
  await ours.ok(['sync', '--no-self']);
  await pdmOk(pdm, theirs, ['sync', '--no-self']);
  expect(installedVersions(ours)).toEqual(installedVersions(theirs));
  expect(installedFiles(ours)).toEqual(installedFiles(theirs));
  return lock;
}

const onIndex = (dependencies: readonly string[], more = '', requiresPython = '>=3.9') =>
  projectText({ dependencies, more, requiresPython, sources: [{ name: 'pypi', url: server.simple }] });

describe.skipIf(pdm.kind === 'absent')(`the same lock and tree from PDM and tspm${skipped}`, () => {
  test('extras with extras of their own, local and post versions, an epoch, commands and data', async () => {
    const lock = await agreedLock('extras', onIndex(['zeta', 'alpha[big-one]', "gamma; sys_platform == 'linux'"]));
    expect(lock).toContain('version = "1!3.0"');
    expect(lock).toContain('extras = ["big-one"]');
  });

  test('a pinned pre-release brings the pre-release it depends on', async () => {
    const lock = await agreedLock('prerelease', onIndex(['alpha==2.0a1']));
    expect(lock).toContain('version = "2.0.0rc1"');
  });

  test('pre-releases by the setting of the project', async () => {
    const lock = await agreedLock('allowed', onIndex(['alpha'], '[tool.pdm.resolution]\nallow-prereleases = true\n'));
    expect(lock).toContain('version = "2.0a1"');
  });

  test('a folder of wheels as only source', async () => {
    const pyproject = projectText({
      dependencies: ['zeta'],
      sources: [{ name: 'pypi', url: 'file:///${PROJECT_ROOT}/wheel%20house', type: 'find_links' }],
    });
    const lock = await agreedLock('folder', pyproject, { prepare: fillWheelHouse });
    expect(lock).toContain('file = "zeta-0.1-py3-none-any.whl"');
  });

  test('a wheel by its address, with an extra', async () => {
    const { filename } = buildWheel({ name: 'alpha', version: '1.1' });
    const lock = await agreedLock('address', onIndex([`alpha[fast] @ ${server.url}/files/${filename}`, 'zeta']));
    expect(lock).toContain(`url = "${server.url}/files/${filename}"`);
  });

  test('a wheel by its path', async () => {
    const { filename } = buildWheel({ name: 'alpha', version: '1.1' });
    const lock = await agreedLock('path', onIndex([`alpha @ file:///\${PROJECT_ROOT}/wheel%20house/${filename}`]), {
      prepare: fillWheelHouse,
    });
    expect(lock).toContain(`path = "./wheel house/${filename}"`);
  });

  test('overrides and excludes', async () => {
    const lock = await agreedLock(
      'resolution',
      onIndex(
        ['zeta'],
        '[tool.pdm.resolution]\nexcludes = ["Epsilon"]\n\n[tool.pdm.resolution.overrides]\nalpha = "1.0"\ngamma = ">=1.4,<1.5"\n',
      ),
    );
    expect(lock).toContain('name = "alpha"\nversion = "1.0"');
    expect(lock).not.toContain('name = "epsilon"');
  });

  test('groups that include each other', async () => {
    const more =
      '[project.optional-dependencies]\nOne_Two = ["alpha"]\nthree = ["demo[one-two]", "gamma<2"]\n\n[dependency-groups]\n"Dev.Tools" = ["beta", {include-group = "lint"}]\nlint = ["delta[x]"]\n';
    const all = await agreedLock('groups', onIndex(['epsilon'], more), { lock: ['-G', ':all', '-d'] });
    const one = await agreedLock('group', onIndex(['epsilon'], more), { lock: ['-G', 'three', '--prod'] });
    const dev = await agreedLock('no-default', onIndex(['epsilon'], more), {
      lock: ['--no-default', '-G', 'dev-tools'],
    });
    expect([all, one, dev].map((lock) => /^groups = (.*)$/m.exec(lock)?.[1])).toEqual([
      '["default", "dev-tools", "lint", "one-two", "three"]',
      '["default", "one-two", "three"]',
      '["dev-tools", "lint"]',
    ]);
  });

  test('a local version that a requirement pins keeps its label', async () => {
    const lock = await agreedLock('local', onIndex(['delta==1.2+local.1']));
    expect(lock).toContain('version = "1.2+local.1"');
  });

  const ident = pythonIdent();
  test.each([
    ['>=3.9,<4', '~=3.9'],
    ['>=3.9,<4.0', '~=3.9'],
    ['>=3.9.1', '>=3.9.1'],
    ['~=3.9', '~=3.9'],
    [`==${ident}.*`, `==${ident}.*`],
    ['>=3.9,!=3.9.0,!=3.9.7', '>3.9.0,!=3.9.7'],
    ['>=3.8,!=3.8.*,!=3.98.*', '>=3.9.0,!=3.98.*'],
    ['>=3.9,!=3.97.*,!=3.99.*', '>=3.9,<3.97.0||~=3.98.0||>=3.100.0'],
    [' >= 3.9 , < 3.99 ', '>=3.9,<3.99'],
    ['>=3.9,<3.98.2', '>=3.9,<3.98.2'],
    ['>3.8', '>3.8'],
  ])('requires-python %j is the target %j', async (requiresPython, target) => {
    const dependencies = ['alpha', "beta; python_version >= '3.10'", "delta; python_full_version < '3.11.4'"];
    const name = `python ${target.replaceAll('|', ' or ')}`;
    const lock = await agreedLock(name, onIndex(dependencies, '', requiresPython), { install: false });
    expect(lock).toContain(`[[metadata.targets]]\nrequires_python = "${target}"\n`);
  });

  test('without inherit_metadata, and with static addresses', async () => {
    const pyproject = onIndex(['zeta', 'alpha[big-one]'], '[project.optional-dependencies]\nmore = ["gamma<2"]\n');
    const lock = await agreedLock('walk', pyproject, { lock: ['-S', 'no_inherit_metadata', '-G', ':all'] });
    expect(lock).toContain('strategy = []');
    const addresses = await agreedLock('static', pyproject, { lock: ['-S', 'static_urls'] });
    expect(addresses).toContain(`{url = "${server.url}/files/zeta-0.1-py3-none-any.whl"`);
  });
});

describe.skipIf(pdm.kind === 'absent')(`what PDM takes as up to date${skipped}`, () => {
  test.each(Object.entries(oddProjects()))('%s', async (name, pyproject) => {
    const project = sandbox.project(`hash-${name.replaceAll(/\W/g, '-')}`, pyproject);
    await pdmOk(pdm, project, ['lock', '--no-default', '--prod']);
    await project.ok(['lock', '--check']);
    project.write('pyproject.toml', `${pyproject}\n# a comment changes nothing\n`);
    await project.ok(['lock', '--check']);
    const lock = project.read('pdm.lock');
    rmSync(project.path('pdm.lock'));
    await project.ok(['lock', '--no-default', '--prod']);
    expect(project.read('pdm.lock')).toBe(lock);
    project.write(
      'pyproject.toml',
      `${pyproject}\n[tool.pdm.resolution]\nexcludes = ["other"]\n`.replace(
        /(\[tool\.pdm\.resolution\][^]*)\n\[tool\.pdm\.resolution\]\nexcludes = \["other"\]\n$/,
        '$1\nnew = 1\n',
      ),
    );
    const [ours, theirs] = [await project.tspm(['lock', '--check']), await runPdm(pdm, project, ['lock', '--check'])];
    expect([ours.status, theirs.status]).toEqual([1, 1]);
  });
});

/** Projects whose content hash has something odd in it; no package of theirs is looked up. */
function oddProjects(): Record<string, string> {
  const head = '[project]\nname = "demo"\nversion = "1"\n';
  return {
    'letters beyond ASCII, escapes, long code points': `${head}dependencies = ["a @ https://example.org/ünï/a-1.0.zip", 'b ; os_name == "😀"']\n[project.optional-dependencies]\n"Grüße" = ["c\\u0009>=1"]\n`,
    'keys in another order than sorted': `${head}requires-python = ">=3.9"\n[tool.pdm.resolution]\nz = 1\na = 2\nB = 3\n"ä" = 4\n`,
    'numbers as Python writes them': `${head}[tool.pdm.resolution]\nx = [1, 1.0, 1e16, 1e22, 1e-5, 0.0001, -0.0, 123456789012345680.0, 0x10, 1_000]\n`,
    'groups of both kinds': `${head}[dependency-groups]\nFoo_Bar = ["a", {include-group = "x.y"}]\n"x.y" = []\n[tool.pdm.dev-dependencies]\nold = ["b"]\n`,
    'line ends of Windows': `${head}dependencies = [\n  "a",\n  'b',\n]\n`.replaceAll('\n', '\r\n'),
    'sources with every key': `${head}[[tool.pdm.source]]\nname = "pypi"\nurl = "https://user:\${SECRET}@example.org/simple"\nverify_ssl = false\nexclude_packages = ["a*"]\n`,
  };
}

function fillWheelHouse(project: Project): void {
  mkdirSync(project.path('wheel house'));
  for (const spec of WHEELS) {
    const { filename, bytes } = buildWheel(spec);
    writeFileSync(project.path('wheel house', filename), bytes);
  }
}
