import { isTspmError } from '../errors.ts';
import {
  parsePythonRange,
  pythonRangeContains,
  pythonRangesIntersect,
  type PythonRange,
} from '../packaging/python-range.ts';
import { probeInterpreter, type Interpreter } from './interpreter.ts';
import { dropSavedPython, readPythonVersionFile, readSavedPython, writeSavedPython } from './saved.ts';
import type { PythonSearch } from './search.ts';
import { parseVersionSpec, specRange } from './spec.ts';

/** What decides which Python a project gets. */
export interface SelectRequest extends PythonSearch {
  /** Project root. */
  readonly root: string;
  readonly requiresPython: PythonRange;
  /** `requires-python` as written, for messages. */
  readonly requiresPythonText: string;
  /** Neither `PDM_PYTHON` nor `.pdm-python` counts. */
  readonly ignoreSaved: boolean;
  /** Whether `.python-version` counts (`python.use_python_version`). */
  readonly usePythonVersion: boolean;
  /** Whether `.pdm-python` may be written or removed. */
  readonly save: boolean;
  readonly note: (message: string) => void;
}

/** The Python chosen and where the choice came from. */
export interface Selection {
  readonly interpreter: Interpreter;
  readonly origin: 'variable' | 'saved' | 'search';
}

/**
 * The project's Python: `PDM_PYTHON`, else `.pdm-python`, else the first that a search finds and `requires-python` allows, which is
 * then saved. With a saved one that was probed before, no process is started. Throws TSPM_PYTHON_NOT_FOUND.
 */
export async function selectInterpreter(request: SelectRequest): Promise<Selection> {
  const saved = request.ignoreSaved ? undefined : await savedInterpreter(request);
  if (saved !== undefined) return saved;
  const { findFirst } = await import('./search.ts');
  const spec = wantedVersion(request);
  const interpreter = await findFirst(spec, request, {
    accepts: (one) => allows(request, one),
    wanted: wantedText(spec, request.requiresPythonText),
  });
  if (request.save && !request.ignoreSaved) keepChoice(request, interpreter);
  return { interpreter, origin: 'search' };
}

/** Whether the project's `requires-python` has this Python; only its release numbers count. */
export function allows({ requiresPython }: Pick<SelectRequest, 'requiresPython'>, interpreter: Interpreter): boolean {
  return pythonRangeContains(requiresPython, interpreter.versionText);
}

async function savedInterpreter(request: SelectRequest): Promise<Selection | undefined> {
  const variable = request.env['PDM_PYTHON'] || undefined;
  const file = variable === undefined ? readSavedPython(request.root) : undefined;
  const path = await pathOf(variable ?? file, request);
  if (path === undefined) return undefined;
  const origin = variable === undefined ? 'saved' : 'variable';
  const problem = await probeSaved(path, request);
  if (typeof problem === 'object') return { interpreter: problem, origin };
  request.note(
    `the ${origin === 'saved' ? 'saved Python' : 'Python of PDM_PYTHON'} ${path} ${problem}, looking for another`,
  );
  if (origin === 'saved' && request.save) dropSavedPython(request.root);
  return undefined;
}

/** An absolute path is taken as it is, which keeps the usual case free of a search. */
async function pathOf(text: string | undefined, request: SelectRequest): Promise<string | undefined> {
  if (text === undefined || /^(?:[A-Za-z]:)?[\\/]/.test(text)) return text;
  const { locatePython } = await import('./search.ts');
  return locatePython(text, { env: request.env, cwd: request.root }) ?? text;
}

async function probeSaved(path: string, request: SelectRequest): Promise<Interpreter | string> {
  try {
    const interpreter = await probeInterpreter(path, { cacheDir: request.cacheDir, env: { ...request.env } });
    if (allows(request, interpreter)) return interpreter;
    return `(${interpreter.versionText}) doesn't match the project's requirement ${request.requiresPythonText}`;
  } catch (error) {
    if (isTspmError(error) && error.code === 'TSPM_PYTHON_BROKEN') return 'does not exist or is broken';
    throw error;
  }
}

/** The version asked for by `PDM_PYTHON_VERSION` or `.python-version`, when `requires-python` has such a version. */
function wantedVersion(request: SelectRequest): string | undefined {
  const { env, root, usePythonVersion, requiresPython } = request;
  const text = env['PDM_PYTHON_VERSION'] || (usePythonVersion ? readPythonVersionFile(root) : undefined);
  const spec = text === undefined ? undefined : parseVersionSpec(text);
  if (spec === undefined) return undefined;
  return pythonRangesIntersect(requiresPython, parsePythonRange(specRange(spec))) ? text : undefined;
}

function wantedText(spec: string | undefined, requiresPython: string): string {
  const parts = [
    spec === undefined ? undefined : `${spec} (asked for by .python-version)`,
    requiresPython === '' ? undefined : `that satisfies ${requiresPython}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

function keepChoice(request: SelectRequest, interpreter: Interpreter): void {
  try {
    writeSavedPython(request.root, interpreter.executable);
  } catch {
    // A folder that cannot be written is no reason to stop: the choice is only made again the next time.
  }
}
