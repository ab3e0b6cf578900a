// Bundles src/ into dist/ (or the folder named on the command line): the command line, its split chunks, the library, the start-up hook for Python, and types.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
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
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  define: { __TSPM_VERSION__: JSON.stringify(version) },
};
const esm = {
  ...common,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: {
    // CommonJS packages inside the bundle ask for node's own modules through `require`, and for the name of their file.
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __filename = import.meta.filename;",
  },
};
/** What a command starts with: Node takes 5 ms longer to start an ES module. */
const commonJs = {
  ...common,
  format: 'cjs',
  define: { ...common.define, 'import.meta.url': '__url' },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
};
// esbuild makes a file of every combination of entries that share a module, and each file costs start-up time. So the parts that
// are loaded one after the other are bundled one after the other: what every command needs, what a sync from the cache needs, the launcher,
// and all the rest. Of the first two src/cli/compiled.ts keeps the compiled code.
const later = new Map();
const chunks = join(dist, 'chunks');
const bundles = {};
const results = [
  await buildBundle('sync-changes', []),
  await buildBundle('dispatch', ['sync', 'front']),
  await build({
    ...commonJs,
    entryPoints: { tspm: 'src/cli/entry.ts' },
    define: { ...commonJs.define, __TSPM_BUNDLES__: JSON.stringify(bundles) },
    plugins: [loadDispatch(), deferImports('./chunks/')],
  }),
];
results.push(
  await build({
    ...esm,
    entryPoints: Object.fromEntries(later),
    outdir: chunks,
    chunkNames: 'shared-[hash]',
    splitting: true,
  }),
  // Threads load their own program, which lies beside whatever starts them.
  await build({
    ...commonJs,
    entryPoints: { 'placing-thread': 'src/installer/placing-thread.ts' },
    outdir: chunks,
    outExtension: { '.js': '.cjs' },
  }),
  await build({ ...esm, entryPoints: { index: 'src/index.ts' } }),
);

const launcher = join(dist, 'tspm.js');
writeFileSync(launcher, `#!/usr/bin/env node\n${readFileSync(launcher, 'utf8')}`);
chmodSync(launcher, 0o755);
// The package says that its files are ES modules; the launcher is none.
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
const front = readFileSync(join(root, 'src/front/tspm.sh'), 'utf8').replaceAll('@VERSION@', version);
writeFileSync(join(dist, 'tspm.sh'), front, { mode: 0o755 });
copyFileSync(join(root, 'src/run/pep582/sitecustomize.py'), join(dist, 'pep582/sitecustomize.py'));
copyFileSync(join(root, 'src/front/repeat.py'), join(dist, 'repeat.py'));
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

/** One of the parts that src/cli/compiled.ts loads: their `import()` becomes a call of what that gives them. */
async function buildBundle(name, kept) {
  const result = await build({
    ...commonJs,
    entryPoints: { [name]: `src/cli/${name}.ts` },
    outdir: chunks,
    outExtension: { '.js': '.cjs' },
    plugins: [deferImports('./', kept)],
  });
  const file = join(chunks, `${name}.cjs`);
  const text = readFileSync(file, 'utf8').replaceAll(/\bimport(?=\("(?:\.\/[\w-]+\.[cm]js|node:\w+)"\))/g, '__import');
  if (/\bimport\(/.test(text)) throw new Error(`${file} has an import() that is not understood`);
  writeFileSync(file, text);
  bundles[`${name}.cjs`] = createHash('sha256').update(text).digest('hex');
  return result;
}

/** Makes `import('./dispatch.ts')` load the bundle. */
function loadDispatch() {
  return {
    name: 'load-dispatch',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/dispatch\.ts$/ }, ({ path }) => ({ path, namespace: 'bundle' }));
      onLoad({ filter: /./, namespace: 'bundle' }, () => ({
        contents: `import { loadBundle } from './compiled.ts';
          export const { dispatch } = loadBundle(new URL('./chunks/', import.meta.url), 'dispatch.cjs');`,
        resolveDir: join(root, 'src/cli'),
      }));
    },
  };
}

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
        if (`${name}.cjs` in bundles) return { path: `${prefix}${name}.cjs`, external: true };
        if ((later.get(name) ?? source) !== source)
          throw new Error(`two modules loaded by import() are called ${name}`);
        later.set(name, source);
        return { path: `${prefix}${name}.mjs`, external: true };
      });
    },
  };
}
