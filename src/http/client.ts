/** GET with redirects, retries and credentials: the adapter behind the {@link HttpClient} port. */
import { TspmError, isTspmError } from '../errors.ts';
import type { Clock, HttpClient, HttpRequest, HttpResponse, LoginPrompt } from '../ports.ts';
import { collectBytes, gunzipped, watchProgress } from './body.ts';
import { type Credentials, basicAuthorization, takeUserInfo } from './credentials.ts';
import type { Answer, Hop, Wire } from './exchange.ts';
import { type Failure, authError, changedStatus, failureOf, requestError, statusFailure } from './failure.ts';
import { type LoginScope, type Logins, createLogins } from './logins.ts';
import type { Env } from './proxy.ts';
import { redirectTarget } from './redirect.ts';
import { MAX_RETRIES, backoffDelay, isRetryableStatus, parseRetryAfter } from './retry.ts';
import { redactUrl } from '../util/redact.ts';
import { type Slots, createSlots } from './slots.ts';
import { createWire } from './undici-wire.ts';
import { monotonic } from '../util/clock.ts';

/** Settings for URLs at or below `url` (origin and path; user-info in it counts as credentials). */
export interface Transport extends LoginScope {
  readonly verifySsl: boolean;
  readonly caCerts?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** What a client needs; `timeoutSeconds` bounds connecting, waiting for an answer and each pause in it. */
export interface HttpSettings {
  readonly transports: readonly Transport[];
  readonly env: Env;
  readonly timeoutSeconds: number;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Told of every request: its URL without secrets, the status or why there was none, and how long the answer took. */
  readonly onRequest?: (url: string, outcome: string, milliseconds: number) => void;
  /** Asked for credentials that a server wants and nothing has. */
  readonly prompt?: LoginPrompt | undefined;
}

/** A client with its own connections: `close` it. At most 50 requests run at once, 16 to one host. */
export function createHttpClient(settings: HttpSettings): HttpClient {
  const session: Session = {
    settings,
    wire: createWire({ ...settings, scopes: settings.transports, connectionsPerHost: MAX_PER_HOST }),
    slots: createSlots(MAX_REQUESTS, MAX_PER_HOST),
    logins: createLogins({
      scopes: settings.transports,
      env: settings.env,
      keyringSeconds: KEYRING_PATIENCE * settings.timeoutSeconds,
      prompt: settings.prompt,
    }),
    plainHosts: new Set(settings.transports.map(({ url }) => new URL(url)).flatMap(plainHost)),
    sent: 0,
  };
  return {
    get: async (request) => responseOf(session, request, await follow(session, request)),
    close: () => session.wire.close(),
    get requestCount() {
      return session.sent;
    },
  };
}

const MAX_REQUESTS = 50;
const MAX_PER_HOST = 16;
const MAX_REDIRECTS = 10;
/** A keyring may have to be unlocked by hand: it gets as many times the time of a server. */
const KEYRING_PATIENCE = 4;

/** Headers that may go to another origin than the one they were meant for. */
const PORTABLE_HEADERS = new Set([
  'accept',
  'accept-encoding',
  'range',
  'if-range',
  'if-none-match',
  'if-modified-since',
]);

interface Session {
  readonly settings: HttpSettings;
  readonly wire: Wire;
  readonly slots: Slots;
  readonly logins: Logins;
  /** Hosts (with port) that are configured as plain http: only they may be redirected to from https. */
  readonly plainHosts: ReadonlySet<string>;
  sent: number;
}

/** An answer that is not a redirect; its slot is held until `release`. */
interface Received {
  readonly url: URL;
  readonly answer: Answer;
  readonly attempts: number;
  release(): void;
}

function plainHost(url: URL): string[] {
  return url.protocol === 'http:' ? [url.host] : [];
}

async function follow(session: Session, request: HttpRequest): Promise<Received> {
  let { url, credentials } = parseRequestUrl(request.url);
  let headers = request.headers ?? {};
  for (let redirects = 0; ; redirects++) {
    const received = await sendAuthorized(session, { url, headers, signal: request.signal }, credentials);
    const target = redirectTarget(received.answer, url, session.plainHosts);
    if (target.kind === 'none') return received;
    await drop(received);
    if (target.kind === 'refused') throw redirectError(request.url, target.reason);
    if (redirects === MAX_REDIRECTS) throw redirectError(request.url, `more than ${MAX_REDIRECTS} redirects`);
    const next = takeUserInfo(target.url);
    const sameOrigin = next.url.origin === url.origin;
    credentials = next.credentials ?? (sameOrigin ? credentials : undefined);
    if (!sameOrigin) headers = portableHeaders(headers);
    url = next.url;
  }
}

/** Sends with the credentials that are known; once more with others when the server refuses those. */
async function sendAuthorized(session: Session, bare: Hop, own: Credentials | undefined): Promise<Received> {
  const { url } = bare;
  const first = own ?? session.logins.known(url);
  const received = await sendWithRetries(session, hopOf(session, bare, first));
  if (received.answer.status !== 401) return received;
  await drop(received);
  const other = await session.logins.another(url, first);
  if (other === undefined) throw refusedError(session, url, { status: 401, sent: first !== undefined });
  const again = await sendWithRetries(session, hopOf(session, bare, other));
  if (again.answer.status !== 401) {
    await session.logins.accepted(url);
    return again;
  }
  await drop(again);
  throw refusedError(session, url, { status: 401, sent: true });
}

function hopOf(session: Session, { url, headers, signal }: Hop, login: Credentials | undefined): Hop {
  return {
    url,
    signal,
    headers: {
      accept: '*/*',
      'accept-encoding': 'identity',
      ...headers,
      'user-agent': session.settings.userAgent,
      ...(login === undefined ? {} : { authorization: basicAuthorization(login) }),
    },
  };
}

async function drop(received: Received): Promise<void> {
  await received.answer.discard();
  received.release();
}

function refusedError(
  session: Session,
  url: URL,
  answer: { readonly status: number; readonly sent: boolean },
): TspmError {
  return authError({ url: url.href, source: session.logins.scope(url), ...answer });
}

function portableHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PORTABLE_HEADERS.has(name)));
}

