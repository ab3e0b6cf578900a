import { describe, expect, it } from 'vitest';

import {
  contentTime,
  formatManifest,
  isNative,
  parseManifest,
  type WheelManifest,
} from '../../../src/archive/wheel-manifest.ts';

const MANIFEST: WheelManifest = {
  format: 1,
  filename: 'a-1-py3-none-any.whl',
  sha256: 'a'.repeat(64),
  name: 'a',
  version: '1',
  distInfo: 'a-1.dist-info',
  purelib: true,
  files: [{ path: 'a/__init__.py', size: 3, sha256: 'A'.repeat(43), executable: false, native: false }],
};

describe('parseManifest', () => {
  it('reads what formatManifest writes', () => {
    expect(parseManifest(formatManifest(MANIFEST))).toEqual(MANIFEST);
  });

  const [file] = MANIFEST.files;
  it.each<[string, unknown]>([
    ['no object', 1],
    ['null', null],
    ['another format', { ...MANIFEST, format: 2 }],
    ['a missing field', { ...MANIFEST, name: undefined }],
    ['files that are no list', { ...MANIFEST, files: {} }],
    ['a path outside of the tree', { ...MANIFEST, files: [{ ...file, path: '../a' }] }],
    ['an absolute path', { ...MANIFEST, files: [{ ...file, path: '/etc/passwd' }] }],
    ['a size that is no number', { ...MANIFEST, files: [{ ...file, size: '3' }] }],
    ['a digest that is cut', { ...MANIFEST, files: [{ ...file, sha256: 'A' }] }],
  ])('refuses %s', (_, value) => {
    expect(parseManifest(JSON.stringify(value))).toBeUndefined();
  });

  it('refuses every truncation', () => {
    const text = formatManifest(MANIFEST).trimEnd();
    for (let length = 0; length < text.length; length++) expect(parseManifest(text.slice(0, length))).toBeUndefined();
  });
});

describe('isNative', () => {
  const portable = Buffer.alloc(128);
  portable.write('MZ', 0, 'latin1');
  portable.writeUInt32LE(0x40, 0x3c);
  portable.write('PE\0\0', 0x40, 'latin1');
  const javaClass = Buffer.from('cafebabe00000034', 'hex');
  it.each<[string, Uint8Array, boolean]>([
    ['ELF', Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), true],
    ['Mach-O', Buffer.from('cffaedfe07000001', 'hex'), true],
    ['universal Mach-O', Buffer.from('cafebabe00000002', 'hex'), true],
    ['a Java class', javaClass, false],
    ['PE', portable, true],
    [
      'text that begins with MZ',
      Buffer.from('MZ is a magic number that some text begins with, not being a program at all, is it'),
      false,
    ],
    ['a script', Buffer.from('#!/usr/bin/env python\n'), false],
    ['an empty file', Buffer.alloc(0), false],
    ['a short file', Buffer.from('\x7fEL', 'latin1'), false],
  ])('%s: %s', (_, bytes, native) => {
    expect(isNative(bytes)).toBe(native);
  });
});

it('contentTime depends on the content and lies between 2001 and 2011', () => {
  expect(contentTime('A'.repeat(43))).toBe(1_000_000_000);
  expect(contentTime('_'.repeat(43))).toBe(1_000_000_000 + 2 ** 28 - 1);
  expect(contentTime(`AAAB${'A'.repeat(39)}`)).not.toBe(contentTime('A'.repeat(43)));
});
