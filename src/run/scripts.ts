import { TspmError } from '../errors.ts';

/** Options a script of `[tool.pdm.scripts]` may have beside what it runs. */
export interface ScriptOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A dotenv file, relative to the root; with `override` its values beat those of the environment. */
  readonly envFile?: { readonly path: string; readonly override: boolean };
  /** Relative to the root. */
  readonly workingDir?: string;
  /** Keeps site-packages visible. */
  readonly sitePackages?: boolean;
  readonly help?: string;
  /** Composite scripts: a failed part does not stop the others. */
  readonly keepGoing?: boolean;
}

/** What a script runs. */
export type ScriptBody =
  | { readonly kind: 'cmd'; readonly command: string | readonly string[] }
  | { readonly kind: 'shell'; readonly text: string }
  | { readonly kind: 'call'; readonly target: string }
  | { readonly kind: 'composite'; readonly parts: readonly string[] };

/** One script. */
export interface Script {
  readonly name: string;
  readonly body: ScriptBody;
  readonly options: ScriptOptions;
}

/** All scripts of a project in the order they are written, and the options of the `_` table that all of them start from. */
export interface ScriptTable {
  readonly scripts: ReadonlyMap<string, Script>;
  readonly shared: ScriptOptions;
}

const SHARED = '_';
const KINDS = ['cmd', 'shell', 'call', 'composite'] as const;
const CALL_TARGET = /^[\w.]+:[\w.]+(?:\s*\(.*\))?$/s;

/** Reads `[tool.pdm.scripts]`. Throws TSPM_SCRIPT_INVALID with the place of what is wrong. */
export function parseScripts(table: Readonly<Record<string, unknown>>): ScriptTable {
  const scripts = new Map<string, Script>();
  let shared: ScriptOptions = {};
  for (const [name, value] of Object.entries(table)) {
    if (name === SHARED) shared = readOptions(recordAt(value, place(name)), place(name));
    else scripts.set(name, readScript(name, value));
  }
  return { scripts, shared };
}

/** `over` on top of `under`; environment tables are merged by variable. */
export function mergeOptions(under: ScriptOptions, over: ScriptOptions): ScriptOptions {
  const env = { ...under.env, ...over.env };
  return { ...under, ...over, ...(Object.keys(env).length > 0 && { env }) };
}

/** What a script runs as one text, for lists. */
export function describeBody(body: ScriptBody): string {
  switch (body.kind) {
    case 'cmd':
      return typeof body.command === 'string' ? body.command : pythonList(body.command);
    case 'shell':
      return body.text;
    case 'call':
      return body.target;
    case 'composite':
      return body.parts.join(' ➤ ');
  }
}

function readScript(name: string, value: unknown): Script {
  if (typeof value === 'string' || Array.isArray(value)) {
    return { name, body: { kind: 'cmd', command: textOrTexts(value, place(name)) }, options: {} };
  }
  const table = recordAt(value, place(name));
  const kind = KINDS.find((key) => table[key] !== undefined);
  if (kind === undefined) throw invalid(place(name), `expected one of ${KINDS.join(', ')}`);
  const { [kind]: content, ...options } = table;
  return { name, body: readBody(kind, content, `${place(name)}.${kind}`), options: readOptions(options, place(name)) };
}

function readBody(kind: ScriptBody['kind'], content: unknown, where: string): ScriptBody {
  switch (kind) {
    case 'cmd':
      return { kind, command: textOrTexts(content, where) };
    case 'shell':
      return { kind, text: textAt(content, where) };
    case 'call': {
      const target = textAt(content, where).trim();
      if (!CALL_TARGET.test(target)) {
        throw invalid(where, `expected "module:function" or "module:function(arguments)", not "${target}"`);
      }
      return { kind, target };
    }
    case 'composite': {
      const parts = textOrTexts(content, where);
      if (typeof parts === 'string') throw invalid(where, 'expected an array of strings');
      return { kind, parts };
    }
  }
}

function readOptions(table: Readonly<Record<string, unknown>>, where: string): ScriptOptions {
  let options: ScriptOptions = {};
  for (const [key, value] of Object.entries(table)) {
    if (value !== undefined) options = { ...options, ...readOption(key, value, where) };
  }
  return options;
}

function readOption(key: string, value: unknown, where: string): ScriptOptions {
  const at = `${where}.${key}`;
  switch (key) {
    case 'env':
      return { env: readEnv(value, at) };
    case 'env_file':
      return { envFile: readEnvFile(value, at) };
    case 'working_dir':
      return { workingDir: textAt(value, at) };
    case 'site_packages':
      return { sitePackages: flagAt(value, at) };
    case 'help':
      return { help: textAt(value, at) };
    case 'keep_going':
      return { keepGoing: flagAt(value, at) };
    default:
      throw invalid(at, 'unknown option; expected env, env_file, working_dir, site_packages, help or keep_going');
  }
}

/** Numbers and booleans are taken as the text a shell would hold. */
function readEnv(value: unknown, at: string): Readonly<Record<string, string>> {
  const entries = Object.entries(recordAt(value, at)).map(([name, content]) => {
    const plain = ['string', 'number', 'bigint', 'boolean'].includes(typeof content);
    if (!plain) throw invalid(`${at}.${name}`, 'expected a string');
    return [name, String(content)] as const;
  });
  return Object.fromEntries(entries);
}

function readEnvFile(value: unknown, at: string): { readonly path: string; readonly override: boolean } {
  if (typeof value === 'string') return { path: value, override: false };
  return { path: textAt(recordAt(value, at)['override'], `${at}.override`), override: true };
}

function textOrTexts(value: unknown, at: string): string | readonly string[] {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value;
  throw invalid(at, 'expected a string or an array of strings');
}

function textAt(value: unknown, at: string): string {
  if (typeof value !== 'string') throw invalid(at, 'expected a string');
  return value;
}

function flagAt(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw invalid(at, 'expected true or false');
  return value;
}

function recordAt(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid(at, 'expected a string, an array of strings or a table');
}

/** Lists show an array the way Python prints it, as users of PDM know it. */
function pythonList(words: readonly string[]): string {
  return `[${words.map((word) => (word.includes("'") ? JSON.stringify(word) : `'${word}'`)).join(', ')}]`;
}

function place(name: string): string {
  return `[tool.pdm.scripts].${name}`;
}

function invalid(where: string, expectation: string): TspmError {
  return new TspmError('TSPM_SCRIPT_INVALID', `${where}: ${expectation}`, { context: { place: where } });
}
