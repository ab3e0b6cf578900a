/** What replaces every requirement on a package: `[tool.pdm.resolution.overrides]` and the files of `--override`. */
import { existsSync, readFileSync } from 'node:fs';
import { isTspmError, TspmError } from '../errors.ts';
import type { Artifact, Listing } from '../index/model.ts';
import { isHttpUrl } from '../index/source.ts';
import { lockedFilename } from '../lockfile/model.ts';
import { tryParseWheelFilename } from '../packaging/filename.ts';
import { normalizeName } from '../packaging/name.ts';
import { ANY_VERSION, parseSpecifierSet, type SpecifierSet } from '../packaging/specifier.ts';
import { tryParseVersion } from '../packaging/version.ts';
import { parseRequirementLine, type LineContext, type ProjectRequirement } from '../project/requirement-line.ts';
import { variableStyle } from '../project/variables.ts';
import { redactUrl } from '../util/redact.ts';
import { keptCommit } from './direct-candidates.ts';
import { directSource, type DirectSource } from './direct.ts';
import type { LockRequest } from './lock-request.ts';
import { overrideLines } from './override-lines.ts';
import type { Session } from './session.ts';
import { ioFault } from '../util/io-fault.ts';

/** An override as it was written. */
interface WrittenOverride {
  /** For messages. */
  readonly place: string;
  readonly requirement: ProjectRequirement;
}

/** The overrides of a run. A file that one of them names is fetched when its package is first needed. */
export class Overrides {
  /** Specifiers by key; any version for a package whose file is named. */
  readonly specifiers: ReadonlyMap<string, SpecifierSet>;
  /** The files that were needed so far, by key. */
  readonly #fetched = new Map<string, DirectSource>();
  readonly #session: Session;
  readonly #request: LockRequest;
  readonly #places: ReadonlyMap<string, WrittenOverride>;
  readonly #sources = new Map<string, Promise<DirectSource>>();

  constructor(session: Session, written: ReadonlyMap<string, WrittenOverride>, request: LockRequest) {
    this.#session = session;
    this.#request = request;
    this.#places = new Map([...written].filter(([, { requirement }]) => requirement.kind !== 'named'));
    this.specifiers = new Map(
      [...written].map(([key, { requirement }]) => [
        key,
        requirement.kind === 'named' ? requirement.requirement.specifier : ANY_VERSION,
      ]),
    );
  }

  /** Keys of the packages whose file is named. */
  get placed(): Iterable<string> {
    return this.#places.keys();
  }

