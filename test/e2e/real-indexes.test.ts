/** pypiserver and devpi-server as people run them: with passwords, TLS and a path of their own; PDM does the same beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseToml } from '../../src/toml/parse.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { findPdm, pdmOk } from '../support/pdm.ts';
import {
  type Gate,
  indexPrograms,
  type RealIndex,
  startDevpi,
  startGate,
  startPypiserver,
} from '../support/real-indexes.ts';
import { TEST_AUTHORITY } from '../support/tls.ts';
import { readTree } from '../support/tree.ts';
import { Project, runCommand, Sandbox } from '../support/tspm.ts';
import { buildWheel } from '../support/wheel.ts';
import { dropPackages, importing, projectText } from '../support/workspace.ts';

const programs = indexPrograms();
const pdm = findPdm();
const LOGIN = { username: 'me@corp', password: 'canary-w0rd/:@' };
const WHEELS = [
  { name: 'app', version: '1.0', requires: ['child>=1'], files: { 'app.py': 'import child\nv = child.v\n' } },
  { name: 'child', version: '1.0', files: { 'child.py': 'v = "1.0"\n' } },
  { name: 'child', version: '2.0', files: { 'child.py': 'v = "2.0"\n' } },
].map(buildWheel);
const sandbox = new Sandbox({ SSL_CERT_FILE: undefined, REQUESTS_CA_BUNDLE: undefined, CURL_CA_BUNDLE: undefined });
const printed: string[] = [];
const open: { close(): Promise<void> }[] = [];
let everybodys: IndexServer;
let pypiserver: Gate;
let unhashed: RealIndex;
let devpi: Gate;
let authority: string;
let bin: string;
let count = 0;

function opened<T extends { close(): Promise<void> }>(server: T): T {
  open.push(server);
  return server;
}

beforeAll(async () => {
  if (programs.kind === 'absent') return;
  const { python } = programs;
  authority = join(sandbox.root, 'authority.pem');
  writeFileSync(authority, TEST_AUTHORITY);
  bin = join(sandbox.root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'keyring'), `#!/bin/sh\nexec '${python}' -m keyring "$@"\n`, { mode: 0o755 });
  everybodys = opened(await startIndexServer());
  everybodys.add('public', buildWheel({ name: 'public', version: '1.0' }));
  const folder = (name: string): string => join(sandbox.root, name);
  const [guarded, plain, stage] = await Promise.all([
    startPypiserver(python, { folder: folder('guarded'), wheels: WHEELS, auth: LOGIN }),
    startPypiserver(python, { folder: folder('plain'), wheels: WHEELS, hashes: 'off', fallback: everybodys.simple }),
    startDevpi(python, folder('devpi'), WHEELS),
  ]);
  [guarded, plain, stage].forEach(opened);
  unhashed = plain;
  pypiserver = opened(await startGate(guarded.url, LOGIN));
  devpi = opened(await startGate(stage.url, LOGIN));
});

afterAll(async () => {
  for (const server of open.reverse()) await server.close();
});

function projectWith(source: Readonly<Record<string, string>>, dependencies: readonly string[] = ['app']): Project {
  count += 1;
  return sandbox.project(`project ${count}`, projectText({ dependencies, sources: [{ name: 'pypi', ...source }] }));
}

/** Locks and installs; then installs again into nothing with a cache of its own. */
async function mainJob(project: Project, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const runs = [await project.ok(['install', '-v'], { env })];
  dropPackages(project);
  runs.push(await project.ok(['sync', '-v'], { env: { ...env, PDM_CACHE_DIR: project.path('cache') } }));
  printed.push(...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]));
  return importing(project, 'import app; print(app.v)');
}

const entries = (project: Project): unknown => parseToml(project.read('pdm.lock'), 'pdm.lock')['package'];

