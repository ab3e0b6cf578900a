import { type ErrorCode, isTspmError, TspmError } from '../errors.ts';
import { ioHint, ioReason } from '../util/io-fault.ts';
import { redactText } from '../util/redact.ts';
import type { Environment } from '../util/search-path.ts';
import type { Output } from './output.ts';
import { createPaint, oneLine, wrapLine, type Paint } from './render.ts';

const CHOOSE_ANOTHER_VERSION = 'choose another version of the package, and tell its authors';

/** How an error is shown. */
export interface ErrorView {
  readonly paint: Paint;
  /** Also shows the stack of errors that are no bugs. */
  readonly detailed: boolean;
  /** Columns of the terminal; absent where nothing is to be broken into lines. */
  readonly width?: number | undefined;
  /** One JSON object in place of the text. */
  readonly json: boolean;
}

/** Shows an error on standard error and returns what the process ends with; bugs count as failures. */
export function reportError(
  error: unknown,
  place: Omit<ErrorView, 'paint' | 'width'> & { readonly env: Environment; readonly errors: Output },
): number {
  const { env, errors, detailed, json } = place;
  const width = errors.isTerminal ? process.stderr.columns : undefined;
  errors.write(renderError(error, { paint: createPaint(env, errors), detailed, json, width }));
  return toTspmError(error)?.exitCode ?? 1;
}

/**
 * The text for standard error: one line `error: MESSAGE; HINT [CODE]`, below it the lines of `context.explanation` (the proof of
 * an impossible resolution, and hints). A bug shows its stack. Requirements that name a URL may carry a password: it is left out.
 */
export function renderError(error: unknown, view: ErrorView): string {
  const known = toTspmError(error);
  if (known === undefined) return renderBug(error);
  if (view.json) return `${redactText(JSON.stringify({ error: errorData(known) }))}\n`;
  const { code, message, hint } = known;
  const explanation = explanationOf(known, view.width);
  const line = `${view.paint('red', 'error:')} ${oneLine(withHint(message, hint ?? USUAL_HINTS[code]))} [${code}]\n`;
  return redactText(line + explanation + (view.detailed ? `${stackOf(error)}\n` : ''));
}

/** What to do about errors that have no hint of their own and whose message does not say what was expected. */
const USUAL_HINTS: Partial<Record<ErrorCode, string>> = {
  TSPM_CONFIG_INVALID: 'mend the setting; `tspm config` lists all of them',
  TSPM_LOCK_INVALID: 'make the lock anew with `tspm lock`',
  TSPM_INVALID_METADATA: CHOOSE_ANOTHER_VERSION,
  TSPM_INVALID_RECORD: 'install the package again with `tspm sync --reinstall`',
  TSPM_WHEEL_METADATA: CHOOSE_ANOTHER_VERSION,
  TSPM_ARCHIVE: CHOOSE_ANOTHER_VERSION,
  TSPM_ARCHIVE_PATH: CHOOSE_ANOTHER_VERSION,
  TSPM_ARCHIVE_LIMIT: CHOOSE_ANOTHER_VERSION,
  TSPM_NETWORK: 'check the connection and the proxy, then run the command again',
  TSPM_INDEX_RESPONSE: 'check the url of the source; `-v` shows every request',
  TSPM_BUILD_FAILED: 'choose a version that has a wheel, or mend what the log names',
  TSPM_PYTHON_BROKEN: 'choose another interpreter with `tspm use`',
  TSPM_COMMAND_NOT_FOUND: '`tspm run --list` shows the scripts of the project',
  TSPM_SCRIPT_INVALID: 'mend it in [tool.pdm.scripts] of pyproject.toml',
};

function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

/** An error as data; a bug has no code. */
export function errorData(error: unknown): Readonly<Record<string, unknown>> {
  const known = toTspmError(error);
  if (known === undefined) return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, context } = known;
  return { code, message, hint: hint ?? USUAL_HINTS[code], context };
}

function renderBug(error: unknown): string {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  return redactText(`error: this is a bug in tspm: ${message}\n${stackOf(error)}\n`);
}

/** Failures of the operating system need no stack: they say which file and why. */
function toTspmError(error: unknown): TspmError | undefined {
  if (isTspmError(error)) return error;
  const isSystem = error instanceof Error && 'syscall' in error && 'code' in error;
  if (!isSystem) return undefined;
  return new TspmError('TSPM_IO', systemMessage(error), { ...ioHint(error, placeOf(error)), cause: error });
}

/** The system call and its file, and why it failed in words where there are some. */
function systemMessage(error: Error & { readonly syscall: unknown }): string {
  const place = placeOf(error);
  const reason = ioReason(error, place);
  if (reason === error.message) return reason;
  const call = String(error.syscall).split(' ', 1).join('');
  return `cannot ${call}${place === undefined ? '' : ` ${place}`}: ${reason}`;
}

function placeOf(error: Error): string | undefined {
  return 'path' in error ? String(error.path) : undefined;
}

function explanationOf({ context }: TspmError, width: number | undefined): string {
  const lines = context['explanation'];
  if (!Array.isArray(lines)) return '';
  const safe = lines.map((line) => oneLine(String(line)));
  return safe.map((line) => `${width === undefined ? line : wrapLine(line, width)}\n`).join('');
}

function stackOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error && parts.length < 10; at = at.cause) parts.push(at.stack ?? String(at));
  return parts.join('\ncaused by ');
}
