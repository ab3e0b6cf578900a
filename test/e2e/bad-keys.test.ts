/** Values of the wrong kind in every table that tspm reads: the message tells the file, the line, the key and what was expected; nothing is written. */
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { mapLimit } from '../../src/util/limit.ts';
import { Sandbox } from '../support/tspm.ts';
import { stateOf } from '../support/workspace.ts';

const sandbox = new Sandbox({ PDM_PYPI_URL: 'http://127.0.0.1:9/simple' });

const HEAD = '[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n';

/** The text, the line that is wrong, the key as the message has it, and a part of what was expected. */
type Wrong = readonly [text: string, line: number, key: string, expected: string];

const PROJECT_FILES: readonly Wrong[] = [
  ['project = "x"', 1, '[project]', 'a table'],
  ['project = []', 1, '[project]', 'a table'],
  ['[project]\nname = 1', 2, '[project].name', 'a string'],
  ['[project]\nname = "x"\nversion = 1', 3, '[project].version', 'a string'],
  ['[project]\nrequires-python = 3.9', 2, '[project].requires-python', 'a string'],
  ['[project]\nrequires-python = "nope"', 2, '[project].requires-python', '">=3.11", not "nope"'],
  ['[project]\ndependencies = "a"', 2, '[project].dependencies', 'an array of strings'],
  ['[project]\ndependencies = [\n  "a",\n  1,\n]', 4, '[project].dependencies[1]', 'a string'],
  ['[project]\ndependencies = [\n  "a",\n  "b c d",\n]', 4, '[project].dependencies[1]', 'must start with one of'],
  ['[project]\ndependencies = ["a>=nope"]', 2, '[project].dependencies[0]', 'a version of PEP 440'],
  ['[project]\noptional-dependencies = []', 2, '[project].optional-dependencies', 'a table'],
  [`${HEAD}[project.optional-dependencies]\nX = "a"`, 6, '[project.optional-dependencies].X', 'an array of strings'],
  [`${HEAD}[project.optional-dependencies]\nx = [1]`, 6, '[project.optional-dependencies].x[0]', 'a string'],
  [
    `${HEAD}[project.optional-dependencies]\nX_y = ["a b c"]`,
    6,
    '[project.optional-dependencies].X_y[0]',
    'must start',
  ],
  [`${HEAD}[project.optional-dependencies]\ndefault = []`, 6, '[project.optional-dependencies].default', 'means'],
  [
    `${HEAD}[project.optional-dependencies]\na_b = []\na-b = []`,
    7,
    '[project.optional-dependencies]',
    'the same group',
  ],
  [`dependency-groups = []\n${HEAD}`, 1, '[dependency-groups]', 'a table'],
  [`${HEAD}[dependency-groups]\nx = "a"`, 6, '[dependency-groups].x', 'an array of strings'],
  [`${HEAD}[dependency-groups]\nx = [1]`, 6, '[dependency-groups].x', 'an array of strings'],
  [`${HEAD}[dependency-groups]\nX_y = ["a b c"]`, 6, '[dependency-groups].X_y[0]', 'must start with'],
  [`${HEAD}[dependency-groups]\nx = [{include-group = "gone"}]`, 6, '[dependency-groups].x', '"gone" does not exist'],
  [`${HEAD}[dependency-groups]\nx = [{include-group = "x"}]`, 6, '[dependency-groups].x', 'include each other'],
  [`${HEAD}[dependency-groups]\nx = [{include = "x"}]`, 6, '[dependency-groups].x', 'include-group'],
  [`${HEAD}[dependency-groups]\nDefault = []`, 6, '[dependency-groups].Default', 'means [project].dependencies'],
  [`${HEAD}[tool]\npdm = "x"`, 6, '[tool.pdm]', 'a table'],
  [`${HEAD}[tool.pdm]\ndistribution = "x"`, 6, '[tool.pdm].distribution', 'true or false'],
  [`${HEAD}[tool.pdm]\npackage-type = 1`, 6, '[tool.pdm].package-type', 'a string'],
  [`${HEAD}[tool.pdm]\nplugins = "x"`, 6, '[tool.pdm].plugins', 'an array of strings'],
  [`${HEAD}[tool.pdm]\nignore_package_warnings = "x"`, 6, '[tool.pdm].ignore_package_warnings', 'an array of strings'],
  [`${HEAD}[tool.pdm]\noptions = []`, 6, '[tool.pdm].options', 'a table'],
  [`${HEAD}[tool.pdm.options]\nlock = "-v"`, 6, '[tool.pdm.options].lock', 'an array of strings'],
  [`${HEAD}[tool.pdm.options]\nlock = [1]`, 6, '[tool.pdm.options].lock[0]', 'a string'],
  [`${HEAD}[tool.pdm]\nscripts = []`, 6, '[tool.pdm].scripts', 'a table'],
  [`${HEAD}[tool.pdm.scripts]\nx = 1`, 6, '[tool.pdm.scripts].x', 'expected'],
  [`${HEAD}[tool.pdm.scripts]\nx = {nope = "a"}`, 6, '[tool.pdm.scripts].x', 'one of cmd'],
  [`${HEAD}[tool.pdm.scripts]\nx = {cmd = 1}`, 6, '[tool.pdm.scripts].x.cmd', 'a string or an array of strings'],
  [`${HEAD}[tool.pdm.scripts]\nx = {shell = ["a"]}`, 6, '[tool.pdm.scripts].x.shell', 'a string'],
  [`${HEAD}[tool.pdm.scripts.x]\ncall = "nope"`, 6, '[tool.pdm.scripts].x.call', 'module:function'],
  [`${HEAD}[tool.pdm.scripts]\nx = {composite = "a"}`, 6, '[tool.pdm.scripts].x.composite', 'an array of strings'],
  [`${HEAD}[tool.pdm.scripts]\nx = {cmd = "a", env = []}`, 6, '[tool.pdm.scripts].x.env', 'a table'],
  [`${HEAD}[tool.pdm.scripts]\nx = {cmd = "a", env_file = 1}`, 6, '[tool.pdm.scripts].x.env_file', 'expected'],
  [`${HEAD}[tool.pdm.scripts.x]\ncmd = "a"\nnope = 1`, 7, '[tool.pdm.scripts].x', 'expected env, env_file'],
  [`${HEAD}[tool.pdm]\ndev-dependencies = []`, 6, '[tool.pdm].dev-dependencies', 'a table'],
  [`${HEAD}[tool.pdm.dev-dependencies]\nx = "a"`, 6, '[tool.pdm.dev-dependencies].x', 'an array of strings'],
  [`${HEAD}[tool.pdm.dev-dependencies]\nx = ["a b c"]`, 6, '[tool.pdm.dev-dependencies].x[0]', 'must start with'],
  [`${HEAD}[tool.pdm]\nsource = "x"`, 6, '[tool.pdm.source]', 'an array of tables'],
  [`${HEAD}[tool.pdm.source]\nname = "x"`, 5, '[tool.pdm.source]', 'an array of tables'],
  [`${HEAD}[[tool.pdm.source]]\nurl = "https://x"`, 5, '[tool.pdm.source][0].name', 'a string'],
  [`${HEAD}[[tool.pdm.source]]\nname = "a"\n[[tool.pdm.source]]\nname = 1`, 8, '[tool.pdm.source][1].name', 'a string'],
  [`${HEAD}[[tool.pdm.source]]\nname = "x"\nurl = 1`, 7, '[tool.pdm.source][0].url', 'a string'],
  [`${HEAD}[[tool.pdm.source]]\nname = "x"\ntype = "nope"`, 7, '[tool.pdm.source][0].type', '"index" or "find_links"'],
  [`${HEAD}[[tool.pdm.source]]\nname = "x"\nverify_ssl = "no"`, 7, '[tool.pdm.source][0].verify_ssl', 'true or false'],
  [`${HEAD}[[tool.pdm.source]]\nname = "x"\nnope = 1`, 7, '[tool.pdm.source][0].nope', 'unknown key'],
  [
    `${HEAD}[[tool.pdm.source]]\nname = "x"\ninclude_packages = "a"`,
    7,
    '[tool.pdm.source][0].include_packages',
    'an array',
  ],
  [`${HEAD}[tool.pdm]\nresolution = "x"`, 6, '[tool.pdm.resolution]', 'a table'],
  [`${HEAD}[tool.pdm.resolution]\noverrides = []`, 6, '[tool.pdm.resolution].overrides', 'a table'],
  [`${HEAD}[tool.pdm.resolution]\noverrides = {a = 1}`, 6, '[tool.pdm.resolution].overrides.a', 'a string'],
  [`${HEAD}[tool.pdm.resolution.overrides]\nFoo = "1"\nfoo = "2"`, 7, '[tool.pdm.resolution].overrides.foo', 'another'],
  [
    `${HEAD}[tool.pdm.resolution.overrides]\na = "no version"`,
    6,
    '[tool.pdm.resolution.overrides].a',
    'neither a version',
  ],
  [`${HEAD}[tool.pdm.resolution]\nexcludes = "a"`, 6, '[tool.pdm.resolution].excludes', 'an array of strings'],
  [
    `${HEAD}[tool.pdm.resolution]\nallow-prereleases = "x"`,
    6,
    '[tool.pdm.resolution].allow-prereleases',
    'true or false',
  ],
  [
    `${HEAD}[tool.pdm.resolution]\nrespect-source-order = 1`,
    6,
    '[tool.pdm.resolution].respect-source-order',
    'true or false',
  ],
  [
    `${HEAD}[tool.pdm.resolution]\nno-binary = 1`,
    6,
    '[tool.pdm.resolution].no-binary',
    'a string or an array of strings',
  ],
  [`${HEAD}[tool.pdm.resolution]\nexclude-newer = 2024-01-01`, 6, '[tool.pdm.resolution].exclude-newer', 'in quotes'],
  [`${HEAD}[tool.pdm.resolution]\nexclude-newer = "nope"`, 6, '[tool.pdm.resolution].exclude-newer', 'not "nope"'],
  [
    `${HEAD}[tool.pdm.resolution]\nexclude-newer-override = {a = "nope"}`,
    6,
    '[tool.pdm.resolution].exclude-newer-override.a',
    'not "nope"',
  ],
  [`${HEAD}[tool.pdm.resolution]\nlock_inputs = "x"`, 6, '[tool.pdm.resolution].lock_inputs', 'true or false'],
];

