/** What `show` tells of a package of the sources, or of the project itself. */
import { isTspmError, TspmError } from '../errors.ts';
import type { Release } from '../index/model.ts';
import type { CoreMetadata } from '../packaging/metadata.ts';
import { normalizeName } from '../packaging/name.ts';
import type { Pyproject } from '../project/pyproject.ts';
import { isArray, isTable, tableAt, textAt, valueAt, type TomlTable, type TomlValue } from '../toml/value.ts';
import { installedVersions } from './installed.ts';
import { latestReleases } from './latest.ts';
import { licenseOf } from './list.ts';
import type { Session } from './session.ts';

/** The facts of one package; what is not known is empty. */
export interface PackageCard {
  readonly name: string;
  /** The newest one on the sources; of the project, its own. */
  readonly version: string;
  /** Undefined for the project. */
  readonly stableVersion: string | undefined;
  /** Undefined when it is not installed. */
  readonly installedVersion: string | undefined;
  readonly summary: string;
  readonly requiresPython: string;
  readonly author: string;
  readonly authorEmail: string;
  readonly license: string;
  readonly homepage: string;
  /** `Label: address`. */
  readonly urls: readonly string[];
  readonly platform: string;
  readonly keywords: string;
}

/** The newest version of a package, pre-releases included; undefined when no source has it. */
export async function packageCard(session: Session, name: string): Promise<PackageCard | undefined> {
  const key = normalizeName(name);
  const found = await latestReleases(session, key);
  if (found === undefined) return undefined;
  const metadata = await metadataOf(session, found.newest);
  return {
    ...(metadata === undefined ? { ...UNKNOWN, name: key } : metadataCard(metadata)),
    version: found.newest.version.text,
    stableVersion: found.stable?.version.text,
    installedVersion: (await installedVersions(session)).get(key),
  };
}

type Described = Omit<PackageCard, 'version' | 'stableVersion' | 'installedVersion'>;

const UNKNOWN: Described = {
  name: '',
  summary: '',
  requiresPython: '',
  author: '',
  authorEmail: '',
  license: '',
  homepage: '',
  urls: [],
  platform: '',
  keywords: '',
};

/** Of a version that would have to be built, only what the index says is known. */
async function metadataOf(session: Session, { version, artifacts }: Release): Promise<CoreMetadata | undefined> {
  const artifact = artifacts.find(({ kind }) => kind === 'wheel') ?? artifacts[0];
  if (artifact === undefined) return undefined;
  try {
    return await (await session.index()).metadata.metadata(artifact);
  } catch (error) {
    if (!isTspmError(error)) throw error;
    session.note('warning', `the metadata of version ${version.text} cannot be read: ${error.message}`);
    return undefined;
  }
}

function metadataCard(metadata: CoreMetadata): Described {
  const { fields } = metadata;
  const first = (header: string): string => fields.get(header)?.[0] ?? '';
  return {
    name: metadata.name,
    summary: metadata.summary,
    requiresPython: metadata.requiresPython ?? '',
    author: first('author'),
    authorEmail: first('author-email'),
    license: licenseOf(metadata),
    homepage: metadata.homePage,
    urls: (fields.get('project-url') ?? []).map((line) => line.replace(/\s*,\s*/, ': ')),
    platform: (fields.get('platform') ?? []).filter((line) => line !== 'UNKNOWN').join(', '),
    keywords: wordList(first('keywords')),
  };
}

/** Keywords are separated by commas, in old metadata by blanks. */
function wordList(text: string): string {
  return text.split(text.includes(',') ? /\s*,\s*/ : /\s+/).join(', ');
}

/** The project itself, from its `[project]` table. Throws TSPM_USAGE for an application, which has no metadata of a package. */
export function ownCard(project: Pyproject): PackageCard {
  if (!project.distribution) {
    throw new TspmError('TSPM_USAGE', 'This project is not a library', {
      hint: 'name a package, or set distribution = true in [tool.pdm]',
    });
  }
  const at = (key: string): TomlValue | undefined => valueAt(project.document, ['project', key]);
  const text = (key: string): string => textAt(project.document, ['project', key]) ?? '';
  const people = listOf(at('authors')).filter(isTable).map(personOf);
  const keywords = listOf(at('keywords')).filter((word) => typeof word === 'string');
  return {
    name: project.name ?? '',
    version: project.version ?? '',
    stableVersion: undefined,
    installedVersion: undefined,
    summary: text('description'),
    requiresPython: project.requiresPython,
    author: people.flatMap(({ name, email }) => (email === '' ? [name] : [])).join(', '),
    authorEmail: people.flatMap(addressOf).join(', '),
    license: text('license') || (textAt(project.document, ['project', 'license', 'text']) ?? ''),
    homepage: '',
    urls: Object.entries(tableAt(project.document, ['project', 'urls']) ?? {}).map(
      ([label, url]) => `${label}: ${textOf(url)}`,
    ),
    platform: '',
    keywords: keywords.join(', '),
  };
}

function listOf(value: TomlValue | undefined): readonly TomlValue[] {
  return value !== undefined && isArray(value) ? value : [];
}

interface Person {
  readonly name: string;
  readonly email: string;
}

function personOf({ name, email }: TomlTable): Person {
  return { name: textOf(name), email: textOf(email) };
}

/** With an address a person is named in that line of metadata alone. */
function addressOf({ name, email }: Person): string[] {
  if (email === '') return [];
  return [name === '' ? email : `${name} <${email}>`];
}

function textOf(value: TomlValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
