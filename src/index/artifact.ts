/** From a link to a file of the wanted project, or nothing. Pure. */
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import type { Artifact, Hashes } from './model.ts';
import { type PageFile, isDigest, isKnownAlgorithm } from './page.ts';

/**
 * The artifact `file` is for the project `key` (normalised), from the source named `source`; undefined for names of other
 * projects, of other kinds of files, and for digests that are none. Throws TSPM_INDEX_RESPONSE when it is given two digests.
 */
export function artifactOf(file: PageFile, key: string, source: string): Artifact | undefined {
  if (!mayBelongTo(file.filename, key)) return undefined;
  const named = readFilename(file.filename, key);
  if (named === undefined) return undefined;
  const hashes = allHashes(file);
  if (hashes === undefined) return undefined;
  const { filename, requiresPython, yanked, size, uploadTime, metadata } = file;
  const url = withoutUserInfo(file.url);
  return { filename, url, hashes, requiresPython, yanked, size, uploadTime, metadata, source, ...named };
}

/** Cheap and never wrongly false: pages of links for many projects are looked through once for each. */
function mayBelongTo(filename: string, key: string): boolean {
  let at = 0;
  for (const wanted of key) {
    if (wanted === '-') {
      const start = at;
      while (isSeparator(filename[at])) at++;
      if (at === start) return false;
    } else if (filename[at++]?.toLowerCase() !== wanted) return false;
  }
  return isSeparator(filename[at]);
}

function isSeparator(character: string | undefined): boolean {
  return character === '-' || character === '_' || character === '.';
}

function readFilename(filename: string, key: string): Pick<Artifact, 'kind' | 'version' | 'wheel'> | undefined {
  if (filename.endsWith('.whl')) {
    const wheel = tryParseWheelFilename(filename);
    return wheel?.name === key ? { kind: 'wheel', version: wheel.version, wheel } : undefined;
  }
  const sdist = tryParseSdistFilename(filename, key);
  return sdist?.name === key ? { kind: 'sdist', version: sdist.version, wheel: undefined } : undefined;
}

/** Digests of the page joined with those of the URL's fragment. */
function allHashes(file: PageFile): Hashes | undefined {
  const hashes: Record<string, string> = { ...file.hashes };
  for (const [algorithm, digest] of fragmentHashes(file.url)) {
    if (!isDigest(algorithm, digest)) return undefined;
    const known = hashes[algorithm];
    if (known !== undefined && known !== digest) {
      throw new TspmError(
        'TSPM_INDEX_RESPONSE',
        `${redactUrl(file.url)} is listed with two different ${algorithm} digests`,
      );
    }
    hashes[algorithm] = digest;
  }
  return hashes;
}

/** `#sha256=…`, also after other parts: `#egg=x&sha256=…`. Empty digests count as none. */
function fragmentHashes(url: string): [string, string][] {
  const start = url.indexOf('#');
  if (start < 0) return [];
  const pairs: [string, string][] = [];
  for (const [, name = '', value = ''] of url.slice(start).matchAll(/[#&]([^=&#]+)=([^&#]*)/g)) {
    const algorithm = name.toLowerCase();
    if (isKnownAlgorithm(algorithm) && value !== '') pairs.push([algorithm, value.toLowerCase()]);
  }
  return pairs;
}

function withoutUserInfo(text: string): string {
  if (!/[@#]/.test(text)) return text;
  const url = new URL(text);
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}
