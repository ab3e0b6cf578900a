import type { ProgressEvent } from '../ports.ts';
import { formatSize } from './render.ts';

/** What is going on right now. Times are milliseconds of the monotonic clock. */
export interface Progress {
  phase: string | undefined;
  /** What the solver has looked at: packages listed, versions tried, the latest of them. */
  readonly resolution: { listings: number; tried: number; latest: string | undefined };
  readonly builds: Set<string>;
  readonly repositories: Set<string>;
  readonly downloads: Map<string, Download>;
  /** What has arrived, and how long anything was under way; `since` when the present downloads began. */
  readonly fetched: { files: number; bytes: number; milliseconds: number; since: number };
  /** Packages to change, being made ready, ready, in place, and the latest of those. */
  readonly packages: {
    planned: number;
    readonly preparing: Set<string>;
    prepared: number;
    done: number;
    latest: string;
  };
}

interface Download {
  readonly size: number | undefined;
  readonly since: number;
  bytes: number;
}

/** Where the lines go. */
export interface ProgressView {
  /** Columns. */
  readonly width: number;
  readonly now: number;
}

const MOST_DOWNLOADS = 5;
/** A rate needs some time to mean something. */
const SHORTEST_RATE_MILLISECONDS = 500;
const NAME_WIDTH = 28;
const BAR_WIDTH = 16;
/** Below it there is no room for bars. */
const BAR_COLUMNS = 80;

/** Nothing is going on. */
export function startProgress(): Progress {
  return {
    phase: undefined,
    resolution: { listings: 0, tried: 0, latest: undefined },
    builds: new Set(),
    repositories: new Set(),
    downloads: new Map(),
    fetched: { files: 0, bytes: 0, milliseconds: 0, since: 0 },
    packages: { planned: 0, preparing: new Set(), prepared: 0, done: 0, latest: '' },
  };
}

/** Follows the events. */
export function trackProgress(progress: Progress, event: ProgressEvent, now: number): void {
  const { resolution, downloads, fetched, packages } = progress;
  switch (event.kind) {
    case 'phase':
      Object.assign(progress, startProgress(), { phase: event.text });
      break;
    case 'resolve:listing':
      resolution.listings += 1;
      break;
    case 'resolve:decide':
      resolution.tried += 1;
      resolution.latest = `${event.name} ${event.version}`;
      break;
    case 'resolve:done':
      progress.phase = undefined;
      break;
    case 'lock:done':
    case 'sync:done':
      Object.assign(progress, startProgress());
      break;
    case 'download:start':
      if (downloads.size === 0) fetched.since = now;
      downloads.set(event.file, { size: event.size, since: now, bytes: 0 });
      break;
    case 'download:progress': {
      const download = downloads.get(event.file);
      if (download === undefined) break;
      fetched.bytes += event.bytes - download.bytes;
      download.bytes = event.bytes;
      break;
    }
    case 'download:done':
      fetched.files += 1;
      fetched.bytes += event.bytes - (downloads.get(event.file)?.bytes ?? 0);
      downloads.delete(event.file);
      if (downloads.size === 0) fetched.milliseconds += now - fetched.since;
      break;
    case 'repository:start':
      progress.repositories.add(event.url);
      break;
    case 'repository:done':
      progress.repositories.delete(event.url);
      break;
    case 'build:start':
      progress.builds.add(event.subject);
      break;
    case 'build:done':
      progress.builds.delete(event.subject);
      break;
    case 'sync:plan':
      packages.planned = event.add + event.update + event.remove;
      break;
    case 'sync:prepare':
      packages.preparing.add(`${event.name} ${event.version}`);
      break;
    case 'sync:prepared':
      packages.prepared += 1;
      packages.preparing.delete(`${event.name} ${event.version}`);
      break;
    case 'sync:package':
      packages.done += 1;
      packages.latest = `${event.name} ${event.version}`;
      break;
    default:
      break;
  }
}

