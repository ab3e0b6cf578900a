import { Buffer, isUtf8 } from 'node:buffer';
import { parse, TomlError } from 'smol-toml';
import { TspmError, type ErrorCode } from '../errors.ts';
import type { TomlTable } from './value.ts';

/** The codes a syntax error can carry, by the kind of file read. */
export type TomlErrorCode = Extract<ErrorCode, 'TSPM_PYPROJECT_SYNTAX' | 'TSPM_LOCK_SYNTAX' | 'TSPM_CONFIG_INVALID'>;

/**
 * Reads TOML 1.1; a leading byte order mark is dropped, line ends of Windows inside strings are read as `\n`, which is what Python's
 * reader and with it the content hash of PDM takes them for. Throws `code` with `file:line:column` in the message.
 * `file` is how the user knows the file.
 */
export function parseToml(text: string, file: string, code: TomlErrorCode = 'TSPM_PYPROJECT_SYNTAX'): TomlTable {
  try {
    return parse(withoutMark(text).replaceAll('\r\n', '\n'), { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const place = `${file}:${error.line}:${error.column}`;
    throw new TspmError(code, `${place}: ${reasonOf(error)}`, {
      context: { file, line: error.line, column: error.column },
      cause: error,
    });
  }
}

/** Decodes a TOML file's bytes; throws `code` when they are no UTF-8. A byte order mark stays. */
export function decodeToml(bytes: Uint8Array, file: string, code: TomlErrorCode = 'TSPM_PYPROJECT_SYNTAX'): string {
  // Several milliseconds less at start than a TextDecoder.
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  throw new TspmError(code, `${file}: expected UTF-8 text`, { context: { file } });
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The library's message is a sentence, an empty line and a picture of the place. */
function reasonOf(error: TomlError): string {
  const [first = error.message] = error.message.split('\n', 1);
  return first.replace(/^Invalid TOML document: /, '').trim();
}
