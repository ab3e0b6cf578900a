import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Whether shared objects can be built here. */
export const hasCompiler = process.platform === 'linux' && spawnSync('gcc', ['--version']).status === 0;

/** One native file of a tree. */
export interface NativeFile {
  /** In C. */
  readonly source: string;
  /** Paths of libraries in the tree that it is linked against; they are built before. */
  readonly needs?: readonly string[];
  /** As written into the file, `$ORIGIN` unexpanded. */
  readonly rpath?: string;
  /** DT_RPATH, which holds for what it loads too, in place of DT_RUNPATH. */
  readonly oldTags?: boolean;
  readonly program?: boolean;
}

/** Builds native files by path with gcc, in the order given, and gives their bytes; the name of a library is its SONAME. */
export function compileTree(folder: string, files: Readonly<Record<string, NativeFile>>): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(files).map(([path, file]) => {
      const target = resolve(folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(`${target}.c`, file.source);
      const kind =
        file.program === true ? [] : ['-shared', '-fPIC', `-Wl,-soname,${target.slice(dirname(target).length + 1)}`];
      const tags = file.oldTags === true ? '--disable-new-dtags' : '--enable-new-dtags';
      const search = file.rpath === undefined ? [] : [`-Wl,-rpath,${file.rpath}`];
      const needs = (file.needs ?? []).map((need) => join(folder, need));
      execFileSync('gcc', [
        '-O0',
        ...kind,
        '-o',
        target,
        `${target}.c`,
        '-Wl,--no-as-needed',
        '-Wl,--allow-shlib-undefined',
        `-Wl,${tags}`,
        ...search,
        ...needs,
      ]);
      return [path, readFileSync(target)];
    }),
  );
}
