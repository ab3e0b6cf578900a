/** A child process that adds one wheel to a store: `add-entry CACHE_DIR WHEEL FILENAME SHA256`. */
import './kill-points.ts';
import { openStore } from '../../src/cache/store.ts';

const [cacheDir = '', wheel = '', filename = '', sha256 = ''] = process.argv.slice(2);
await openStore(cacheDir).addEntry(wheel, filename, sha256);
