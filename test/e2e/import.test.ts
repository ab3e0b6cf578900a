/** `import` beside PDM: the same pyproject.toml as data, from requirements files and Pipfiles. */
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse.ts';
import { findPdm, pdmOk } from '../support/pdm.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { stateOf } from '../support/workspace.ts';

const pdm = findPdm();
const sandbox = new Sandbox();

const FILES: Readonly<Record<string, string>> = {
  'requirements.txt': `# comment
--index-url https://pypi.org/simple
--extra-index-url https://user:pass@example.org/simple
--find-links https://example.org/links
--trusted-host example.org
requests[socks]>=2,<3 ; python_version<'3.9'
Foo_Bar.baz >= 1.0  # behind a line
foo @ https://example.org/foo-1.0-py3-none-any.whl
-e git+https://github.com/a/b.git#egg=b
git+https://github.com/a/c.git@v1#egg=c
flask==2.0 \\
    --hash=sha256:aaaa \\
    --hash=sha256:bbbb
-c constraints.txt
-r more/more.txt
`,
  'more/more.txt': 'six\nbar>1 --hash=sha256:aa\n',
  'constraints.txt': 'attrs<22\n',
  Pipfile: `[[source]]
url = "https://pypi.org/simple"
verify_ssl = true
name = "pypi"

[[source]]
url = "https://example.org/simple"
verify_ssl = false
name = "x"

[packages]
requests = "*"
a1 = ">=1"
a2 = {version = "==1.0", extras = ["x"], markers = "os_name=='posix'"}
a3 = {git = "https://github.com/a/b.git", ref = "v1"}
a5 = {file = "https://example.org/a5-1-py3-none-any.whl"}
a6 = {version = "*", sys_platform = "== 'win32'"}

[dev-packages]
pytest = "*"

[requires]
python_version = "3.9"

[pipenv]
allow_prereleases = true
`,
};
const POETRY = `[tool.poetry]
name = "poetry-demo"
version = "0.1.0"
description = "desc"
authors = ["Me <me@example.org>", "You"]
maintainers = ["M <m@x.org>"]
license = "MIT"
readme = "README.md"
repository = "https://r.org"
documentation = "https://d.org"
keywords = ["k"]
classifiers = ["Topic :: X"]
packages = [{include = "my_pkg", from = "src"}, {include="other/**/*.py"}]
include = ["a.txt"]
exclude = ["b.txt"]
[tool.poetry.dependencies]
python = "^3.8"
requests = "^2.0"
a1 = "~1.2"
a2 = "1.0"
a3 = "*"
a4 = ">=1,<2"
a5 = {version = "^1.0", extras=["x"], optional=true}
a6 = {git = "https://github.com/a/b.git", branch="main"}
a7 = {path = "../r", develop=true}
a8 = {url = "https://x.org/a8-1.0-py3-none-any.whl"}
a9 = {version="^0.2.3", python="<3.9", markers="sys_platform=='win32'"}
a11 = "^0.0.3"
a12 = "1.*"
a14 = "~1"
a15 = "== 1.5"
a16 = {version="1.5", platform="darwin"}
a17 = {version = ">=1", allow-prereleases=true}
a10 = [{version="^1", python="<3.10"},{version="^2", python=">=3.10"}]
[tool.poetry.extras]
ex = ["a5"]
[tool.poetry.group.docs.dependencies]
sphinx = "^4"
[tool.poetry.group.dev.dependencies]
black = "^22"
[tool.poetry.scripts]
cmd = "my_pkg:main"
[tool.poetry.plugins."pl.ug"]
x = "y:z"
[tool.poetry.urls]
"Bug" = "https://b.org"
[[tool.poetry.source]]
name = "private"
url = "https://p.org/simple"
priority = "primary"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
`;
const OLD =
  '# mine\n[project]\nname = "n"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["click"] # kept\n\n[dependency-groups]\nt = ["x"]\n';

function projectWith(name: string, pyproject?: string): Project {
  const project = sandbox.project(name, pyproject);
  for (const [file, text] of Object.entries(FILES)) project.write(file, text);
  return project;
}

function documentOf(project: Project): unknown {
  return parseToml(project.read('pyproject.toml'), 'pyproject.toml');
}

describe.skipIf(pdm.kind === 'absent')('import gives what PDM gives', () => {
  test.each([
    ['a requirements file into nothing', undefined, ['import', 'requirements.txt']],
    ['a requirements file into a project', OLD, ['import', 'requirements.txt']],
    ['a requirements file into a new group', OLD, ['import', '-G', 'g', 'more/more.txt']],
    ['a requirements file into a development group', OLD, ['import', '-dG', 't', 'requirements.txt']],
    ['a requirements file into the development packages', OLD, ['import', '-d', 'requirements.txt']],
    ['a Pipfile into nothing', undefined, ['import', 'Pipfile']],
    ['a project of Poetry', POETRY, ['import', 'pyproject.toml']],
    ['a Pipfile into a project', OLD, ['import', '-f', 'pipfile', 'Pipfile']],
  ] as const)('%s', async (name, pyproject, words) => {
    const folder = name.replaceAll(' ', '-');
    const [ours, theirs] = [projectWith(`${folder}-ours`, pyproject), projectWith(`${folder}-theirs`, pyproject)];
    const [mine, other] = [await ours.ok(words), await pdmOk(pdm, theirs, words)];
    expect(documentOf(ours)).toEqual(documentOf(theirs));
    expect(mine.stdout).toBe(other.stdout);
  });
});