describe.skipIf(programs.kind === 'absent')('real index servers', () => {
  test('pypiserver with a password, below a path, behind TLS: credentials in the url, a CA bundle of the source', async () => {
    const url = pypiserver.url.replace('https://', 'https://${WHO}:${WORD}@');
    const env = { WHO: LOGIN.username, WORD: LOGIN.password };
    const [ours, theirs] = [0, 1].map(() => projectWith({ url, ca_certs: authority })) as [Project, Project];
    expect(await mainJob(ours, env)).toBe('2.0');
    if (pdm.kind === 'absent') return;
    await pdmOk(pdm, new Project(theirs.folder, { ...theirs.env, ...env }), ['lock']);
    expect(entries(ours)).toEqual(entries(theirs));
  });

  test('pypiserver without digests: files are hashed; what it lacks is taken where it sends askers', async () => {
    const project = projectWith({ url: unhashed.url }, ['app', 'public']);
    expect(await mainJob(project)).toBe('2.0');
    for (const { filename, sha256 } of WHEELS.filter((wheel) => !wheel.filename.startsWith('child-1')))
      expect(project.read('pdm.lock')).toContain(`{file = "${filename}", hash = "sha256:${sha256}"}`);
    expect(everybodys.paths()).toContain('/simple/public/');
  });

  test('devpi behind TLS: netrc, and the CA bundle of the environment', async () => {
    const netrc = join(sandbox.root, 'netrc');
    writeFileSync(netrc, `machine 127.0.0.1 login ${LOGIN.username} password ${LOGIN.password}\n`);
    for (const bundle of ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE'])
      expect(await mainJob(projectWith({ url: devpi.url }), { NETRC: netrc, [bundle]: authority })).toBe('2.0');
  });

  test('devpi behind TLS: the real keyring program, asked after the first refusal, as by PDM', async () => {
    const env = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      PYTHON_KEYRING_BACKEND: 'keyrings.alt.file.PlaintextKeyring',
      XDG_DATA_HOME: join(sandbox.root, 'keys'),
      NETRC: '/nonexistent',
    };
    const place = { cwd: sandbox.root, env: { ...sandbox.env, ...env }, input: LOGIN.password };
    expect(await runCommand(join(bin, 'keyring'), ['set', devpi.url, LOGIN.username], place)).toMatchObject({
      status: 0,
    });
    devpi.logins.length = 0;
    const ours = projectWith({ url: devpi.url, username: LOGIN.username, ca_certs: authority });
    expect(await mainJob(ours, env)).toBe('2.0');
    expect(devpi.logins.filter((login) => login === `Basic ${btoa(`${LOGIN.username}:`)}`)).not.toEqual([]);
  });

  test('settings of the user: name, password and certificates of a source that the project only names', async () => {
    const project = projectWith({ url: devpi.url });
    const secret = { env: { NETRC: '/nonexistent' } };
    await project.ok(['config', 'pypi.username', LOGIN.username], secret);
    await project.ok(['config', 'pypi.password', LOGIN.password], secret);
    await project.ok(['config', 'pypi.ca_certs', authority], secret);
    expect(await mainJob(project, secret.env)).toBe('2.0');
    const listed = await project.ok(['config']);
    printed.push(listed.stdout);
    for (const key of ['pypi.username', 'pypi.password', 'pypi.ca_certs']) await project.ok(['config', '-d', key]);
  });

  test('no password was printed, locked, or kept in a cache', () => {
    expect(printed.length).toBeGreaterThan(10);
    const secrets = [LOGIN.password, encodeURIComponent(LOGIN.password), btoa(`${LOGIN.username}:${LOGIN.password}`)];
    const isPlaceOfSecrets = (path: string): boolean => /^(?:guarded|netrc|keys|devpi)/.test(path);
    const written = Object.entries(readTree(sandbox.root)).filter(([path]) => !isPlaceOfSecrets(path));
    expect(written.some(([path]) => path.endsWith('.page'))).toBe(true);
    const leaks = [...printed, ...written.map(([path, content]) => path + content)].filter((text) =>
      secrets.some((secret) => text.includes(secret)),
    );
    expect(leaks).toEqual([]);
  });
});
