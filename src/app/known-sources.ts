/** Sources that are known by what they hold, so that what is built from them can be kept: archives by their digest, checkouts by their commit. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compressionOf, largestContent } from '../archive/sdist-members.ts';
import { unpackSdist } from '../archive/sdist-unpack.ts';
import { makeStaging } from '../cache/staging.ts';
import { TspmError } from '../errors.ts';
import { decompress } from '../python/decompress.ts';
import { checkOut, type Checkout, subfolder } from '../vcs/checkout.ts';
import { mirrorSettings } from './repositories.ts';
import { builtMetadata, findBuiltMetadata } from './built-wheel.ts';
import { staticMetadata } from './sdist-metadata.ts';
import type { Session } from './session.ts';

/** A source tree to build. */
export interface KnownSources {
  /** Tells everything the tree holds. */
  readonly identity: string;
  /** For messages and the name of the log: `demo 1.0`. */
  readonly subject: string;
  /** What the wheel must be of, where that is known. */
  readonly name: string | undefined;
  /** The local part aside. */
  readonly version: string | undefined;
  /** Writes the tree into a private folder and gives the folder that holds the project. */
  readonly source: (folder: string) => Promise<string>;
}

/** What the sources are said to be, for messages and to be compared with the wheel. */
export interface Expected {
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** A source archive on disk whose digest has been verified. */
export interface SourceArchive extends Expected {
  readonly path: string;
  readonly filename: string;
  /** Hex. */
  readonly sha256: string;
  /** Folder of the archive that holds the project. */
  readonly subdirectory: string | undefined;
}

/** What is built from an archive is known by. */
export function archiveIdentity(sha256: string, subdirectory: string | undefined): string {
  return subdirectory === undefined ? sha256 : `${sha256} ${subdirectory}`;
}

/** The sources in an archive. */
export function archiveSources(session: Session, archive: SourceArchive): KnownSources {
  const { path, filename, sha256, subdirectory, ...expected } = archive;
  const subject = subjectOf(expected, filename);
  return {
    ...expected,
    subject,
    identity: archiveIdentity(sha256, subdirectory),
    source: async (folder) => within(await unpacked(session, { path, filename }, folder), subdirectory, subject),
  };
}

/** Node knows neither bzip2 nor lzma: Python makes a plain tar archive of it, which is judged as any other. */
async function unpacked(
  session: Session,
  { path, filename }: Pick<SourceArchive, 'path' | 'filename'>,
  folder: string,
): Promise<string> {
  const kind = compressionOf(filename);
  if (kind === undefined) return unpackSdist(path, filename, folder);
  const target = `${folder}.tar`;
  const limit = largestContent(statSync(path).size);
  const { executable } = await session.interpreter();
  await decompress(executable, { kind, path, filename, target, limit }, session.settings.signal);
  try {
    return await unpackSdist(target, `${filename}.tar`, folder);
  } finally {
    rmSync(target, { force: true });
  }
}

/** A commit and the folder in it that holds the project. */
export interface SourceCheckout extends Expected, Checkout {
  readonly subdirectory: string | undefined;
}

/** What is built from a commit is known by. */
export function checkoutIdentity({ commit, subdirectory }: Pick<SourceCheckout, 'commit' | 'subdirectory'>): string {
  return `git ${commit}${subdirectory === undefined ? '' : ` ${subdirectory}`}`;
}

/** The sources of a commit. */
export function checkoutSources(session: Session, checkout: SourceCheckout): KnownSources {
  const { repository, subdirectory, name, version } = checkout;
  const subject = subjectOf(checkout, repository.url);
  return {
    name,
    version,
    subject,
    identity: checkoutIdentity(checkout),
    source: async (folder) => {
      const tree = join(folder, 'checkout');
      await checkOut(mirrorSettings(session), checkout, tree);
      return within(tree, subdirectory, subject);
    },
  };
}

/** METADATA that the tree states for good in pyproject.toml, else what a build tells. Throws TSPM_BUILD_FAILED and as `source`. */
export async function sourcesMetadata(session: Session, sources: KnownSources): Promise<string> {
  const known = await findBuiltMetadata(session, sources.identity);
  if (known !== undefined) return known;
  const staging = makeStaging(session.settings.cacheDir);
  try {
    const pyproject = join(await sources.source(staging), 'pyproject.toml');
    const text = existsSync(pyproject) ? readFileSync(pyproject, 'utf8') : undefined;
    const stated = staticMetadata({ pkgInfo: undefined, pyproject: text });
    if (stated !== undefined) return stated;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return builtMetadata(session, sources);
}

function within(root: string, subdirectory: string | undefined, subject: string): string {
  const folder = subfolder(root, subdirectory, subject);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new TspmError('TSPM_BUILD_FAILED', `${subject} cannot be built: it has no folder ${subdirectory ?? ''}`, {
    hint: 'check subdirectory= of the requirement',
  });
}

function subjectOf({ name, version }: Expected, otherwise: string): string {
  return name === undefined ? otherwise : `${name} ${version ?? ''}`.trimEnd();
}
