/** Calls the hooks of a build backend in processes of their own (PEP 517, PEP 660). */
import { existsSync, readFileSync, rmSync, appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TspmError } from '../errors.ts';
import type { Environment } from '../util/search-path.ts';
import type { BuildSystem } from './build-system.ts';
import { HOOK_PROGRAM } from './hook-program.ts';
import { runHookProcess, type HookEnd } from './hook-process.ts';
import { makeFolders } from '../util/file-system.ts';

/** A source tree with everything needed to run its backend. */
export interface Backend {
  /** What is built, for messages: `demo 1.0`. */
  readonly subject: string;
  readonly system: BuildSystem;
  /** The source tree, absolute. */
  readonly source: string;
  readonly executable: string;
  readonly env: Environment;
  /** Private folder for the program and its input and output. */
  readonly scratch: string;
  /** Log file of the build. */
  readonly log: string;
  readonly signal: AbortSignal;
}

/** What a hook gives: JSON, or that the backend does not have it, or that it cannot do it for these sources. */
export type HookAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unsupported'; readonly reason: string };

/** The kinds of things a backend makes. */
export type BuildKind = 'wheel' | 'sdist' | 'editable';

/** `-C`: passed to every hook. */
export type ConfigSettings = Readonly<Record<string, string | readonly string[]>>;

/**
 * Calls a hook with its arguments. Throws TSPM_BUILD_FAILED with the last lines of the log when it fails, and what running a process
 * throws.
 */
export async function callHook(backend: Backend, hook: string, args: readonly unknown[]): Promise<HookAnswer> {
  const { system, source, scratch, log, env, executable, signal } = backend;
  const program = join(scratch, 'hook.py');
  const output = join(scratch, 'output.json');
  makeFolders(scratch, 0o700);
  writeFileSync(program, HOOK_PROGRAM);
  const backendPath = system.backendPath.map((path) => join(source, path));
  writeFileSync(
    join(scratch, 'input.json'),
    JSON.stringify({ backend: system.backend, backendPath, hook, arguments: args }),
  );
  rmSync(output, { force: true });
  appendFileSync(log, `== ${hook} of ${system.backend}\n`);
  const end = await runHookProcess({ executable, args: [program, scratch], cwd: source, env, log, signal });
  return readAnswer(backend, { hook, end, output });
}

/** What has to be installed beside `requires` to make a thing of this kind. Throws as {@link callHook}. */
export async function extraRequirements(
  backend: Backend,
  kind: BuildKind,
  settings: ConfigSettings,
): Promise<readonly string[]> {
  const hook = `get_requires_for_build_${kind}`;
  const answer = await callHook(backend, hook, [settings]);
  if (answer.kind !== 'result') return [];
  if (Array.isArray(answer.result) && answer.result.every((line) => typeof line === 'string')) return answer.result;
  throw buildFailed(backend, `${hook} gave no list of requirements`);
}

/** Builds into `folder`, which must exist, and gives the path of what was made. Throws as {@link callHook}. */
export async function buildInto(
  backend: Backend,
  kind: BuildKind,
  { folder, settings }: { readonly folder: string; readonly settings: ConfigSettings },
): Promise<string> {
  const hook = `build_${kind}`;
  const answer = await callHook(backend, hook, kind === 'sdist' ? [folder, settings] : [folder, settings, null]);
  if (answer.kind === 'absent') throw lacksHook(backend, kind);
  if (answer.kind === 'unsupported') throw buildFailed(backend, `${hook} cannot do that: ${answer.reason}`);
  const name = fileName(answer.result);
  if (name !== undefined && existsSync(join(folder, name))) return join(folder, name);
  throw buildFailed(backend, `${hook} did not name the file it made`);
}

/**
 * The text of METADATA as the backend prepares it without building the rest; undefined where it has no such hook. Throws as
 * {@link callHook}.
 */
export async function preparedMetadata(
  backend: Backend,
  { folder, settings }: { readonly folder: string; readonly settings: ConfigSettings },
): Promise<string | undefined> {
  const hook = 'prepare_metadata_for_build_wheel';
  const answer = await callHook(backend, hook, [folder, settings]);
  if (answer.kind !== 'result') return undefined;
  const name = fileName(answer.result);
  const path = name === undefined ? undefined : join(folder, name, 'METADATA');
  if (path === undefined || !existsSync(path)) throw buildFailed(backend, `${hook} did not name the folder it made`);
  return readFileSync(path, 'utf8');
}

/** A build that failed: what was built, why, where the log is, and its last lines. */
export function buildFailed({ subject, log }: Backend, problem: string, tail: readonly string[] = []): TspmError {
  return new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: ${problem}`, {
    hint: `the log of the build is ${log}`,
    context: { subject, log, explanation: tail },
  });
}

function readAnswer(
  backend: Backend,
  { hook, end, output }: { readonly hook: string; readonly end: HookEnd; readonly output: string },
): HookAnswer {
  const { failure, tail } = end;
  if (!existsSync(output)) throw buildFailed(backend, `${hook} ended with ${failure ?? 'no answer'}`, tail);
  const answer: unknown = JSON.parse(readFileSync(output, 'utf8'));
  if (typeof answer !== 'object' || answer === null) throw new Error('the hook program answers with an object');
  if ('failure' in answer) throw buildFailed(backend, String(answer.failure), tail);
  if (failure !== undefined) throw buildFailed(backend, `${hook} ended with ${failure}`, tail);
  if ('absent' in answer) return { kind: 'absent' };
  if ('unsupported' in answer) return { kind: 'unsupported', reason: String(answer.unsupported) };
  return { kind: 'result', result: 'result' in answer ? answer.result : undefined };
}

/** A name without folders. */
function fileName(value: unknown): string | undefined {
  return typeof value === 'string' && /^[^/\\\0]+$/.test(value) && value !== '..' && value !== '.' ? value : undefined;
}

function lacksHook({ subject, system }: Backend, kind: BuildKind): TspmError {
  const name = system.backend.split(/[.:]/, 1).join('');
  return new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: ${system.backend} has no build_${kind}`, {
    hint:
      kind === 'editable'
        ? `let it require a newer ${name} in [build-system], or install it without -e or with --no-editable; setup.py develop is not run`
        : `let it require a newer ${name} in [build-system]`,
  });
}
