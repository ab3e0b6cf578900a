import { describe, expect, it } from 'vitest';
import { EVERY_FILE, exempting, fileRule, formatsOf } from '../../../src/index/file-rules.ts';

const formats = (noBinary: readonly string[], onlyBinary: readonly string[]): string =>
  formatsOf({ noBinary: new Set(noBinary), onlyBinary: new Set(onlyBinary) }, 'demo');

describe('formatsOf', () => {
  // The answers of PDM 2.29.3 for the same settings.
  it.each([
    [[], [], 'all'],
    [['demo'], [], 'archives'],
    [[':all:'], [], 'archives'],
    [[':none:'], [], 'all'],
    [[':all:', ':none:'], [], 'archives'],
    [['other'], [], 'all'],
    [[], ['demo'], 'wheels'],
    [[], [':all:'], 'wheels'],
    [['demo'], ['demo'], 'wheels'],
    [[':all:'], [':all:'], 'wheels'],
    [[':all:'], ['demo'], 'wheels'],
    [['demo'], [':all:'], 'archives'],
  ])('no-binary %j and only-binary %j leave %s', (noBinary, onlyBinary, expected) => {
    expect(formats(noBinary, onlyBinary)).toBe(expected);
  });
});

describe('fileRule', () => {
  it('leaves alone what is exempt', () => {
    const cutoff = { time: 0, text: '1970-01-01' };
    const rules = { ...EVERY_FILE, noBinary: new Set([':all:']), cutoff };
    expect(fileRule(rules, 'demo')).toEqual({ formats: 'archives', cutoff });
    expect(fileRule(exempting(rules, ['demo']), 'demo')).toEqual({ formats: 'all', cutoff: undefined });
  });
});
