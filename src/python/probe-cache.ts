import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { release, version } from 'node:os';
import { dirname, join } from 'node:path';
import { makeSharedFolders, shareFile } from '../util/shared-folder.ts';
import { factsToJson, readFacts, type InterpreterFacts } from './facts.ts';

/**
 * Answers of interpreters, one JSON file each under `<cacheDir>/interpreters-v1`, valid as long as the executable, the
 * `pyvenv.cfg` near it and the program loader (that is the C library) are the same files. A cache that cannot be read or
 * written is no error: the interpreter is then asked again.
 */
export interface ProbeCache {
  read(path: string): InterpreterFacts | undefined;
  write(path: string, facts: InterpreterFacts): void;
}

/** Opens the cache in `cacheDir`; without one nothing is kept. */
export function openProbeCache(cacheDir: string | undefined): ProbeCache {
  if (cacheDir === undefined) return { read: () => undefined, write: () => {} };
  const folder = join(cacheDir, 'interpreters-v1');
  return {
    read: (path) => readEntry(entryFile(folder, path), path),
    write: (path, facts) => writeEntry(entryFile(folder, path), path, facts),
  };
}

function entryFile(folder: string, path: string): string {
  return join(folder, `${createHash('sha256').update(path).digest('hex')}.json`);
}

function readEntry(file: string, path: string): InterpreterFacts | undefined {
  try {
    const entry: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof entry !== 'object' || entry === null || !('identity' in entry) || !('facts' in entry)) return undefined;
    const facts = readFacts(entry.facts);
    if (facts === undefined || entry.identity !== identity(path, facts.loader)) return undefined;
    return withRunningSystem(facts);
  } catch {
    return undefined;
  }
}

function writeEntry(file: string, path: string, facts: InterpreterFacts): void {
  // What a killed process began is replaced; a file that two spoiled for each other counts as absent.
  const temporary = `${file}.tmp`;
  try {
    const text = JSON.stringify({ path, identity: identity(path, facts.loader), facts: factsToJson(facts) });
    makeSharedFolders(dirname(file));
    writeFileSync(temporary, text);
    shareFile(temporary);
    renameSync(temporary, file);
  } catch {
    removeQuietly(temporary);
  }
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Where nothing could be written, nothing has to go.
  }
}

/** One text that changes when an interpreter is upgraded, its virtual environment is made anew, or another C library is under it. */
function identity(path: string, loader: string | undefined): string {
  const folder = dirname(path);
  const configuration = fileIdentity(join(folder, 'pyvenv.cfg')) ?? fileIdentity(join(dirname(folder), 'pyvenv.cfg'));
  const system = process.platform === 'linux' ? '' : release();
  return JSON.stringify([path, fileIdentity(path), configuration, loader && fileIdentity(loader), system]);
}

function fileIdentity(path: string): string | undefined {
  const facts = statSync(path, { throwIfNoEntry: false, bigint: true });
  return facts === undefined ? undefined : `${facts.size}:${facts.mtimeNs}:${facts.ino}`;
}

/** A cache on a shared disk serves machines with different kernels; Node knows the kernel of this one. */
function withRunningSystem(facts: InterpreterFacts): InterpreterFacts {
  if (process.platform !== 'linux') return facts;
  return { ...facts, markers: { ...facts.markers, platform_release: release(), platform_version: version() } };
}
