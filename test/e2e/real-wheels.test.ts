/**
 * A hundred real wheels of PyPI, pure and compiled, of seventeen builders and ten years, with data, scripts and headers, signed ones, ones with
 * .pth files and with names of every kind: each byte and mode is what pip makes of them, and verify finds nothing. Skipped without PyPI.
 */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { pythonIdent } from '../support/catalogue.ts';
import { reachesPypi } from '../support/pdm.ts';
import { runProgram, testPython } from '../support/python.ts';
import { runCommand, Sandbox, type Project } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

interface RealWheel {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly url: string;
  readonly sha256: string;
}

const list = fileURLToPath(new URL('../support/real-wheels.txt', import.meta.url));
const wheels = readFileSync(list, 'utf8').trimEnd().split('\n').map(readLine);
const missing = reachesPypi() ? undefined : 'PyPI cannot be reached';
const sandbox = new Sandbox();
const wheelhouse = join(sandbox.root, 'wheelhouse');
const target = join(sandbox.root, 'target');
const METHODS = process.env['TSPM_TEST_FULL'] === '1' ? ['symlink', 'hardlink', 'copy'] : ['symlink'];
let byPip: Files;

beforeAll(async () => {
  if (missing !== undefined) return;
  // With the cache off the wheels that came stay as files, which pip and the other methods then take.
  const unpacked = projectWith('off', wheels);
  await unpacked.ok(['sync']);
  mkdirSync(wheelhouse);
  for (const { filename, sha256 } of wheels) {
    linkSync(
      join(sandbox.cacheDirectory, 'wheels-v1', sha256.slice(0, 2), `${sha256}.whl`),
      join(wheelhouse, filename),
    );
  }
  const options = ['-q', '--no-deps', '--no-compile', '--no-index', '--find-links', wheelhouse, '--target', target];
  const pins = wheels.map(({ name, version }) => `${name}==${version}`);
  const { status, stderr } = await runCommand(testPython(), ['-m', 'pip', 'install', ...options, ...pins], {
    cwd: sandbox.root,
    env: { ...sandbox.env, PIP_CONFIG_FILE: '/dev/null' },
  });
  expect([status, stderr]).toEqual([0, expect.anything()]);
  byPip = filesOf(target, (path) => path.replace(/^include\/python[^/]*\//, 'include/'));
});

test.skipIf(missing !== undefined)('unpacked into the project: every byte and mode is as pip has it', async () => {
  const project = sandbox.project('off');
  expect(wheels).toHaveLength(100);
  const own = filesOf(project.path('__pypackages__', pythonIdent()), inTarget);
  expect([...own.keys()]).toEqual([...byPip.keys()]);
  expect(differences(own, ({ mode }) => mode)).toEqual([]);
  expect((await project.ok(['verify'])).stdout).toMatch(/^100 packages with \d+ files: all as locked\n$/);
});

test.skipIf(missing !== undefined).each(METHODS)(
  '%s: every byte and the executable bits are as pip has them',
  async (method) => {
    const rezipped = wheels.map((wheel) => (wheel.name in REZIP ? again(wheel) : wheel));
    const project = projectWith(method, rezipped);
    await project.ok(['sync']);
    const own = filesOf(project.path('__pypackages__', pythonIdent()), inTarget);
    expect([...own.keys()]).toEqual([...byPip.keys()]);
    expect(differences(own, ({ mode }) => mode & 0o111)).toEqual([]);
    expect((await project.ok(['verify'])).stdout).toMatch(/^100 packages with \d+ files: all as locked\n$/);
  },
);

test.skipIf(missing !== undefined || process.env['TSPM_TEST_FULL'] !== '1')(
  'pth: verify finds nothing where modules stay in the cache',
  async () => {
    const project = projectWith('pth', wheels);
    await project.ok(['sync']);
    expect((await project.ok(['verify'])).stdout).toMatch(/^100 packages with \d+ files: all as locked\n$/);
  },
);

interface File {
  readonly digest: string;
  readonly mode: number;
  /** The text of a command. */
  readonly command: string | undefined;
}

type Files = ReadonlyMap<string, File>;

/** Wheels that come a second time, packed by Python in another way, as some builders do. */
const REZIP: Readonly<Record<string, string>> = {
  iniconfig: 'archive.open(info, "w", force_zip64=True).write(data)',
  toml: 'info.compress_type = zipfile.ZIP_STORED; archive.open(info, "w").write(data)',
};

function readLine(line: string): RealWheel {
  const [sha256 = '', url = ''] = line.split(' ');
  const filename = basename(url);
  const [name = '', version = ''] = filename.split('-');
  return { name: name.toLowerCase().replaceAll(/[-_.]+/g, '-'), version, filename, url, sha256 };
}

/** A project with a lock of exactly these files, by their addresses. */
function projectWith(method: string, files: readonly RealWheel[]): Project {
  const project = sandbox.project(method, projectText({ dependencies: files.map(({ name }) => name) }));
  const cache = method === 'off' ? 'cache = false' : `cache_method = "${method}"`;
  project.write('pdm.toml', `[install]\n${cache}\n`);
  const head =
    '[metadata]\ngroups = ["default"]\nstrategy = ["static_urls"]\nlock_version = "4.5.1"\ncontent_hash = "sha256:0"\n';
  const packages = files.map(
    ({ name, version, url, sha256 }) =>
      `\n[[package]]\nname = "${name}"\nversion = "${version}"\ngroups = ["default"]\nsummary = ""\nfiles = [\n    {url = "${url}", hash = "sha256:${sha256}"},\n]\n`,
  );
  project.write('pdm.lock', `${head}\n[[metadata.targets]]\nrequires_python = ">=3.9"\n${packages.join('')}`);
  return project;
}

/** The same wheel with zip64 fields, or stored and with data descriptors. */
function again(wheel: RealWheel): RealWheel {
  const folder = join(sandbox.root, 'again');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, wheel.filename);
  runProgram(testPython(), [
    '-c',
    `${REPACK}        ${REZIP[wheel.name] ?? ''}\n`,
    join(wheelhouse, wheel.filename),
    path,
  ]);
  return { ...wheel, url: pathToFileURL(path).href, sha256: sha256Of(path) };
}

/** What cannot be sought is written with data descriptors. */
const REPACK = `
import sys, zipfile
class Pipe:
    def __init__(self, path): self.file = open(path, "wb")
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with zipfile.ZipFile(sys.argv[1]) as source, zipfile.ZipFile(Pipe(sys.argv[2]), "w", zipfile.ZIP_DEFLATED) as archive:
    for info in source.infolist():
        data = source.read(info)
`;

/** Left out is what names the installer or its time. */
const OF_THE_INSTALLER: ReadonlySet<string> = new Set(['INSTALLER', 'REQUESTED', 'RECORD', 'direct_url.json']);

/** pip gives this command the version of Python at hand, and no other. */
const OF_PIP = /bin\/easy_install-/;

function filesOf(root: string, rename: (path: string) => string): Files {
  const files = new Map<string, File>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = `${folder}${name}`;
      const found = statSync(join(root, path));
      if (found.isDirectory()) visit(`${path}/`);
      else if (!path.startsWith('.tspm/') && !OF_THE_INSTALLER.has(name) && !OF_PIP.test(path))
        files.set(rename(path), fileOf(join(root, path)));
    }
  };
  visit('');
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fileOf(path: string): File {
  const { mode } = statSync(path);
  const text = path.includes('/bin/') ? readFileSync(path, 'utf8') : '';
  return { digest: sha256Of(path), mode: mode & 0o7777, command: commandOf(text) };
}

/** What a generated command does: `pkg.module:attribute`, with its first line; undefined for a file of the wheel. */
function commandOf(text: string): string | undefined {
  const [, module, attribute] = /^ *from (\S+) import \S+$[^]*sys\.exit\((\S+)\(\)\)\n$/m.exec(text) ?? [];
  return module === undefined ? undefined : `${text.split('\n', 1)[0] ?? ''} ${module}:${attribute ?? ''}`;
}

/** pip has modules beside bin, and headers below the normalised name. */
function inTarget(path: string): string {
  return path.replace(/^lib\//, '').replace(/^include\/[^/]+/, (folder) => folder.replaceAll(/[-_.]+/g, '-'));
}

function differences(own: Files, aspect: (file: File) => number): string[] {
  return [...own].flatMap(([path, file]) => {
    const other = byPip.get(path);
    const same =
      other !== undefined &&
      aspect(file) === aspect(other) &&
      file.command === other.command &&
      (file.command !== undefined || file.digest === other.digest);
    return same ? [] : [path];
  });
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
