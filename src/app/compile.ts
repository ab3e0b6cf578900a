/** Byte code ahead of time: what Python would otherwise write at the first import. */
import { join } from 'node:path';
import { contentTime } from '../archive/wheel-manifest.ts';
import { filesOnPath } from '../installer/on-path.ts';
import { readRecordedFiles } from '../installer/recorded-files.ts';
import type { InstalledDistribution } from '../installer/working-set.ts';
import { compileModules, type Module } from '../python/compile.ts';
import { installedDistributions } from './installed.ts';
import type { Session } from './session.ts';

/** Compiles the modules of everything that is installed and says how many. Throws TSPM_PYTHON_BROKEN. */
export async function compileInstalled(session: Session): Promise<void> {
  const { env, signal } = session.settings;
  const { base } = await session.packages();
  const { executable } = await session.interpreter();
  const modules = (await installedDistributions(session)).flatMap((installed) => modulesOf(base, installed));
  session.reporter.emit({ kind: 'phase', text: 'Compiling byte code' });
  const { written, fresh, failed } = await compileModules(modules, { executable, env, signal });
  const rest = failed === 0 ? '' : `, ${failed} left as they are`;
  session.note('info', `Compiled ${written} modules to byte code, ${fresh} were compiled already${rest}`);
}

function modulesOf(base: string, installed: InstalledDistribution): Module[] {
  const { distInfo, form, state } = installed;
  if (form !== 'wheel') return [];
  const inLib = (readRecordedFiles(base, distInfo) ?? []).flatMap(({ path, digest }): Module[] => {
    if (!isModule(path)) return [];
    // Links share the time that the cache gave the file; a copy has its own.
    const time = state?.method === 'copy' && digest !== undefined ? contentTime(digest) : undefined;
    return [{ path: join(base, path), name: path.slice('lib/'.length), time }];
  });
  const onPath = filesOnPath(installed).flatMap(({ path }): Module[] => {
    const name = path.slice('lib/'.length);
    return isModule(path) ? [{ path: join(state?.onPath ?? '', name), name, time: undefined }] : [];
  });
  return [...inLib, ...onPath];
}

function isModule(path: string): boolean {
  return path.startsWith('lib/') && path.endsWith('.py');
}
