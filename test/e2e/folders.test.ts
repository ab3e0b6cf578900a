/** The project itself and local folders: built each time they are installed, editable or not. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { selfBuildingFiles } from '../support/in-tree-backend.ts';
import { serveIndex } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { installed, packagesOf, runCode } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

const EDITABLE = `
def build_editable(folder, config_settings=None, metadata_directory=None):
    return _wheel(folder, {"_editable_%s.pth" % plan.NAME: os.path.join(os.getcwd(), "src") + "\\n"})
`;
/** An import hook in place of a path, as some backends make them. */
const HOOKED = `
def build_editable(folder, config_settings=None, metadata_directory=None):
    finder = "import importlib.abc, importlib.util, sys\\nclass Finder(importlib.abc.MetaPathFinder):\\n    def find_spec(self, name, path=None, target=None):\\n        if name == %r:\\n            return importlib.util.spec_from_file_location(name, %r)\\ndef install():\\n    sys.meta_path.append(Finder())\\n"
    name = plan.NAME
    source = os.path.join(os.getcwd(), "src", name + ".py")
    return _wheel(folder, {"_hook_%s.pth" % name: "import _finder_%s; _finder_%s.install()\\n" % (name, name), "_finder_%s.py" % name: finder % (name, source)})
`;

async function projectWith(options: {
  readonly dependencies?: readonly string[];
  readonly hooks?: string;
  readonly more?: string;
}): Promise<Project> {
  const server = await serveIndex();
  publish(server, [
    { name: 'leaf', version: '1.0' },
    { name: 'editables', version: '0.5' },
  ]);
  const project = sandbox.project(`folders-${count++}/app`);
  const files = selfBuildingFiles({ name: 'app', version: '1.0', hooks: options.hooks ?? EDITABLE });
  for (const [path, text] of Object.entries(files)) project.write(path, text);
  project.write('src/app.py', 'value = "from the sources"\n');
  const source = `[[tool.pdm.source]]\nname = "pypi"\nurl = "${server.simple}"\n`;
  const table = `[project]\nname = "app"\nversion = "1.0"\nrequires-python = ">=3.9"\ndependencies = ${JSON.stringify(options.dependencies ?? [])}\n`;
  project.write('pyproject.toml', [files['pyproject.toml'], table, source, options.more ?? ''].join('\n'));
  return project;
}

/** A package beside the project. */
function addFolder(project: Project, name: string, requires: readonly string[] = []): void {
  const files = selfBuildingFiles({ name, version: '0.3', requires, hooks: EDITABLE });
  for (const [path, text] of Object.entries(files)) project.write(`../${name}/${path}`, text);
  project.write(`../${name}/src/${name}.py`, 'version = "from the sources"\n');
}

const directUrl = (project: Project, name: string): unknown => {
  const [, text = ''] =
    Object.entries(packagesOf(project)).find(
      ([path]) => path.includes(`/${name}-`) && path.endsWith('direct_url.json'),
    ) ?? [];
  return JSON.parse(text.slice(text.indexOf('{')));
};

test.each([
  ['a path', EDITABLE],
  ['an import hook', HOOKED],
])('the project itself is installed as editable by %s, and only once', async (_, hooks) => {
  const project = await projectWith({ dependencies: ['leaf'], hooks });
  const first = await project.ok(['install']);
  expect(first.stderr).toContain('Building app');
  expect(await installed(project)).toEqual(['app 1.0', 'leaf 1.0']);
  expect(await runCode(project, 'import app; print(app.value)')).toBe('from the sources');
  expect(directUrl(project, 'app')).toEqual({ dir_info: { editable: true }, url: `file://${project.folder}` });
  expect((await project.ok(['sync'])).stdout).toContain('nothing to do');
  project.write('setup.cfg', '[metadata]\n');
  expect((await project.ok(['sync'])).stderr).toContain('Building app');
});

test('--no-editable installs it as it is each time, --no-self and groups without default not at all', async () => {
  const project = await projectWith({});
  await project.ok(['install', '--no-editable']);
  expect(await runCode(project, 'import app; print(app.version)')).toBe('1.0');
  expect(directUrl(project, 'app')).toEqual({ dir_info: {}, url: `file://${project.folder}` });
  expect((await project.ok(['sync', '--no-editable'])).stderr).toContain('Building app');
  await project.ok(['sync', '--clean', '--no-self']);
  expect(await installed(project)).toEqual([]);
  const library = await projectWith({ more: '[tool.pdm]\ndistribution = false\n' });
  await library.ok(['install']);
  expect(await installed(library)).toEqual([]);
});

