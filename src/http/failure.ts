/** From errors of sockets, TLS and undici to what users read. */
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import { MAX_RETRY_AFTER } from './retry.ts';

/** A request that got no usable answer. */
export interface Failure {
  /** A clause: "connection refused". */
  readonly reason: string;
  /** The system's or status code, for machines. */
  readonly code: string;
  readonly retryable: boolean;
  readonly category: 'connection' | 'certificate' | 'proxy-auth' | 'answer';
  readonly cause: unknown;
}

/** The code of an error for a proxy that gave no tunnel and no answer. */
export const PROXY_CLOSED = 'TSPM_PROXY_CLOSED';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ENOTFOUND', 'host name not found'],
  ['EAI_AGAIN', 'host name not found (name service gives no answer)'],
  ['ENETUNREACH', 'network unreachable'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ECONNRESET', 'connection reset'],
  ['EPIPE', 'connection closed'],
  ['ETIMEDOUT', 'connection timed out'],
  ['UND_ERR_SOCKET', 'connection closed before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'answer shorter or longer than its Content-Length'],
  [PROXY_CLOSED, 'the proxy closed the connection before it answered'],
  ['TSPM_STALLED', 'less than 1 KiB a second for a minute'],
  ['Z_BUF_ERROR', 'compressed answer ends early'],
  ['Z_DATA_ERROR', 'the answer says it is compressed and is not'],
]);

const FINAL_CODES = new Set(['', 'UND_ERR_INVALID_ARG', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

/** Explains an error thrown while connecting, waiting for headers or reading a body. */
export function failureOf(error: unknown, timeoutSeconds: number): Failure {
  const { code, message } = codeAndMessage(error);
  const base = { code, retryable: true, category: 'connection', cause: error } as const;
  const tunnel = /Proxy response \((\d+)\)/.exec(message)?.[1];
  if (tunnel === '407' || message.includes('(407)')) {
    return {
      ...base,
      reason: 'the proxy asks for a user name and password (407)',
      retryable: false,
      category: 'proxy-auth',
    };
  }
  if (tunnel !== undefined) return { ...base, reason: `the proxy refused the connection (${tunnel})` };
  if (isCertificateCode(code)) {
    return {
      ...base,
      reason: `certificate not accepted: ${message} (${code})`,
      retryable: false,
      category: 'certificate',
    };
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return { ...base, reason: `TLS handshake failed (${code})`, retryable: false };
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return { ...base, reason: `no connection within ${timeoutSeconds} s` };
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return { ...base, reason: `no answer within ${timeoutSeconds} s` };
  if (code === 'UND_ERR_BODY_TIMEOUT') return { ...base, reason: `no data for ${timeoutSeconds} s` };
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return { ...base, reason: `the answer is no proper HTTP: ${message}` };
  }
  if (FINAL_CODES.has(code)) return { ...base, reason: message, retryable: false };
  return { ...base, reason: REASONS.get(code) ?? `${message} (${code})` };
}

/** A status of which another attempt may make a better one, unless the server asks to wait (milliseconds) too long for that. */
export function statusFailure(status: number, wait: number | undefined): Failure {
  const tooLong = wait !== undefined && wait > MAX_RETRY_AFTER;
  const asks = tooLong ? ` and asks to wait ${Math.ceil(wait / 1000)} s` : '';
  return {
    reason: `the server answers ${status}${asks}`,
    code: String(status),
    retryable: !tooLong,
    category: 'answer',
    cause: undefined,
  };
}

/** An answer that was cut, and another one when it was asked for again. */
export function changedStatus(before: number, after: number): Failure {
  const reason = `the server answered ${before}, then ${after} when the answer was cut and asked for again`;
  return { reason, code: String(after), retryable: false, category: 'answer', cause: undefined };
}

/** The error for a request that is given up; `attempts` counts all that were sent. */
export function requestError(
  failure: Failure,
  request: { readonly url: string; readonly proxy: string | undefined; readonly attempts: number },
): TspmError {
  const url = redactUrl(request.url);
  const times = request.attempts === 1 ? '' : ` after ${request.attempts} attempts`;
  const through = request.proxy === undefined ? '' : ` through the proxy ${redactUrl(request.proxy)}`;
  return new TspmError(
    failure.category === 'proxy-auth' ? 'TSPM_INDEX_AUTH' : 'TSPM_NETWORK',
    `cannot fetch ${url}${through}${times}: ${redactUrl(failure.reason)}`,
    {
      hint: HINTS[failure.category],
      context: { url, attempts: request.attempts, reason: failure.code },
      cause: failure.cause,
    },
  );
}

/** A request that was refused by 401, 403 or 407. */
interface Refusal {
  readonly url: string;
  readonly status: number;
  /** Whether credentials went with it. */
  readonly sent: boolean;
  /** The source `url` belongs to, and the variables its url and keys use that have no value. */
  readonly source: { readonly name: string; readonly unset?: readonly string[] } | undefined;
}

/** The error for a refused request: it names the source and what can be configured for it. */
export function authError(refusal: Refusal): TspmError {
  const { status, source } = refusal;
  const url = redactUrl(refusal.url);
  const what = status === 407 ? 'the proxy asks for a user name and password' : 'the server refuses access';
  const where = source === undefined ? '' : `source "${source.name}": `;
  return new TspmError('TSPM_INDEX_AUTH', `${where}cannot fetch ${url}: ${what} (${status})`, {
    hint: status === 407 ? HINTS['proxy-auth'] : loginHint(refusal),
    context: { url, status, ...(source === undefined ? {} : { source: source.name }) },
  });
}

function loginHint({ sent, source }: Refusal): string {
  const unset = source?.unset ?? [];
  if (unset.length > 0) return `set ${unset.map((name) => `$${name}`).join(' and ')}, which the source uses`;
  if (sent)
    return 'the user name or password that was sent is not accepted: check the source, ~/.netrc and the keyring';
  if (source === undefined) return 'add the host to ~/.netrc';
  const key = source.name === 'pypi' ? 'pypi' : `pypi.${source.name}`;
  return `set \`tspm config ${key}.username NAME\` and \`tspm config ${key}.password WORD\`, or add the host to ~/.netrc`;
}

const HINTS = {
  connection: 'check the network, the url of the source and the proxy variables (HTTPS_PROXY, NO_PROXY)',
  certificate: 'name the certificate authority with ca_certs of the source, or in SSL_CERT_FILE',
  'proxy-auth':
    'put user name and password into the proxy variable (HTTPS_PROXY), before the host: a colon between them and an @ after them',
  answer: 'try again later, or use another source',
} as const;

function isCertificateCode(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|HOSTNAME_MISMATCH|^UND_ERR_PRX_TLS$/.test(code);
}

function codeAndMessage(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  if (error instanceof AggregateError && error.errors.length > 0) return codeAndMessage(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: error.message.replace(/\s*\n[\s\S]*$/, '') };
}
