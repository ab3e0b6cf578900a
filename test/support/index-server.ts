/**
 * A package index on 127.0.0.1 for tests: a real HTTP server that serves what a test adds from memory, records every
 * request and can be told to misbehave.
 *
 *     const server = await startIndexServer({ format: 'json' });
 *     server.add('demo', { filename: wheel.filename, bytes: wheel.bytes });   // <url>/simple/demo/, <url>/files/demo-…whl
 *     server.put('/links/', '<a href="a-1.0-py3-none-any.whl">', { 'content-type': 'text/html' });   // any page
 *     server.fault('/simple/demo/', { status: 503 }, { status: 503 });       // the next two requests of that path
 *     server.paths();                                                        // ['/simple/demo/', …]
 *     await server.close();
 */
import { createHash } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How the whole server behaves. */
export interface IndexServerOptions {
  /** Which project pages it can write; 'both' follows the Accept header. Default 'both'. */
  readonly format?: 'json' | 'html' | 'both';
  /** Whether files can be read in ranges. Default true. */
  readonly ranges?: boolean;
  /** Whether answers carry an ETag and If-None-Match is heeded. Default true. */
  readonly etag?: boolean;
  /** Cache-Control of project pages; none unless given. */
  readonly cacheControl?: string;
  /** Every request needs this user and password. */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Called, and waited for, with the path of every request when it has come: to hold it back. */
  readonly before?: (path: string) => unknown;
  /** Serve https with this key and certificate (PEM). */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A file of a project. */
export interface IndexFile {
  readonly filename: string;
  readonly bytes: Uint8Array;
  readonly requiresPython?: string;
  readonly yanked?: boolean | string;
  readonly uploadTime?: string;
  /** Digest the page announces; the true one unless given, none for `false`. */
  readonly sha256?: string | false;
  /** Size the JSON page announces; the true one unless given, none for `false`. */
  readonly size?: number | false;
  /** Text of the metadata file beside it (PEP 658), announced on the page with its digest. */
  readonly metadata?: string;
  /** Announce a metadata file whether or not there is one. */
  readonly announceMetadata?: boolean;
  /** Link of the page; `../../files/<filename>` unless given. */
  readonly url?: string;
}

/** One way to misbehave; serves one request. */
export interface Fault {
  /** Answer with this status and an empty body. */
  readonly status?: number;
  /** Added to the headers (`retry-after`, `location`, …). */
  readonly headers?: Readonly<Record<string, string>>;
  /** Send so many bytes of the true body under its true Content-Length, then cut the connection. */
  readonly truncate?: number;
  /** Send so many bytes of the true body, then nothing more. */
  readonly stall?: number;
  /** Cut the connection before any answer. */
  readonly reset?: true;
  /** Called, and waited for, when the request has come, before anything is looked up: to change or hold things. */
  readonly before?: () => unknown;
  /** Another body. */
  readonly body?: string | Uint8Array;
  /** What goes over the wire in place of an answer, made of the true body; then the connection ends. */
  readonly raw?: (body: Buffer) => string | Uint8Array;
}

/** One request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A running index. */
export interface IndexServer {
  /** `http://127.0.0.1:<port>`, without a final slash. */
  readonly url: string;
  /** The index: `<url>/simple`. */
  readonly simple: string;
  readonly requests: readonly RecordedRequest[];
  /** Adds files to a project (its name normalised), creating it. */
  add(project: string, ...files: readonly IndexFile[]): void;
  /** Serves `body` at a path, ranges and validators included. */
  put(path: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): void;
  /** Faults of the next requests of a path (without query), in order, after those set before. */
  fault(path: string, ...faults: readonly Fault[]): void;
  /** Paths requested so far, in order. */
  paths(): string[];
  /** Forgets the recorded requests. */
  forget(): void;
  close(): Promise<void>;
}

/** Starts a server that is closed when the test ends. */
export async function serveIndex(options: IndexServerOptions = {}): Promise<IndexServer> {
  const server = await startIndexServer(options);
  onTestFinished(() => server.close());
  return server;
}

/** Starts a server on a free port. Close it, best in `afterEach` or `afterAll`. */
export async function startIndexServer(options: IndexServerOptions = {}): Promise<IndexServer> {
  const state: State = { options, projects: new Map(), pages: new Map(), faults: new Map(), requests: [] };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(state, request, response);
  };
  const server: Server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    simple: `${url}/simple`,
    requests: state.requests,
    add(project, ...files) {
      const name = project.toLowerCase().replaceAll(/[-_.]+/g, '-');
      state.projects.set(name, [...(state.projects.get(name) ?? []), ...files]);
      for (const file of files) addFile(state, file);
    },
    put(path, body, headers = {}) {
      state.pages.set(path, { body: Buffer.from(body), headers });
    },
    fault(path, ...faults) {
      state.faults.set(path, [...(state.faults.get(path) ?? []), ...faults]);
    },
    paths: () => state.requests.map((request) => request.path),
    forget() {
      state.requests.length = 0;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Page {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface State {
  readonly options: IndexServerOptions;
  readonly projects: Map<string, readonly IndexFile[]>;
  readonly pages: Map<string, Page>;
  readonly faults: Map<string, readonly Fault[]>;
  readonly requests: RecordedRequest[];
}

function addFile(state: State, file: IndexFile): void {
  const headers = { 'content-type': 'application/octet-stream' };
  state.pages.set(`/files/${file.filename}`, { body: Buffer.from(file.bytes), headers });
  if (file.metadata !== undefined) {
    state.pages.set(`/files/${file.filename}.metadata`, { body: Buffer.from(file.metadata), headers });
  }
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '/';
  const key = decodeURIComponent(path.split('?')[0] ?? '');
  state.requests.push({ method: request.method ?? '', path, headers: headersOf(request) });
  const [fault, ...later] = state.faults.get(key) ?? [];
  state.faults.set(key, later);
  await state.options.before?.(path);
  await fault?.before?.();
  if (fault?.reset === true) {
    request.socket.destroy();
    return;
  }
  if (fault?.status !== undefined) {
    response.writeHead(fault.status, { ...fault.headers, 'content-length': Buffer.byteLength(fault.body ?? '') });
    response.end(fault.body ?? '');
    return;
  }
  if (!isAllowed(state, request)) {
    send(response, { answer: { status: 401, headers: {}, body: Buffer.alloc(0) }, fault });
    return;
  }
  const page = pageAt(state, key, request);
  if (fault?.raw !== undefined) {
    request.socket.end(fault.raw(page?.body ?? Buffer.alloc(0)));
    return;
  }
  const whole = page !== undefined && fault?.body !== undefined ? { ...page, body: Buffer.from(fault.body) } : page;
  send(response, { answer: answerOf(state, whole, request), fault });
}

interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}

function isAllowed(state: State, request: IncomingMessage): boolean {
  const { auth } = state.options;
  if (auth === undefined) return true;
  const expected = Buffer.from(`${auth.username}:${auth.password}`).toString('base64');
  return request.headers.authorization === `Basic ${expected}`;
}

function pageAt(state: State, path: string, request: IncomingMessage): Page | undefined {
  const project = /^\/simple\/([^/]+)\/$/.exec(path)?.[1];
  const files = project === undefined ? undefined : state.projects.get(project);
  if (project === undefined || files === undefined) return state.pages.get(path);
  const format = state.options.format ?? 'both';
  const json = format === 'json' || (format === 'both' && (request.headers.accept ?? '').includes('+json'));
  const cache = state.options.cacheControl === undefined ? {} : { 'cache-control': state.options.cacheControl };
  return {
    body: Buffer.from(json ? jsonPage(project, files) : htmlPage(files)),
    headers: { ...cache, 'content-type': json ? 'application/vnd.pypi.simple.v1+json' : 'text/html; charset=utf-8' },
  };
}

function answerOf(state: State, page: Page | undefined, request: IncomingMessage): WireAnswer {
  if (page === undefined) return { status: 404, headers: {}, body: Buffer.from('not found') };
  const etag = `"${digest(page.body).slice(0, 16)}"`;
  const withEtag = state.options.etag !== false;
  const headers = { ...(withEtag ? { etag } : {}), ...page.headers };
  if (withEtag && request.headers['if-none-match'] === etag) return { status: 304, headers, body: Buffer.alloc(0) };
  const ifRange = request.headers['if-range'];
  const wanted = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = state.options.ranges === false ? undefined : parseRange(wanted, page.body.length);
  if (range === undefined) return { status: 200, headers, body: page.body };
  const total = page.body.length;
  if (range.start >= total)
    return { status: 416, headers: { 'content-range': `bytes */${total}` }, body: Buffer.alloc(0) };
  const contentRange = `bytes ${range.start}-${range.end - 1}/${total}`;
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: page.body.subarray(range.start, range.end),
  };
}

function parseRange(header: string | undefined, total: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: Math.max(0, total - Number(last)), end: total };
  return { start: Number(first), end: last === '' ? total : Math.min(total, Number(last) + 1) };
}

