import { describe, expect, it } from 'vitest';
import { factsToJson, readFacts } from '../../../src/python/facts.ts';
import { interpreterOf } from '../../../src/python/interpreter.ts';
import { probeAnswer } from './probe-answer.ts';

describe('readFacts', () => {
  it('reads an answer and gives the same facts back from their JSON form', () => {
    const facts = readFacts(probeAnswer({ glibc: '2.36', manylinux: { 17: false }, loader: '/lib64/ld.so' }));
    expect(facts?.glibc).toEqual([2, 36]);
    expect(facts?.manylinux).toEqual(new Map([[17, false]]));
    expect(readFacts(JSON.parse(JSON.stringify(factsToJson(facts ?? fail()))))).toEqual(facts);
  });

  it.each([
    ['no object', []],
    ['no version', probeAnswer({ version: undefined })],
    ['a version of texts', probeAnswer({ version: ['3', '11', '7'] })],
    ['an empty executable', probeAnswer({ executable: '' })],
    ['a marker too few', probeAnswer({ markers: { os_name: 'posix' } })],
  ])('refuses %s', (_, answer) => {
    expect(readFacts(answer)).toBeUndefined();
  });

  it('keeps the leading numbers of odd C library versions', () => {
    expect(readFacts(probeAnswer({ glibc: '2.20-2014.11' }))?.glibc).toEqual([2, 20]);
  });
});

describe('interpreterOf', () => {
  const ident = (changes: Record<string, unknown>) => interpreterOf(readFacts(probeAnswer(changes)) ?? fail()).ident;
  const windows = { ...(probeAnswer({})['markers'] as object), sys_platform: 'win32' };

  it('names the packages folder by version, free threading and, on Windows, 32 bits', () => {
    expect(ident({})).toBe('3.11');
    expect(ident({ version: [3, 13, 1], freeThreaded: true })).toBe('3.13t');
    expect(ident({ bits: 32 })).toBe('3.11');
    expect(ident({ bits: 32, platform: 'win32', markers: windows })).toBe('3.11-32');
  });
});

function fail(): never {
  throw new Error('the answer was refused');
}
