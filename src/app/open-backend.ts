/** Sets up everything a build backend needs to run on a source tree, and takes it down again. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, type BuildKind, extraRequirements } from '../build/backend.ts';
import { isolatedEnvironment, withoutSecrets } from '../build/build-environment.ts';
import { readBuildSystem } from '../build/build-system.ts';
import { isolationProgram } from '../build/hook-program.ts';
import { BUILD_AREAS } from '../cache/layout.ts';
import { makeStaging } from '../cache/staging.ts';
import { TspmError } from '../errors.ts';
import { packagesPaths } from '../installer/environment.ts';
import { childEnvironment } from '../run/environment.ts';
import { hookFolder } from '../run/hook-folder.ts';
import type { Environment } from '../util/search-path.ts';
import type { Session } from './session.ts';
import { makeFolders } from '../util/file-system.ts';

/** What is to be built. */
export interface BuildJob {
  /** For messages and the name of the log: `demo 1.0`. */
  readonly subject: string;
  readonly kind: BuildKind;
  /** Gives the source tree; `folder` is private, empty and removed in the end. */
  readonly source: (folder: string) => Promise<string>;
}

/** A backend ready to make a thing of the wanted kind, and a private folder for it. */
export interface OpenBackend {
  readonly backend: Backend;
  readonly folder: string;
}

/**
 * Installs what the backend requires, calls `work`, and removes everything but the log. Throws TSPM_BUILD_FAILED, and what resolving
 * and installing the requirements throws.
 */
export async function withBackend<T>(
  session: Session,
  job: BuildJob,
  work: (open: OpenBackend) => Promise<T>,
): Promise<T> {
  const { cacheDir } = session.settings;
  requireNoCycle(session, job.subject);
  const staging = makeStaging(cacheDir);
  session.reporter.emit({ kind: 'build:start', subject: job.subject });
  try {
    const folder = (name: string): string => makeFolder(join(staging, name));
    const source = await job.source(folder('source'));
    const log = startLog(cacheDir, job.subject, source);
    const system = readBuildSystem(readPyproject(source, job.subject), job.subject);
    const { executable } = await session.interpreter();
    const { signal } = session.settings;
    const base = { subject: job.subject, system, source, executable, log, signal, scratch: join(staging, 'hook') };
    const install = (requires: readonly string[]): Promise<Environment> =>
      isolated(session, { subject: job.subject, staging, requires });
    const { isolation, settings } = session.build;
    if (!isolation)
      return await work({ backend: { ...base, env: await projectEnvironment(session) }, folder: folder('out') });
    const backend = { ...base, env: await install(system.requires) };
    const more = await extraRequirements(backend, job.kind, settings);
    if (more.length > 0) await install([...system.requires, ...more]);
    return await work({ backend, folder: folder('out') });
  } finally {
    session.reporter.emit({ kind: 'build:done', subject: job.subject });
    await rm(staging, { recursive: true, force: true });
  }
}

function makeFolder(path: string): string {
  makeFolders(path, 0o700);
  return path;
}

/** The environment of an isolated build with `requires` installed. */
async function isolated(
  session: Session,
  {
    subject,
    staging,
    requires,
  }: { readonly subject: string; readonly staging: string; readonly requires: readonly string[] },
): Promise<Environment> {
  // Resolving and installing may build in turn.
  const { installBuildRequirements } = await import('./build-requirements.ts');
  const { lib, bin } = await installBuildRequirements(session, {
    subject,
    folder: join(staging, 'environment'),
    requires,
  });
  const hook = makeFolder(join(staging, 'isolation'));
  writeFileSync(join(hook, 'sitecustomize.py'), isolationProgram(lib));
  const { executable } = await session.interpreter();
  return isolatedEnvironment(session.settings.env, { hook, bin, executable });
}

/** What the project's own programs see. */
async function projectEnvironment(session: Session): Promise<Environment> {
  const { executable, ident } = await session.interpreter();
  return childEnvironment({
    env: withoutSecrets(session.settings.env),
    root: session.root,
    runCwd: session.root,
    packages: packagesPaths(session.root, ident).base,
    executable,
    hookFolder: hookFolder(),
    windows: process.platform === 'win32',
  });
}

/** One log a source tree or archive, replaced by its next build. */
function startLog(cacheDir: string, subject: string, source: string): string {
  const area = makeFolder(join(cacheDir, BUILD_AREAS.logs));
  const name = subject.replaceAll(/[^A-Za-z0-9.+_-]+/g, '-').slice(0, 100);
  const isOwn = source.startsWith(cacheDir);
  const place = isOwn ? '' : `-${createHash('sha256').update(source).digest('hex').slice(0, 8)}`;
  const log = join(area, `${name}${place}.log`);
  writeFileSync(log, '', { mode: 0o600 });
  return log;
}

function readPyproject(source: string, subject: string): string | undefined {
  const path = join(source, 'pyproject.toml');
  if (existsSync(path)) return readFileSync(path, 'utf8');
  if (existsSync(join(source, 'setup.py'))) return undefined;
  throw new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: it has neither pyproject.toml nor setup.py`);
}

/** A build may need builds, but not itself. */
function requireNoCycle({ builds }: Session, subject: string): void {
  if (!builds.includes(subject)) return;
  const way = [...builds.slice(builds.indexOf(subject)), subject].join(', which requires ');
  throw new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: building it requires ${way}`);
}
