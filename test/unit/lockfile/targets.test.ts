import { describe, expect, it } from 'vitest';
import type { LockTarget } from '../../../src/lockfile/model.ts';
import { lockEnvironment, requireTarget, targetFit, type LockEnvironment } from '../../../src/lockfile/targets.ts';

const here: LockEnvironment = {
  pythonVersion: '3.11.7',
  platform: 'manylinux_2_36_x86_64',
  implementation: 'cpython',
  freeThreaded: false,
};
const lock = (targets: readonly LockTarget[]) => ({
  groups: [],
  strategy: ['inherit_metadata'],
  lockVersion: '4.5.1',
  contentHash: undefined,
  targets,
  packages: [],
});

describe('lock targets', () => {
  it.each<[LockTarget, string]>([
    [{ requiresPython: '' }, 'ok'],
    [{ requiresPython: '>=3.9' }, 'ok'],
    [{ requiresPython: '>=3.8,<3.9.0||>=3.10.0,<3.12' }, 'ok'],
    [{ requiresPython: '>=3.8,<3.9.0||>=3.12' }, 'no'],
    [{ requiresPython: '==3.12.*' }, 'no'],
    [{ requiresPython: '', platform: 'manylinux_2_17_x86_64' }, 'ok'],
    [{ requiresPython: '', platform: 'manylinux_2_40_x86_64' }, 'higher'],
    [{ requiresPython: '', platform: 'manylinux_3_0_x86_64' }, 'higher'],
    [{ requiresPython: '', platform: 'manylinux_2_17_aarch64' }, 'no'],
    [{ requiresPython: '', platform: 'musllinux_1_2_x86_64' }, 'no'],
    [{ requiresPython: '', platform: 'windows_amd64' }, 'no'],
    [{ requiresPython: '', platform: 'beos' }, 'no'],
    [{ requiresPython: '', implementation: 'cpython', gilDisabled: false }, 'ok'],
    [{ requiresPython: '', implementation: 'cpython', gilDisabled: true }, 'no'],
    [{ requiresPython: '', implementation: 'pypy', gilDisabled: false }, 'no'],
  ])('%j: %s', (target, fit) => {
    expect(targetFit(target, here)).toBe(fit);
  });

  it('warn or refuse', () => {
    const newer = { requiresPython: '', platform: 'manylinux_2_40_x86_64' };
    expect(requireTarget(lock([newer, { requiresPython: '' }]), here)).toBeUndefined();
    expect(requireTarget(lock([newer]), here)).toMatch(
      /^Found lock target any Python, manylinux_2_40_x86_64, installing for env/,
    );
    expect(() => requireTarget(lock([{ requiresPython: '>=3.12' }]), here)).toThrow(
      expect.objectContaining({ code: 'TSPM_LOCK_TARGET', message: expect.stringContaining('Python >=3.12') }),
    );
    expect(requireTarget(lock([]), here)).toBeUndefined();
  });

  it.each([
    [{ requiresPython: '>=3.12' }, "tspm lock --append --python '==3.11.*'"],
    [
      { requiresPython: '', platform: 'windows_amd64', implementation: 'pypy', gilDisabled: false },
      "tspm lock --append --python '==3.11.*' --platform manylinux_2_36_x86_64 --implementation cpython",
    ],
  ])('name the command that adds this environment to %j', (target, command) => {
    const hint = expect.stringMatching(new RegExp(`${command.replaceAll(/[.*]/g, '\\$&')}$`));
    expect(() => requireTarget(lock([target]), here)).toThrow(expect.objectContaining({ hint }));
  });

  it('are compared with what the interpreter says', () => {
    const facts = { versionText: '3.13.0', implementation: 'CPython', freeThreaded: true };
    const platformOf = (platforms: readonly string[]) =>
      lockEnvironment({ ...facts, tagTarget: { platforms } }).platform;
    expect(lockEnvironment({ ...facts, tagTarget: { platforms: ['manylinux_2_36_x86_64', 'linux_x86_64'] } })).toEqual({
      pythonVersion: '3.13.0',
      platform: 'manylinux_2_36_x86_64',
      implementation: 'cpython',
      freeThreaded: true,
    });
    expect(platformOf(['linux_x86_64', 'musllinux_1_2_x86_64'])).toBe('musllinux_1_2_x86_64');
    expect(platformOf(['macosx_14_0_arm64'])).toBe('macos_14_0_arm64');
    expect(platformOf(['win_amd64'])).toBe('windows_amd64');
  });
});
