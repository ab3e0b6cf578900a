import type { ProgressEvent } from '../ports.ts';
import { formatSize } from './render.ts';

/** What is going on right now. */
export interface Progress {
  phase: string | undefined;
  readonly builds: Set<string>;
  readonly downloads: Map<string, { readonly size: number | undefined; bytes: number }>;
  listings: number;
  decided: string | undefined;
  installed: number;
  planned: number;
}

const MOST_DOWNLOADS = 5;

/** Nothing is going on. */
export function startProgress(): Progress {
  return {
    phase: undefined,
    builds: new Set(),
    downloads: new Map(),
    listings: 0,
    decided: undefined,
    installed: 0,
    planned: 0,
  };
}

/** Follows the events. */
export function trackProgress(progress: Progress, event: ProgressEvent): void {
  switch (event.kind) {
    case 'phase':
      Object.assign(progress, startProgress(), { phase: event.text });
      break;
    case 'resolve:listing':
      progress.listings += 1;
      break;
    case 'resolve:decide':
      progress.decided = `${event.name} ${event.version}`;
      break;
    case 'resolve:done':
      progress.phase = undefined;
      break;
    case 'lock:done':
    case 'sync:done':
      Object.assign(progress, startProgress());
      break;
    case 'download:start':
      progress.downloads.set(event.file, { size: event.size, bytes: 0 });
      break;
    case 'download:progress': {
      const download = progress.downloads.get(event.file);
      if (download !== undefined) download.bytes = event.bytes;
      break;
    }
    case 'download:done':
      progress.downloads.delete(event.file);
      break;
    case 'build:start':
      progress.builds.add(event.subject);
      break;
    case 'build:done':
      progress.builds.delete(event.subject);
      break;
    case 'sync:plan':
      progress.planned = event.add + event.update + event.remove;
      break;
    case 'sync:package':
      progress.installed += 1;
      break;
    default:
      break;
  }
}

/** The lines that show it, none when nothing is going on. */
export function progressLines(progress: Progress): readonly string[] {
  const { phase, builds, downloads, decided, listings, installed, planned } = progress;
  const lines: string[] = [];
  if (phase !== undefined) {
    const counts = planned > 0 ? `${installed}/${planned}` : (decided ?? (listings > 0 ? `${listings} packages` : ''));
    lines.push(`${phase}...${counts === '' ? '' : ` ${counts}`}`);
  }
  for (const subject of builds) lines.push(`  building ${subject}`);
  for (const [file, { size, bytes }] of [...downloads].slice(0, MOST_DOWNLOADS)) {
    lines.push(`  ${file} ${formatSize(bytes)}${size === undefined ? '' : ` of ${formatSize(size)}`}`);
  }
  if (downloads.size > MOST_DOWNLOADS) lines.push(`  and ${downloads.size - MOST_DOWNLOADS} more`);
  return lines;
}
