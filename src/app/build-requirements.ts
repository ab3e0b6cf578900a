/** Installs what a build requires into a folder of its own, with tspm's own resolver, store and installer. */
import { isTspmError, TspmError } from '../errors.ts';
import type { PackagesPaths } from '../installer/environment.ts';
import { LOCK_VERSION, IMPLEMENTATIONS, type Lockfile, type LockTarget } from '../lockfile/model.ts';
import { lockEnvironment } from '../lockfile/targets.ts';
import type { ProgressEvent, Reporter } from '../ports.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { formatBasicString } from '../toml/value.ts';
import { resolveLock } from './lock.ts';
import type { Session, SessionSettings } from './session.ts';
import { syncLock } from './sync.ts';

/** What is to be installed for a build. */
export interface BuildRequirements {
  /** What is built, for messages. */
  readonly subject: string;
  /** Private folder that gets a `__pypackages__`. */
  readonly folder: string;
  /** Requirement lines (PEP 508). */
  readonly requires: readonly string[];
}

/**
 * Resolves the requirements for the interpreter and platform at hand, with the project's sources and cut-offs and none of its other
 * rules, and installs them; what a requirement has to be built from is built first. Throws as locking and syncing do, naming what is
 * built.
 */
export async function installBuildRequirements(session: Session, wanted: BuildRequirements): Promise<PackagesPaths> {
  const { subject, folder, requires } = wanted;
  const interpreter = await session.interpreter();
  const pyproject = buildProject(session.pyproject, { folder, requires, interpreter });
  const inner = session.within(subject, buildSettings(session.settings, pyproject));
  try {
    const target = ownTarget(interpreter);
    const request = {
      groups: ['default'],
      old: NO_LOCK,
      update: 'all',
      strategy: ['inherit_metadata'],
      target,
    } as const;
    const { lock } = await resolveLock(inner, request);
    await syncLock(inner, lock, {
      groups: ['default'],
      clean: 'unselected',
      reinstall: false,
      dryRun: false,
      own: 'none',
      editable: true,
    });
  } catch (error) {
    throw isTspmError(error) && error.code !== 'TSPM_INTERRUPTED' ? forBuild(subject, error) : error;
  }
  return inner.packages();
}

/** Keeps a lock of this kind from being written as another. */
const NO_LOCK: Lockfile = {
  groups: ['default'],
  strategy: ['inherit_metadata'],
  lockVersion: LOCK_VERSION,
  contentHash: undefined,
  targets: [],
  packages: [],
};

function buildProject(
  { sources, resolution }: Pyproject,
  parts: { readonly folder: string; readonly requires: readonly string[]; readonly interpreter: Interpreter },
): Pyproject {
  const lines = parts.requires.map((line) => `  ${formatBasicString(line)},\n`).join('');
  const text = `[project]\nrequires-python = "==${parts.interpreter.versionText}"\ndependencies = [\n${lines}]\n`;
  const project = parsePyproject(text, parts.folder);
  const { respectSourceOrder, excludeNewer, excludeNewerOverride } = resolution;
  const rules = { ...project.resolution, respectSourceOrder, excludeNewer, excludeNewerOverride };
  return { ...project, sources, resolution: rules };
}

/** Build tools come as wheels even where the project wants its own packages built. */
function buildSettings(settings: SessionSettings, pyproject: Pyproject): SessionSettings {
  const { PDM_NO_BINARY: _no, PDM_ONLY_BINARY: _only, ...env } = settings.env;
  const { resolution, build, ...rest } = settings;
  return {
    ...rest,
    env,
    pyproject,
    reporter: quietly(settings.reporter),
    hook: () => Promise.resolve(),
    ...(resolution === undefined ? {} : { resolution: { ...resolution, overrideFiles: [] } }),
    ...(build === undefined ? {} : { build: { ...build, settings: {} } }),
  };
}

/** Passes on what takes time; of the rest nothing is about the project. */
function quietly(reporter: Reporter): Reporter {
  const shown: ReadonlySet<ProgressEvent['kind']> = new Set([
    'download:start',
    'download:progress',
    'download:done',
    'request',
    'unpack',
    'build:start',
    'build:done',
  ]);
  return {
    emit: (event) => {
      if (shown.has(event.kind)) reporter.emit(event);
      else if (event.kind === 'note') reporter.emit({ ...event, level: 'detail' });
    },
  };
}

function ownTarget(interpreter: Interpreter): LockTarget {
  const { platform, implementation, freeThreaded, pythonVersion } = lockEnvironment(interpreter);
  return {
    requiresPython: `==${pythonVersion}`,
    platform,
    ...(IMPLEMENTATIONS.has(implementation) ? { implementation, gilDisabled: freeThreaded } : {}),
  };
}

/** The proof speaks of the build, not of the project it is made for. */
function explanationFor(subject: string, { context }: TspmError): readonly string[] {
  const lines: unknown = context['explanation'];
  return Array.isArray(lines)
    ? lines.map((line) => String(line).replaceAll('your project', `the build of ${subject}`))
    : [];
}

function forBuild(subject: string, error: TspmError): TspmError {
  return new TspmError(error.code, `the build requirements of ${subject} cannot be installed: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    context: { ...error.context, explanation: explanationFor(subject, error) },
    cause: error,
  });
}
