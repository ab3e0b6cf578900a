/** Sources that cannot be used: one line that names the source and what to do, and nothing is changed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { type IndexServer, startIndexServer } from '../support/index-server.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { TEST_SERVER } from '../support/tls.ts';
import { problems, projectText, stateOf } from '../support/workspace.ts';

const HTML = { 'content-type': 'text/html' };
const sandbox = new Sandbox({ PDM_REQUEST_TIMEOUT: '2' });
let server: IndexServer;
let guarded: IndexServer;
let secure: IndexServer;
let lock: string;
let count = 0;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [{ name: 'lib', version: '1.0' }]);
  server.put('/login/lib/', '<html><form><input name=user><input type="Password" name=p></form></html>', HTML);
  server.put('/app/lib/', '<!doctype html><div id="root"></div><script src="/app.js"></script>', HTML);
  server.put('/json/lib/', '<html>sign in</html>', { 'content-type': 'application/json' });
  server.put('/pdf/lib/', '%PDF', { 'content-type': 'application/pdf' });
  server.put('/empty/lib/', '<html><body><h1>Links for lib</h1></body></html>', HTML);
  const sources = [{ name: 'pypi', url: server.simple }];
  const locked = sandbox.project('locked', projectText({ dependencies: ['lib'], sources }));
  await locked.ok(['lock']);
  lock = locked.read('pdm.lock');
  guarded = await startIndexServer({ auth: { username: 'me', password: 'right' } });
  secure = await startIndexServer({ tls: TEST_SERVER });
});

afterAll(async () => {
  for (const one of [server, guarded, secure]) await one.close();
});

/** A project that was locked from another source. */
function projectWith(source: Readonly<Record<string, string>>): Project {
  count += 1;
  const sources = [{ name: 'pypi', ...source }];
  const project = sandbox.project(`project ${count}`, projectText({ dependencies: ['lib'], sources }));
  project.write('pdm.lock', lock);
  return project;
}

async function refusedLine(project: Project, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const before = stateOf(project);
  const result = await project.tspm(['update'], { env });
  expect(result.status).toBe(1);
  expect(stateOf(project)).toEqual(before);
  const [line = '', ...more] = problems(result);
  expect(more).toEqual([]);
  return line;
}

describe('an answer that is no page of an index', () => {
  test.each([
    [
      'login',
      /unusable answer from .*\/login\/lib\/: it is a web page without links.* login page in between.*TSPM_INDEX_RESPONSE/,
    ],
    ['app', /unusable answer from .*\/app\/lib\/: it is a web page without links.*TSPM_INDEX_RESPONSE/],
    ['json', /unusable answer from .*\/json\/lib\/: .*login page in between.*TSPM_INDEX_RESPONSE/],
    ['pdf', /unusable answer from .*\/pdf\/lib\/: the content type is application\/pdf.*TSPM_INDEX_RESPONSE/],
  ])('%s', async (path, line) => {
    expect(await refusedLine(projectWith({ url: `${server.url}/${path}` }))).toMatch(line);
  });

  test('a project without files is one', async () => {
    const project = projectWith({ url: `${server.url}/empty` });
    const { stderr } = await project.tspm(['update']);
    expect(stderr).toContain('TSPM_RESOLUTION_FAILED');
  });
});

describe('credentials', () => {
  test.each([
    ['none', {}, /source "pypi": .*refuses access \(401\); set `tspm config pypi\.username NAME`/],
    [
      'wrong',
      { username: 'me', password: 'wr0ng' },
      /source "pypi": .*\(401\); the user name or password that was sent/,
    ],
    ['a variable without value', { username: 'me', password: '${NO_SUCH}' }, /set \$NO_SUCH, which the source uses/],
  ])('%s', async (_, keys, line) => {
    const told = await refusedLine(projectWith({ url: guarded.simple, ...keys }));
    expect(told).toMatch(line);
    expect(told).toMatch(/\[TSPM_INDEX_AUTH\]$/);
    expect(told).not.toContain('wr0ng');
  });
});

test('a certificate nobody vouches for', async () => {
  const line = await refusedLine(projectWith({ url: secure.simple }));
  expect(line).toMatch(
    /certificate not accepted: .*; name the certificate authority with ca_certs of the source, or in SSL_CERT_FILE/,
  );
});

test('a proxy that wants a password', async () => {
  const proxy = await startIndexServer();
  proxy.fault('http://index.invalid/simple/lib/', { status: 407 });
  const project = projectWith({ url: 'http://index.invalid/simple' });
  project.write('pyproject.toml', `${project.read('pyproject.toml')}verify_ssl = false\n`);
  const line = await refusedLine(project, { http_proxy: proxy.url.replace('//', '//pu:s3cret@') });
  expect(line).toMatch(
    /the proxy asks for a user name and password \(407\); put user name and password into the proxy variable \(HTTPS_PROXY\), before the host/,
  );
  expect(line).not.toContain('s3cret');
  await proxy.close();
});

test.each([
  ['verify_ssl = "no"', /\[tool\.pdm\.source\]\[0\]\.verify_ssl: expected true or false/],
  ['username = 1', /\[tool\.pdm\.source\]\[0\]\.username: expected a string/],
  ['ca_cert = "x"', /\[tool\.pdm\.source\]\[0\]\.ca_cert: unknown key/],
  ['ca_certs = "/no/such/file.pem"', /ca_certs names \/no\/such\/file\.pem, which cannot be read/],
  ['client_cert = "/no/such/file.pem"', /client_cert names \/no\/such\/file\.pem, which cannot be read/],
])('the key %s', async (key, line) => {
  const project = projectWith({ url: secure.simple });
  project.write('pyproject.toml', `${project.read('pyproject.toml')}${key}\n`);
  expect(await refusedLine(project)).toMatch(line);
});

test.each([['index'], ['find_links']])('a folder that is not there, of type %s, is told', async (type) => {
  const project = projectWith({ url: 'file:///${PROJECT_ROOT}/nowhere', type });
  const { status, stderr } = await project.tspm(['update']);
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('WARNING: source "pypi" is empty: there is nothing at file:///'),
  ]);
  expect(stderr).toContain('TSPM_PACKAGE_NOT_FOUND');
});

test('a folder is meant from the project, wherever the command runs', async () => {
  const project = projectWith({ url: './nowhere', type: 'find_links' });
  const { stderr } = await project.tspm(['update', '-p', project.folder], { cwd: sandbox.root });
  expect(stderr).toContain(`there is nothing at ${project.path('nowhere')}`);
});
