import { TspmError } from '../errors.ts';
import { requireText } from './input.ts';
import { linuxPlatforms, macPlatforms } from './platform-tags.ts';

/** A platform that a lock can be made for. */
export interface NamedPlatform {
  /** Canonical name, as lock targets spell it: `manylinux_2_40_x86_64`. */
  readonly name: string;
  /** Platform tags, best first. */
  readonly platforms: readonly string[];
  /** Values of the marker variables that the platform fixes. */
  readonly markers: {
    readonly os_name: string;
    readonly sys_platform: string;
    readonly platform_system: string;
    readonly platform_machine: string;
  };
}

const PLATFORM_ALIASES: ReadonlyMap<string, string> = new Map([
  ['linux', 'manylinux_2_40_x86_64'],
  ['windows', 'windows_amd64'],
  ['macos', 'macos_14_0_arm64'],
  ['macos_arm64', 'macos_14_0_arm64'],
  ['macos_x86_64', 'macos_14_0_x86_64'],
  ['alpine', 'musllinux_1_2_x86_64'],
]);

const ARCH_ALIASES: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
  ['i386', 'x86'],
  ['i686', 'x86'],
]);

const LINUX_ARCHS: ReadonlySet<string> = new Set([
  'x86_64',
  'aarch64',
  'armv7l',
  'ppc64le',
  'ppc64',
  'x86',
  's390x',
  'riscv64',
  'loongarch64',
]);

/** By the name of the processor: its name in PDM's platforms, the platform tag, and what `platform.machine()` says. */
const WINDOWS_ARCHS: ReadonlyMap<string, readonly [string, string, string]> = new Map([
  ['x86_64', ['amd64', 'win_amd64', 'AMD64']],
  ['x86', ['x86', 'win32', 'x86']],
  ['aarch64', ['arm64', 'win_arm64', 'ARM64']],
]);

/**
 * Reads the name PDM gives to a platform: `linux`, `windows`, `macos`, `alpine` and their like, `manylinux_X_Y_ARCH`,
 * `musllinux_X_Y_ARCH`, `macos_X_Y_ARCH`, `windows_ARCH`. Throws TSPM_INVALID_TARGET.
 */
export function parsePlatformName(name: string): NamedPlatform {
  requireText(name, 'TSPM_INVALID_TARGET', 'platform');
  const platform = tryParsePlatformName(name);
  if (platform !== undefined) return platform;
  throw new TspmError('TSPM_INVALID_TARGET', `platform ${JSON.stringify(name)} is unknown`, {
    hint: 'give linux, windows, macos or alpine, or a name such as manylinux_2_28_x86_64, musllinux_1_2_aarch64, macos_13_0_arm64 or windows_amd64',
  });
}

/** As {@link parsePlatformName}, but undefined for any other text. */
export function tryParsePlatformName(name: string): NamedPlatform | undefined {
  const full = PLATFORM_ALIASES.get(name) ?? name;
  const [, family, major, minor, arch] =
    /^(manylinux|musllinux|macos)_(\d{1,2})_(\d{1,3})_(\w+)$/.exec(full) ?? /^(windows)()()_(\w+)$/.exec(full) ?? [];
  if (family === undefined || arch === undefined) return undefined;
  const machine = ARCH_ALIASES.get(arch) ?? arch;
  const version = [Number(major), Number(minor)] as const;
  if (family === 'windows') return windowsPlatform(machine);
  if (family === 'macos') return macPlatform(version, machine);
  return linuxPlatform(family === 'musllinux' ? 'musl' : 'glibc', version, machine);
}

function windowsPlatform(arch: string): NamedPlatform | undefined {
  const known = WINDOWS_ARCHS.get(arch);
  if (known === undefined) return undefined;
  const [suffix, platform, machine] = known;
  const markers = { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows', platform_machine: machine };
  return { name: `windows_${suffix}`, platforms: [platform], markers };
}

function macPlatform(version: readonly [number, number], arch: string): NamedPlatform | undefined {
  if (arch !== 'x86_64' && arch !== 'aarch64') return undefined;
  const machine = arch === 'aarch64' ? 'arm64' : arch;
  return {
    name: `macos_${version[0]}_${version[1]}_${machine}`,
    platforms: macPlatforms(version, machine),
    markers: { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin', platform_machine: machine },
  };
}

function linuxPlatform(
  library: 'glibc' | 'musl',
  version: readonly [number, number],
  arch: string,
): NamedPlatform | undefined {
  if (!LINUX_ARCHS.has(arch)) return undefined;
  const machine = arch === 'x86' ? 'i686' : arch;
  return {
    name: `${library === 'musl' ? 'musllinux' : 'manylinux'}_${version[0]}_${version[1]}_${arch}`,
    platforms: linuxPlatforms({ arch: machine, [library]: version, bits: 64 }),
    markers: { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux', platform_machine: machine },
  };
}
