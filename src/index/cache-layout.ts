import { join } from 'node:path';

/** Folder of pages within the cache directory. */
export function pageDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'pages-v1');
}

/** Folder of metadata within the cache directory. */
export function metadataDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'metadata-v1');
}
