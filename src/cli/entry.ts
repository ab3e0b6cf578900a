import module from 'node:module';
import { compiledFolder } from './compiled-files.ts';
import { main } from './main.ts';
import { restoreVariables, useFront } from './shell-front.ts';

// Node 22.8 and later keep what they compile of other modules as well, but not in the common temporary folder.
const folder = compiledFolder(process.env);
if (folder !== undefined) (module as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(folder);
restoreVariables(process.env);
useFront(process.argv[1]);
void main(process.argv.slice(2)).then((status) => (process.exitCode = status));
