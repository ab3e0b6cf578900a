/** Source archives in memory: `name-version.tar.gz` with PKG-INFO and a pyproject.toml whose metadata is static. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** What a test wants of a source archive. */
export interface SdistSpec {
  readonly name: string;
  readonly version: string;
  /** Requirement lines. */
  readonly requires?: readonly string[];
  /** Requirement lines by extra. */
  readonly extras?: Readonly<Record<string, readonly string[]>>;
  readonly requiresPython?: string;
  /** Replace the files that are there by default, or add to them; by path below `name-version/`. */
  readonly files?: Readonly<Record<string, string | undefined>>;
}

/** A source archive in memory. */
export interface BuiltSdist {
  readonly filename: string;
  readonly bytes: Uint8Array;
  /** Hex digest of `bytes`. */
  readonly sha256: string;
}

/** Builds a source archive; the same spec always gives the same bytes. */
export function buildSdist(spec: SdistSpec): BuiltSdist {
  const stem = `${spec.name.replaceAll(/[-_.]+/g, '_').toLowerCase()}-${spec.version}`;
  const files: Record<string, string | undefined> = {
    'PKG-INFO': packageInfo(spec),
    'pyproject.toml': pyproject(spec),
    ...spec.files,
  };
  const members = Object.entries(files).flatMap(([path, text]) =>
    text === undefined ? [] : tarMember(`${stem}/${path}`, Buffer.from(text)),
  );
  const bytes = gzipSync(Buffer.concat([...members, Buffer.alloc(2 * BLOCK)]));
  return { filename: `${stem}.tar.gz`, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Core metadata 2.2: what is not said to be dynamic holds for every wheel built from the archive. */
function packageInfo({ name, version, requires = [], extras = {}, requiresPython }: SdistSpec): string {
  const lines = ['Metadata-Version: 2.2', `Name: ${name}`, `Version: ${version}`];
  if (requiresPython !== undefined) lines.push(`Requires-Python: ${requiresPython}`);
  lines.push(...requires.map((line) => `Requires-Dist: ${line}`), ...extraLines(extras));
  return `${lines.join('\n')}\n`;
}

/** Provides-Extra and Requires-Dist lines of extras: the condition on the extra joins the marker that is there. */
function extraLines(extras: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(extras).flatMap(([extra, lines]) => [
    `Provides-Extra: ${extra}`,
    ...lines.map((line) => `Requires-Dist: ${underExtra(line, extra)}`),
  ]);
}

/** A requirement line that counts only with an extra. */
export function underExtra(line: string, extra: string): string {
  const [requirement = '', marker] = line.split(';').map((part) => part.trim());
  const condition = `extra == "${extra}"`;
  return `${requirement}; ${marker === undefined ? condition : `(${marker}) and ${condition}`}`;
}

function pyproject({ name, version, requires = [], extras = {}, requiresPython }: SdistSpec): string {
  const list = (lines: readonly string[]): string => JSON.stringify(lines);
  const python = requiresPython === undefined ? '' : `requires-python = ${JSON.stringify(requiresPython)}\n`;
  const optional = Object.entries(extras).map(([extra, lines]) => `${JSON.stringify(extra)} = ${list(lines)}\n`);
  return `[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = ${JSON.stringify(name)}
version = ${JSON.stringify(version)}
${python}dependencies = ${list(requires)}

[project.optional-dependencies]
${optional.join('')}`;
}

const BLOCK = 512;

/** Header and data of a regular file in the ustar form. */
function tarMember(path: string, data: Buffer): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  header.write(path, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)];
}
