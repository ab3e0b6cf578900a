/** The npm package: one tarball without dependencies that installs offline, runs, and gives typed imports. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testPython } from '../support/python.ts';
import { cliPath, nodeUnderTest, runCommand, type RunResult, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

/** What npm says of a tarball it made. */
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const repositoryRoot = join(import.meta.dirname, '../..');
const sandbox = new Sandbox();
const root = realpathSync(mkdtempSync(join(tmpdir(), 'tspm-package-')));
const target = join(root, 'user');
let packed: Packed;

afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeAll(async () => {
  const source = join(root, 'source');
  mkdirSync(source);
  // What is packed is the build under test, whichever folder it lies in.
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE']) {
    if (existsSync(join(repositoryRoot, name))) cpSync(join(repositoryRoot, name), join(source, name));
  }
  cpSync(dirname(cliPath), join(source, 'dist'), { recursive: true });
  const made = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', root], source);
  // npm's own JSON: one object for the one package.
  [packed] = JSON.parse(made.stdout) as [Packed];
  mkdirSync(target);
  writeFileSync(
    join(target, 'package.json'),
    '{ "name": "user", "version": "1.0.0", "private": true, "type": "module" }\n',
  );
  await npm(['install', '--offline', '--no-audit', '--no-fund', join(root, packed.filename)], target);
});

test('the tarball holds the build and its licences only, and depends on nothing', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'LICENSE',
      'dist/tspm.js',
      'dist/tspm.sh',
      'dist/index.mjs',
      'dist/types/index.d.ts',
      'dist/THIRD_PARTY_LICENSES',
      'dist/pep582/sitecustomize.py',
    ]),
  );
  expect(paths.filter((path) => !/^(?:dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE$)/.test(path))).toEqual(
    [],
  );
  expect(paths.filter((path) => /\.(?:map|ts)$/.test(path) && !path.endsWith('.d.ts'))).toEqual([]);
  const manifest: unknown = JSON.parse(readFileSync(join(target, 'node_modules/tspm/package.json'), 'utf8'));
  for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundledDependencies'])
    expect(manifest).not.toHaveProperty(field);
  expect(existsSync(join(target, 'node_modules/undici'))).toBe(false);
  console.log(
    `npm tarball: ${kilobytes(packed.size)} packed, ${kilobytes(packed.unpackedSize)} unpacked, ${paths.length} files`,
  );
  expect(packed.size).toBeLessThan(1_000_000);
});

test('the command it installs runs and does a job', async () => {
  const bin = join(target, 'node_modules/.bin/tspm');
  expect(statSync(realpathSync(bin)).mode & 0o111).not.toBe(0);
  const path = `${dirname(nodeUnderTest)}:${process.env['PATH'] ?? ''}`;
  const env = { ...sandbox.env, PATH: path };
  const version = await runCommand(bin, ['--version'], { cwd: target, env });
  expect(version).toMatchObject({ status: 0, stderr: '' });
  expect(version.stdout).toMatch(/^tspm, version \d+\.\d+\.\d+\n$/);
  const project = sandbox.project('job', projectText({}));
  const inProject = (...args: string[]) => runCommand(bin, args, { cwd: project.folder, env });
  expect(await inProject('lock')).toMatchObject({ status: 0 });
  expect(await inProject('sync', '--no-self')).toMatchObject({ status: 0 });
  expect(await inProject('run', 'python', '-c', 'print(6 * 7)')).toMatchObject({ status: 0, stdout: '42\n' });
  const hook = await runCommand(bin, ['--pep582', 'bash'], { cwd: target, env });
  expect(hook.stdout).toContain(join(target, 'node_modules/tspm/dist/pep582'));
});

test('npm links the command to Node, as Windows needs it, and its first start to the shell front', async () => {
  const prefix = join(root, 'a prefix');
  await npm(
    ['install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund', join(root, packed.filename)],
    root,
  );
  const bin = join(prefix, 'bin/tspm');
  const dist = join(prefix, 'lib/node_modules/tspm/dist');
  expect(realpathSync(bin)).toBe(join(dist, 'tspm.js'));
  // cmd-shim, which npm uses on Windows, starts the program that this line names.
  expect(readFileSync(bin, 'utf8').split('\n', 1)).toEqual(['#!/usr/bin/env node']);
  const env = { ...sandbox.env, PDM_PYTHON: undefined, PATH: `${dirname(nodeUnderTest)}:${process.env['PATH'] ?? ''}` };
  expect(await runCommand(bin, ['--version'], { cwd: root, env })).toMatchObject({ status: 0, stderr: '' });
  expect(realpathSync(bin)).toBe(join(dist, 'tspm.sh'));
  expect(await runCommand(bin, ['--version'], { cwd: root, env })).toMatchObject({ status: 0, stderr: '' });

  const project = sandbox.project('fronted', projectText({}));
  project.write('.pdm-python', testPython());
  for (const words of [['lock'], ['sync', '--no-self']])
    expect(await runCommand(bin, words, { cwd: project.folder, env })).toMatchObject({ status: 0 });
  const elsewhere = join(root, 'link to tspm');
  symlinkSync(bin, elsewhere);
  for (const command of [bin, elsewhere, join(dist, 'tspm.sh')]) {
    const started = await runCommand(command, ['run', 'python', '-c', 'print(6 * 7)'], {
      cwd: project.folder,
      env: { ...env, PATH: '/usr/bin:/bin', NODE_OPTIONS: '--no-such-option' },
    });
    expect(started).toMatchObject({ status: 0, stdout: '42\n' });
    expect(await runCommand(command, ['info', '--where'], { cwd: project.folder, env })).toMatchObject({
      status: 0,
      stdout: `${project.folder}\n`,
    });
  }
  await npm(
    ['install', '--global', '--prefix', prefix, '--offline', '--no-audit', '--no-fund', join(root, packed.filename)],
    root,
  );
  expect(await runCommand(bin, ['--version'], { cwd: root, env })).toMatchObject({ status: 0 });
  await npm(['uninstall', '--global', '--prefix', prefix, 'tspm'], root);
  expect(existsSync(bin)).toBe(false);
});