async function sendWithRetries(session: Session, hop: Hop): Promise<Received> {
  for (let attempt = 1; ; attempt++) {
    const release = await session.slots.acquire(hop.url.host);
    let outcome: Outcome;
    try {
      outcome = await attemptOnce(session, hop);
    } catch (error) {
      release();
      throw error;
    }
    if (outcome.kind === 'answer') return { url: hop.url, answer: outcome.answer, attempts: attempt, release };
    release();
    if (!outcome.failure.retryable || attempt > MAX_RETRIES) throw failed(session, outcome.failure, hop.url, attempt);
    await session.settings.clock.sleep(outcome.wait ?? backoffDelay(attempt, Math.random()), hop.signal);
  }
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly wait: number | undefined };

/** One request. Throws when another attempt cannot help: no access, cancelled, unusable settings. */
async function attemptOnce(session: Session, hop: Hop): Promise<Outcome> {
  hop.signal?.throwIfAborted();
  let answer: Answer;
  const { onRequest, timeoutSeconds } = session.settings;
  const started = monotonic();
  const tell = (outcome: string) => onRequest?.(redactUrl(hop.url.href), outcome, monotonic() - started);
  try {
    session.sent++;
    answer = await session.wire.send(hop);
  } catch (error) {
    if (isTspmError(error) || hop.signal?.aborted === true) throw error;
    const failure = failureOf(error, timeoutSeconds);
    tell(failure.reason);
    return { kind: 'failed', failure, wait: undefined };
  }
  const { status } = answer;
  tell(String(status));
  if (status === 403 || status === 407) {
    await answer.discard();
    throw refusedError(session, hop.url, { status, sent: 'authorization' in hop.headers });
  }
  if (!isRetryableStatus(status)) return { kind: 'answer', answer };
  await answer.discard();
  const wait = parseRetryAfter(answer.headers['retry-after'], session.settings.clock.now());
  return { kind: 'failed', failure: statusFailure(status, wait), wait };
}

function failed(session: Session, failure: Failure, url: URL, attempts: number): TspmError {
  return requestError(failure, { url: url.href, proxy: session.wire.proxyFor(url), attempts });
}

function responseOf(session: Session, request: HttpRequest, received: Received): HttpResponse {
  const { answer, url } = received;
  const shownUrl = url.href.replace(/#.*$/s, '');
  return {
    status: answer.status,
    url: shownUrl,
    headers: answer.headers,
    body: explainedChunks(session, request, received),
    bytes: (limit) => readAgainIfCut(session, request, { received, limit }),
    async discard() {
      await answer.discard();
      received.release();
    },
  };
}

/** The decoded body. Gzip only where the request asked for it: files are hashed as they are on the server. */
function decodedChunks(session: Session, request: HttpRequest, answer: Answer): AsyncIterable<Uint8Array> {
  const chunks = watchProgress(answer.chunks, session.settings.clock);
  const coding = (answer.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (request.headers?.['accept-encoding'] !== 'gzip' || coding === 'identity' || coding === '') return chunks;
  if (coding === 'gzip' || coding === 'x-gzip') return gunzipped(chunks);
  throw new TspmError(
    'TSPM_INDEX_RESPONSE',
    `${redactUrl(request.url)} is encoded as "${coding}", which was not asked for`,
  );
}

async function* explainedChunks(
  session: Session,
  request: HttpRequest,
  received: Received,
): AsyncGenerator<Uint8Array> {
  try {
    yield* decodedChunks(session, request, received.answer);
  } catch (error) {
    if (isTspmError(error) || request.signal?.aborted === true) throw error;
    throw failed(session, failureOf(error, session.settings.timeoutSeconds), received.url, received.attempts);
  } finally {
    received.release();
  }
}

/** Reads the whole body; one that is cut is requested again, from the start of the redirects. */
async function readAgainIfCut(
  session: Session,
  request: HttpRequest,
  { received, limit }: { readonly received: Received; readonly limit: number },
): Promise<Uint8Array> {
  let current = received;
  for (let attempt = 1; ; attempt++) {
    let failure: Failure;
    try {
      return await collectBytes(decodedChunks(session, request, current.answer), limit, request.url);
    } catch (error) {
      if (isTspmError(error)) await current.answer.discard();
      if (isTspmError(error) || request.signal?.aborted === true) throw error;
      failure = failureOf(error, session.settings.timeoutSeconds);
    } finally {
      current.release();
    }
    if (!failure.retryable || attempt > MAX_RETRIES) throw failed(session, failure, current.url, attempt);
    await session.settings.clock.sleep(backoffDelay(attempt, Math.random()), request.signal);
    current = await follow(session, request);
    if (current.answer.status !== received.answer.status) {
      await current.answer.discard();
      current.release();
      throw failed(session, changedStatus(received.answer.status, current.answer.status), current.url, attempt + 1);
    }
  }
}

function parseRequestUrl(text: string): { url: URL; credentials: Credentials | undefined } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return takeUserInfo(url);
  throw new TspmError('TSPM_NETWORK', `cannot fetch ${redactUrl(text)}: not an http or https URL`);
}

function redirectError(url: string, reason: string): TspmError {
  return new TspmError('TSPM_NETWORK', `cannot fetch ${redactUrl(url)}: ${reason}`, {
    context: { url: redactUrl(url) },
  });
}
