import { describe, expect, it } from 'vitest';
import { readFacts } from '../../../src/python/facts.ts';
import { interpreterOf } from '../../../src/python/interpreter.ts';
import {
  matchesSpec,
  nameContradicts,
  parseVersionSpec,
  specRange,
  type VersionSpec,
} from '../../../src/python/spec.ts';
import { probeAnswer } from './probe-answer.ts';

describe('version specs', () => {
  it.each([
    ['3', {}, true],
    ['3.11', {}, true],
    ['3.11.7', {}, true],
    ['3.1', {}, false],
    ['3.11.8', {}, false],
    ['cpython@3.11', {}, true],
    ['pypy@3.11', {}, false],
    ['3.11-64', {}, true],
    ['3.11-32', {}, false],
    ['3.13', { version: [3, 13, 1], freeThreaded: true }, false],
    ['3.13t', { version: [3, 13, 1], freeThreaded: true }, true],
    ['3.11t', {}, false],
  ])('%s against %o: %s', (text, changes, fits) => {
    const facts = readFacts(probeAnswer(changes));
    if (facts === undefined) throw new Error('the answer was refused');
    expect(matchesSpec(interpreterOf(facts), spec(text))).toBe(fits);
  });

  it.each(['python3.11', './bin/python', '/usr/bin/python3', '3.', 'latest', ''])('%s is no version', (text) => {
    expect(parseVersionSpec(text)).toBeUndefined();
  });

  it('rules files and folders out by the version in their name, and only by that', () => {
    const names = [
      'python3.9',
      '3.9.18',
      'cpython-3.9.18-linux',
      'pypy3.9-7.3.15',
      'python3.11',
      'python3',
      'miniconda3-4.7.12',
      '3.11.2',
    ];
    expect(names.filter((name) => nameContradicts(name, spec('3.11')))).toEqual(names.slice(0, 4));
  });

  it('means a range of releases', () => {
    expect(specRange(spec('3.11'))).toBe('==3.11.*');
    expect(specRange(spec('3.11.7'))).toBe('==3.11.7');
  });
});

function spec(text: string): VersionSpec {
  const found = parseVersionSpec(text);
  if (found === undefined) throw new Error(`${text} is no version`);
  return found;
}
