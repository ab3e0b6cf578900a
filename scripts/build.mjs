// Bundles src/ into dist/ (or the folder named on the command line): split ESM chunks for the command line and the library, the start-up hook for Python, and types.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { thirdPartyLicenses } from './licenses.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = resolve(root, process.argv[2] ?? 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, 'pep582'), { recursive: true });

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { __TSPM_VERSION__: JSON.stringify(version) },
  banner: {
    // CommonJS packages inside the bundle ask for node's own modules through `require`, and for the name of their file.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename;",
  },
};
// esbuild makes a file of every combination of entries that share a module, and each file costs start-up time. So the parts that
// are loaded one after the other are bundled one after the other: the launcher, what every command needs, what a sync from the
// cache needs, and all the rest.
const later = new Map();
const chunks = join(dist, 'chunks');
const results = [
  await build({ ...common, entryPoints: { tspm: 'src/cli/entry.ts' }, plugins: [deferImports('./chunks/')] }),
  await build({
    ...common,
    entryPoints: { dispatch: 'src/cli/dispatch.ts' },
    outdir: chunks,
    plugins: [deferImports('./', ['sync', 'front'])],
  }),
  await build({
    ...common,
    entryPoints: { 'sync-changes': 'src/cli/sync-changes.ts' },
    outdir: chunks,
    plugins: [deferImports('./')],
  }),
];
later.delete('dispatch');
later.delete('sync-changes');
results.push(
  await build({
    ...common,
    entryPoints: Object.fromEntries(later),
    outdir: chunks,
    chunkNames: 'shared-[hash]',
    splitting: true,
  }),
  await build({ ...common, entryPoints: { index: 'src/index.ts' } }),
);

const launcher = join(dist, 'tspm.js');
writeFileSync(launcher, `#!/usr/bin/env node\n${readFileSync(launcher, 'utf8')}`);
chmodSync(launcher, 0o755);
const front = readFileSync(join(root, 'src/front/tspm.sh'), 'utf8').replaceAll('@VERSION@', version);
writeFileSync(join(dist, 'tspm.sh'), front, { mode: 0o755 });
copyFileSync(join(root, 'src/run/pep582/sitecustomize.py'), join(dist, 'pep582/sitecustomize.py'));
writeFileSync(
  join(dist, 'THIRD_PARTY_LICENSES'),
  thirdPartyLicenses(
    root,
    results.flatMap(({ metafile }) => Object.keys(metafile.inputs)),
  ),
);
const types = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--declaration', '--noEmit', 'false'];
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), ...types, '--outDir', join(dist, 'types')],
  { cwd: root, stdio: 'inherit' },
);

/**
 * Leaves the modules that are loaded by `import()` to a later bundle, which will lie at `prefix` + their name; but those in `kept`
 * come along: a sync that finds nothing to do loads nothing else.
 */
function deferImports(prefix, kept = []) {
  return {
    name: 'defer-imports',
    setup({ onResolve }) {
      onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
        const name = basename(path, '.ts');
        if (kind !== 'dynamic-import' || kept.includes(name)) return undefined;
        const source = resolve(resolveDir, path);
        if ((later.get(name) ?? source) !== source)
          throw new Error(`two modules loaded by import() are called ${name}`);
        later.set(name, source);
        return { path: `${prefix}${name}.js`, external: true };
      });
    },
  };
}
