import { describe, expect, it } from 'vitest';
import { formatRecord, parseRecord } from '../../../src/packaging/record.ts';

const DIGEST = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
const HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('parseRecord', () => {
  it('reads paths, hashes and sizes', () => {
    expect(parseRecord(`a.py,sha256=${DIGEST},0\r\na-1.dist-info/RECORD,,\r\n`)).toEqual([
      { path: 'a.py', hash: { algorithm: 'sha256', digest: DIGEST }, size: 0 },
      { path: 'a-1.dist-info/RECORD', hash: undefined, size: undefined },
    ]);
  });

  it('reads quoted paths', () => {
    const paths = parseRecord('"a,b.py",,\n"say ""hi"".py",,3\n"two\nlines",,\nplain,,\n"half"way,,').map(
      ({ path }) => path,
    );
    expect(paths).toEqual(['a,b.py', 'say "hi".py', 'two\nlines', 'plain', 'halfway']);
  });

  it('takes what real files hold', () => {
    const rows = parseRecord(`a.py,sha256=${HEX},1\n/bin/x,sha256=\nb\nc,SHA256=${DIGEST}=,x\n"d",\n\nb\n`);
    expect(rows).toEqual([
      { path: 'a.py', hash: { algorithm: 'sha256', digest: DIGEST }, size: 1 },
      { path: '/bin/x', hash: undefined, size: undefined },
      { path: 'b', hash: undefined, size: undefined },
      { path: 'c', hash: { algorithm: 'sha256', digest: DIGEST }, size: undefined },
      { path: 'd', hash: undefined, size: undefined },
    ]);
  });

  it('keeps lines that contradict each other', () => {
    expect(parseRecord('a,,1\na,,1\na,,2\n').map(({ size }) => size)).toEqual([1, 2]);
  });

  it.each(['"open,,\n', ',sha256=x,1\n'])('refuses %j', (text) => {
    expect(() => parseRecord(text)).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_RECORD' }));
  });
});

describe('formatRecord', () => {
  it('sorts by code point, ends every row with LF and quotes where needed', () => {
    const hash = { algorithm: 'sha256', digest: DIGEST };
    const rows = [
      { path: 'b', hash, size: 12 },
      { path: 'a,"c"', hash: undefined, size: undefined },
      { path: 'B', hash: undefined, size: 0 },
    ];
    expect(formatRecord(rows)).toBe(`B,,0\n"a,""c""",,\nb,sha256=${DIGEST},12\n`);
  });
});
