import { isTspmError } from '../errors.ts';
import { tryParseSdistFilename, tryParseWheelFilename } from '../packaging/filename.ts';
import { isValidName, normalizeName } from '../packaging/name.ts';
import type { HttpClient } from '../ports.ts';
import { parseProjectAnchors } from './html.ts';
import { readLocalLinks } from './find-links.ts';
import { isHttpUrl, type Source } from './source.ts';

/** Largest list of projects that is fetched to find a near name: a company's index, not a public one. */
const MAX_LIST_BYTES = 2 * 1024 * 1024;
const ACCEPT = 'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01';

/**
 * Normalised names of the projects a source has, for suggestions only: empty when the source cannot tell, or its list is larger
 * than {@link MAX_LIST_BYTES}.
 */
export async function projectNames(source: Source, http: HttpClient): Promise<readonly string[]> {
  try {
    if (source.type === 'index') return isHttpUrl(source.url) ? await namesOfIndex(source.url, http) : [];
    return isHttpUrl(source.url)
      ? []
      : (readLocalLinks(source.url) ?? []).flatMap(({ filename }) => nameOfFile(filename));
  } catch (error) {
    if (isTspmError(error) || error instanceof SyntaxError) return [];
    throw error;
  }
}

async function namesOfIndex(url: string, http: HttpClient): Promise<readonly string[]> {
  const response = await http.get({ url: `${url.replace(/\/+$/, '')}/`, headers: { accept: ACCEPT } });
  if (response.status !== 200 || Number(response.headers['content-length'] ?? 0) > MAX_LIST_BYTES) {
    await response.discard();
    return [];
  }
  const text = new TextDecoder().decode(await response.bytes(MAX_LIST_BYTES));
  const isJson = response.headers['content-type']?.includes('json') ?? false;
  const names = isJson ? namesOfJson(JSON.parse(text)) : parseProjectAnchors(text);
  return names.filter((name) => isValidName(name)).map((name) => normalizeName(name));
}

function namesOfJson(document: unknown): string[] {
  const projects = typeof document === 'object' && document !== null && 'projects' in document ? document.projects : [];
  if (!Array.isArray(projects)) return [];
  return projects.flatMap((project: unknown) => {
    const name = typeof project === 'object' && project !== null && 'name' in project ? project.name : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

function nameOfFile(filename: string): string[] {
  const name = tryParseWheelFilename(filename)?.name ?? tryParseSdistFilename(filename)?.name;
  return name === undefined ? [] : [name];
}