function send(response: ServerResponse, { answer, fault }: { answer: WireAnswer; fault: Fault | undefined }): void {
  const { status, headers, body } = answer;
  response.writeHead(status, {
    ...headers,
    ...fault?.headers,
    ...(status === 304 ? {} : { 'content-length': body.length }),
  });
  if (fault?.truncate !== undefined) {
    response.write(body.subarray(0, fault.truncate), () => response.socket?.destroy());
  } else if (fault?.stall !== undefined) {
    response.write(body.subarray(0, fault.stall));
  } else response.end(body);
}

function jsonPage(name: string, files: readonly IndexFile[]): string {
  return JSON.stringify({
    meta: { 'api-version': '1.1' },
    name,
    versions: [],
    files: files.map((file) => {
      const announced = announcedMetadata(file);
      const sha256 = announcedDigest(file);
      return {
        filename: file.filename,
        url: linkOf(file),
        hashes: sha256 === undefined ? {} : { sha256 },
        ...(file.size === false ? {} : { size: file.size ?? file.bytes.length }),
        ...(file.requiresPython === undefined ? {} : { 'requires-python': file.requiresPython }),
        ...(file.uploadTime === undefined ? {} : { 'upload-time': file.uploadTime }),
        ...(announced === undefined ? {} : { 'core-metadata': announced === '' ? true : { sha256: announced } }),
        yanked: file.yanked ?? false,
      };
    }),
  });
}