/** The lines that show it, none when nothing is going on. None is longer than the view is wide. */
export function progressLines(progress: Progress, view: ProgressView): readonly string[] {
  const { builds, repositories } = progress;
  const lines = [
    ...headline(progress),
    ...[...repositories].map((url) => `  fetching ${url}`),
    ...[...builds].map((subject) => `  building ${subject}`),
    ...downloadLines(progress, view),
  ];
  return lines.map((line) => shorten(line, view.width - 1));
}

/** One line for a log: what is being done, and what was fetched so far. Undefined when nothing is going on. */
export function progressStatus(progress: Progress, now: number): string | undefined {
  const [first = progress.downloads.size > 0 ? 'Downloading...' : undefined] = headline(progress);
  if (first === undefined || progress.fetched.bytes === 0) return first;
  return `${first} (${fetchedText(progress, now)} downloaded)`;
}

function headline({ phase, resolution, packages }: Progress): readonly string[] {
  const { planned, preparing, prepared, done, latest } = packages;
  if (preparing.size > 0) return [`Preparing packages... ${prepared} of ${planned}: ${[...preparing].join(', ')}`];
  if (planned > 0) return [`Installing packages... ${done} of ${planned}${done === 0 ? '' : `: ${latest}`}`];
  if (phase === undefined) return [];
  const { listings, tried, latest: candidate } = resolution;
  if (listings === 0) return [`${phase}...`];
  const versions = tried === 0 ? '' : `, ${counted(tried, 'version')} tried: ${candidate}`;
  return [`${phase}... ${counted(listings, 'package')}${versions}`];
}

function downloadLines(progress: Progress, { width, now }: ProgressView): readonly string[] {
  const { downloads } = progress;
  if (downloads.size === 0) return [];
  const largest = [...downloads].toSorted(([, one], [, other]) => (other.size ?? 0) - (one.size ?? 0));
  const rows = largest.slice(0, MOST_DOWNLOADS).map(([file, download]) => downloadLine(file, download, { width, now }));
  const more = downloads.size - MOST_DOWNLOADS;
  return [`Downloading... ${fetchedText(progress, now)}`, ...rows, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function fetchedText({ downloads, fetched }: Progress, now: number): string {
  const { files, bytes, since } = fetched;
  const milliseconds = fetched.milliseconds + (downloads.size === 0 ? 0 : now - since);
  return `${counted(files, 'file')}, ${formatSize(bytes)}${rateText(bytes, milliseconds)}`;
}

function downloadLine(file: string, { size, bytes, since }: Download, { width, now }: ProgressView): string {
  const name = shorten(distributionOf(file), NAME_WIDTH).padEnd(NAME_WIDTH);
  if (size === undefined || size === 0) return `  ${name} ${formatSize(bytes)}`;
  const done = Math.min(1, bytes / size);
  const filled = Math.floor(done * BAR_WIDTH);
  const bar = width < BAR_COLUMNS ? '' : `${'━'.repeat(filled)}${'─'.repeat(BAR_WIDTH - filled)} `;
  return `  ${name} ${bar}${formatSize(bytes)} of ${formatSize(size)}${remaining(size - bytes, bytes, now - since)}`;
}

function rateText(bytes: number, milliseconds: number): string {
  return milliseconds < SHORTEST_RATE_MILLISECONDS ? '' : `, ${formatSize((bytes / milliseconds) * 1000)}/s`;
}

function remaining(left: number, bytes: number, milliseconds: number): string {
  if (bytes === 0 || milliseconds < SHORTEST_RATE_MILLISECONDS) return '';
  const seconds = Math.ceil((left * milliseconds) / bytes / 1000);
  return seconds < 60 ? `, ${seconds} s` : `, ${Math.ceil(seconds / 60)} min`;
}

/** `numpy-2.1.0` of a wheel's name; other names as they are. */
function distributionOf(file: string): string {
  return file.endsWith('.whl') ? file.split('-').slice(0, 2).join('-') : file;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;
}
