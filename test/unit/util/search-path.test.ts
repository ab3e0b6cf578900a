import { describe, expect, it } from 'vitest';
import { pathFolders, searchProgram } from '../../../src/util/search-path.ts';

describe('searchProgram', () => {
  const files =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path);

  it('takes the first folder that has the program', () => {
    const search = { env: { PATH: '/a:/b:/c' }, windows: false, isExecutable: files('/b/x', '/c/x') };
    expect(searchProgram('x', search)).toBe('/b/x');
    expect(searchProgram('y', search)).toBeUndefined();
  });

  it('leaves out empty and relative folders, whose meaning changes with the current one', () => {
    expect(pathFolders({ env: { PATH: ':bin:./x:/a/:/a' }, windows: false })).toEqual(['/a']);
    expect(pathFolders({ env: {}, windows: false })).toEqual([]);
  });

  it('adds the endings of PATHEXT on Windows', () => {
    const search = {
      env: { Path: String.raw`C:\bin`, PATHEXT: '.EXE;.CMD' },
      windows: true,
      isExecutable: files(String.raw`C:\bin\x.CMD`, String.raw`C:\bin\y.exe`),
    };
    expect(searchProgram('x', search)).toBe(String.raw`C:\bin\x.CMD`);
    expect(searchProgram('y.exe', search)).toBe(String.raw`C:\bin\y.exe`);
  });
});
