import module from 'node:module';
import { main } from './main.ts';
import { restoreVariables, useFront } from './shell-front.ts';

// Node 22.8 and later keep compiled code between runs; older ones start a little slower.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();
restoreVariables(process.env);
useFront(process.argv[1]);
process.exitCode = await main(process.argv.slice(2));
