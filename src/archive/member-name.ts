import { asBuffer } from './zip-fields.ts';

/** A member name read from its bytes. */
export interface MemberName {
  readonly text: string;
  /**
   * The reading as UTF-8 where the archive does not announce UTF-8 and the name is not ASCII: careless writers store UTF-8 without
   * the flag, and only RECORD tells which reading was meant.
   */
  readonly utf8: string | undefined;
}

/** Reads a member name: UTF-8 under flag bit 11, else cp437 as Python does. `undefined` when announced UTF-8 is invalid. */
export function readMemberName(bytes: Uint8Array, utf8Flag: boolean): MemberName | undefined {
  if (bytes.every((byte) => byte < 0x80)) return { text: asBuffer(bytes).toString('latin1'), utf8: undefined };
  const utf8 = decodeUtf8(bytes);
  if (utf8Flag) return utf8 === undefined ? undefined : { text: utf8, utf8: undefined };
  return { text: decodeCp437(bytes), utf8 };
}

/** Strict UTF-8; a byte order mark is kept as a character. `undefined` when invalid. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The upper half of code page 437, which the zip format prescribes for names without the UTF-8 flag. */
const CP437_UPPER =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function decodeCp437(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : CP437_UPPER.charAt(byte - 0x80))).join(
    '',
  );
}
