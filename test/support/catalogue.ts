/** A small made catalogue for end to end tests: packages shaped like well-known ones, as wheels that a real Python imports. */
import type { IndexFile, IndexServer } from './index-server.ts';
import { runProgram, testPython } from './python.ts';
import { buildWheel, type BuiltWheel, type WheelSpec } from './wheel.ts';

/** A wheel and what the page of the index says of it. */
export type Published = WheelSpec & { readonly listing?: Partial<Omit<IndexFile, 'filename' | 'bytes'>> };

/** Adds wheels to the pages of their projects and gives them back, by `name version`. */
export function publish(server: IndexServer, specs: readonly Published[]): Map<string, BuiltWheel> {
  const built = new Map<string, BuiltWheel>();
  for (const spec of specs) {
    const wheel = buildWheel(spec);
    const { requiresPython } = spec;
    const listed = requiresPython === undefined ? {} : { requiresPython };
    server.add(spec.name, { filename: wheel.filename, bytes: wheel.bytes, ...listed, ...spec.listing });
    built.set(`${spec.name} ${spec.version}`, wheel);
  }
  return built;
}

/** Adds a source archive, of which only the name and the bytes matter here. */
export function publishArchive(server: IndexServer, project: string, filename: string): void {
  server.add(project, { filename, bytes: Buffer.from(`not opened: ${filename}`) });
}

/** Three packages with dependencies, extras, commands and a compiled wheel; `requests`, `rich` and `numpy` as the newest stable ones. */
export function mainCatalogue(): Published[] {
  return [
    { name: 'requests', version: '2.30.0', requires: REQUESTS, extras: ['socks'] },
    {
      name: 'requests',
      version: '2.31.0',
      requires: REQUESTS,
      extras: ['socks'],
      requiresPython: '>=3.7',
      summary: 'HTTP for humans',
    },
    { name: 'requests', version: '3.0.0a1', requires: REQUESTS },
    { name: 'idna', version: '3.6' },
    { name: 'urllib3', version: '2.1.0', requiresPython: '>=3.8' },
    { name: 'PySocks', version: '1.7.1', files: { 'socks.py': '__version__ = "1.7.1"\n' } },
    { name: 'win-only', version: '1.0' },
    { name: 'rich', version: '12.6.0', requires: ['pygments'] },
    { name: 'rich', version: '13.7.0', requires: ['pygments<3.0,>=2.13', 'markdown-it-py>=2.2'] },
    { name: 'Pygments', version: '2.17.2', entryPoints: { pygmentize: 'pygments:main' }, files: PYGMENTS },
    { name: 'markdown-it-py', version: '3.0.0', requires: ['mdurl~=0.1'], files: { 'markdown_it/__init__.py': '' } },
    { name: 'mdurl', version: '0.1.2' },
    { name: 'numpy', version: '1.26.4', tag: nativeTag(), purelib: false, files: numpyFiles('1.26.4') },
    { name: 'numpy', version: '1.26.4', tag: 'cp311-cp311-win_amd64', purelib: false, files: numpyFiles('1.26.4') },
  ];
}

/** The tag of wheels compiled for the Python of the tests, such as cp311-cp311-linux_x86_64. */
export function nativeTag(): string {
  const code =
    'import sys, sysconfig; v = "cp%d%d" % sys.version_info[:2]; print(v, v, sysconfig.get_platform().replace("-", "_").replace(".", "_"), sep="-")';
  return runProgram(testPython(), ['-I', '-c', code]);
}

/** `3.11` of the Python of the tests: the folder below `__pypackages__`. */
export function pythonIdent(): string {
  ident ??= runProgram(testPython(), ['-I', '-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
  return ident;
}

let ident: string | undefined;

const REQUESTS = [
  'idna<4,>=2.5',
  'urllib3<3,>=1.21.1',
  'PySocks!=1.5.7,>=1.5.6; extra == "socks"',
  'win-only; sys_platform == "win32"',
];

const PYGMENTS = {
  'pygments/__init__.py': '__version__ = "2.17.2"\n\n\ndef main():\n    print("pygments", __version__)\n',
  'pygments/lexers/__init__.py': '',
  'pygments/lexers/data.txt': 'python\n',
};

function numpyFiles(version: string): Record<string, string | Uint8Array> {
  return {
    'numpy/__init__.py': `__version__ = "${version}"\n`,
    'numpy/core/__init__.py': '',
    'numpy/core/_multiarray.so': Buffer.from('7f454c46020101', 'hex'),
    'numpy.libs/libblas.so': Buffer.from('7f454c46020101aa', 'hex'),
  };
}
