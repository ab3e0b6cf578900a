import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledFolder, keepCompiled, readCompiled } from './compiled-files.ts';

/** The sha256, hex, of each bundle: parts of the command line that are loaded at once, CommonJS files. The build fills it in. */
declare const __TSPM_BUNDLES__: Readonly<Record<string, string>>;

const folder = compiledFolder(process.env);

/**
 * Loads a bundle from the folder at `base`, with the code that V8 compiled in an earlier start if that was kept: compiling takes longer than most commands.
 * What is compiled now is kept for the next start when the process ends well.
 */
export function loadBundle(base: URL, file: string): unknown {
  const path = fileURLToPath(new URL(file, base));
  // V8 itself tells sources apart by their length only.
  const kept = folder && join(folder, [file, __TSPM_BUNDLES__[file], process.version, process.arch].join('-'));
  const cachedData = kept && readCompiled(kept);
  const source = `(function (exports, require, module, __filename, __dirname, __import) {${readFileSync(path, 'utf8')}\n})`;
  const { Script } = process.getBuiltinModule('node:vm');
  const script = new Script(source, { filename: path, ...(cachedData && { cachedData }) });
  if (kept !== undefined && script.cachedDataRejected !== false) {
    process.once('exit', (status) => {
      if (status === 0) keepCompiled(kept, script.createCachedData());
    });
  }
  const importFrom = async (specifier: string): Promise<unknown> =>
    specifier.slice(2) in __TSPM_BUNDLES__
      ? loadBundle(base, specifier.slice(2))
      : import(specifier.startsWith('.') ? new URL(specifier, base).href : specifier);
  const module = { exports: {} };
  const run = script.runInThisContext() as (...scope: readonly unknown[]) => void;
  run(module.exports, createRequire(path), module, path, dirname(path), importFrom);
  return module.exports;
}
