/** What one run of the probe program tells about an interpreter, plus what the executable file itself tells. */
export interface InterpreterFacts {
  readonly version: readonly [number, number, number];
  /** `sys.executable`. */
  readonly executable: string;
  readonly prefix: string;
  readonly basePrefix: string;
  /** `sys.implementation.name`. */
  readonly implementation: string;
  /** `sysconfig.get_platform()`, such as `linux-x86_64`. */
  readonly platform: string;
  readonly bits: number;
  readonly freeThreaded: boolean;
  readonly debug: boolean;
  readonly extensionSuffix: string | undefined;
  readonly soabi: string | undefined;
  /** Version of the C library the interpreter runs on, `2.36`; at most one of `glibc` and `musl` is there. */
  readonly glibc: readonly [number, number] | undefined;
  readonly musl: readonly [number, number] | undefined;
  /** Minor manylinux versions the interpreter's own `_manylinux` module allows or refuses. */
  readonly manylinux: ReadonlyMap<number, boolean>;
  readonly macos: { readonly version: readonly [number, number]; readonly machine: string } | undefined;
  /** The environment marker variables (dependency specifiers, environment markers). */
  readonly markers: Readonly<Record<string, string>>;
  /** Program loader named in the executable (ELF `PT_INTERP`). */
  readonly loader: string | undefined;
}

const MARKER_NAMES = [
  'implementation_name',
  'implementation_version',
  'os_name',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_full_version',
  'python_version',
  'sys_platform',
] as const;

/** Reads the JSON answer of the probe program, or of the cache; undefined when it is not one. */
export function readFacts(value: unknown): InterpreterFacts | undefined {
  if (!isRecord(value)) return undefined;
  const { version, executable, prefix, basePrefix, implementation, platform, bits, freeThreaded, debug } = value;
  const markers = readMarkers(value['markers']);
  if (!isTriple(version) || markers === undefined) return undefined;
  if (!isText(executable) || !isText(prefix) || !isText(basePrefix) || !isText(implementation)) return undefined;
  if (
    !isText(platform) ||
    typeof bits !== 'number' ||
    typeof freeThreaded !== 'boolean' ||
    typeof debug !== 'boolean'
  ) {
    return undefined;
  }
  return {
    version,
    executable,
    prefix,
    basePrefix,
    implementation,
    platform,
    bits,
    freeThreaded,
    debug,
    extensionSuffix: optionalText(value['extensionSuffix']),
    soabi: optionalText(value['soabi']),
    glibc: readPair(value['glibc']),
    musl: readPair(value['musl']),
    manylinux: readAnswers(value['manylinux']),
    macos: readMacos(value['macos']),
    markers,
    loader: optionalText(value['loader']),
  };
}

/** The facts as JSON data that {@link readFacts} reads back. */
export function factsToJson(facts: InterpreterFacts): Readonly<Record<string, unknown>> {
  const { manylinux, macos, glibc, musl, ...rest } = facts;
  return {
    ...rest,
    glibc: glibc?.join('.'),
    musl: musl?.join('.'),
    manylinux: Object.fromEntries(manylinux),
    macos: macos === undefined ? undefined : { version: macos.version.join('.'), machine: macos.machine },
  };
}

/** The first two numbers of a version text (`2.20-2014.11` gives 2 and 20). */
function readPair(value: unknown): readonly [number, number] | undefined {
  const match = typeof value === 'string' ? /^(\d+)\.(\d+)/.exec(value) : null;
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

function readMarkers(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined;
  const markers: Record<string, string> = {};
  for (const name of MARKER_NAMES) {
    const text = value[name];
    if (typeof text !== 'string') return undefined;
    markers[name] = text;
  }
  return markers;
}

function readAnswers(value: unknown): ReadonlyMap<number, boolean> {
  const answers = new Map<number, boolean>();
  if (!isRecord(value)) return answers;
  for (const [minor, allowed] of Object.entries(value)) {
    if (typeof allowed === 'boolean') answers.set(Number(minor), allowed);
  }
  return answers;
}

function readMacos(value: unknown): InterpreterFacts['macos'] {
  if (!isRecord(value)) return undefined;
  const version = readPair(value['version']);
  const machine = optionalText(value['machine']);
  return version === undefined || machine === undefined ? undefined : { version, machine };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTriple(value: unknown): value is readonly [number, number, number] {
  return Array.isArray(value) && value.length === 3 && value.every((part) => Number.isSafeInteger(part));
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function optionalText(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}
