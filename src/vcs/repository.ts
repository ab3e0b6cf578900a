/** Where a repository is and who may read it. Pure. */
import { TspmError } from '../errors.ts';
import { show } from '../archive/show.ts';

/** A repository as git is told of it. */
export interface Repository {
  /** Without credentials: may be shown and stored. */
  readonly url: string;
  /** Empty for an address that names nobody. */
  readonly user: string;
  readonly password: string;
}

/** Ways to a repository; others (`ext::`) run programs. */
const SCHEMES: ReadonlySet<string> = new Set(['https', 'http', 'ssh', 'git', 'file']);

/**
 * Reads the address of a git repository, `https://user:password@host/path` or `ssh://git@host/path`. The user of an ssh address stays in
 * it: it is no secret, and the host knows nobody else. Throws TSPM_INVALID_REQUIREMENT.
 */
export function parseRepository(address: string): Repository {
  const [, scheme = '', , info = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*):(\/\/)(?:([^/?#]*)@)?([^?#]*)/i.exec(address) ?? [];
  const known = SCHEMES.has(scheme.toLowerCase());
  // Whatever begins with a dash would be an option of ssh.
  if (!known || rest.startsWith('-') || info.startsWith('-') || /[\s\p{Cc}]/u.test(address)) {
    throw new TspmError(
      'TSPM_INVALID_REQUIREMENT',
      `${show(withoutSecrets(address))} is no address of a git repository`,
      {
        hint: 'write it as git+https://host/path, git+ssh://git@host/path or git+file:///path, a branch, tag or commit behind @',
      },
    );
  }
  const [user = '', ...password] = info.split(':');
  if (scheme.toLowerCase() === 'ssh') {
    return { url: `${scheme}://${user === '' ? '' : `${user}@`}${rest}`, user: '', password: '' };
  }
  return { url: `${scheme}://${rest}`, user: decode(user), password: decode(password.join(':')) };
}

/** What stands between `//` and `@` of an address, but for the user of an ssh address and for `${VARIABLES}`, is left out. */
export function withoutSecrets(address: string): string {
  const [whole, scheme = '', info = ''] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i.exec(address) ?? [];
  if (whole === undefined || isReference(info)) return address;
  const rest = address.slice(whole.length);
  const [user = ''] = info.split(':');
  return /^(?:git\+)?ssh:/i.test(scheme) ? `${scheme}${user}@${rest}` : scheme + rest;
}

/** Throws TSPM_INVALID_REQUIREMENT for what is no name of a branch, tag or commit. */
export function requireRef(ref: string, url: string): void {
  // What git check-ref-format forbids, and a dash, which would make it an option.
  const isName = ref !== '' && !/^-|^\/|\/$|[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\.lock$/u.test(ref);
  if (isName) return;
  throw new TspmError('TSPM_INVALID_REQUIREMENT', `"${show(ref)}" is no name of a branch, tag or commit of ${url}`, {
    hint: 'write the name of a branch, a tag or a commit behind the @ of the address',
  });
}

/** Whether a text is the whole identifier of a commit. */
export function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Variables stand for secrets and are none; a user beside one is no secret either. */
function isReference(info: string): boolean {
  return /^(?:[^:{}]*:)?(?:\$\{[^{}]+\}|\{env:[^{}]*\})$|^(?:\$\{[^{}]+\}|\{env:[^{}]*\}):(?:\$\{[^{}]+\}|\{env:[^{}]*\})?$/.test(
    info,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
