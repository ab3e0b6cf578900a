/** Compiled code is run as it is, so it is kept, and looked for, only where nobody but this user can write. */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Environment } from '../util/search-path.ts';
import { isOwn, privateFolder } from './private-folder.ts';

/** Bytes of the sha256 before the code. */
const DIGEST = 32;
/** Files of one bundle that stay: of several versions of tspm and Node. */
const MOST_KEPT = 6;

/** The folder for compiled code; undefined where there is none that this user alone can write to, or `NODE_DISABLE_COMPILE_CACHE` is set. */
export function compiledFolder(env: Environment): string | undefined {
  return env['NODE_DISABLE_COMPILE_CACHE'] === '1' ? undefined : privateFolder(env, 'tspm-compiled-v1');
}

/** The code in a file of {@link keepCompiled}; undefined when there is none, or not as it was written. */
export function readCompiled(path: string): Buffer | undefined {
  try {
    if (!isOwn(path)) return undefined;
    const bytes = readFileSync(path);
    const code = bytes.subarray(DIGEST);
    return digestOf(code).equals(bytes.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Writes compiled code, if that is possible, and removes the oldest of the same bundle when there are many. */
export function keepCompiled(path: string, code: Buffer): void {
  // The next start takes the place of one that was killed; two at once can spoil each other's file, which its digest then shows.
  const temporary = `${path}.tmp`;
  quietly(() => {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, Buffer.concat([digestOf(code), code]), { flag: 'wx', mode: 0o600 });
    renameSync(temporary, path);
    removeOld(dirname(path), `${basename(path).split('.', 1)[0]}.`);
  });
  quietly(() => rmSync(temporary, { force: true }));
}

/** What fails here costs the next start the time to compile. */
function quietly(operate: () => void): void {
  try {
    operate();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

function removeOld(folder: string, prefix: string): void {
  const files = readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ path: join(folder, name), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(MOST_KEPT)) rmSync(path, { force: true });
}

/** Not imported: the version is told without loading it. */
function digestOf(code: Uint8Array): Buffer {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(code).digest();
}