function htmlPage(files: readonly IndexFile[]): string {
  const links = files.map((file) => {
    const sha256 = announcedDigest(file);
    const announced = announcedMetadata(file);
    const attributes = [
      `href="${escapeHtml(linkOf(file))}${sha256 === undefined ? '' : `#sha256=${sha256}`}"`,
      ...(file.requiresPython === undefined ? [] : [`data-requires-python="${escapeHtml(file.requiresPython)}"`]),
      ...(announced === undefined ? [] : [`data-core-metadata="${announced === '' ? 'true' : `sha256=${announced}`}"`]),
      ...(file.yanked === undefined || file.yanked === false
        ? []
        : [`data-yanked="${file.yanked === true ? '' : escapeHtml(file.yanked)}"`]),
    ];
    return `<a ${attributes.join(' ')}>${escapeHtml(file.filename)}</a><br>`;
  });
  return `<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.0"></head><body>${links.join('\n')}</body></html>`;
}

function linkOf(file: IndexFile): string {
  return file.url ?? `../../files/${file.filename}`;
}

function announcedDigest(file: IndexFile): string | undefined {
  return file.sha256 === false ? undefined : (file.sha256 ?? digest(file.bytes));
}

/** Digest of the metadata file, '' for announced without one. */
function announcedMetadata(file: IndexFile): string | undefined {
  if (file.metadata !== undefined && file.announceMetadata !== false) return digest(Buffer.from(file.metadata));
  return file.announceMetadata === true ? '' : undefined;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const pairs = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const);
  return Object.fromEntries(pairs);
}
