import module from 'node:module';
import { main } from './main.ts';

// Node 22.8 and later keep compiled code between runs; older ones start a little slower.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();
process.exitCode = await main(process.argv.slice(2));
