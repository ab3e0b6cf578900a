/** A run of tspm as the list of what it does to files, from strace: with every byte written and every fsync. */
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { runCommand, type Start } from './tspm.ts';

/** One change of the file system, or a promise about it (`sync`). Paths are absolute. */
export type DiskOperation =
  | { readonly kind: 'create'; readonly path: string; readonly mode: number }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly data: Buffer }
  | { readonly kind: 'copy'; readonly path: string; readonly from: string }
  | { readonly kind: 'sync'; readonly path: string }
  | { readonly kind: 'rename' | 'exchange' | 'link'; readonly path: string; readonly to: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'mkdir' | 'remove'; readonly path: string }
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'time'; readonly path: string; readonly seconds: number };

const CALLS =
  'chdir,openat,write,writev,pwrite64,ftruncate,copy_file_range,sendfile,ioctl,fsync,fdatasync,rename,renameat2,link,symlink,unlink,rmdir,mkdir,chmod,fchmod,utimensat';

/** Runs tspm and gives what it did below `root`, in order. The run must succeed. */
export async function diskOperations({ command, cwd, env }: Start, root: string): Promise<DiskOperation[]> {
  const log = `${root}.operations`;
  const options = ['-f', '-qq', '-y', '-xx', '-s', '1000000', '-o', log, '-e', `trace=${CALLS}`];
  // One worker thread, so that its calls and those of the main thread are in the log as they came.
  const run = { cwd, env: { ...env, UV_THREADPOOL_SIZE: '1' } };
  const { status, stderr } = await runCommand('strace', [...options, ...command], run);
  if (status !== 0) throw new Error(`the logged run of ${command.join(' ')} failed: ${stderr}`);
  const text = readFileSync(log, 'latin1');
  rmSync(log);
  return new LogReader(root, cwd).read(wholeCalls(text));
}

/** Calls that another thread interrupted come in two lines; they count where they end. */
function wholeCalls(text: string): string[] {
  const begun = new Map<string, string>();
  return text.split('\n').flatMap((line) => {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/u.exec(line) ?? [];
    const [, start] = /^(.*) <unfinished \.\.\.>$/u.exec(rest) ?? [];
    if (start !== undefined) {
      begun.set(thread, start);
      return [];
    }
    const [, end] = /^<\.\.\. \w+ resumed>(.*)$/u.exec(rest) ?? [];
    return [end === undefined ? rest : `${begun.get(thread) ?? ''}${end}`];
  });
}

class LogReader {
  readonly #root: string;
  /** The folder that relative paths begin in: one process, the one that has them, changes it. */
  #folder: string;
  /** Where the next write of a descriptor goes. */
  readonly #offsets = new Map<string, number>();

  constructor(root: string, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  read(calls: readonly string[]): DiskOperation[] {
    return calls.flatMap((line) => {
      const [, call = '', args = '', result = ''] = /^(\w+)\((.*)\) += (-?\w+)/u.exec(line) ?? [];
      if (result === '' || result.startsWith('-')) return [];
      return this.#operations(call, args, result).filter(({ path }) => path.startsWith(this.#root));
    });
  }

  #operations(call: string, args: string, result: string): DiskOperation[] {
    const [first = '', second = ''] = pathsIn(args);
    const [from, to] = [first, second].map((path) => resolve(this.#folder, path)) as [string, string];
    const descriptor = /^\d+/u.exec(args)?.[0] ?? '';
    const file = openPath(args);
    switch (call) {
      case 'chdir':
        this.#folder = from;
        return [];
      case 'openat':
        return this.#opened(args, result);
      case 'write':
      case 'writev': {
        const data = Buffer.concat(
          pathsIn(args.slice(args.indexOf('>') + 1)).map((piece) => Buffer.from(piece, 'latin1')),
        );
        const at = this.#offsets.get(descriptor) ?? 0;
        this.#offsets.set(descriptor, at + Number(result));
        return [{ kind: 'write', path: file, at, data: data.subarray(0, Number(result)) }];
      }
      case 'pwrite64': {
        const at = Number(/, (\d+)$/u.exec(args)?.[1] ?? 0);
        return [
          {
            kind: 'write',
            path: file,
            at,
            data: Buffer.from(pathsIn(args.slice(args.indexOf('>') + 1))[0] ?? '', 'latin1'),
          },
        ];
      }
      case 'ftruncate':
        return [{ kind: 'truncate', path: file, size: Number(/, (\d+)$/u.exec(args)?.[1] ?? 0) }];
      case 'copy_file_range': {
        const [from = '', to = ''] = openPaths(args);
        return [{ kind: 'copy', path: to, from }];
      }
      case 'sendfile': {
        const [to = '', from = ''] = openPaths(args);
        return [{ kind: 'copy', path: to, from }];
      }
      case 'ioctl': {
        const [to = '', from = ''] = openPaths(args);
        return args.includes('FICLONE') ? [{ kind: 'copy', path: to, from }] : [];
      }
      case 'fsync':
      case 'fdatasync':
        return [{ kind: 'sync', path: file }];
      case 'rename':
      case 'link':
        return [{ kind: call, path: from, to }];
      case 'renameat2':
        return [{ kind: args.includes('RENAME_EXCHANGE') ? 'exchange' : 'rename', path: from, to }];
      case 'symlink':
        return [{ kind: 'symlink', path: to, target: first }];
      case 'unlink':
      case 'rmdir':
        return [{ kind: 'remove', path: from }];
      case 'mkdir':
        return [{ kind: 'mkdir', path: from }];
      case 'chmod':
      case 'fchmod':
        return [
          {
            kind: 'mode',
            path: call === 'chmod' ? from : file,
            mode: Number.parseInt(/0?\d+$/u.exec(args)?.[0] ?? '', 8),
          },
        ];
      case 'utimensat': {
        const seconds = Number(/tv_sec=(\d+)/gu.exec(args.slice(args.indexOf('tv_sec=') + 7))?.[1] ?? Number.NaN);
        return Number.isNaN(seconds) ? [] : [{ kind: 'time', path: first === '' ? file : from, seconds }];
      }
      default:
        throw new Error(`an operation of no kind: ${call}`);
    }
  }

  #opened(args: string, result: string): DiskOperation[] {
    this.#offsets.set(result, 0);
    const [, name] = pathsIn(args.replace(/^AT_FDCWD<[^>]*>/u, '""'));
    if (name === undefined) return [];
    const path = resolve(this.#folder, name);
    const mode = Number.parseInt(/, (0\d+)$/u.exec(args)?.[1] ?? '0666', 8);
    const created: DiskOperation[] = args.includes('O_CREAT') ? [{ kind: 'create', path, mode }] : [];
    return args.includes('O_TRUNC') ? [...created, { kind: 'truncate', path, size: 0 }] : created;
  }
}

/** The texts in quotes, each byte of which strace writes as `\x2f`. */
function pathsIn(args: string): string[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/gu)].map(([, text = '']) => bytes(text));
}

/** The paths of open descriptors. */
function openPaths(args: string): string[] {
  return [...args.matchAll(/\d+<((?:\\x[0-9a-f]{2})+|[^>]*)>/gu)].map(([, text = '']) => bytes(text));
}

function openPath(args: string): string {
  return openPaths(args)[0] ?? '';
}

function bytes(text: string): string {
  return text.replaceAll(/\\x([0-9a-f]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
