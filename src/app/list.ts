import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTspmError, TspmError } from '../errors.ts';
import { tryParseDirectUrl, type DirectUrl } from '../packaging/direct-url.ts';
import { decodeMetadata, parseMetadata, type CoreMetadata } from '../packaging/metadata.ts';
import { sortedText } from '../util/collections.ts';
import { installedDistributions } from './installed.ts';
import { listedPackages, type ListedPackage, type PackageFacts } from './listed-package.ts';
import type { Session } from './session.ts';

/** What is installed in the project, by name without regard to case. */
export async function listInstalled(session: Session): Promise<ListedPackage[]> {
  const { lib } = await session.packages();
  const facts = (await installedDistributions(session)).flatMap((distribution): PackageFacts[] => {
    const distInfo = join(lib, distribution.distInfo);
    const path = join(distInfo, 'METADATA');
    if (!existsSync(path)) return [];
    const metadata = installedMetadata(path);
    const directUrl = tryParseDirectUrl(distribution.directUrl);
    return [
      { ...metadataFacts(metadata), key: distribution.key, location: locationOf(directUrl), directUrl, distInfo },
    ];
  });
  return await listedPackages(session, facts);
}

/** What metadata alone says of a package. */
export function metadataFacts(
  metadata: CoreMetadata,
): Pick<PackageFacts, 'name' | 'version' | 'homepage' | 'licenses' | 'requiresDist'> {
  return {
    name: metadata.name,
    version: metadata.version,
    homepage: metadata.homePage,
    licenses: licenseOf(metadata),
    requiresDist: metadata.requiresDist,
  };
}

/** The expression of newer metadata, else the text of older one. */
export function licenseOf({ fields, license }: CoreMetadata): string {
  return fields.get('license-expression')?.[0] ?? license;
}

/** A requirement line that stands for the package as it is installed. */
export function frozenLine({ name, version, directUrl }: ListedPackage): string {
  if (directUrl === undefined) return `${name}==${version}`;
  const { url, source, subdirectory } = directUrl;
  const fragment = subdirectory === undefined ? '' : `#subdirectory=${subdirectory}`;
  if (source.kind === 'vcs') return `${name} @ ${source.vcs}+${url}@${source.commitId}${fragment}`;
  if (source.kind === 'directory' && source.editable) {
    return `-e ${url}#egg=${name}${subdirectory === undefined ? '' : `&subdirectory=${subdirectory}`}`;
  }
  return `${name} @ ${url}${fragment}`;
}

/** A legal notice of a package: its path from `lib`, with `/`, and its text. */
export interface Notice {
  readonly path: string;
  readonly text: string;
}

/** The legal notices that lie beside the metadata of an installed package. */
export function noticesOf({ distInfo }: ListedPackage): Notice[] {
  if (distInfo === undefined) return [];
  const files = readdirSync(distInfo, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const paths = files.filter((file) => !file.isDirectory() && /^(?:licen[cs]e|copying|notice)/i.test(file.name));
  return sortedText(paths.map((file) => join(file.parentPath, file.name))).map((path) => ({
    path: basename(distInfo) + path.slice(distInfo.length).replaceAll('\\', '/'),
    text: decodeMetadata(readFileSync(path)),
  }));
}

function locationOf(directUrl: DirectUrl | undefined): string {
  if (directUrl === undefined || !directUrl.url.startsWith('file:')) return '';
  const editable = directUrl.source.kind === 'directory' && directUrl.source.editable;
  return `${editable ? '-e ' : ''}${fileURLToPath(directUrl.url)}`;
}

/** Throws TSPM_INVALID_METADATA with the path. */
function installedMetadata(path: string): CoreMetadata {
  try {
    return parseMetadata(decodeMetadata(readFileSync(path)));
  } catch (error) {
    if (!isTspmError(error)) throw error;
    const detail = { hint: 'install it again: `tspm sync -r`', cause: error };
    throw new TspmError(error.code, `${path}: ${error.message}`, detail);
  }
}
