/** Unpacks what Node cannot, bzip2 and lzma, by the standard library of a Python. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TspmError } from '../errors.ts';

/** A compressed file and where its content goes. */
export interface Compressed {
  readonly kind: 'bz2' | 'lzma';
  readonly path: string;
  /** For messages. */
  readonly filename: string;
  /** A file that does not exist yet. */
  readonly target: string;
  /** Most bytes that may come out. */
  readonly limit: number;
}

const PROGRAM = `
import importlib, shutil, sys
try:
    module = importlib.import_module(sys.argv[1])
except ImportError as error:
    sys.exit("this Python lacks the module %s" % sys.argv[1])
try:
    with module.open(sys.argv[2], "rb") as file:
        shutil.copyfileobj(file, sys.stdout.buffer, 1 << 20)
    sys.stdout.buffer.flush()
except BrokenPipeError:
    sys.exit(1)
except Exception as error:
    sys.exit("%s: %s" % (type(error).__name__, error))
`;

/** Unpacks the file. Throws TSPM_ARCHIVE when it is damaged or Python lacks the module, TSPM_ARCHIVE_LIMIT, TSPM_INTERRUPTED. */
export async function decompress(
  executable: string,
  { kind, path, filename, target, limit }: Compressed,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(executable, ['-I', '-S', '-c', PROGRAM, kind, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let message = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (message = (message + text).slice(-1000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  ended.catch(() => undefined);
  try {
    await pipeline(child.stdout, atMost(limit, filename), createWriteStream(target, { flags: 'wx', mode: 0o600 }), {
      signal,
    });
    if ((await ended) === 0) return;
  } catch (error) {
    child.kill('SIGKILL');
    if (signal.aborted) throw new TspmError('TSPM_INTERRUPTED', `interrupted while ${filename} was unpacked`);
    throw error;
  }
  const reason = message.trim().split('\n').at(-1) ?? '';
  throw new TspmError('TSPM_ARCHIVE', `${filename}: cannot be unpacked: ${reason}`, { context: { archive: filename } });
}

function atMost(limit: number, filename: string): Transform {
  let size = 0;
  return new Transform({
    transform(piece: Buffer, _, done) {
      size += piece.length;
      if (size <= limit) done(null, piece);
      else done(new TspmError('TSPM_ARCHIVE_LIMIT', `${filename}: unpacks to more than ${limit} bytes`));
    },
  });
}
