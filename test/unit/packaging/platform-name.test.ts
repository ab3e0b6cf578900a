import { describe, expect, it } from 'vitest';
import { parsePlatformName, tryParsePlatformName } from '../../../src/packaging/platform-name.ts';

describe('parsePlatformName', () => {
  it.each([
    ['linux', 'manylinux_2_40_x86_64', 'linux_x86_64', 'x86_64'],
    ['alpine', 'musllinux_1_2_x86_64', 'linux_x86_64', 'x86_64'],
    ['macos', 'macos_14_0_arm64', 'macosx_14_0_arm64', 'arm64'],
    ['macos_x86_64', 'macos_14_0_x86_64', 'macosx_14_0_x86_64', 'x86_64'],
    ['windows', 'windows_amd64', 'win_amd64', 'AMD64'],
    ['windows_arm64', 'windows_arm64', 'win_arm64', 'ARM64'],
    ['windows_x86', 'windows_x86', 'win32', 'x86'],
    ['manylinux_2_17_arm64', 'manylinux_2_17_aarch64', 'linux_aarch64', 'aarch64'],
    ['manylinux_2_17_i686', 'manylinux_2_17_x86', 'linux_i686', 'i686'],
  ])('reads %s as %s', (name, canonical, best, machine) => {
    const platform = parsePlatformName(name);
    expect([platform.name, platform.platforms[0], platform.markers.platform_machine]).toEqual([
      canonical,
      best,
      machine,
    ]);
    expect(parsePlatformName(canonical)).toEqual(platform);
  });

  it('knows the markers of each system', () => {
    const systems = ['linux', 'macos', 'windows'].map((name) => parsePlatformName(name).markers);
    expect(systems.map((markers) => [markers.os_name, markers.sys_platform, markers.platform_system])).toEqual([
      ['posix', 'linux', 'Linux'],
      ['posix', 'darwin', 'Darwin'],
      ['nt', 'win32', 'Windows'],
    ]);
  });

  it.each([
    'Linux',
    'freebsd',
    'manylinux_2_17',
    'manylinux_2_17_vax',
    'macos_14_arm64',
    'windows_sparc',
    'toString',
    '',
  ])('refuses %j', (name) => {
    expect(tryParsePlatformName(name)).toBeUndefined();
    expect(() => parsePlatformName(name)).toThrow(expect.objectContaining({ code: 'TSPM_INVALID_TARGET' }));
  });
});
