/** What needs the network, loaded when the first request is to be made. */
export { createHttpClient } from '../http/client.ts';
export { createOfflineClient } from '../http/offline.ts';
export { downloadArtifact } from '../index/download.ts';
export { createFinder } from '../index/finder.ts';
export { createMetadataFetcher } from '../index/metadata-fetcher.ts';
export { createPageCache } from '../index/page-cache.ts';
export { projectNames } from '../index/project-names.ts';
export { transportsOf } from '../index/source.ts';
