// Bundles src/ into dist/ (or the folder named on the command line): split ESM chunks for the command line and the library, the start-up hook for Python, and types.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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
// Apart, because a module that both would share becomes a file of its own, and every file costs start-up time.
const commandLine = await build({
  ...common,
  entryPoints: { tspm: 'src/cli/entry.ts' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
});
const library = await build({ ...common, entryPoints: { index: 'src/index.ts' } });

const launcher = join(dist, 'tspm.js');
writeFileSync(launcher, `#!/usr/bin/env node\n${readFileSync(launcher, 'utf8')}`);
chmodSync(launcher, 0o755);
copyFileSync(join(root, 'src/run/pep582/sitecustomize.py'), join(dist, 'pep582/sitecustomize.py'));
writeFileSync(join(dist, 'THIRD_PARTY_LICENSES'), thirdPartyLicenses(root, [commandLine, library].flatMap(({ metafile }) => Object.keys(metafile.inputs))));
execFileSync(
  process.execPath,
  [
    join(root, 'node_modules/typescript/bin/tsc'),
    ...[
      '-p',
      'tsconfig.build.json',
      '--emitDeclarationOnly',
      '--declaration',
      '--noEmit',
      'false',
      '--outDir',
      join(dist, 'types'),
    ],
  ],
  { cwd: root, stdio: 'inherit' },
);
