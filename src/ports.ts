/**
 * The seams between pure logic and the world, types only. Each has one real adapter; tests may pass their own.
 */

/** How a note is shown: `advice` without a mark, `detail` only with `-v`. */
export type NoteLevel = 'info' | 'warning' | 'advice' | 'detail';

/** Progress and notes, in the order they happen. `cli/reporter.ts` alone turns them into text. */
export type ProgressEvent =
  /** `isLasting`: what it tells is so each time the same is installed. */
  | { readonly kind: 'note'; readonly level: NoteLevel; readonly message: string; readonly isLasting?: true }
  /** A long phase began: `text` is a short present participle ("Resolving dependencies"). */
  | { readonly kind: 'phase'; readonly text: string }
  | { readonly kind: 'resolve:listing'; readonly name: string }
  | { readonly kind: 'resolve:decide'; readonly name: string; readonly version: string }
  | {
      readonly kind: 'resolve:done';
      readonly packages: number;
      readonly decisions: number;
      readonly conflicts: number;
      readonly listings: number;
      readonly metadata: number;
      readonly waves: number;
    }
  /** A resolution ended, and with `ok` its lock was written. */
  | { readonly kind: 'lock:done'; readonly ok: boolean; readonly milliseconds: number }
  /** A file of the project was written: its name without folder. */
  | { readonly kind: 'file:written'; readonly file: string }
  | { readonly kind: 'download:start'; readonly file: string; readonly size: number | undefined }
  | { readonly kind: 'download:progress'; readonly file: string; readonly bytes: number }
  | { readonly kind: 'download:done'; readonly file: string; readonly bytes: number }
  /** A request was answered, or failed: `outcome` is the status or the reason; `url` has no secrets. */
  | { readonly kind: 'request'; readonly url: string; readonly outcome: string; readonly milliseconds: number }
  /** A repository is being fetched, or was, with or without success: its address without credentials. */
  | { readonly kind: 'repository:start'; readonly url: string }
  | { readonly kind: 'repository:done'; readonly url: string }
  | { readonly kind: 'unpack'; readonly file: string }
  /** A build began or ended, with or without success: `subject` is what is built ("demo 1.0"). */
  | { readonly kind: 'build:start'; readonly subject: string }
  | { readonly kind: 'build:done'; readonly subject: string }
  | { readonly kind: 'sync:plan'; readonly add: number; readonly update: number; readonly remove: number }
  /** The files of a package are being fetched and unpacked; afterwards they can be put in place. */
  | { readonly kind: 'sync:prepare'; readonly name: string; readonly version: string }
  | { readonly kind: 'sync:prepared'; readonly name: string; readonly version: string }
  | {
      readonly kind: 'sync:package';
      readonly action: 'Install' | 'Update' | 'Remove';
      readonly name: string;
      readonly version: string;
      readonly from: string | undefined;
      readonly ok: boolean;
    }
  | { readonly kind: 'sync:done'; readonly done: number; readonly total: number; readonly milliseconds: number };

/** Receives progress. Must not throw. */
export interface Reporter {
  emit(event: ProgressEvent): void;
}

/** The time, in milliseconds since the epoch, and waiting. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Somebody at a terminal who can be asked for credentials. */
export interface LoginPrompt {
  /** Undefined when nothing was typed. `source`: its name, when `url` is one's; `username`: what is known already. */
  ask(wanted: {
    readonly url: string;
    readonly source: string | undefined;
    readonly username: string | undefined;
  }): Promise<{ readonly username: string; readonly password: string } | undefined>;
  /** Whether what was typed for `url`, and accepted, is to be kept in the keyring. */
  confirmSaving(url: string): Promise<boolean>;
}

/** One HTTP answer after redirects; header names are lower-case. The body must be consumed or `discard`ed. */
export interface HttpResponse {
  readonly status: number;
  /** Final URL, without user-info. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in pieces; throws TSPM_NETWORK when it ends early. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body; TSPM_INDEX_RESPONSE above `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
  discard(): Promise<void>;
}

/** One GET. */
export interface HttpRequest {
  readonly url: string;
  /** Extra headers, lower-case names (accept, range, if-none-match, …). */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * GET over http(s): redirects, retries with back-off, time-outs, proxies, TLS settings and credentials of the configured
 * sources. Statuses below 500 other than 401, 403, 407, 408, 425, 429 are answers; the rest, once retries are spent, throw:
 * TSPM_NETWORK (which URL, what was tried) or TSPM_INDEX_AUTH (401, 403, 407).
 */
export interface HttpClient {
  get(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
  /** Requests sent so far, retries included: for reports and tests. */
  readonly requestCount: number;
}
