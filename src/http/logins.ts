/** Which credentials a client uses: the configured ones, and others once a server has refused those. */
import type { LoginPrompt } from '../ports.ts';
import {
  type CredentialScope,
  type Credentials,
  closestScope,
  createCredentialLookup,
  takeUserInfo,
} from './credentials.ts';
import { type Keyring, createKeyring } from './keyring.ts';
import { readNetrc } from './netrc-file.ts';
import type { Env } from './proxy.ts';

/** A source as far as logging in goes. */
export interface LoginScope extends CredentialScope {
  /** For the keyring and for messages. */
  readonly name: string;
  /** Variables its url and keys use that have no value. */
  readonly unset?: readonly string[];
}

/** The credentials of one client. */
export interface Logins {
  /** What goes with a request; undefined for none. */
  known(url: URL): Credentials | undefined;
  /** Others, when `refused` (undefined: none were sent) got 401; undefined when nobody knows any. */
  another(url: URL, refused: Credentials | undefined): Promise<Credentials | undefined>;
  /** What {@link another} gave was accepted: a prompted password may be worth keeping. */
  accepted(url: URL): Promise<void>;
  /** The source `url` belongs to; undefined for other hosts. */
  scope(url: URL): LoginScope | undefined;
}

/** What logins need; `prompt` when somebody can be asked. */
export interface LoginSettings {
  readonly scopes: readonly LoginScope[];
  readonly env: Env;
  /** How long the keyring is waited for. */
  readonly keyringSeconds: number;
  readonly prompt: LoginPrompt | undefined;
}

/** Looks for other credentials once for each source, however many requests are refused at the same time. */
export function createLogins({ scopes, env, keyringSeconds, prompt }: LoginSettings): Logins {
  const configured = createCredentialLookup(scopes, readNetrc(env));
  const places = scopes.map((scope) => ({ scope, url: takeUserInfo(scope.url).url }));
  const keyring = createKeyring(env, keyringSeconds);
  const searches = new Map<string, Promise<Credentials | undefined>>();
  const found = new Map<string, Credentials>();
  const unsaved = new Map<string, Credentials>();
  const placeOf = (url: URL): string => closestScope(places, url)?.url.href ?? `${url.origin}/`;
  const scopeOf = (url: URL): LoginScope | undefined => closestScope(places, url)?.scope;

  async function search(url: URL, username: string | undefined): Promise<Credentials | undefined> {
    const source = scopeOf(url)?.name;
    const stored = await storedCredentials(keyring, { services: [placeOf(url), url.host], source, username });
    if (stored !== undefined || prompt === undefined) return stored;
    const typed = await prompt.ask({ url: placeOf(url), source, username });
    if (typed !== undefined) unsaved.set(placeOf(url), typed);
    return typed;
  }

  return {
    scope: scopeOf,
    known: (url) => found.get(placeOf(url)) ?? configured(url),
    async another(url, refused) {
      const place = placeOf(url);
      const started = searches.get(place) ?? search(url, refused?.username || undefined);
      searches.set(place, started);
      const login = await started;
      if (login === undefined || isSame(login, refused)) return undefined;
      found.set(place, login);
      return login;
    },
    async accepted(url) {
      const place = placeOf(url);
      const typed = unsaved.get(place);
      unsaved.delete(place);
      if (typed === undefined || !keyring.isThere) return;
      if ((await prompt?.confirmSaving(place)) === true) await keyring.save(url.host, typed);
    },
  };
}

/** By the url of the source, by its host, then by the name under which PDM keeps a source's password. */
async function storedCredentials(
  keyring: Keyring,
  wanted: {
    readonly services: readonly string[];
    readonly source: string | undefined;
    readonly username: string | undefined;
  },
): Promise<Credentials | undefined> {
  const { services, source, username } = wanted;
  for (const service of services) {
    const credentials = await keyring.credentials(service, username);
    if (credentials !== undefined) return credentials;
  }
  if (source === undefined || username === undefined) return undefined;
  const password = await keyring.password(`pdm-pypi-${source}`, username);
  return password === undefined ? undefined : { username, password };
}

function isSame(a: Credentials, b: Credentials | undefined): boolean {
  return a.username === b?.username && a.password === b.password;
}
