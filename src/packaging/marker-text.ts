const PLAIN = /^[^\\\n\r\0]*$/;
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(\r\n|[^xuUN]))|\\|[\n\r\0]/g;
const MAX_CODE_POINT = 0x10_ffff;

const LETTERS: ReadonlyMap<string, string> = new Map([
  ['\n', ''],
  ['\r', ''],
  ['\r\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/**
 * The text a Python literal with this body stands for, as tools written in Python read the texts of markers; undefined when
 * it is no literal. Names of characters (`\N{…}`) are not known here.
 */
export function decodePythonText(body: string): string | undefined {
  if (PLAIN.test(body)) return body;
  let valid = true;
  const text = body.replaceAll(
    ESCAPE,
    (whole: string, octal?: string, x?: string, u?: string, long?: string, letter?: string) => {
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const hex = x ?? u ?? long;
      if (hex !== undefined && Number.parseInt(hex, 16) <= MAX_CODE_POINT)
        return String.fromCodePoint(Number.parseInt(hex, 16));
      // An unknown letter keeps its backslash.
      if (letter !== undefined && letter !== '\0') return LETTERS.get(letter) ?? whole;
      valid = false;
      return '';
    },
  );
  return valid ? text : undefined;
}
