import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import type { Source } from '../index/source.ts';
import { configFlag, configText, parseFlag, storedAttributes, type Config } from './config.ts';
import type { ConfigValue } from './config-file.ts';
import type { RawSource } from './schema.ts';
import { expandBraces, expandHome, type Environment } from './variables.ts';

/**
 * The sources in the order they are asked: those of pyproject.toml, then the stored ones; the default index first unless
 * a source is named `pypi`. Throws TSPM_USAGE when none is left, TSPM_CONFIG_INVALID for a variable in a url outside of its
 * credentials. Messages never hold a url, which may carry secrets.
 */
export function projectSources(raw: readonly RawSource[], config: Config, root: string): Source[] {
  const stored = storedAttributes(config, 'pypi');
  const drafts = raw.map((source) => withStored(draftOf(source), stored.get(source.name)));
  const ignoreStored = configFlag(config, 'pypi.ignore_stored_index');
  if (!ignoreStored) {
    for (const [name, attributes] of stored) {
      if (!drafts.some((draft) => draft.name === name)) drafts.push(withStored({ name }, attributes));
    }
  }
  const pypi = drafts.findIndex((draft) => draft.name === 'pypi');
  if (pypi >= 0) drafts[pypi] = withDefaults(drafts[pypi] ?? { name: 'pypi' }, config);
  else if (!ignoreStored) drafts.unshift(withDefaults({ name: 'pypi' }, config));
  const sources = drafts.flatMap((draft) => finished(draft, config.env, root));
  if (sources.length > 0) return sources;
  throw new TspmError('TSPM_USAGE', 'You must specify at least one index in pyproject.toml or config', {
    hint: 'add a [[tool.pdm.source]], or unset pypi.ignore_stored_index',
  });
}

/**
 * A source url with its variables replaced: percent-encoded inside `user:password@`, as they are elsewhere;
 * `file:///${PROJECT_ROOT}` is the root. An unset variable gives nothing.
 */
export function expandSourceUrl(url: string, env: Environment, root: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/@]*)@(.*)$/is.exec(url);
  const encoded: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(env)) if (value !== undefined) encoded[name] = safeEncode(value);
  const withUser = match === null ? url : `${match[1] ?? ''}${expandBraces(match[2] ?? '', encoded)}@${match[3] ?? ''}`;
  const rooted = withUser.replaceAll('file:///${PROJECT_ROOT}', pathToFileURL(root).href.replace(/\/$/, ''));
  return expandBraces(rooted, env);
}

interface Draft {
  readonly name: string;
  readonly url?: string | undefined;
  readonly type?: string | undefined;
  readonly verifySsl?: boolean | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly caCerts?: string | undefined;
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
}

function draftOf(source: RawSource): Draft {
  return {
    name: source.name,
    url: source.url,
    type: source.type,
    verifySsl: source.verify_ssl,
    username: source.username,
    password: source.password,
    include: source.include_packages,
    exclude: source.exclude_packages,
    caCerts: source.ca_certs,
    clientCert: source.client_cert,
    clientKey: source.client_key,
  };
}

/** Only what is missing is filled in. */
function withStored(draft: Draft, stored: ReadonlyMap<string, ConfigValue> | undefined): Draft {
  if (stored === undefined) return draft;
  const text = (name: string) => textOf(stored.get(name));
  const verify = stored.get('verify_ssl');
  return {
    name: draft.name,
    url: draft.url ?? text('url'),
    type: draft.type ?? text('type'),
    verifySsl: draft.verifySsl ?? (verify === undefined ? undefined : parseFlag(verify)),
    username: draft.username ?? text('username'),
    password: draft.password ?? text('password'),
    include: draft.include ?? listOf(stored.get('include_packages')),
    exclude: draft.exclude ?? listOf(stored.get('exclude_packages')),
    caCerts: draft.caCerts ?? text('ca_certs'),
    clientCert: draft.clientCert ?? text('client_cert'),
    clientKey: draft.clientKey ?? text('client_key'),
  };
}

function withDefaults(draft: Draft, config: Config): Draft {
  const text = (key: string) => {
    const value = configText(config, key);
    return value === '' ? undefined : value;
  };
  return {
    ...draft,
    url: draft.url ?? text('pypi.url'),
    verifySsl: draft.verifySsl ?? configFlag(config, 'pypi.verify_ssl'),
    username: draft.username ?? text('pypi.username'),
    password: draft.password ?? text('pypi.password'),
    caCerts: draft.caCerts ?? text('pypi.ca_certs'),
    clientCert: draft.clientCert ?? text('pypi.client_cert'),
    clientKey: draft.clientKey ?? text('pypi.client_key'),
  };
}

function finished(draft: Draft, env: Environment, root: string): Source[] {
  const written = draft.url ?? '';
  const expanded = expandSourceUrl(written, env, root);
  const url = isPath(expanded) ? resolve(root, expanded) : expanded;
  if (isHttp(url)) refuseOpenVariables(draft.name, written);
  if (url === '') return [];
  const { username, password, caCerts, clientCert, clientKey } = draft;
  const unset = [written, username ?? '', password ?? ''].flatMap(variablesIn).filter((name) => !env[name]);
  return [
    {
      name: draft.name,
      url,
      type: draft.type === 'find_links' ? 'find_links' : 'index',
      verifySsl: draft.verifySsl ?? true,
      include: (draft.include ?? []).map((glob) => normalizeGlob(glob)),
      exclude: (draft.exclude ?? []).map((glob) => normalizeGlob(glob)),
      ...(username === undefined ? {} : { username: expandBraces(username, env) }),
      ...(password === undefined ? {} : { password: expandBraces(password, env) }),
      ...(caCerts === undefined ? {} : { caCerts: expandHome(caCerts, env) }),
      ...(clientCert === undefined ? {} : { clientCert: expandHome(clientCert, env) }),
      ...(clientKey === undefined ? {} : { clientKey: expandHome(clientKey, env) }),
      ...(unset.length === 0 || !isHttp(url) ? {} : { unset: [...new Set(unset)] }),
    },
  ];
}

/**
 * A server must not learn the value of a variable by being named in a project file: in its url they stand for credentials only, or
 * one for the whole of it.
 */
function refuseOpenVariables(name: string, url: string): void {
  const [open] = variablesIn(url.replace(/^(https?:\/\/)[^/@]*@/i, '$1'));
  if (open === undefined || url === `\${${open}}`) return;
  throw new TspmError(
    'TSPM_CONFIG_INVALID',
    `source "${name}": \${${open}} stands outside of user:password@ in its url`,
    {
      hint: 'variables are replaced in the credentials of a url only; write the rest out, or set PDM_PYPI_URL for the source pypi',
    },
  );
}

function variablesIn(text: string): string[] {
  return Array.from(text.matchAll(/\$\{([^{}]+)\}/g), ([, name = '']) => name);
}

/** A folder or file without a scheme; '' is none. */
function isPath(place: string): boolean {
  return place !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(place);
}

function isHttp(url: string): boolean {
  return /^https?:/i.test(url);
}

function normalizeGlob(glob: string): string {
  return glob.replaceAll(/[^A-Za-z0-9?*[\]-]+/g, '-').toLowerCase();
}

function textOf(value: ConfigValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'object' ? value.join(',') : String(value);
}

function listOf(value: ConfigValue | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'object'
    ? value
    : String(value)
        .split(',')
        .map((item) => item.trim());
}

/** `encodeURIComponent` that also encodes what only some readers of a url take for a delimiter. */
function safeEncode(value: string): string {
  return encodeURIComponent(value).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
