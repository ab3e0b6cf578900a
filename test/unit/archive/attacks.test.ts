import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';

import { describe, expect, it, onTestFinished } from 'vitest';

import { openWheel, type WheelArchive } from '../../../src/archive/wheel-archive.ts';
import { isTspmError, type ErrorCode } from '../../../src/errors.ts';
import { buildSdist } from '../../support/sdist.ts';
import { scratchFolder } from '../../support/tree.ts';
import { buildWheel, type WheelSpec } from '../../support/wheel.ts';
import { uint64s, writeZip, zipDescriptor, zipExtra, type ZipMember } from '../../support/zip.ts';

/** One hostile wheel and the code it must be refused with. */
type Attack = readonly [title: string, code: ErrorCode, spec: Partial<WheelSpec>, filename?: string];

const EVIL = { name: 'evil', version: '1.0' };
const DIST_INFO = 'evil-1.0.dist-info';
const OK = { 'evil/__init__.py': 'ok = 1\n' };

function files(more: Record<string, string | Uint8Array>): Partial<WheelSpec> {
  return { files: { ...OK, ...more } };
}

/** Members added behind RECORD, which knows nothing of them. */
function extra(...more: readonly ZipMember[]): Partial<WheelSpec> {
  return { members: (members) => [...members, ...more] };
}

/** Changes the member `evil/__init__.py`. */
function changed(change: Partial<ZipMember>): Partial<WheelSpec> {
  return {
    members: (members) =>
      members.map((member) => (member.name === 'evil/__init__.py' ? { ...member, ...change } : member)),
  };
}

function both(fields: NonNullable<ZipMember['local']>): Partial<WheelSpec> {
  return changed({ local: fields, central: fields });
}

function record(edit: (text: string) => string | undefined): Partial<WheelSpec> {
  return { record: edit };
}

function entryPoint(name: string, target = 'evil:ok'): Partial<WheelSpec> {
  return { entryPoints: { [name]: target } };
}

const CONTENT = Buffer.from(OK['evil/__init__.py']);

