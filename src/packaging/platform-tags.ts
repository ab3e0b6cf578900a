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

/** What the reference assumes until a third major is released. */
const LAST_GLIBC_MINOR = 50;

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

function loadableArchs({ arch, bits }: LinuxFacts): string[] {
  const native = bits === 32 ? narrowArch(arch) : arch;
  // A 32-bit interpreter on a 64-bit ARM kernel also runs what was built for the older instruction set.
  return native === 'armv8l' ? ['armv8l', 'armv7l'] : [native];
}

function narrowArch(arch: string): string {
  if (arch === 'x86_64') return 'i686';
  return arch === 'aarch64' ? 'armv8l' : arch;
}

/** A newer major of glibc, should there be one, loads what was built for an older one. */
function manylinuxPlatforms(arch: string, [major, minor]: readonly [number, number]): string[] {
  const platforms: string[] = [];
  const oldest = arch === 'x86_64' || arch === 'i686' ? 5 : 17;
  for (let release = major; release >= 2; release--) {
    const newest = release === major ? minor : LAST_GLIBC_MINOR;
    for (let older = newest; older >= (release === 2 ? oldest : 0); older--) {
      platforms.push(`manylinux_${release}_${older}_${arch}`);
      const alias = release === 2 ? MANYLINUX_ALIASES.get(older) : undefined;
      if (alias !== undefined) platforms.push(`${alias}_${arch}`);
    }
  }
  return platforms;
}

/** Formats of a binary that holds `arch`, on macOS 10.`minor` or (undefined) 11 and later. */
function binaryFormats(minor: number | undefined, arch: string): string[] {
  if (arch === 'arm64') return ['arm64', 'universal2'];
  const released = minor ?? Number.POSITIVE_INFINITY;
  if (arch === 'x86_64' && released >= 4) return [arch, 'intel', 'fat64', 'fat3', 'universal2', 'universal'];
  if (arch === 'i386' && released >= 4) return [arch, 'intel', 'fat3', 'fat', 'universal'];
  return [];
}
