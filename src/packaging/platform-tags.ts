/** Facts that decide the platform tags of an interpreter on Linux. */
export interface LinuxFacts {
  /** `platform.machine()`: `x86_64`, `aarch64` and so on. */
  readonly arch: string;
  /** Version of the C library the interpreter is linked with; at most one of the two is there. */
  readonly glibc?: readonly [number, number] | undefined;
  readonly musl?: readonly [number, number] | undefined;
  /** Width of the interpreter's pointers. */
  readonly bits: 32 | 64;
}

/** A platform that a lock can be made for. */
export interface NamedPlatform {
  /** Canonical name, for example `manylinux_2_40_x86_64`. */
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

const MANYLINUX_ARCHS = new Set([
  'x86_64',
  'i686',
  'aarch64',
  'armv7l',
  'ppc64',
  'ppc64le',
  's390x',
  'loongarch64',
  'riscv64',
]);

/** Names of PEP 513, 571 and 599 by the minor of the glibc they stand for. */
const MANYLINUX_ALIASES: ReadonlyMap<number, string> = new Map([
  [17, 'manylinux2014'],
  [12, 'manylinux2010'],
  [5, 'manylinux1'],
]);

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

const LINUX_ARCHS = new Set([
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

/** Platform tags of Linux, best first: the native tag, manylinux from the system's glibc downwards (PEP 600), musllinux (PEP 656). */
export function linuxPlatforms(facts: LinuxFacts): string[] {
  const archs = loadableArchs(facts);
  const platforms = archs.map((arch) => `linux_${arch}`);
  if (facts.glibc !== undefined && archs.some((arch) => MANYLINUX_ARCHS.has(arch))) {
    for (const arch of archs) platforms.push(...manylinuxPlatforms(arch, facts.glibc));
  }
  if (facts.musl !== undefined) {
    const [major, minor] = facts.musl;
    for (const arch of archs) {
      for (let older = minor; older >= 0; older--) platforms.push(`musllinux_${major}_${older}_${arch}`);
    }
  }
  return platforms;
}

/** Platform tags of macOS `major.minor`, best first; `arch` is the interpreter's own, also under translation. */
export function macPlatforms(version: readonly [number, number], arch: string): string[] {
  const [major, minor] = version;
  const platforms: string[] = [];
  const add = (release: string, formats: readonly string[]): void => {
    for (const format of formats) platforms.push(`macosx_${release}_${format}`);
  };
  if (major === 10) for (let older = minor; older >= 0; older--) add(`10_${older}`, binaryFormats(older, arch));
  // From macOS 11 on the major alone counts, and wheels for 10.x may still hold both architectures.
  for (let older = major; older >= 11; older--) add(`${older}_0`, binaryFormats(undefined, arch));
  if (major < 11) return platforms;
  for (let older = 16; older >= 4; older--) {
    add(`10_${older}`, arch === 'x86_64' ? binaryFormats(older, arch) : ['universal2']);
  }
  return platforms;
}

/** A platform by the name PDM gives it (`linux`, `windows_amd64`, `musllinux_1_2_aarch64` …); undefined for any other text. */
export function platformsForName(name: string): NamedPlatform | undefined {
  const full = PLATFORM_ALIASES.get(name) ?? name;
  const [, family, major, minor, arch] =
    /^(manylinux|musllinux|macos)_(\d{1,4})_(\d{1,4})_(\w+)$/.exec(full) ?? /^(windows)()()_(\w+)$/.exec(full) ?? [];
  if (family === undefined || arch === undefined) return undefined;
  const machine = ARCH_ALIASES.get(arch) ?? arch;
  const version = [Number(major), Number(minor)] as const;
  if (family === 'windows') return windowsPlatform(machine);
  if (family === 'macos') return macPlatform(version, machine);
  return linuxPlatform(family === 'musllinux' ? 'musl' : 'glibc', version, machine);
}

function loadableArchs({ arch, bits }: LinuxFacts): string[] {
  const native = bits === 32 ? narrowArch(arch) : arch;
  // A 32-bit interpreter on a 64-bit ARM kernel also runs what was built for the older instruction set.
  return native === 'armv8l' ? ['armv8l', 'armv7l'] : [native];
}

function narrowArch(arch: string): string {
  if (arch === 'x86_64') return 'i686';
  return arch === 'aarch64' ? 'armv8l' : arch;
}

function manylinuxPlatforms(arch: string, [major, minor]: readonly [number, number]): string[] {
  const platforms: string[] = [];
  const oldest = arch === 'x86_64' || arch === 'i686' ? 5 : 17;
  if (major !== 2) return platforms;
  for (let older = minor; older >= oldest; older--) {
    platforms.push(`manylinux_2_${older}_${arch}`);
    const alias = MANYLINUX_ALIASES.get(older);
    if (alias !== undefined) platforms.push(`${alias}_${arch}`);
  }
  return platforms;
}

/** Formats of a binary that holds `arch`, on macOS 10.`minor` or (undefined) 11 and later. */
function binaryFormats(minor: number | undefined, arch: string): string[] {
  if (arch === 'arm64') return ['arm64', 'universal2'];
  const released = minor ?? Number.POSITIVE_INFINITY;
  if (arch === 'x86_64' && released >= 4) return [arch, 'intel', 'fat64', 'fat32', 'universal2', 'universal'];
  if (arch === 'i386' && released >= 4) return [arch, 'intel', 'fat32', 'fat', 'universal'];
  return [];
}

function windowsPlatform(arch: string): NamedPlatform | undefined {
  const known = {
    x86_64: ['amd64', 'win_amd64', 'AMD64'],
    x86: ['x86', 'win32', 'x86'],
    aarch64: ['arm64', 'win_arm64', 'ARM64'],
  };
  const [suffix, platform, machine] = Object.entries(known).find(([key]) => key === arch)?.[1] ?? [];
  if (suffix === undefined || platform === undefined || machine === undefined) return undefined;
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