const CONTAINER: readonly Attack[] = [
  ['A01 parent directories', 'TSPM_ARCHIVE_PATH', files({ '../../../../out.py': '1' })],
  ['A01 parent directories inside', 'TSPM_ARCHIVE_PATH', files({ 'evil/../../out.py': '1' })],
  ['A02 an absolute path', 'TSPM_ARCHIVE_PATH', files({ '/abs/out.py': '1' })],
  ['A04 backslashes', 'TSPM_ARCHIVE_PATH', files({ '..\\..\\out.py': '1' })],
  ['A04 a backslash inside', 'TSPM_ARCHIVE_PATH', files({ 'evil\\a.py': '1' })],
  ['A05 a drive', 'TSPM_ARCHIVE_PATH', files({ 'C:/x.py': '1' })],
  ['A05 an NTFS stream', 'TSPM_ARCHIVE_PATH', files({ 'evil/a:stream': '1' })],
  ['A05 a question mark', 'TSPM_ARCHIVE_PATH', files({ 'evil/a?.py': '1' })],
  ['a Windows device', 'TSPM_ARCHIVE_PATH', files({ 'evil/NUL.py': '1' })],
  ['a trailing dot', 'TSPM_ARCHIVE_PATH', files({ 'evil/a./b.py': '1' })],
  ['a trailing blank', 'TSPM_ARCHIVE_PATH', files({ 'evil/a.py ': '1' })],
  ['A07 terminal escapes', 'TSPM_ARCHIVE_PATH', files({ 'evil/\x1b]0;x\x07.py': '1' })],
  ['A08 a line feed', 'TSPM_ARCHIVE_PATH', files({ 'evil/a\nb.py': '1' })],
  ['A08 a NUL', 'TSPM_ARCHIVE_PATH', files({ 'evil/a.py\0.txt': '1' })],
  ['A07 a right-to-left override', 'TSPM_ARCHIVE_PATH', files({ 'evil/a\u202eyp.exe': '1' })],
  ['A10 an empty name', 'TSPM_ARCHIVE_PATH', extra({ name: '', data: '1' })],
  ['A10 only a slash', 'TSPM_ARCHIVE_PATH', extra({ name: '/', data: '' })],
  ['an empty component', 'TSPM_ARCHIVE_PATH', files({ 'evil//a.py': '1' })],
  ['a dot component', 'TSPM_ARCHIVE_PATH', files({ 'evil/./a.py': '1' })],
  ['A11 a component of 300 bytes', 'TSPM_ARCHIVE_PATH', files({ [`evil/${'a'.repeat(300)}.py`]: '1' })],
  ['A11 a path of 1100 bytes', 'TSPM_ARCHIVE_PATH', files({ [`${'a'.repeat(99)}/`.repeat(11) + 'b.py']: '1' })],
  ['A11 a hundred folders deep', 'TSPM_ARCHIVE_LIMIT', files({ [`${'a/'.repeat(100)}b.py`]: '1' })],
  ['A13 names equal but for case', 'TSPM_ARCHIVE_PATH', files({ 'evil/A.py': '1', 'evil/a.py': '2' })],
  ['A14 names equal after normalising', 'TSPM_ARCHIVE_PATH', files({ 'evil/\u00e9.py': '1', 'evil/e\u0301.py': '2' })],
  [
    'A14 names equal after full case folding',
    'TSPM_ARCHIVE_PATH',
    files({ 'evil/stra\u00dfe.py': '1', 'evil/STRASSE.py': '2' }),
  ],
  ['A14 names equal by compatibility', 'TSPM_ARCHIVE_PATH', files({ 'evil/\ufb01.py': '1', 'evil/fi.py': '2' })],
  [
    'invalid UTF-8',
    'TSPM_ARCHIVE_PATH',
    extra({ name: Buffer.from([0x65, 0xff]), data: '', local: { flags: 0x800 }, central: { flags: 0x800 } }),
  ],
  ['A16 a file used as folder', 'TSPM_ARCHIVE', files({ 'evil/p': '1', 'evil/p/q.py': '2' })],
  ['A16 a file used as folder, but for case', 'TSPM_ARCHIVE', files({ 'evil/P': '1', 'evil/p/q.py': '2' })],
  ['A16 a file that is also a folder entry', 'TSPM_ARCHIVE', extra({ name: 'evil/__init__.py/', data: '' })],
  ['A17 a second member of one name', 'TSPM_ARCHIVE', extra({ name: 'evil/__init__.py', data: 'evil = 1\n' })],
  ['A19 other sizes in the local header', 'TSPM_ARCHIVE', changed({ local: { size: 1, packedSize: 1 } })],
  [
    'A19 another name in the local header',
    'TSPM_ARCHIVE',
    changed({ local: { name: Buffer.from('evil/__other__.py') } }),
  ],
  ['A19 another method in the local header', 'TSPM_ARCHIVE', changed({ local: { method: 0 } })],
  ['A19 another CRC in the local header', 'TSPM_ARCHIVE', changed({ local: { crc: 1 } })],
  ['A20 a wrong CRC', 'TSPM_ARCHIVE', both({ crc: 1 })],
  ['A20 a wrong size', 'TSPM_ARCHIVE', both({ size: CONTENT.length + 1 })],
  ['A20 a size too small', 'TSPM_ARCHIVE', both({ size: CONTENT.length - 1 })],
  ['broken packed data', 'TSPM_ARCHIVE', changed({ packed: Buffer.from([0xff, 0xff, 0xff]) })],
  ['packed data that goes on after its end', 'TSPM_ARCHIVE', changed({ packed: Buffer.from([3, 0, 1, 2]), data: '' })],
  ['A22 bytes before the first member', 'TSPM_ARCHIVE', { zip: { prefix: Buffer.from('#!/bin/sh\nexit\n') } }],
  ['A38 a tar archive in front', 'TSPM_ARCHIVE', { zip: { prefix: gunzipSync(buildSdist(EVIL).bytes) } }],
  ['A22 bytes after the end', 'TSPM_ARCHIVE', { zip: { suffix: Buffer.from('more') } }],
  ['A23 a comment', 'TSPM_ARCHIVE', { zip: { comment: Buffer.from('hello') } }],
  [
    'A23 a zip inside the comment',
    'TSPM_ARCHIVE',
    { zip: { comment: Buffer.from(writeZip([{ name: 'evil/__init__.py', data: 'evil = 1' }])) } },
  ],
  ['A23 a comment of a member', 'TSPM_ARCHIVE', changed({ centralComment: Buffer.from('hello') })],
  ['A25 a gap before the directory', 'TSPM_ARCHIVE', { zip: { gap: Buffer.alloc(7) } }],
  ['A25 a huge gap', 'TSPM_ARCHIVE', { zip: { gap: Buffer.alloc(200_000) } }],
  [
    'A25 a member the directory does not name',
    'TSPM_ARCHIVE',
    extra({ name: 'evil/hidden.py', data: 'evil = 1', hidden: true }),
  ],
  [
    'A26 members that share their data',
    'TSPM_ARCHIVE',
    extra(...Array.from({ length: 50 }, (_, i) => ({ name: `evil/m${i}.py`, data: 'ok = 1\n', offset: 0 }))),
  ],
  ['a count too small', 'TSPM_ARCHIVE', { zip: { count: 2 } }],
  ['a count too large', 'TSPM_ARCHIVE', { zip: { count: 9 } }],
  [
    'A28 two zip64 fields',
    'TSPM_ARCHIVE',
    changed({ central: { extra: Buffer.concat([zip64Sizes(), zip64Sizes()]) } }),
  ],
  [
    'A28 a zip64 field of a wrong length',
    'TSPM_ARCHIVE',
    changed({ central: { extra: zipExtra(1, Buffer.alloc(7)) } }),
  ],
  ['A28 an empty zip64 field', 'TSPM_ARCHIVE', changed({ central: { extra: zipExtra(1, Buffer.alloc(0)) } })],
  [
    'A28 a zip64 field that contradicts the header',
    'TSPM_ARCHIVE',
    changed({ central: { extra: zipExtra(1, uint64s(1, 1)) } }),
  ],
  ['a broken extra field', 'TSPM_ARCHIVE', changed({ central: { extra: Buffer.from([1, 2, 3]) } })],
  [
    'a second name in an extra field',
    'TSPM_ARCHIVE',
    changed({ central: { extra: zipExtra(0x7075, Buffer.from('\x01....evil/b.py')) } }),
  ],
  [
    'the same in the local header',
    'TSPM_ARCHIVE',
    changed({ local: { extra: zipExtra(0x7075, Buffer.from('\x01....evil/b.py')) } }),
  ],
  ['A28 a zip64 locator that points elsewhere', 'TSPM_ARCHIVE', zip64Edit((records) => records.writeUInt8(1, 64))],
  ['A28 a zip64 end record with more data', 'TSPM_ARCHIVE', zip64Edit((records) => records.writeUInt8(45, 4))],
  ['A28 a zip64 end record for several disks', 'TSPM_ARCHIVE', zip64Edit((records) => records.writeUInt8(2, 72))],
  ['A28 a zip64 locator without its record', 'TSPM_ARCHIVE', zip64Edit((records) => records.writeUInt8(0, 0))],
  ['A29 a data descriptor that differs', 'TSPM_ARCHIVE', descriptor(zipDescriptor(1, 2, 3))],
  ['A29 no data descriptor where one is announced', 'TSPM_ARCHIVE', descriptor(Buffer.alloc(0))],
  [
    'A29 a data descriptor that is not announced',
    'TSPM_ARCHIVE',
    changed({ descriptor: zipDescriptor(crc32(CONTENT), 9, 7) }),
  ],
  ...[1, 9, 12, 14, 93, 95, 99].map((method): Attack => [
    `A31 compression method ${method}`,
    'TSPM_ARCHIVE',
    changed({ method }),
  ]),
  ['encryption', 'TSPM_ARCHIVE', both({ flags: 0x801 })],
  ['strong encryption', 'TSPM_ARCHIVE', both({ flags: 0x840 })],
  ['A32 a zip bomb', 'TSPM_ARCHIVE_LIMIT', files({ 'evil/b': Buffer.alloc(100_000_000) })],
  ['A35 a symbolic link', 'TSPM_ARCHIVE', extra({ name: 'evil/link', data: '/etc/passwd', mode: 0o120777 })],
  ['A37 a FIFO', 'TSPM_ARCHIVE', extra({ name: 'evil/fifo', data: '', mode: 0o010644 })],
  ['A37 a device', 'TSPM_ARCHIVE', extra({ name: 'evil/device', data: '', mode: 0o060644 })],
  ['a folder with content', 'TSPM_ARCHIVE', extra({ name: 'evil/folder/', data: 'x' })],
];

