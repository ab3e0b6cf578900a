/** The requirement forms of pyproject.toml and the command line: PEP 508, URLs, local paths, version control, `-e`. */
import { isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { isTspmError, TspmError, unreachable } from '../errors.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import { parseMarker, type Marker } from '../packaging/marker.ts';
import { normalizeName, pdmProjectName } from '../packaging/name.ts';
import {
  formatRequirement,
  parseProjectRequirement,
  type Requirement,
  writtenExtras,
} from '../packaging/requirement.ts';
import { sortedText } from '../util/collections.ts';
import { fromRoot, localPathOf, localUrl, type VariableScope } from './variables.ts';

/** What every form but the named one has. */
interface Located {
  /** As written by {@link pdmProjectName}; undefined when only the fetched package will tell. */
  readonly name: string | undefined;
  /** As written, sorted. */
  readonly extras: readonly string[];
  readonly marker: Marker | undefined;
  readonly subdirectory: string | undefined;
}

interface NamedRequirement {
  readonly kind: 'named';
  readonly requirement: Requirement;
}

export interface UrlRequirement extends Located {
  readonly kind: 'url';
  /** Without fragment, variables as written. */
  readonly url: string;
  /** What else the fragment holds, `sha256=…`. */
  readonly fragment: string | undefined;
}

export interface PathRequirement extends Located {
  readonly kind: 'path';
  /** `./x` or `../x` from the root, or absolute; always with `/`. */
  readonly path: string;
  readonly editable: boolean;
}

export interface VcsRequirement extends Located {
  readonly kind: 'vcs';
  readonly vcs: 'git' | 'hg' | 'svn' | 'bzr';
  /** Repository URL without `git+` and ref. */
  readonly repository: string;
  readonly ref: string | undefined;
  readonly editable: boolean;
}

export type ProjectRequirement = NamedRequirement | UrlRequirement | PathRequirement | VcsRequirement;

/** What a line is read against. */
export interface LineContext {
  readonly scope: VariableScope;
  /** Folder that relative paths start from; the root when absent. */
  readonly base?: string;
  /** Whether a path exists: a name that is no PEP 508 requirement may be one. */
  readonly exists: (path: string) => boolean;
}

const VCS = /^(git|hg|svn|bzr)\+(\S+)$/;
const VCS_LINE = /^(?<url>(?:git|hg|svn|bzr)\+[^\s;]+)\s*(?:;(?<marker>.*))?$/;
const FILE_LINE = /^(?<place>[^;[]+?|"[^"]+"|'[^']+')(?:\[(?<extras>[^\]]*)\])?\s*(?:;(?<marker>.*))?$/;

/** Reads one line, `-e` prefix included. Throws TSPM_INVALID_REQUIREMENT. */
export function parseRequirementLine(line: string, context: LineContext): ProjectRequirement {
  const trimmed = line.trim();
  const editable = /^(?:-e|--editable)(?:\s+|=)/.exec(trimmed);
  if (editable === null) return parsePlain(trimmed, context);
  const found = parsePlain(unquote(trimmed.slice(editable[0].length).trim()), context);
  if (found.kind === 'vcs' || found.kind === 'path') return { ...found, editable: true };
  throw invalid(line, 'only a local folder or a version control URL can be editable');
}

/** The line as pyproject.toml and lock files hold it. */
export function formatRequirementLine(found: ProjectRequirement, scope: VariableScope): string {
  switch (found.kind) {
    case 'named':
      return formatRequirement(found.requirement);
    case 'url':
      return formatLocated(found, { url: found.url, fragment: found.fragment, editable: false });
    case 'path':
      return formatLocated(found, { url: localUrl(found.path, scope), fragment: undefined, editable: found.editable });
    case 'vcs':
      return formatLocated(found, { url: vcsUrl(found), fragment: undefined, editable: found.editable });
    default:
      return unreachable(found);
  }
}

/** Normalised name; undefined when the line has none. */
export function requirementKey(found: ProjectRequirement): string | undefined {
  if (found.kind === 'named') return found.requirement.key;
  return found.name === undefined ? undefined : normalizeName(found.name);
}

/** What lines without a name are compared by: the URL, the path or the repository; undefined for named ones. */
export function requirementLocation(found: ProjectRequirement): string | undefined {
  switch (found.kind) {
    case 'named':
      return undefined;
    case 'url':
      return found.url;
    case 'path':
      return found.path;
    case 'vcs':
      return found.repository;
    default:
      return unreachable(found);
  }
}

/** Whether the line is stored as an editable one. */
export function isEditable(found: ProjectRequirement): boolean {
  return (found.kind === 'vcs' || found.kind === 'path') && found.editable;
}

function parsePlain(text: string, context: LineContext): ProjectRequirement {
  const vcs = VCS_LINE.exec(text)?.groups;
  if (vcs?.['url'] !== undefined) {
    return located(vcs['url'], { name: undefined, extras: [], marker: markerOf(vcs['marker']) }, context);
  }
  const named = tryNamed(text);
  if (isTspmError(named)) return parsePlace(text, named, context);
  if (named.url === undefined) return { kind: 'named', requirement: named };
  const { name, marker } = named;
  return located(named.url, { name: pdmProjectName(name), extras: writtenExtras(named), marker }, context);
}

function tryNamed(text: string): Requirement | TspmError {
  try {
    return parseProjectRequirement(text);
  } catch (error) {
    if (isTspmError(error)) return error;
    throw error;
  }
}

/** A bare URL or path. When it is neither, the reason why it is no PEP 508 requirement is the one to show. */
function parsePlace(text: string, reason: TspmError, context: LineContext): ProjectRequirement {
  const groups = FILE_LINE.exec(text)?.groups;
  const place = unquote(groups?.['place']?.trim() ?? '');
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(place) || place.startsWith('{root:uri}');
  const base = context.base ?? context.scope.root;
  if (place === '' || (!isUrl && !looksLikePath(place) && !context.exists(resolve(base, place)))) throw reason;
  const common = { name: undefined, extras: extrasOf(groups?.['extras']), marker: markerOf(groups?.['marker']) };
  if (isUrl) return located(place, common, context);
  if (!context.exists(resolve(base, place))) throw invalid(text, `${place} does not exist`);
  return {
    kind: 'path',
    ...common,
    path: pathFromRoot(place, base, context.scope.root),
    editable: false,
    subdirectory: undefined,
  };
}

type Common = Pick<Located, 'name' | 'extras' | 'marker'>;

function located(url: string, common: Common, { scope }: LineContext): ProjectRequirement {
  const hash = url.indexOf('#');
  const bare = hash === -1 ? url : url.slice(0, hash);
  const parts = readFragment(hash === -1 ? '' : url.slice(hash + 1));
  const name = common.name ?? parts.name;
  const shared = {
    ...common,
    name,
    extras: common.extras.length > 0 ? common.extras : parts.extras,
    subdirectory: parts.subdirectory,
  };
  const vcs = VCS.exec(bare);
  if (vcs !== null) return vcsRequirement(url, vcs, shared);
  const path = localPathOf(bare, scope);
  if (path !== undefined) return { kind: 'path', ...shared, path: path.replaceAll(sep, '/'), editable: false };
  return { kind: 'url', ...shared, name: name ?? nameOfFile(bare), url: bare, fragment: parts.rest };
}

function vcsRequirement(line: string, match: RegExpExecArray, shared: Located): VcsRequirement {
  const [, kind = '', rest = ''] = match;
  const vcs = (['git', 'hg', 'svn', 'bzr'] as const).find((known) => known === kind);
  const scp = /^(?<user>[^\s:/@]+@[^\s:/]+):(?<path>(?!\/\/).+)$/.exec(rest)?.groups;
  const url = scp === undefined ? rest : `ssh://${scp['user'] ?? ''}/${scp['path'] ?? ''}`;
  const parts = /^(?<authority>[a-z][a-z0-9+.-]*:\/\/[^/]*)(?<path>.*)$/i.exec(url)?.groups;
  if (vcs === undefined || parts === undefined)
    throw invalid(line, 'expected a version control URL such as git+https://host/path');
  const [path = '', ...ref] = (parts['path'] ?? '').split('@');
  return {
    kind: 'vcs',
    ...shared,
    vcs,
    repository: (parts['authority'] ?? '') + path,
    ref: ref.length > 0 ? ref.join('@') : undefined,
    editable: false,
  };
}

interface Fragment {
  readonly name: string | undefined;
  readonly extras: readonly string[];
  readonly subdirectory: string | undefined;
  readonly rest: string | undefined;
}

function readFragment(text: string): Fragment {
  const parts = text.split('&').filter((part) => part !== '');
  const valueOf = (key: string) => parts.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1);
  const egg = /^([^[]+)(?:\[([^\]]*)\])?$/.exec(valueOf('egg') ?? '');
  const rest = parts.filter((part) => !part.startsWith('egg=') && !part.startsWith('subdirectory='));
  return {
    name: egg?.[1] === undefined ? undefined : pdmProjectName(egg[1]),
    extras: extrasOf(egg?.[2]),
    subdirectory: valueOf('subdirectory'),
    rest: rest.length > 0 ? rest.join('&') : undefined,
  };
}

interface WrittenUrl {
  readonly url: string;
  readonly fragment: string | undefined;
  readonly editable: boolean;
}

function formatLocated(found: Located, { url, fragment, editable }: WrittenUrl): string {
  const extras = found.extras.length > 0 ? `[${found.extras.join(',')}]` : '';
  const egg = editable && found.name !== undefined ? `egg=${found.name}${extras}` : undefined;
  const subdirectory = found.subdirectory === undefined ? undefined : `subdirectory=${found.subdirectory}`;
  const parts = [egg, fragment, subdirectory].filter((part) => part !== undefined);
  const whole = parts.length > 0 ? `${url}#${parts.join('&')}` : url;
  const marker = found.marker === undefined ? '' : ` ; ${found.marker.toString()}`;
  const prefix = editable ? '-e ' : '';
  if (found.name === undefined) return prefix + whole + extras + marker;
  return (editable ? prefix : `${found.name}${extras} @ `) + whole + marker;
}

function vcsUrl(found: VcsRequirement): string {
  return `${found.vcs}+${found.repository}${found.ref === undefined ? '' : `@${found.ref}`}`;
}

function looksLikePath(text: string): boolean {
  return text === '.' || text === '..' || /^\.{0,2}[\\/]/.test(text) || isAbsolute(text);
}

function pathFromRoot(place: string, base: string, root: string): string {
  if (isAbsolute(place)) return posix.normalize(place.replaceAll(sep, '/'));
  return fromRoot(relative(root, resolve(base, place)).replaceAll(sep, '/'));
}

function nameOfFile(url: string): string | undefined {
  const file = url.slice(url.lastIndexOf('/') + 1).replaceAll('%2B', '+');
  const name = tryParseWheelFilename(file)?.name ?? tryParseSdistFilename(file)?.name;
  return name === undefined ? undefined : pdmProjectName(name);
}

function extrasOf(text: string | undefined): string[] {
  const extras = (text ?? '').split(',').map((extra) => extra.trim());
  return sortedText(new Set(extras.filter((extra) => extra !== '')));
}

function markerOf(text: string | undefined): Marker | undefined {
  return text === undefined || text.trim() === '' ? undefined : parseMarker(text.trim());
}

function unquote(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

function invalid(line: string, reason: string): TspmError {
  return new TspmError('TSPM_INVALID_REQUIREMENT', `"${line}": ${reason}`, { context: { line } });
}