test('the library imports by name and knows its types', async () => {
  const program = [
    "import { compareVersions, compatibleTags, expandDependencyGroups, isTspmError, normalizeName } from 'tspm';",
    "import { parseMarker, parseMetadata, parseRequirement, parseSdistFilename, parseSpecifierSet } from 'tspm';",
    "import { parseVersion, parseWheelFilename, TspmError } from 'tspm';",
    "import type { CoreMetadata, ErrorCode, Marker, MarkerContext, MarkerEnvironment, PrereleasePolicy } from 'tspm';",
    "import type { Requirement, SdistFilename, Specifier, SpecifierSet, Tag, TagTarget } from 'tspm';",
    "import type { TargetDescription, Version, VersionNumber, WheelFilename } from 'tspm';",
    "const version: Version = parseVersion('1.0.POST1');",
    'const release: readonly VersionNumber[] = version.release;',
    "const order: number = compareVersions(version, '1.0');",
    'const policy: PrereleasePolicy = { prereleases: true };',
    "const specifiers: SpecifierSet = parseSpecifierSet('>=1');",
    'const clauses: readonly Specifier[] = specifiers.clauses;',
    "const texts: string[] = specifiers.filter(['1.0'], policy);",
    'const versions: Version[] = specifiers.filter([version]);',
    "const environment: MarkerEnvironment = { os_name: 'posix' };",
    "const context: MarkerContext = { extras: new Set(['a']) };",
    'const requirement: Requirement = parseRequirement(\'a; os_name == "nt"\');',
    'const marker: Marker | undefined = requirement.marker;',
    'const holds: boolean = marker?.evaluate(environment, context) ?? parseMarker(\'extra == "a"\').evaluate({});',
    "const wheel: WheelFilename = parseWheelFilename('a-1-py3-none-any.whl');",
    'const tags: readonly Tag[] = wheel.tags;',
    "const sdist: SdistFilename = parseSdistFilename('a-1.tar.gz');",
    "const described: TargetDescription = { python: '3.12', platform: 'linux' };",
    'const target: TagTarget = { implementation: "x", version: [3, 1], abis: [], platforms: [], freeThreaded: false };',
    'const lists: string[][] = [compatibleTags(described), compatibleTags(target), compatibleTags({ tagTarget: target })];',
    "const metadata: CoreMetadata = parseMetadata('Name: a\\nVersion: 1\\n');",
    "const lines: string[] = expandDependencyGroups({ a: ['b'] }, 'a');",
    "const known: ErrorCode = new TspmError('TSPM_USAGE', normalizeName('A')).code;",
    'void [release, clauses, texts, versions, holds, tags, sdist, lists, metadata, lines, known];',
    "let code: string = 'none';",
    "try { parseVersion('one'); } catch (error) { if (isTspmError(error)) code = error.code; }",
    'console.log(version.text, Math.sign(order), code);',
  ].join('\n');
  writeFileSync(join(target, 'good.ts'), `${program}\n`);
  writeFileSync(
    join(target, 'bad.ts'),
    "import { parseVersion } from 'tspm';\nexport const wrong: number = parseVersion('1').text;\n",
  );
  const options = [
    '--ignoreConfig',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--types',
    '',
    '--lib',
    'es2023,dom',
    '--outDir',
    join(target, 'out'),
  ];
  const good = await typeCheck([...options, 'good.ts']);
  expect(good).toMatchObject({ status: 0, stdout: '' });
  const bad = await typeCheck([...options, '--noEmit', 'bad.ts']);
  expect(bad.status).not.toBe(0);
  expect(bad.stdout).toContain("bad.ts(2,14): error TS2322: Type 'string' is not assignable to type 'number'");
  expect(execFileSync(nodeUnderTest, [join(target, 'out/good.js')], { cwd: target, encoding: 'utf8' })).toBe(
    '1.0.post1 1 TSPM_INVALID_VERSION\n',
  );
});

function typeCheck(args: readonly string[]): Promise<RunResult> {
  return runCommand(process.execPath, [join(repositoryRoot, 'node_modules/typescript/bin/tsc'), ...args], {
    cwd: target,
    env: sandbox.env,
  });
}

/** npm with a cache and a configuration of its own, so that `--offline` can find nothing by accident. Throws when it fails. */
async function npm(args: readonly string[], cwd: string): Promise<RunResult> {
  const env = {
    ...sandbox.env,
    npm_config_cache: join(root, 'npm-cache'),
    npm_config_userconfig: join(root, 'npmrc'),
    npm_config_update_notifier: 'false',
  };
  const result = await runCommand('npm', args, { cwd, env });
  if (result.status !== 0) throw new Error(`npm ${args.join(' ')}: ${result.stderr}`);
  return result;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}
