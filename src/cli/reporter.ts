import { unreachable } from '../errors.ts';
import type { ProgressEvent, Reporter } from '../ports.ts';
import { redactText } from '../util/redact.ts';
import type { LiveRegion } from './live.ts';
import type { Output } from './output.ts';
import { progressLines, progressStatus, startProgress, trackProgress } from './progress.ts';
import { formatElapsed, formatSize, oneLine, wrapLine, type Paint } from './render.ts';
import { createSummary, type Summary } from './summary.ts';

/** `-q` is -1, `-v` is 1, `-vv` is 2. */
export type Verbosity = -1 | 0 | 1 | 2;

/** Where progress goes and how much of it. */
export interface ReporterSettings {
  readonly output: Output;
  readonly errors: Output;
  readonly paint: Paint;
  readonly verbosity: Verbosity;
  /** Columns and rows of the terminal. */
  readonly screen: () => Screen;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  /** Opens the live region; called when there is something to draw. */
  readonly openLive: () => Promise<LiveRegion>;
}

/** The size of a terminal, in characters. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** A reporter that must be closed before the process ends, or before something else writes to the terminal. */
export interface ClosableReporter extends Reporter {
  /** Takes the live region away; later events draw it again. */
  pause(): void;
  /** Takes the live region away until the function it gives is called: somebody types. */
  hold(): () => void;
}

const REDRAW_MILLISECONDS = 100;
/** A log that says nothing for minutes looks like that of a process that hangs. */
const LONGEST_SILENCE_MILLISECONDS = 30_000;

/**
 * Turns progress into text: results as lines on standard output, notes on standard error. On a terminal the current work is shown
 * in a live region below, at most ten redraws a second, and changes that would fill more than the screen are listed together at the
 * end; elsewhere phases are lines (`STATUS: …`), every package has its own, and long work says twice a minute how far it is.
 */
export function createReporter(settings: ReporterSettings): ClosableReporter {
  const { output, errors, verbosity, screen, now, paint } = settings;
  const progress = startProgress();
  const lines = (): readonly string[] => progressLines(progress, { width: screen().columns, now: now() });
  let spokenAt = now();
  const breakSilence = (): void => {
    if (errors.isTerminal || verbosity < 0 || now() - spokenAt < LONGEST_SILENCE_MILLISECONDS) return;
    const status = progressStatus(progress, now());
    if (status !== undefined) errors.write(`${paint('blue', 'STATUS:')} ${oneLine(status)}\n`);
    spokenAt = now();
  };
  const live = errors.isTerminal && verbosity === 0 ? createLive(settings, lines) : undefined;
  let summary: Summary | undefined;
  return {
    emit(event) {
      trackProgress(progress, event, now());
      if (event.kind === 'sync:plan' && output.isTerminal && verbosity === 0) summary = createSummary(event, screen());
      if (event.kind === 'sync:package' && summary?.take(event) === true) return live?.refresh();
      const text = render(event, settings);
      if (text !== undefined) {
        live?.pause();
        if (event.kind === 'sync:done') output.write(summary?.text(paint) ?? '');
        (text.to === 'output' ? output : errors).write(text.text);
        spokenAt = now();
      }
      breakSilence();
      live?.refresh();
    },
    pause: () => live?.pause(),
    hold: () => live?.hold() ?? (() => undefined),
  };
}

interface Text {
  readonly to: 'output' | 'errors';
  readonly text: string;
}