test('a package that the project has already gets one line, and its sources stay', async () => {
  const project = projectWith('again', OLD);
  await project.ok(['import', 'requirements.txt']);
  const once = project.read('pyproject.toml');
  expect(once).toContain('# kept');
  await project.ok(['import', 'requirements.txt']);
  expect(project.read('pyproject.toml')).toBe(once);
});

test('what Poetry says and no requirement can is refused', async () => {
  const project = projectWith('alternatives', `${POETRY}\n[tool.poetry.group.more.dependencies]\na = "^1 || ^2"\n`);
  const { status, stderr } = await project.tspm(['import', 'pyproject.toml']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('has alternatives')]);
});

test('a project of Poetry imported again stays as it is', async () => {
  const project = projectWith('twice', POETRY);
  await project.ok(['import', 'pyproject.toml']);
  const once = project.read('pyproject.toml');
  await project.ok(['import', 'pyproject.toml']);
  expect(project.read('pyproject.toml')).toBe(once);
});

test('options of a requirements file that a project cannot hold are named', async () => {
  const project = projectWith('options', OLD);
  project.write('odd.txt', '--pre\nsix\n');
  const { stderr } = await project.ok(['import', 'odd.txt']);
  expect(stderr).toContain('line 1: --pre is left out');
});

test('an editable package of a Pipfile goes to the development packages, where it can be', async () => {
  const project = projectWith('editable', OLD);
  project.write('Pipfile', '[packages]\na3 = {git = "https://github.com/a/b.git", ref = "v1", editable = true}\n');
  await project.ok(['import', 'Pipfile']);
  expect(documentOf(project)).toMatchObject({
    tool: { pdm: { 'dev-dependencies': { dev: ['-e git+https://github.com/a/b.git@v1#egg=a3'] } } },
  });
});

const REQUIREMENTS = 'click\n# not this one\ncolorama ; sys_platform == "win32"\n';

test.each([
  [
    'distutils',
    `from distutils.core import setup\nsetup(name="old", version="1", description="d")\n`,
    { description: 'd' },
  ],
  [
    'requirements as text',
    `from setuptools import setup\nsetup(name="old", version="1", install_requires=${JSON.stringify(REQUIREMENTS)})\n`,
    { dependencies: ['click', 'colorama ; sys_platform == "win32"'] },
  ],
  [
    'entry points as text',
    'from setuptools import setup\nsetup(name="old", version="1", entry_points="""\n  [console_scripts]\n  c = old:main\n""")\n',
    { scripts: { c: 'old:main' } },
  ],
])('a setup.py that PDM cannot read: %s', async (name, text, found) => {
  const project = sandbox.project(`setup ${name}`);
  project.write('setup.py', text);
  await project.ok(['import', 'setup.py']);
  expect(documentOf(project)).toMatchObject({ project: { name: 'old', version: '1', ...found } });
});

test('a module of flit without a version is imported, and what to add is told', async () => {
  const project = sandbox.project(
    'flit',
    '[tool.flit.metadata]\nmodule = "mod"\nauthor = "A"\nrequires = ["six >=1"]\n',
  );
  project.write('mod.py', 'from elsewhere import __version__\n');
  const { stderr } = await project.ok(['import', 'pyproject.toml']);
  expect(stderr).toContain('mod.py does not tell version and description as plain text');
  expect(documentOf(project)).toMatchObject({ project: { name: 'mod', dependencies: ['six >=1'] } });
  await project.ok(['import', 'pyproject.toml']);
});

test.each([
  [['import', 'missing.txt'], 1, 'missing.txt'],
  [['import', 'data.bin'], 1, "Can't derive the file format automatically"],
  [['import', '-f', 'nope', 'requirements.txt'], 2, "--format cannot be 'nope'"],
  [['import', '-f', 'pipfile', 'plain/Pipfile'], 1, 'must begin with an operator'],
  [['import'], 2, 'filename'],
  [['import', 'setup.py'], 1, 'setup.py cannot be read: executed'],
  [['import', 'silent/setup.py'], 1, 'setup.py cannot be read: it calls no setup()'],
  [['import', 'bad.txt'], 1, 'requirement'],
  [['import', 'circle.txt'], 1, 'includes itself'],
])('%j changes nothing and says why', async (words, status, message) => {
  const project = projectWith(`refused-${words.join('-').replaceAll(/\W/g, '-')}`, OLD);
  project.write('data.bin', 'x');
  project.write('plain/Pipfile', '[packages]\nfastapi = "0.112.0"\n');
  project.write('setup.py', 'raise SystemExit("executed")');
  project.write('silent/setup.py', 'x = 1');
  project.write('bad.txt', 'six\n${VAR}\n');
  project.write('circle.txt', '-r circle.txt\n');
  const before = stateOf(project);
  const refused = await project.tspm(words);
  expect([refused.status, refused.stderr]).toEqual([status, expect.stringContaining(message)]);
  expect(stateOf(project)).toEqual(before);
});
