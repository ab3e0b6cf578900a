// Refuses imports against the layers of docs/architecture.md, npm packages imported from two files, file access outside the
// modules named here, and process state read outside the command line.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');

/** Folder of src/ to the folders it may import besides itself; the longest prefix of a file's path decides. */
const MAY_IMPORT = {
  errors: [],
  ports: [],
  util: ['errors'],
  packaging: ['errors', 'util'],
  'resolver/pubgrub': ['errors', 'util'],
  http: ['errors', 'ports', 'util', 'packaging'],
  archive: ['errors', 'ports', 'util', 'packaging'],
  python: ['errors', 'ports', 'util', 'packaging'],
  toml: ['errors', 'ports', 'util', 'packaging'],
  build: ['errors', 'ports', 'util', 'packaging', 'archive', 'toml', 'python'],
  index: ['errors', 'ports', 'util', 'packaging', 'http', 'archive'],
  project: ['errors', 'ports', 'util', 'packaging', 'toml', 'index/source'],
  lockfile: ['errors', 'ports', 'util', 'packaging', 'toml'],
  cache: ['errors', 'ports', 'util', 'packaging', 'archive'],
  vcs: ['errors', 'ports', 'util', 'packaging', 'archive/show', 'http/offline', 'cache'],
  resolver: ['errors', 'ports', 'util', 'packaging', 'resolver/pubgrub', 'index/model', 'index/file-rules'],
  installer: ['errors', 'ports', 'util', 'packaging', 'archive', 'cache'],
  run: ['errors', 'ports', 'util', 'packaging', 'python', 'project', 'installer/environment'],
  app: [
    'errors',
    'ports',
    'util',
    'packaging',
    'http',
    'archive',
    'python',
    'toml',
    'index',
    'project',
    'lockfile',
    'cache',
    'build',
    'vcs',
    'resolver',
    'installer',
    'run',
  ],
  cli: ['*'],
  index_ts: ['*'],
};

/** The only modules that may touch the file system. */
const FILE_ACCESS = [
  /^archive\//,
  /^build\//,
  /^python\//,
  /^index\/(find-links|cache-files|file-sink|local-)/,
  /^http\/(tls|netrc)/,
  /^project\//,
  /^lockfile\/read/,
  /^cache\//,
  /^vcs\//,
  /^installer\//,
  /^run\//,
  /^util\/(replace-file|private-folder|shared-folder|file-system|file-lock|machine|remove-trees|terminal)/,
  /^app\//,
  /^cli\//,
];
/** The only modules that may read process state or the clock. */
const PROCESS_ACCESS = [
  /^cli\//,
  /^run\/exec/,
  /^cache\//,
  /^installer\//,
  /^app\//,
  /^index\.ts$/,
  /^project\/replace-together/,
];

const problems = [];
const packageImporters = new Map();

for (const file of sourceFiles(src)) {
  const text = readFileSync(file, 'utf8');
  const name = relative(src, file);
  for (const specifier of importsOf(text)) checkImport(name, file, specifier);
  if (
    /\bconsole\.|\bprocess\.(env|exit|argv)\b|\bDate\.now\(/.test(stripComments(text)) &&
    !PROCESS_ACCESS.some((p) => p.test(name))
  ) {
    problems.push(`${name}: process state, console or the clock outside the command line; pass it in`);
  }
}
for (const [name, files] of packageImporters) {
  if (files.size > 1 && name !== 'valibot')
    problems.push(`npm package ${name} is imported by ${[...files].join(' and ')}; one file may`);
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'layers: in order' : `layers: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function checkImport(name, file, specifier) {
  if (specifier.startsWith('node:')) {
    if (specifier.startsWith('node:fs') && !FILE_ACCESS.some((p) => p.test(name)))
      problems.push(`${name}: may not import ${specifier}`);
    return;
  }
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    const npm = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
    packageImporters.set(npm, (packageImporters.get(npm) ?? new Set()).add(name));
    return;
  }
  const target = relative(src, resolve(dirname(file), specifier)).replace(/\.ts$/, '');
  const own = layerOf(name);
  const allowed = MAY_IMPORT[own];
  if (allowed.includes('*') || layerOf(target) === own) return;
  if (!allowed.some((prefix) => target === prefix || target.startsWith(`${prefix}/`))) {
    problems.push(`${name}: ${own} may not import ${target}`);
  }
}

function layerOf(path) {
  const name = path.replace(/\.ts$/, '');
  if (name === 'index' || name === 'types.d') return 'index_ts';
  const parts = name.split('/');
  for (let length = parts.length; length > 0; length--) {
    const prefix = parts.slice(0, length).join('/');
    if (prefix in MAY_IMPORT) return prefix;
  }
  throw new Error(`src/${path} belongs to no layer`);
}

function importsOf(text) {
  const code = stripComments(text);
  const found = [];
  for (const pattern of [
    /\b(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
  ]) {
    for (const match of code.matchAll(pattern)) found.push(match[1]);
  }
  return found;
}

function stripComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}
