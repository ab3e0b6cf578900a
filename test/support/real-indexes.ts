/** The index servers that people run, from PyPI, on 127.0.0.1; and a gate that gives them TLS and a password, as a web server does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request as forward } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { type ProgramsFound, pypiPrograms } from './pypi-programs.ts';
import { runProgram } from './python.ts';
import { TEST_SERVER } from './tls.ts';
import type { BuiltWheel } from './wheel.ts';

/** A user and a password. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A server that runs. */
export interface RealIndex {
  /** The index, without a final slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** An environment with pypiserver, devpi-server and keyring with its backends for files. */
export function indexPrograms(): ProgramsFound {
  const requirements = [
    'pypiserver==2.4.2',
    'passlib==1.7.4',
    'devpi-server==6.20.3',
    'keyring==25.7.0',
    'keyrings.alt==5.0.2',
  ];
  return pypiPrograms('indexes', requirements);
}

/** How pypiserver runs. */
export interface PypiserverOptions {
  /** Where its files go. */
  readonly folder: string;
  readonly wheels: readonly BuiltWheel[];
  /** Wanted for everything. */
  readonly auth?: Login;
  /** The algorithm of the digests on its pages, 'off' for none. */
  readonly hashes?: string;
  /** Where it sends askers for projects that it does not have. */
  readonly fallback?: string;
}

/** pypiserver below `/team/pypi/`. */
export async function startPypiserver(python: string, options: PypiserverOptions): Promise<RealIndex> {
  const { folder, wheels, auth, hashes, fallback } = options;
  const packages = join(folder, 'packages');
  mkdirSync(packages, { recursive: true });
  for (const { filename, bytes } of wheels) writeFileSync(join(packages, filename), bytes);
  const port = await freePort();
  const passwords = join(folder, 'htpasswd');
  if (auth !== undefined) writeFileSync(passwords, `${auth.username}:{SHA}${sha1(auth.password)}\n`);
  const login = auth === undefined ? ['-a', '.', '-P', '.'] : ['-a', 'download,list,update', '-P', passwords];
  const other = fallback === undefined ? ['--disable-fallback'] : ['--fallback-url', fallback];
  const where = ['-p', String(port), '-i', '127.0.0.1', '--server-base-url', '/team/pypi'];
  const digests = hashes === undefined ? [] : ['--hash-algo', hashes];
  const child = spawn(python, ['-m', 'pypiserver', 'run', ...where, ...login, ...other, ...digests, packages], {
    stdio: 'ignore',
  });
  const url = `http://127.0.0.1:${port}/team/pypi`;
  await answering(`${url}/`, child);
  return { url: `${url}/simple`, close: () => ended(child) };
}

/** devpi-server with the index `corp/main` of the user `corp`, who alone may upload. */
export async function startDevpi(python: string, folder: string, wheels: readonly BuiltWheel[]): Promise<RealIndex> {
  const data = ['--serverdir', join(folder, 'devpi')];
  runProgram(python, [
    '-c',
    'from devpi_server.init import init; init()',
    ...data,
    '--no-root-pypi',
    '--root-passwd',
    'root',
  ]);
  const port = await freePort();
  const place = ['--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(python, ['-m', 'devpi_server', ...data, ...place], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await answering(`${url}/+api`, child);
  await put(`${url}/corp`, { username: 'root', password: 'root' }, { password: 'corp' });
  const corp = { username: 'corp', password: 'corp' };
  await put(`${url}/corp/main`, corp, { type: 'stage', bases: [] });
  for (const wheel of wheels) await upload(`${url}/corp/main/`, corp, wheel);
  return { url: `${url}/corp/main/+simple`, close: () => ended(child) };
}

/** What a gate saw and does. */
export interface Gate extends RealIndex {
  /** Authorization headers that came, in order. */
  readonly logins: (string | undefined)[];
}

/** A server with TLS and a password in front of `index`, below the same path. */
export async function startGate(index: string, auth: Login): Promise<Gate> {
  const { origin, pathname } = new URL(index);
  const expected = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  const logins: (string | undefined)[] = [];
  const server = createServer(TEST_SERVER, (request, response) => {
    logins.push(request.headers.authorization);
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="corp"' }).end();
      return;
    }
    const headers = { ...request.headers, 'x-outside-url': place };
    const onward = forward(`${origin}${request.url ?? '/'}`, { headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: place + pathname,
    logins,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function put(url: string, login: Login, body: object): Promise<void> {
  const { origin } = new URL(url);
  const json = { 'content-type': 'application/json' };
  const asked = { user: login.username, password: login.password };
  const answer = await fetch(`${origin}/+login`, { method: 'POST', headers: json, body: JSON.stringify(asked) });
  // devpi's own JSON; a test fails loudly on another shape.
  const { result } = (await answer.json()) as { readonly result: { readonly password: string } };
  const token = Buffer.from(`${login.username}:${result.password}`).toString('base64');
  const done = await fetch(url, {
    method: 'PUT',
    headers: { ...json, 'x-devpi-auth': token },
    body: JSON.stringify(body),
  });
  if (!done.ok) throw new Error(`PUT ${url}: ${done.status} ${await done.text()}`);
}

async function upload(url: string, { username, password }: Login, { filename, bytes }: BuiltWheel): Promise<void> {
  const [name = '', version = ''] = filename.split('-');
  const form = new FormData();
  for (const [key, value] of Object.entries({ ':action': 'file_upload', name, version })) form.append(key, value);
  form.append('content', new Blob([Uint8Array.from(bytes)]), filename);
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const done = await fetch(url, { method: 'POST', headers: { authorization }, body: form });
  if (!done.ok) throw new Error(`upload of ${filename}: ${done.status} ${await done.text()}`);
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Waits until the server answers at all; throws when its process has ended. */
async function answering(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended with ${child.exitCode}`);
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await end;
}
