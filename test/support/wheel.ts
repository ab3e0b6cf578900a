import { createHash } from 'node:crypto';

import { writeZip, type ZipMember, type ZipOptions } from './zip.ts';

/** What a test wants of a wheel. `name` and `version` alone give a small valid pure-Python wheel. */
export interface WheelSpec {
  readonly name: string;
  readonly version: string;
  /** `Requires-Dist` lines. */
  readonly requires?: readonly string[];
  /** `Provides-Extra` lines. */
  readonly extras?: readonly string[];
  readonly requiresPython?: string;
  readonly summary?: string;
  /** Further lines of METADATA, such as `License: MIT`. */
  readonly headers?: readonly string[];
  /** Files by path in the wheel. Default: one module `<name>/__init__.py` with `__version__`. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Files of `.data/scripts`, by name; written with the executable bit. */
  readonly scripts?: Readonly<Record<string, string | Uint8Array>>;
  /** `console_scripts` as name → `module:attribute`, or the whole text of entry_points.txt. */
  readonly entryPoints?: Readonly<Record<string, string>> | string;
  /** `py3-none-any` unless given; may be a compressed set. */
  readonly tag?: string;
  readonly build?: string;
  readonly purelib?: boolean;
  /** Paths that get the executable bit. */
  readonly executable?: readonly string[];
  /** Replaces METADATA / WHEEL; `undefined` leaves the file out. */
  readonly metadata?: string | Uint8Array | undefined;
  readonly wheel?: string | undefined;
  /** Rewrites RECORD (given the correct text); `undefined` leaves it out. */
  readonly record?: (text: string) => string | undefined;
  /** Rewrites the list of members just before the zip is written, RECORD being the last. */
  readonly members?: (members: readonly ZipMember[]) => readonly ZipMember[];
  readonly zip?: ZipOptions;
}

/** A wheel in memory. */
export interface BuiltWheel {
  readonly filename: string;
  readonly bytes: Uint8Array;
  /** Hex digest of `bytes`. */
  readonly sha256: string;
}

/** Builds a wheel with a correct RECORD; the same spec always gives the same bytes. */
export function buildWheel(spec: WheelSpec): BuiltWheel {
  const stem = `${escapePart(spec.name)}-${spec.version}`;
  const tag = spec.tag ?? 'py3-none-any';
  const files = wheelFiles(spec, stem, tag);
  const executable = new Set([
    ...(spec.executable ?? []),
    ...Object.keys(spec.scripts ?? {}).map((name) => `${stem}.data/scripts/${name}`),
  ]);
  const record = `${stem}.dist-info/RECORD`;
  const text = recordText(files, record);
  const recordData = spec.record === undefined ? text : spec.record(text);
  if (recordData !== undefined) files.set(record, recordData);
  const members: ZipMember[] = [...files].map(([name, data]) => ({
    name,
    data,
    mode: executable.has(name) ? 0o100755 : 0o100644,
  }));
  const bytes = writeZip(spec.members?.(members) ?? members, spec.zip);
  const build = spec.build === undefined ? '' : `-${spec.build}`;
  return { filename: `${stem}${build}-${tag}.whl`, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The RECORD text for these files: one row each with sha256 and size, then the row of RECORD itself. */
function recordText(files: ReadonlyMap<string, string | Uint8Array>, record: string): string {
  const rows = [...files].map(([path, content]) => {
    const data = Buffer.from(content);
    const digest = createHash('sha256').update(data).digest('base64url');
    return `${csvField(path)},sha256=${digest},${data.length}\n`;
  });
  return `${rows.join('')}${csvField(record)},,\n`;
}

function wheelFiles(spec: WheelSpec, stem: string, tag: string): Map<string, string | Uint8Array> {
  const module = escapePart(spec.name).replaceAll('.', '_').toLowerCase();
  const files = new Map<string, string | Uint8Array>(
    Object.entries(spec.files ?? { [`${module}/__init__.py`]: `__version__ = "${spec.version}"\n` }),
  );
  for (const [name, data] of Object.entries(spec.scripts ?? {})) files.set(`${stem}.data/scripts/${name}`, data);
  const texts: Record<string, string | Uint8Array | undefined> = {
    METADATA: 'metadata' in spec ? spec.metadata : metadataText(spec),
    WHEEL: 'wheel' in spec ? spec.wheel : wheelText(tag, spec.purelib ?? true),
    'entry_points.txt': entryPointsText(spec.entryPoints),
  };
  for (const [name, text] of Object.entries(texts)) {
    if (text !== undefined) files.set(`${stem}.dist-info/${name}`, text);
  }
  return files;
}

function metadataText(spec: WheelSpec): string {
  const lines = ['Metadata-Version: 2.1', `Name: ${spec.name}`, `Version: ${spec.version}`];
  if (spec.summary !== undefined) lines.push(`Summary: ${spec.summary}`);
  if (spec.requiresPython !== undefined) lines.push(`Requires-Python: ${spec.requiresPython}`);
  lines.push(...(spec.headers ?? []));
  lines.push(...(spec.extras ?? []).map((extra) => `Provides-Extra: ${extra}`));
  lines.push(...(spec.requires ?? []).map((requirement) => `Requires-Dist: ${requirement}`));
  return `${lines.join('\n')}\n`;
}

function wheelText(tag: string, purelib: boolean): string {
  const [python = '', abi = '', platform = ''] = tag.split('-');
  const tags = python
    .split('.')
    .flatMap((p) => abi.split('.').flatMap((a) => platform.split('.').map((f) => `Tag: ${p}-${a}-${f}\n`)));
  return `Wheel-Version: 1.0\nGenerator: tspm-tests 1.0\nRoot-Is-Purelib: ${String(purelib)}\n${tags.join('')}`;
}

function entryPointsText(entryPoints: WheelSpec['entryPoints']): string | undefined {
  if (entryPoints === undefined || typeof entryPoints === 'string') return entryPoints;
  const rows = Object.entries(entryPoints).map(([name, target]) => `${name} = ${target}\n`);
  return `[console_scripts]\n${rows.join('')}`;
}

function escapePart(text: string): string {
  return text.replaceAll(/[-_]+/gu, '_');
}

function csvField(text: string): string {
  return /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
