/** Requirements files of pip, as far as a project can hold what they say. */
import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { TspmError } from '../errors.ts';
import type { Imported, ImportedLine, ImportedSource } from './imported.ts';
import { logicalLines } from './override-lines.ts';

const OPTION = /^(?<name>--?[A-Za-z][A-Za-z-]*)(?:[\s=]+(?<value>.*))?$/;
const INCLUDES: ReadonlySet<string> = new Set(['-r', '--requirement', '--requirements']);
const INDEXES: ReadonlySet<string> = new Set(['-i', '--index-url', '--pypi-url', '--extra-index-url']);
const LINKS: ReadonlySet<string> = new Set(['-f', '--find-links']);

interface Reading {
  readonly read: (path: string) => string;
  readonly requirements: ImportedLine[];
  readonly sources: Omit<ImportedSource, 'verifySsl'>[];
  readonly trusted: string[];
  readonly warnings: string[];
}

/**
 * The requirements of the file at `path` (absolute) and of those it includes, with their indexes; digests are dropped, other options are
 * left out with a warning. `read` throws what reading throws. Throws TSPM_USAGE for files that include each other.
 */
export function importRequirements(path: string, read: (path: string) => string): Imported {
  const reading: Reading = { read, requirements: [], sources: [], trusted: [], warnings: [] };
  readFile(path, reading, []);
  const { requirements, sources, trusted, warnings } = reading;
  return {
    requirements,
    groups: [],
    asWritten: false,
    sources: sources.map((source) => ({ ...source, verifySsl: !trusted.includes(hostOf(source.url)) })),
    requiresPython: undefined,
    allowPrereleases: undefined,
    metadata: undefined,
    warnings,
  };
}

function readFile(path: string, reading: Reading, trail: readonly string[]): void {
  if (trail.includes(path)) throw new TspmError('TSPM_USAGE', `${path} includes itself`);
  const base = dirname(path);
  for (const { number, line } of logicalLines(reading.read(path))) {
    const bare = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (bare === '') continue;
    const { name, value = '' } = OPTION.exec(bare)?.groups ?? {};
    if (name === undefined || name === '-e' || name === '--editable') {
      const plain = bare.replaceAll(/\s--(?:hash|config-settings?|global-option)[=\s]\S+/g, '').trim();
      reading.requirements.push({ line: withRepositoryName(plain), base });
    } else if (INCLUDES.has(name)) {
      readFile(resolve(base, value), reading, [...trail, path]);
    } else if (!readIndexOption(name, value, reading)) {
      reading.warnings.push(`${path}, line ${number}: ${name} is left out`);
    }
  }
}

/** A repository without a name gets that of its folder, as with PDM: pyproject.toml cannot hold a requirement without one. */
function withRepositoryName(line: string): string {
  if (!/^(?:git|hg|svn|bzr)\+/.test(line) || line.includes('egg=')) return line;
  const [, name] = /\/([^/@#]+?)(?:\.git)?\/?(?:@[^/#]*)?(?:#.*)?$/.exec(line) ?? [];
  return name === undefined ? line : `${name.replaceAll(/[^A-Za-z0-9.]+/g, '-')} @ ${line}`;
}

function readIndexOption(name: string, value: string, { sources, trusted }: Reading): boolean {
  const isMain = INDEXES.has(name) && name !== '--extra-index-url';
  if (name === '--trusted-host') trusted.push(value);
  else if (INDEXES.has(name)) sources.push({ name: isMain ? 'pypi' : nameOf(value), url: value, type: 'index' });
  else if (LINKS.has(name)) sources.push({ name: nameOf(value), url: value, type: 'find_links' });
  else return false;
  return true;
}

/** The name PDM gives a source that has none. */
function nameOf(url: string): string {
  return createHash('sha1').update(url).digest('hex').slice(0, 6);
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}