function render(event: ProgressEvent, settings: ReporterSettings): Text | undefined {
  const { output, errors, verbosity, paint, screen } = settings;
  const isDetailed = verbosity >= 1;
  switch (event.kind) {
    case 'note':
      return renderNote(event, settings);
    case 'phase':
      if (verbosity < 0 || (errors.isTerminal && !isDetailed)) return undefined;
      return { to: 'errors', text: `${paint('blue', 'STATUS:')} ${event.text}...\n` };
    case 'resolve:listing':
    case 'download:start':
    case 'download:progress':
    case 'sync:prepare':
    case 'sync:prepared':
      return undefined;
    case 'request':
      return isDetailed
        ? detail(`GET ${redactText(event.url)}: ${event.outcome}, ${Math.round(event.milliseconds)} ms`)
        : undefined;
    case 'resolve:decide':
      return verbosity >= 2 ? detail(`${event.name} ${event.version}`) : undefined;
    case 'resolve:done': {
      const { packages, decisions, conflicts, listings, metadata, waves } = event;
      const counts = `${decisions} decisions, ${conflicts} conflicts, ${listings} listings, ${metadata} metadata, ${waves} waves`;
      return isDetailed ? detail(`resolved ${packages} packages: ${counts}`) : undefined;
    }
    case 'lock:done': {
      const outcome = event.ok ? 'Lock successful' : 'Lock failed';
      return { to: 'output', text: `  ${formatElapsed(event.milliseconds)} 🔒 ${outcome}.\n` };
    }
    case 'file:written':
      return verbosity < 0 ? undefined : { to: 'output', text: `Changes are written to ${event.file}.\n` };
    case 'download:done':
      return isDetailed ? detail(`downloaded ${event.file} (${formatSize(event.bytes)})`) : undefined;
    case 'unpack':
      return isDetailed ? detail(`unpacking ${event.file}`) : undefined;
    case 'repository:start':
      if (verbosity < 0 || (errors.isTerminal && !isDetailed)) return undefined;
      return { to: 'errors', text: `${paint('blue', 'STATUS:')} Fetching ${event.url}...\n` };
    case 'repository:done':
      return undefined;
    case 'build:start':
      if (verbosity < 0 || (errors.isTerminal && !isDetailed)) return undefined;
      return { to: 'errors', text: `${paint('blue', 'STATUS:')} Building ${event.subject}...\n` };
    case 'build:done':
      return isDetailed ? detail(`built ${event.subject}`) : undefined;
    case 'sync:plan':
      return { to: 'output', text: renderPlan(event, output.isTerminal ? screen().columns : undefined) };
    case 'sync:package':
      return { to: 'output', text: renderPackage(event, paint) };
    case 'sync:done':
      return {
        to: 'output',
        text: `  ${formatElapsed(event.milliseconds)} 🎉 All complete! ${event.done}/${event.total}\n`,
      };
    default:
      return unreachable(event);
  }
}

function renderNote(
  { level, message }: Extract<ProgressEvent, { kind: 'note' }>,
  { errors, verbosity, paint, screen }: ReporterSettings,
): Text | undefined {
  const text = redactText(oneLine(message));
  const marked = (mark: string): Text => {
    const line = `${mark} ${text}`;
    return { to: 'errors', text: `${errors.isTerminal ? wrapLine(line, screen().columns) : line}\n` };
  };
  switch (level) {
    case 'detail':
      return verbosity >= 1 ? detail(text) : undefined;
    case 'advice':
      return verbosity >= 0 ? detail(text) : undefined;
    case 'info':
      return verbosity >= 0 ? marked(paint('blue', 'INFO:')) : undefined;
    case 'warning':
      return verbosity >= 0 ? marked(paint('yellow', 'WARNING:')) : undefined;
  }
}

function renderPlan(
  { add, update, remove }: Extract<ProgressEvent, { kind: 'sync:plan' }>,
  width: number | undefined,
): string {
  if (add + update + remove === 0) return 'All packages are synced to date, nothing to do.\n';
  const line = `Synchronizing working set with resolved packages: ${add} to add, ${update} to update, ${remove} to remove`;
  return `${width === undefined ? line : wrapLine(line, width)}\n\n`;
}

function renderPackage(event: Extract<ProgressEvent, { kind: 'sync:package' }>, paint: Paint): string {
  const { action, name, version, from, ok } = event;
  const versions =
    from === undefined ? paint('yellow', version) : `${paint('yellow', from)} -> ${paint('yellow', version)}`;
  const line = `${action} ${paint('green', name)} ${versions}`;
  return ok ? `  ${paint('green', '✔')} ${line} successful\n` : `  ${paint('red', '✖')} ${line} failed\n`;
}

function detail(text: string): Text {
  return { to: 'errors', text: `${text}\n` };
}

interface Live {
  refresh(): void;
  pause(): void;
  hold(): () => void;
}

/** Draws at once when the last drawing is long enough ago, else once that time is over. */
function createLive(settings: ReporterSettings, lines: () => readonly string[]): Live {
  let region: LiveRegion | undefined;
  let isOpening = false;
  let isHeld = false;
  let isDrawn = false;
  let drawnAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    const wanted = isHeld ? [] : lines();
    if (wanted.length === 0) return pause();
    if (region === undefined) return open();
    region.draw(wanted.map(oneLine));
    isDrawn = true;
    drawnAt = Date.now();
  };
  const open = (): void => {
    if (isOpening) return;
    isOpening = true;
    void settings.openLive().then((opened) => {
      region = opened;
      draw();
    });
  };
  const pause = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (isDrawn) region?.clear();
    isDrawn = false;
  };
  return {
    pause,
    hold() {
      isHeld = true;
      pause();
      return () => {
        isHeld = false;
      };
    },
    refresh() {
      const wait = drawnAt + REDRAW_MILLISECONDS - Date.now();
      if (wait <= 0) draw();
      else timer ??= setTimeout(draw, wait).unref();
    },
  };
}