test('folders are locked as PDM locks them, and installed as they are or as editable', async () => {
  const dependencies = ['plain @ file:///${PROJECT_ROOT}/../plain'];
  const more = '[tool.pdm.dev-dependencies]\ndev = ["-e file:///${PROJECT_ROOT}/../linked#egg=linked"]\n';
  const project = await projectWith({ dependencies, more });
  addFolder(project, 'plain', ['leaf']);
  addFolder(project, 'linked');
  await project.ok(['install']);
  const lock = project.read('pdm.lock');
  expect(lock).toContain('name = "plain"\nversion = "0.3"\npath = "../plain"\nsummary = ""\n');
  expect(lock).toContain('name = "linked"\nversion = "0.3"\neditable = true\npath = "../linked"\nsummary = ""\n');
  expect(await installed(project)).toEqual(['app 1.0', 'leaf 1.0', 'linked 0.3', 'plain 0.3']);
  expect(await runCode(project, 'import plain, linked; print(plain.version, linked.version)')).toBe(
    '0.3 from the sources',
  );
  project.write('../plain/build-tools/plan.py', project.read('../plain/build-tools/plan.py').replace('0.3', '0.4'));
  await project.ok(['sync']);
  expect(await runCode(project, 'import plain; print(plain.version)')).toBe('0.4');
  await project.ok(['sync', '--no-editable']);
  expect(await runCode(project, 'import linked; print(linked.version)')).toBe('0.3');
});

test('add -e makes a folder a development requirement', async () => {
  const project = await projectWith({});
  addFolder(project, 'linked');
  await project.ok(['add', '-d', '-e', '../linked']);
  expect(project.read('pyproject.toml')).toContain('-e file:///${PROJECT_ROOT}/../linked#egg=linked');
  expect(await runCode(project, 'import linked; print(linked.version)')).toBe('from the sources');
});

test('an editable wheel that needs a package to be imported by is pointed out until the lock has it', async () => {
  const project = await projectWith({ hooks: EDITABLE });
  const plan = project.read('build-tools/plan.py');
  project.write('build-tools/plan.py', plan.replace('REQUIRES = []', 'REQUIRES = ["editables"]'));
  const missing = 'app cannot be imported without editables, which its editable wheel requires';
  expect((await project.ok(['install'])).stderr).toContain(missing);
  expect((await project.ok(['add', '-d', 'editables'])).stderr).not.toContain(missing);
});

test('a folder that went, and a backend without editables, are told; nothing changes', async () => {
  const project = await projectWith({ hooks: '' });
  const { status, stderr } = await project.tspm(['install']);
  expect([status, stderr]).toEqual([1, expect.stringContaining('app cannot be built: backend has no build_editable')]);
  expect(stderr).toContain('setup.py develop is not run');
  addFolder(project, 'plain');
  await project.ok(['add', '--no-self', '../plain']);
  project.write('pdm.lock', project.read('pdm.lock').replace('../plain', '../gone'));
  const before = packagesOf(project);
  const gone = await project.tspm(['sync', '--no-self', '--reinstall']);
  expect([gone.status, gone.stderr]).toEqual([1, expect.stringMatching(/the folder \S+\/gone does not exist/)]);
  expect(packagesOf(project)).toEqual(before);
});

test('`build` makes an archive and from it a wheel, both in dist', async () => {
  const project = await projectWith({ hooks: SDIST });
  project.write('dist/app-0.9.tar.gz', '');
  const { stdout } = await project.ok(['build']);
  expect(readdirSync(project.path('dist')).sort()).toEqual(['app-1.0-py3-none-any.whl', 'app-1.0.tar.gz']);
  expect(stdout).toContain(`Built sdist at ${project.path('dist', 'app-1.0.tar.gz')}`);
  expect(stdout).toContain(`Built wheel at ${project.path('dist', 'app-1.0-py3-none-any.whl')}`);
  await project.ok(['build', '--no-sdist', '--no-clean', '-d', 'out']);
  expect(readdirSync(project.path('out'))).toEqual(['app-1.0-py3-none-any.whl']);
  const nothing = await project.tspm(['build', '--no-sdist', '--no-wheel']);
  expect([nothing.status, nothing.stderr]).toEqual([1, expect.stringContaining('there is nothing to build')]);
  expect(existsSync(join(project.folder, 'build'))).toBe(false);
});

const SDIST = `
import tarfile
def build_sdist(folder, config_settings=None):
    name = "%s-%s" % (plan.NAME, plan.VERSION)
    with tarfile.open(os.path.join(folder, name + ".tar.gz"), "w:gz") as archive:
        for entry in ("pyproject.toml", "build-tools", "src"):
            archive.add(entry, name + "/" + entry)
    return name + ".tar.gz"
`;
