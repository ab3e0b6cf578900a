/** Git repositories of packages that build themselves, and a server that gives them out over http with or without a password. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type BuildPlan, selfBuildingFiles } from './in-tree-backend.ts';

/** A repository on disk with a branch `main`. */
export class TestRepository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  /** The address of the folder as a requirement writes it, without ref. */
  get address(): string {
    return `git+file://${this.folder}`;
  }

  git(...args: readonly string[]): string {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'protocol.file.allow=always'];
    return execFileSync('git', ['-C', this.folder, ...who, ...args], { env: GIT_ENV, encoding: 'utf8' }).trim();
  }

  /** Writes files and commits everything; gives the commit. */
  commit(files: Readonly<Record<string, string>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', 'a change');
    return this.git('rev-parse', 'HEAD');
  }

  /** Commits a package that builds itself, in a folder of the repository. */
  release(plan: BuildPlan, folder = ''): string {
    const files = Object.entries(selfBuildingFiles(plan)).map(([path, text]) => [join(folder, path), text] as const);
    return this.commit(Object.fromEntries(files));
  }
}

/** Settings of whoever runs the tests must not count. */
const GIT_ENV: NodeJS.ProcessEnv = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

/** A server of repositories. */
export interface GitServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Addresses that were asked for, without query. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Serves the repositories below a folder by `git http-backend`; with a password, to nobody else. */
export async function serveRepositories(
  folder: string,
  login?: { readonly user: string; readonly password: string },
): Promise<GitServer> {
  const requests: string[] = [];
  const wanted =
    login === undefined ? undefined : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  const server = createServer((request, response) => {
    requests.push((request.url ?? '').replace(/\?.*/, ''));
    if (wanted === undefined || request.headers.authorization === wanted) return answer(folder, request, response);
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has a port');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  afterAll(close);
  return { url: `http://127.0.0.1:${address.port}`, requests, close };
}

/** Common gateway interface, as much of it as git needs. */
function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENV,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.on('close', () => {
    const whole = Buffer.concat(pieces);
    const end = whole.indexOf('\r\n\r\n');
    const rows = whole.subarray(0, end).toString().split('\r\n');
    const headers = rows.map((row) => row.split(': ', 2) as [string, string]);
    const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? '200');
    for (const [name, value] of headers) if (name !== 'Status' && value !== undefined) response.setHeader(name, value);
    response.writeHead(status).end(whole.subarray(end + 4));
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
}
