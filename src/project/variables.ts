import { userInfo } from 'node:os';
import { isAbsolute, join, posix, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TspmError, unreachable } from '../errors.ts';

/** How a build backend writes variables and paths inside dependency URLs. */
export type VariableStyle = 'pdm' | 'hatch' | 'none';

/** Environment variables, as a record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The style of a build backend; pdm's rules hold when none or an unknown one is named. */
export function variableStyle(buildBackend: string | undefined): VariableStyle {
  if (buildBackend === 'hatchling.build') return 'hatch';
  if (buildBackend === 'setuptools.build_meta' || buildBackend === 'flit_core.buildapi') return 'none';
  return 'pdm';
}

/** Where variables get their values from. */
export interface VariableScope {
  readonly root: string;
  readonly env: Environment;
  readonly style: VariableStyle;
}

/** A dependency URL with all variables replaced. Throws TSPM_PYPROJECT_INVALID for a `{env:…}` without value and default. */
export function expandUrl(url: string, scope: VariableScope): string {
  switch (scope.style) {
    case 'pdm':
      return expandBraces(url.replaceAll('file:///${PROJECT_ROOT}', pathUri(scope.root)), scope.env);
    case 'hatch':
      return url.replaceAll(/\{(root|home|env)(?::([^{}]*))?\}/g, (_, kind: string, rest: string | undefined) =>
        expandHatch(kind, rest, scope),
      );
    case 'none':
      return url;
    default:
      return unreachable(scope.style);
  }
}

/** Replaces every `${NAME}`; an unset variable gives nothing. */
export function expandBraces(text: string, env: Environment): string {
  return text.replaceAll(/\$\{([^{}]+)\}/g, (_, name: string) => env[name] ?? '');
}

/** The folder or file a local dependency URL points to, seen from the root: `./x`, `../x` or absolute; undefined for other URLs. */
export function localPathOf(url: string, scope: VariableScope): string | undefined {
  const relative = /^(?:file:\/\/\/\$\{PROJECT_ROOT\}|\{root:uri\})(\/.*)?$/.exec(url);
  if (relative !== null) return fromRoot(posix.normalize(`.${decodePath(relative[1] ?? '/')}`));
  if (!url.startsWith('file://')) return undefined;
  try {
    return fileURLToPath(expandUrl(url, scope));
  } catch (error) {
    throw new TspmError('TSPM_INVALID_REQUIREMENT', `${url}: expected a file URL of this machine`, { cause: error });
  }
}

/** The URL written for a local path as {@link localPathOf} gives it. */
export function localUrl(path: string, scope: Pick<VariableScope, 'root' | 'style'>): string {
  if (isAbsolute(path)) return pathUri(path);
  const encoded = encodePath(path.replace(/^\.\//, ''));
  switch (scope.style) {
    case 'pdm':
      return `file:///\${PROJECT_ROOT}/${encoded}`;
    case 'hatch':
      return `{root:uri}/${encoded}`;
    case 'none':
      return pathUri(resolve(scope.root, path));
    default:
      return unreachable(scope.style);
  }
}

/** `./x` for what lies below the root, `../x` for what lies beside it. */
export function fromRoot(relative: string): string {
  const trimmed = relative.length > 1 ? relative.replace(/\/$/, '') : relative;
  if (trimmed === '' || trimmed === '.') return '.';
  return trimmed.startsWith('../') || trimmed === '..' || trimmed.startsWith('./') ? trimmed : `./${trimmed}`;
}

/** `~` at the start of a path as the home folder; left alone when there is no home. */
export function expandHome(path: string, env: Environment): string {
  if (path !== '~' && !path.startsWith('~/')) return path;
  const home = homeFolder(env);
  return home === undefined ? path : join(home, path.slice(1));
}

/** `$HOME`, else the account's home; undefined when the account has none (containers with a free user id). */
export function homeFolder(env: Environment): string | undefined {
  if (env['HOME'] !== undefined && env['HOME'] !== '') return env['HOME'];
  try {
    // Not `homedir`, which asks the HOME of the process first, empty or not.
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

function expandHatch(kind: string, rest: string | undefined, scope: VariableScope): string {
  if (kind === 'root') return rest === 'uri' ? pathUri(scope.root) : scope.root;
  if (kind === 'home') {
    const home = homeFolder(scope.env) ?? '';
    return rest === 'uri' ? pathUri(home) : home;
  }
  const [, name = '', fallback] = /^([^:]*)(?::(.*))?$/.exec(rest ?? '') ?? [];
  const value = scope.env[name] ?? fallback;
  if (value !== undefined) return value;
  throw new TspmError('TSPM_PYPROJECT_INVALID', `environment variable ${name}, used in a dependency URL, is not set`);
}

function pathUri(path: string): string {
  return pathToFileURL(path).href.replace(/\/$/, '');
}

function encodePath(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll(/%(?:40|2B|3D|24|2C|3A)/g, (code) => decodeURIComponent(code)))
    .join('/');
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