  /** The files that the project's requirements name, but for packages that are overridden, and those that overrides brought so far. */
  amend(direct: ReadonlyMap<string, DirectSource>): Map<string, DirectSource> {
    return new Map([...[...direct].filter(([key]) => !this.specifiers.has(key)), ...this.#fetched]);
  }

  /** The named file of a package; undefined for a package without one. Rejects as {@link directSource}. */
  source(key: string): Promise<DirectSource> | undefined {
    const written = this.#places.get(key);
    if (written === undefined) return undefined;
    const started = this.#sources.get(key) ?? this.#fetch(key, written);
    this.#sources.set(key, started);
    return started;
  }

  /** The named file of a package as all that there is of it. */
  async listing(key: string): Promise<Listing | undefined> {
    const source = await this.source(key);
    if (source === undefined) return undefined;
    const { version, files, metadata, url } = source;
    const [filename = ''] = files.map(lockedFilename);
    const artifact: Artifact = {
      filename,
      url,
      hashes: {},
      requiresPython: metadata.requiresPython,
      yanked: false,
      size: undefined,
      uploadTime: undefined,
      metadata: 'unknown',
      source: 'override',
      kind: 'wheel',
      version,
      wheel: tryParseWheelFilename(filename),
    };
    return { kind: 'found', name: key, releases: [{ version, artifacts: [artifact] }] };
  }

  async #fetch(key: string, { place, requirement }: WrittenOverride): Promise<DirectSource> {
    if (requirement.kind === 'named') throw new Error(`${key} is overridden by a version`);
    const commit = keptCommit(requirement, this.#request);
    const source = await directSource(this.#session, { line: place, requirement, commit });
    const found = normalizeName(source.metadata.name);
    if (found !== key) {
      throw new TspmError('TSPM_INVALID_REQUIREMENT', `${place}: ${redactUrl(source.url)} is a wheel of ${found}`);
    }
    this.#fetched.set(key, source);
    return source;
  }
}

/**
 * Reads the overrides; files go before pyproject.toml, later ones before earlier ones. Throws TSPM_PYPROJECT_INVALID for a value that
 * is neither version, specifier nor URL, TSPM_INVALID_REQUIREMENT for a line of a file, TSPM_IO for a file that cannot be read.
 */
export async function projectOverrides(session: Session, request: LockRequest): Promise<Overrides> {
  const { pyproject, root, settings } = session;
  const scope = { root, env: settings.env, style: variableStyle(pyproject.buildBackend) };
  const context: LineContext = { scope, exists: (path) => existsSync(path) };
  const written = new Map<string, WrittenOverride>();
  for (const [key, text] of pyproject.resolution.overrides) written.set(key, ofPyproject(key, text, context));
  for (const file of settings.resolution?.overrideFiles ?? []) {
    const { lines, warnings } = overrideLines(await readOverrides(session, file));
    for (const { number, problem } of warnings) session.note('warning', `${redactUrl(file)}:${number}: ${problem}`);
    for (const { number, line } of lines) {
      const place = `${redactUrl(file)}:${number}`;
      const requirement = atPlace(place, () => parseRequirementLine(line, context));
      const key = requirement.kind === 'named' ? requirement.requirement.key : normalizeName(requirement.name ?? '');
      if (key === '') throw new TspmError('TSPM_INVALID_REQUIREMENT', `${place}: write it as NAME @ URL`);
      written.set(key, { place, requirement });
    }
  }
  return new Overrides(session, written, request);
}

function ofPyproject(key: string, text: string, context: LineContext): WrittenOverride {
  const place = `[tool.pdm.resolution.overrides].${key}`;
  if (/^[a-z][a-z0-9+.-]*:\/\/|^(?:git|hg|svn|bzr)\+/i.test(text)) {
    return { place, requirement: atPlace(place, () => parseRequirementLine(`${key} @ ${text}`, context)) };
  }
  const specifier = specifierOf(place, text);
  const named = { name: key, key, extras: [], specifier, url: undefined, marker: undefined };
  return { place, requirement: { kind: 'named', requirement: named } };
}

function specifierOf(place: string, text: string): SpecifierSet {
  try {
    return parseSpecifierSet(tryParseVersion(text) === undefined ? text : `==${text}`);
  } catch (error) {
    const problem = `"${text}" is neither a version nor a specifier, nor a URL with its scheme (https://, file://)`;
    throw new TspmError('TSPM_PYPROJECT_INVALID', `${place}: ${problem}`, { context: { place }, cause: error });
  }
}

async function readOverrides(session: Session, file: string): Promise<string> {
  if (isHttpUrl(file)) {
    const { http } = await session.index();
    const response = await http.get({ url: file });
    if (response.status === 200) return new TextDecoder().decode(await response.bytes(LARGEST_FILE));
    await response.discard();
    throw new TspmError('TSPM_IO', `--override ${redactUrl(file)}: the server answers ${response.status}`);
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw ioFault('--override: cannot read', file, error);
  }
}

/** Bytes of the largest file of overrides that is taken from a server. */
const LARGEST_FILE = 4 * 1024 * 1024;

function atPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isTspmError(error)) throw error;
    throw new TspmError(error.code, `${place}: ${error.message}`, { cause: error });
  }
}
