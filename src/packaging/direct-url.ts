import { isTspmError, TspmError, unreachable } from '../errors.ts';
import { sortedBy } from '../util/collections.ts';

/** Where an installed package came from when it was asked for by URL (direct URL data structure, PEP 610). */
export interface DirectUrl {
  readonly url: string;
  /** Directory of the project within the source. */
  readonly subdirectory: string | undefined;
  readonly source: DirectUrlSource;
}

/** The kind of place a direct URL names; hashes are hex by algorithm. */
type DirectUrlSource =
  | { readonly kind: 'archive'; readonly hashes: Readonly<Record<string, string>> }
  | { readonly kind: 'directory'; readonly editable: boolean }
  | {
      readonly kind: 'vcs';
      readonly vcs: string;
      readonly commitId: string;
      readonly requestedRevision: string | undefined;
    };

/** Prints `direct_url.json` with sorted keys and without credentials; references to the environment (`${USER}:${PASS}@`) stay. */
export function formatDirectUrl({ url, subdirectory, source }: DirectUrl): string {
  return JSON.stringify({
    ...sourceEntry(source),
    ...(subdirectory === undefined ? {} : { subdirectory }),
    url: withoutCredentials(url),
  });
}

/** Reads `direct_url.json`; throws TSPM_INVALID_METADATA. */
export function parseDirectUrl(text: string): DirectUrl {
  const document = parseJson(text);
  const url = textOf(document.get('url'));
  if (url === undefined) throw invalid('must have a url');
  const infos = (['vcs_info', 'archive_info', 'dir_info'] as const).filter((key) => document.has(key));
  const [kind] = infos;
  if (kind === undefined || infos.length > 1)
    throw invalid('must have exactly one of vcs_info, archive_info and dir_info');
  const subdirectory = textOf(document.get('subdirectory'));
  return { url, subdirectory, source: readSource(kind, tableOf(document.get(kind), kind)) };
}

/** As {@link parseDirectUrl}, but undefined for a file that is not there or cannot be used. */
export function tryParseDirectUrl(text: string | undefined): DirectUrl | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDirectUrl(text);
  } catch (error) {
    if (isTspmError(error)) return undefined;
    throw error;
  }
}

function sourceEntry(source: DirectUrlSource): Readonly<Record<string, unknown>> {
  switch (source.kind) {
    case 'archive': {
      const hashes = Object.fromEntries(sortedBy(Object.entries(source.hashes), ([algorithm]) => algorithm));
      const [first] = Object.entries(hashes);
      // Readers older than the `hashes` table look for `hash` alone.
      const hash = first === undefined ? {} : { hash: `${first[0]}=${first[1]}`, hashes };
      return { archive_info: hash };
    }
    case 'directory':
      return { dir_info: source.editable ? { editable: true } : {} };
    case 'vcs': {
      const requested = source.requestedRevision === undefined ? {} : { requested_revision: source.requestedRevision };
      return { vcs_info: { commit_id: source.commitId, ...requested, vcs: source.vcs } };
    }
    default:
      return unreachable(source);
  }
}

function readSource(
  kind: 'vcs_info' | 'archive_info' | 'dir_info',
  info: ReadonlyMap<string, unknown>,
): DirectUrlSource {
  switch (kind) {
    case 'vcs_info': {
      const vcs = textOf(info.get('vcs'));
      const commitId = textOf(info.get('commit_id'));
      if (vcs === undefined || commitId === undefined) throw invalid('must have vcs and commit_id in vcs_info');
      return { kind: 'vcs', vcs, commitId, requestedRevision: textOf(info.get('requested_revision')) };
    }
    case 'archive_info':
      return { kind: 'archive', hashes: readHashes(info) };
    case 'dir_info':
      return { kind: 'directory', editable: info.get('editable') === true };
    default:
      return unreachable(kind);
  }
}

function readHashes(info: ReadonlyMap<string, unknown>): Record<string, string> {
  const hashes = info.get('hashes');
  if (hashes !== undefined) {
    const entries = [...tableOf(hashes, 'hashes')].map(
      ([algorithm, digest]) => [algorithm, textOf(digest) ?? ''] as const,
    );
    return Object.fromEntries(entries.filter(([, digest]) => digest !== ''));
  }
  const [, algorithm, digest] = /^([^=]+)=(.+)$/.exec(textOf(info.get('hash')) ?? '') ?? [];
  return algorithm === undefined || digest === undefined ? {} : { [algorithm]: digest };
}

/** Drops `user:password@`; the user `git` alone names no one, and references to the environment hold no secret. */
function withoutCredentials(url: string): string {
  const [whole, scheme, credentials] = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/)([^/?#]*)@/.exec(url) ?? [];
  if (whole === undefined || scheme === undefined || credentials === undefined) return url;
  if (credentials === 'git' || /^\$\{[A-Z0-9_]+\}(?::\$\{[A-Z0-9_]+\})?$/.test(credentials)) return url;
  return scheme + url.slice(whole.length);
}

function parseJson(text: string): ReadonlyMap<string, unknown> {
  try {
    const document: unknown = JSON.parse(text);
    return tableOf(document, 'the document');
  } catch (error) {
    if (isTspmError(error)) throw error;
    throw invalid('must be JSON', error);
  }
}

function tableOf(value: unknown, place: string): ReadonlyMap<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  throw invalid(`must have an object as ${place}`);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function invalid(problem: string, cause?: unknown): TspmError {
  return new TspmError('TSPM_INVALID_METADATA', `direct_url.json ${problem}`, { cause });
}
