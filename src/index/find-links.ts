/** Links of local places: folders, pages, archives (pip's `--find-links`). Remote pages are loaded by the page loader. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import { parseSimpleHtml } from './html.ts';
import { type PageFile, filenameOfUrl, looksLikeArchive } from './page.ts';
import { doing } from '../util/io-fault.ts';
import { repeatable } from '../util/repeatable.ts';

/** A link that consists of a URL alone. */
export function bareLink({ href: url }: URL): PageFile[] {
  const filename = filenameOfUrl(url);
  if (filename === undefined) return [];
  const unknown = { requiresPython: undefined, size: undefined, uploadTime: undefined };
  return [{ filename, url, hashes: {}, yanked: false, metadata: 'unknown', ...unknown }];
}

/**
 * Links at a path or `file:` URL: an archive is one itself, an HTML file has some, a folder has its archives and the links of
 * its HTML files (sub-folders are not looked into). Undefined when nothing is there; TSPM_IO when it cannot be read.
 */
export function readLocalLinks(place: string): readonly PageFile[] | undefined {
  const file = localPath(place);
  const kind = kindOf(file);
  if (kind === 'missing') return undefined;
  if (kind === 'folder') return folderLinks(file);
  return isHtml(file) ? pageLinks(file) : bareLink(pathToFileURL(file));
}

/** Links of the page of a project in an index that is a local folder: `<folder>/<project>/index.html`. */
export function readLocalProject(place: string, project: string): readonly PageFile[] | undefined {
  const file = path.join(localPath(place), project, 'index.html');
  return kindOf(file) === 'file' ? pageLinks(file) : undefined;
}

/** Whether there is anything at a path or `file:` URL. */
export function isLocalPlace(place: string): boolean {
  return kindOf(localPath(place)) !== 'missing';
}

/** The path a `file:` URL or a plain path names. Throws TSPM_CONFIG_INVALID for every other URL. */
export function localPath(place: string): string {
  if (!/^[a-z][a-z0-9+.-]+:/i.test(place)) return path.resolve(place);
  try {
    return fileURLToPath(place);
  } catch (error) {
    const problem = 'is neither an http(s) URL nor a file on this machine';
    throw new TspmError('TSPM_CONFIG_INVALID', `${redactUrl(place)} ${problem}`, { cause: error });
  }
}

function folderLinks(folder: string): readonly PageFile[] {
  const links: PageFile[] = [];
  for (const name of readOrFail(folder, () => readdirSync(folder)).sort()) {
    const file = path.join(folder, name);
    if (isHtml(name)) {
      if (kindOf(file) === 'file') links.push(...pageLinks(file));
    } else if (looksLikeArchive(name)) links.push(...bareLink(pathToFileURL(file)));
  }
  return links;
}

function pageLinks(file: string): readonly PageFile[] {
  const text = new TextDecoder().decode(readOrFail(file, () => readFileSync(file)));
  return parseSimpleHtml(text, pathToFileURL(file).href).files;
}

function isHtml(name: string): boolean {
  return /\.html?$/i.test(name);
}

function kindOf(file: string): 'file' | 'folder' | 'missing' {
  const stats = readOrFail(file, () => statSync(file, { throwIfNoEntry: false }));
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'folder' : 'file';
}

function readOrFail<T>(file: string, read: () => T): T {
  return doing('cannot read', file, () => repeatable(read));
}
