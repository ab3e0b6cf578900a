import { TspmError } from '../errors.ts';

/** A command a wheel asks for: `from module import attribute`, then call it. */
export interface EntryPoint {
  readonly name: string;
  /** Dotted Python identifiers. */
  readonly module: string;
  /** Dotted Python identifiers. */
  readonly attribute: string;
}

const DOTTED = /^[\p{ID_Start}_][\p{ID_Continue}]*(?:\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u;
// A blank or an extras list may follow the reference; installers ignore what the list asks for.
const REFERENCE = /^([^:[\]]+):([^:[\]]+)(?:\[[^\]]*\])?$/;
/** Names that would shadow the interpreter in the directory of scripts. */
const INTERPRETER = /^(?:python|pypy|graalpy)w?(?:\d+(?:\.\d+)*t?)?$/;

/**
 * Reads the commands of `entry_points.txt` (entry points specification); other groups are ignored whatever they hold. Throws
 * TSPM_WHEEL_METADATA for a command that could not be run, would leave the directory of scripts or would shadow Python, and for a name
 * that is given twice in one group, or to different objects.
 */
export function parseEntryPoints(text: string): { console: EntryPoint[]; gui: EntryPoint[] } {
  const groups = { console_scripts: new Map<string, EntryPoint>(), gui_scripts: new Map<string, EntryPoint>() };
  let group: Map<string, EntryPoint> | undefined;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    const content = line.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const section = /^\[(.*)\]$/.exec(content)?.[1]?.trim();
    if (section === 'console_scripts' || section === 'gui_scripts') group = groups[section];
    else if (section !== undefined) group = undefined;
    else if (group !== undefined) {
      const entry = readEntry(content);
      const namesake = groups.console_scripts.get(entry.name) ?? groups.gui_scripts.get(entry.name);
      if (group.has(entry.name) || (namesake !== undefined && !isSame(namesake, entry))) {
        throw invalid(content, 'has a name that is taken already');
      }
      group.set(entry.name, entry);
    }
  }
  return { console: [...groups.console_scripts.values()], gui: [...groups.gui_scripts.values()] };
}

function isSame(one: EntryPoint, other: EntryPoint): boolean {
  return one.module === other.module && one.attribute === other.attribute;
}

function readEntry(line: string): EntryPoint {
  const equals = line.indexOf('=');
  if (equals < 0) throw invalid(line, 'must be written name = module:attribute');
  const name = line.slice(0, equals).trim();
  const problem = nameProblem(name);
  if (problem !== undefined) throw invalid(line, problem);
  const [, module, attribute] = REFERENCE.exec(line.slice(equals + 1).trim())?.map((part) => part?.trim() ?? '') ?? [];
  if (module === undefined || attribute === undefined || !DOTTED.test(module) || !DOTTED.test(attribute)) {
    throw invalid(line, 'must name a module and an attribute as module:attribute');
  }
  return { name, module, attribute };
}

function nameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'must have a name';
  if (/[/\\]/.test(name)) return 'must not have a path separator in its name';
  if (name.startsWith('-')) return 'must not have a name that starts with a hyphen';
  if (/\p{Cc}/u.test(name)) return 'must not have a control character in its name';
  return INTERPRETER.test(name.toLowerCase()) ? 'must not have the name of a Python interpreter' : undefined;
}

function invalid(line: string, problem: string): TspmError {
  return new TspmError('TSPM_WHEEL_METADATA', `entry point ${JSON.stringify(line)} ${problem}`);
}