test(`${PROJECT_FILES.length} wrong values in pyproject.toml`, async () => {
  const found = await mapLimit(PROJECT_FILES, availableParallelism(), async ([text, line, key, expected], index) => {
    const project = sandbox.project(`key-${index}`, `${text}\n`);
    const before = stateOf(project);
    const args = text.includes('scripts') ? ['run', 'x'] : ['lock', '-G', ':all'];
    const { status, stderr } = await project.tspm(args);
    const told = stderr.split('\n').find((row) => row.startsWith('error: ')) ?? '';
    const isClear = told.startsWith(`error: pyproject.toml:${line}: ${key}`) && told.includes(expected);
    const isSame = JSON.stringify(stateOf(project)) === JSON.stringify(before);
    return status === 1 && isClear && isSame ? [] : [`${text}\n  ${status} ${isSame} ${stderr}`];
  });
  expect(found.flat().join('\n')).toBe('');
});

const SETTINGS: readonly Wrong[] = [
  ['[install]\ncache = {x = 1}\n[a]\nb = [1]', 4, 'a.b', 'an array of strings'],
  ['cache_dir = 2024-01-01', 1, 'cache_dir', 'expected a string, a number'],
  ['[pypi.extra]\n\nurl = [{}]', 3, 'pypi.extra.url', 'expected a string'],
  ['request_timeout = "soon"', 1, 'request_timeout', 'a whole number, got "soon"'],
];

test('wrong values in the settings of the project and of the user', async () => {
  for (const [index, [text, line, key, expected]] of SETTINGS.entries()) {
    const project = sandbox.project(`settings-${index}`, `${HEAD}dependencies = ["a"]\n`);
    for (const file of ['pdm.toml', 'user.toml']) {
      project.write(file, `${text}\n`);
      const { status, stderr } = await project.tspm(['-c', 'user.toml', 'lock']);
      const where = file === 'pdm.toml' ? project.path(file) : file;
      expect({ file, status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining(expected) });
      expect(stderr).toContain(`${where}:${line}: ${key}: `);
      project.write(file, '');
    }
  }
});