const METADATA: readonly Attack[] = [
  ['A40 a file that RECORD does not list', 'TSPM_WHEEL_METADATA', extra({ name: 'evil/more.py', data: 'evil = 1' })],
  [
    'A41 a line of RECORD without file',
    'TSPM_WHEEL_METADATA',
    record((text) => `${text}evil/ghost.py,sha256=${'A'.repeat(43)},1\n`),
  ],
  [
    'A41 two different lines for one file',
    'TSPM_WHEEL_METADATA',
    record((text) => `${text}evil/__init__.py,sha256=${'A'.repeat(43)},1\n`),
  ],
  ['A43 an md5 line', 'TSPM_WHEEL_METADATA', record((text) => text.replace('sha256=', 'md5='))],
  ['A43 a line without hash', 'TSPM_WHEEL_METADATA', record((text) => text.replace(/sha256=[^,]*/u, ''))],
  ['A43 a line with an empty hash', 'TSPM_WHEEL_METADATA', record((text) => text.replace(/sha256=[^,]*/u, 'sha256='))],
  [
    'A43 a hash that is too short',
    'TSPM_WHEEL_METADATA',
    record((text) => text.replace(/sha256=[^,]*/u, 'sha256=AAAA')),
  ],
  ['A43 a line of two columns', 'TSPM_WHEEL_METADATA', record((text) => text.replace(/,\d+\n/u, '\n'))],
  ['A43 a line of 10 MB', 'TSPM_WHEEL_METADATA', record((text) => `${text}${'x'.repeat(10_000_000)},,\n`)],
  ['an open quote in RECORD', 'TSPM_WHEEL_METADATA', record((text) => `${text}"evil`)],
  ['A43 a line of four columns', 'TSPM_WHEEL_METADATA', record((text) => text.replace(/(,\d+)\n/u, '$1,more\n'))],
  ['A44 no RECORD', 'TSPM_WHEEL_METADATA', record(() => undefined)],
  ['a wrong hash', 'TSPM_HASH_MISMATCH', record((text) => text.replace(/sha256=[^,]*/u, `sha256=${'A'.repeat(43)}`))],
  ['a wrong size in RECORD', 'TSPM_HASH_MISMATCH', record((text) => text.replace(/,7\n/u, ',8\n'))],
  [
    'A46 another version in METADATA',
    'TSPM_WHEEL_METADATA',
    { metadata: 'Metadata-Version: 2.1\nName: evil\nVersion: 2.0\n' },
  ],
  [
    'A46 another name in METADATA',
    'TSPM_WHEEL_METADATA',
    { metadata: 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n' },
  ],
  [
    'a METADATA of an unknown major version',
    'TSPM_WHEEL_METADATA',
    { metadata: 'Metadata-Version: 3.0\nName: evil\nVersion: 1.0\n' },
  ],
  ['no METADATA', 'TSPM_WHEEL_METADATA', { metadata: undefined }],
  [
    'a METADATA above 4 MiB',
    'TSPM_ARCHIVE_LIMIT',
    { metadata: `Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n\n${'x'.repeat(5 << 20)}` },
  ],
  ['a METADATA that is no text', 'TSPM_WHEEL_METADATA', { metadata: Buffer.from([0xff, 0xfe]) }],
  ['A47 a second dist-info', 'TSPM_WHEEL_METADATA', files({ 'evil-2.0.dist-info/METADATA': 'Name: evil\n' })],
  [
    'A62 the dist-info of another project',
    'TSPM_WHEEL_METADATA',
    files({ 'six-1.17.0.dist-info/METADATA': 'Name: six\n' }),
  ],
  ['the name of another project', 'TSPM_WHEEL_METADATA', {}, 'other-1.0-py3-none-any.whl'],
  ['the name of another version', 'TSPM_WHEEL_METADATA', {}, 'evil-1.1-py3-none-any.whl'],
  ['A49 Wheel-Version 9.0', 'TSPM_WHEEL_METADATA', { wheel: 'Wheel-Version: 9.0\nRoot-Is-Purelib: true\n' }],
  ['A49 no Wheel-Version', 'TSPM_WHEEL_METADATA', { wheel: 'Root-Is-Purelib: true\n' }],
  ['A49 Root-Is-Purelib: maybe', 'TSPM_WHEEL_METADATA', { wheel: 'Wheel-Version: 1.0\nRoot-Is-Purelib: maybe\n' }],
  ['A49 no WHEEL', 'TSPM_WHEEL_METADATA', { wheel: undefined }],
  ...['../../../../out', '/abs', '..', '.', '', 'a/b', 'a\\b', 'python3'].map((name): Attack => [
    `A56 the script name "${name}"`,
    'TSPM_WHEEL_METADATA',
    entryPoint(name),
  ]),
  ...['evil;import os:ok', 'evil:ok()', 'evil:ok"', 'evil'].map((target): Attack => [
    `A58 the entry point ${target}`,
    'TSPM_WHEEL_METADATA',
    entryPoint('ok', target),
  ]),
  [
    'A59 entry points that are not UTF-8',
    'TSPM_WHEEL_METADATA',
    files({ [`${DIST_INFO}/entry_points.txt`]: Buffer.from([0xff]) }),
  ],
  [
    'A59 a command that is named twice',
    'TSPM_WHEEL_METADATA',
    { entryPoints: '[console_scripts]\nrun = evil:ok\nrun = evil:ok\n' },
  ],
  [
    'A59 a command that is one thing in a terminal and another without',
    'TSPM_WHEEL_METADATA',
    { entryPoints: '[console_scripts]\nrun = evil:ok\n[gui_scripts]\nrun = evil:other\n' },
  ],
  ['A64 headers outside of their folder', 'TSPM_ARCHIVE_PATH', files({ 'evil-1.0.data/headers/../../../x': '1' })],
  ['A64 a script outside of its folder', 'TSPM_ARCHIVE_PATH', files({ 'evil-1.0.data/scripts/../../../../out': '1' })],
  ['a file directly in .data', 'TSPM_WHEEL_METADATA', files({ 'evil-1.0.data/x.txt': '1' })],
  ['an unknown folder in .data', 'TSPM_WHEEL_METADATA', files({ 'evil-1.0.data/weird/x': '1' })],
  ['the .data of another wheel', 'TSPM_WHEEL_METADATA', files({ 'zzz-1.0.data/data/x': '1' })],
  [
    'a dist-info hidden in .data',
    'TSPM_WHEEL_METADATA',
    files({ 'evil-1.0.data/purelib/six-1.0.dist-info/METADATA': '1' }),
  ],
  ['A68 a sitecustomize module', 'TSPM_ARCHIVE_PATH', files({ 'sitecustomize.py': '1' })],
  ['A68 a usercustomize package', 'TSPM_ARCHIVE_PATH', files({ 'usercustomize/__init__.py': '1' })],
  [
    'A68 a sitecustomize module in .data',
    'TSPM_ARCHIVE_PATH',
    files({ 'evil-1.0.data/platlib/sitecustomize.py': '1' }),
  ],
];

const NOT_WHEELS: readonly (readonly [string, Uint8Array])[] = [
  ['A38 an empty file', Buffer.alloc(0)],
  ['A38 a page of HTML', Buffer.from('<!DOCTYPE html><html></html>')],
  ['A38 a tar archive', gunzipSync(buildSdist(EVIL).bytes)],
  ['A38 a gzip stream', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
  ['A38 an empty zip', writeZip([])],
  ['A38 a truncated wheel', buildWheel(EVIL).bytes.subarray(0, 400)],
];

describe('a hostile container is refused', () => {
  for (const [title, code, spec, filename] of CONTAINER) {
    it(`${title}: ${code}`, async () => {
      expect(await refusal(buildWheel({ ...EVIL, files: OK, ...spec }).bytes, filename)).toMatchObject(cleanly(code));
    });
  }

  it('A34 200,000 members', async () => {
    const members = Array.from({ length: 200_000 }, (_, i) => ({ name: `m${i}`, data: '', method: 0 }));
    expect(await refusal(writeZip(members, { zip64: true }))).toMatchObject(cleanly('TSPM_ARCHIVE_LIMIT'));
  });
});

describe('hostile metadata is refused', () => {
  for (const [title, code, spec, filename] of METADATA) {
    it(`${title}: ${code}`, async () => {
      expect(await refusal(buildWheel({ ...EVIL, files: OK, ...spec }).bytes, filename)).toMatchObject(cleanly(code));
    });
  }
});

describe('what is no wheel is refused', () => {
  it.each(NOT_WHEELS)('%s', async (_, bytes) => {
    const refused = await refusal(bytes);
    expect(refused).toMatchObject(cleanly('TSPM_ARCHIVE'));
    expect(refused.message).toMatch(/^evil-1\.0-py3-none-any\.whl: not a /u);
  });

  it('a name that is no wheel name', () => {
    expect(() => openWheel('missing', 'evil-1.0.zip')).toThrow(
      expect.objectContaining({ code: 'TSPM_INVALID_FILENAME' }),
    );
  });
});

describe('what is odd, and taken', () => {
  it('A37 of modes the executable bit alone counts', async () => {
    const { wheel, target } = await unpacked(changed({ mode: 0o104755 }));
    expect(wheel.warnings).toEqual([]);
    expect(statSync(join(target, 'evil/__init__.py')).mode & 0o7777).toBe(0o755);
  });

  it('A50 tags that the file name does not have are told', async () => {
    const text = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: cp39-cp39-win32\n';
    const { wheel } = await unpacked({ wheel: text });
    expect(wheel.warnings).toEqual([
      'evil-1.0-py3-none-any.whl: its WHEEL file is about cp39-cp39-win32, which the file name does not say',
    ]);
  });
});

it('says archive, member and problem in one line without control characters', async () => {
  const { bytes } = buildWheel({ ...EVIL, ...files({ 'evil/\x1b[2J\n.py': '1' }) });
  expect((await refusal(bytes)).message).toBe(
    'evil-1.0-py3-none-any.whl: evil/\\u{1b}[2J\\u{a}.py: the name has a control or invisible character',
  );
});

it('shows the first bytes of what is no wheel', async () => {
  expect((await refusal(Buffer.from('<html>\x1b[0m'))).message).toBe(
    'evil-1.0-py3-none-any.whl: not a wheel: it begins with "<html>\\x1b[0m" and not with a zip member',
  );
});

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Whether the message names the wheel and has no control character. */
  readonly printable: boolean;
  /** What lies around the target afterwards. */
  readonly outside: readonly string[];
}

/** A refusal as it must be besides its message. */
function cleanly(code: ErrorCode): Partial<Refusal> {
  return { code, printable: true, outside: ['deep', 'file.whl', 'er', 'target'] };
}

/** Opens and unpacks a wheel that must be refused. */
async function refusal(bytes: Uint8Array, filename = 'evil-1.0-py3-none-any.whl'): Promise<Refusal> {
  const folder = scratchFolder();
  const path = join(folder, 'file.whl');
  const target = join(folder, 'deep', 'er', 'target');
  writeFileSync(path, bytes);
  mkdirSync(target, { recursive: true });
  const error = await unpack(path, filename, target).then(
    () => new Error('accepted'),
    (thrown: unknown) => thrown,
  );
  if (!isTspmError(error)) throw error;
  const { code, message } = error;
  const outside = [folder, join(folder, 'deep'), dirname(target)].flatMap((each) => readdirSync(each).sort());
  return { code, message, printable: message.includes(filename) && !/\p{Cc}/u.test(message), outside };
}

/** A wheel that is accepted, and the folder it was unpacked into. */
async function unpacked(spec: Partial<WheelSpec>): Promise<{ readonly wheel: WheelArchive; readonly target: string }> {
  const folder = scratchFolder();
  const { bytes, filename } = buildWheel({ ...EVIL, files: OK, ...spec });
  const target = join(folder, 'target');
  mkdirSync(target);
  writeFileSync(join(folder, filename), bytes);
  const wheel = openWheel(join(folder, filename), filename);
  onTestFinished(() => wheel.close());
  await wheel.extract(target);
  return { wheel, target };
}

async function unpack(path: string, filename: string, target: string): Promise<void> {
  const wheel = openWheel(path, filename);
  try {
    await wheel.extract(target);
  } finally {
    wheel.close();
  }
}

function zip64Sizes(): Buffer {
  return zipExtra(1, uint64s(CONTENT.length, CONTENT.length));
}

function zip64Edit(edit: (records: Buffer) => void): Partial<WheelSpec> {
  return {
    zip: {
      zip64: true,
      editZip64: (records) => {
        edit(records);
        return records;
      },
    },
  };
}

/** Announces a data descriptor for a stored member and writes this one. */
function descriptor(bytes: Buffer): Partial<WheelSpec> {
  const flags = { flags: 0x808 };
  return changed({ method: 0, local: { ...flags, crc: 0, size: 0, packedSize: 0 }, central: flags, descriptor: bytes });
}
