import type { Interpreter } from './interpreter.ts';

/** A Python asked for by version: `3.11`, `3.13t`, `pypy@3.10`, `3.12.1-64`. */
export interface VersionSpec {
  readonly implementation: string | undefined;
  /** One to three numbers. */
  readonly version: readonly number[];
  readonly freeThreaded: boolean;
  readonly bits: number | undefined;
}

const VERSION_SPEC = /^(?:([a-z]+)@)?(\d+(?:\.\d+){0,2})(t)?(?:-(32|64))?$/i;

/** Reads a Python asked for by version; undefined when `text` is no such thing (a path, a program name). */
export function parseVersionSpec(text: string): VersionSpec | undefined {
  const match = VERSION_SPEC.exec(text.trim());
  if (match === null) return undefined;
  const [, implementation, version = '', threaded, bits] = match;
  return {
    implementation: implementation?.toLowerCase(),
    version: version.split('.').map(Number),
    freeThreaded: threaded !== undefined,
    bits: bits === undefined ? undefined : Number(bits),
  };
}

/** Whether `interpreter` is what `spec` asks for; `3.11` is met by any 3.11.N, never by a free-threaded build. */
export function matchesSpec(interpreter: Interpreter, spec: VersionSpec): boolean {
  const { implementation, version, freeThreaded, bits } = spec;
  if (implementation !== undefined && interpreter.implementation !== implementation) return false;
  if (interpreter.freeThreaded !== freeThreaded) return false;
  if (bits !== undefined && interpreter.bits !== bits) return false;
  return version.every((part, index) => interpreter.version[index] === part);
}

/** Whether a program or folder name such as `python3.9` or `3.9.18` rules out that it is what `spec` asks for. */
export function nameContradicts(name: string, spec: VersionSpec): boolean {
  const numbers = /^(?:c?python|pypy)?[-@]?(\d+(?:\.\d+)+)/.exec(name)?.[1]?.split('.').map(Number) ?? [];
  return numbers.some((part, index) => index < spec.version.length && spec.version[index] !== part);
}

/** The `requires-python` text of exactly the versions `spec` names. */
export function specRange({ version }: VersionSpec): string {
  return version.length === 3 ? `==${version.join('.')}` : `==${version.join('.')}.*`;
}
