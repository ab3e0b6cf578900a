/**
 * A disk that loses what it was not told to keep: names come to it in order, but of the bytes of a file only those that were there at its last
 * fsync (of a new file: none). Journalling file systems behave so, ext4 in its usual mode among them.
 */
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { DiskOperation } from './disk-log.ts';

/** A file with what the programs see and what the disk has. */
interface FileNode {
  readonly kind: 'file';
  content: Buffer;
  kept: Buffer;
  mode: number;
  seconds: number | undefined;
}

type Node =
  | FileNode
  | { readonly kind: 'folder'; isSynced: boolean }
  | { readonly kind: 'link'; readonly target: string };

/** Where one of two that change places waits for the other. */
const EXCHANGED = '/exchanged';

/** A file whose name the disk has and whose bytes it has not. */
export interface Hole {
  readonly path: string;
  readonly size: number;
  readonly kept: number;
}

export class DiskModel {
  readonly #nodes = new Map<string, Node>();

  /** Everything below `root`, all of it on the disk. */
  constructor(root: string) {
    const files = new Map<number, FileNode>();
    const visit = (path: string): void => {
      const found = lstatSync(path);
      if (found.isSymbolicLink()) this.#nodes.set(path, { kind: 'link', target: readlinkSync(path) });
      else if (found.isDirectory()) {
        this.#nodes.set(path, { kind: 'folder', isSynced: true });
        for (const name of readdirSync(path)) visit(join(path, name));
      } else {
        const content = files.has(found.ino) ? Buffer.alloc(0) : readFileSync(path);
        const file = files.get(found.ino) ?? {
          kind: 'file',
          content,
          kept: content,
          mode: found.mode & 0o7777,
          seconds: found.mtimeMs / 1000,
        };
        files.set(found.ino, file);
        this.#nodes.set(path, file);
      }
    };
    visit(root);
  }

  apply(operation: DiskOperation): void {
    const { path } = operation;
    switch (operation.kind) {
      case 'create':
        if (!this.#nodes.has(path)) {
          const empty = Buffer.alloc(0);
          this.#enter(path, {
            kind: 'file',
            content: empty,
            kept: empty,
            mode: operation.mode & 0o7777 & ~0o022,
            seconds: undefined,
          });
        }
        break;
      case 'truncate': {
        const file = this.#file(path);
        file.content = Buffer.from(file.content.subarray(0, operation.size));
        file.kept = Buffer.from(file.kept.subarray(0, operation.size));
        break;
      }
      case 'write': {
        const file = this.#file(path);
        const { at, data } = operation;
        const content = Buffer.alloc(Math.max(file.content.length, at + data.length));
        file.content.copy(content);
        data.copy(content, at);
        file.content = content;
        break;
      }
      case 'copy':
        this.#file(path).content = this.#file(operation.from).content;
        break;
      case 'sync': {
        const node = this.#nodes.get(path);
        if (node?.kind === 'file') node.kept = node.content;
        else if (node?.kind === 'folder') node.isSynced = true;
        break;
      }
      case 'rename':
        this.#rename(path, operation.to);
        break;
      case 'exchange':
        this.#rename(path, EXCHANGED);
        this.#rename(operation.to, path);
        this.#rename(EXCHANGED, operation.to);
        break;
      case 'link':
        this.#enter(operation.to, this.#file(path));
        break;
      case 'symlink':
        this.#enter(path, { kind: 'link', target: operation.target });
        break;
      case 'mkdir':
        this.#enter(path, { kind: 'folder', isSynced: false });
        break;
      case 'remove':
        this.#nodes.delete(path);
        this.#touch(path);
        break;
      case 'mode':
        this.#file(path).mode = operation.mode & 0o7777;
        break;
      case 'time':
        this.#file(path).seconds = operation.seconds;
        break;
    }
  }

  /** What a program reads at a path now, links followed; undefined when nothing is there. */
  read(path: string): string | undefined {
    for (let cut = path.indexOf('/', 1); cut !== -1; cut = path.indexOf('/', cut + 1)) {
      const node = this.#nodes.get(path.slice(0, cut));
      if (node?.kind === 'link') return this.read(node.target + path.slice(cut));
    }
    const node = this.#nodes.get(path);
    if (node?.kind === 'link') return this.read(node.target);
    return node?.kind === 'file' ? node.content.toString() : undefined;
  }

  /** Files that a power cut now would leave with other bytes than they have. */
  holes(): Hole[] {
    return [...this.#nodes].flatMap(([path, node]) =>
      node.kind === 'file' && !node.kept.equals(node.content)
        ? [{ path, size: node.content.length, kept: node.kept.length }]
        : [],
    );
  }

  /** Folders at and below `path` whose names a disk that keeps no order might lose. */
  loose(path: string): string[] {
    return [...this.#nodes].flatMap(([name, node]) =>
      node.kind === 'folder' && !node.isSynced && (name === path || name.startsWith(`${path}/`)) ? [name] : [],
    );
  }

  /** Makes `root` what a power cut an hour ago would have left. `change` has the last word about the bytes of a file. */
  restore(root: string, change: (kept: Buffer) => Buffer): void {
    rmSync(root, { recursive: true, force: true });
    const made = new Map<FileNode, string>();
    const anHourAgo = Date.now() / 1000 - 3600;
    for (const [path, node] of [...this.#nodes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      mkdirSync(dirname(path), { recursive: true });
      if (node.kind === 'folder') mkdirSync(path, { recursive: true });
      else if (node.kind === 'link') symlinkSync(node.target, path);
      else if (made.has(node)) linkSync(made.get(node) ?? '', path);
      else {
        made.set(node, path);
        writeFileSync(path, change(node.kept));
        chmodSync(path, node.mode);
        utimesSync(path, node.seconds ?? anHourAgo, node.seconds ?? anHourAgo);
      }
    }
  }

  #file(path: string): FileNode {
    const node = this.#nodes.get(path);
    if (node?.kind === 'file') return node;
    throw new Error(`${path} is ${node?.kind ?? 'not there'}, and the log writes to it`);
  }

  #enter(path: string, node: Node): void {
    this.#nodes.set(path, node);
    this.#touch(path);
  }

  #touch(path: string): void {
    const parent = this.#nodes.get(dirname(path));
    if (parent?.kind === 'folder') parent.isSynced = false;
  }

  #rename(from: string, to: string): void {
    const moved = [...this.#nodes].filter(([path]) => path === from || path.startsWith(`${from}/`));
    // A second name of the same file stays, as rename(2) leaves it.
    if (this.#nodes.get(from) === this.#nodes.get(to)) return;
    for (const [path] of moved) this.#nodes.delete(path);
    this.#nodes.delete(to);
    for (const [path, node] of moved) this.#nodes.set(`${to}${path.slice(from.length)}`, node);
    this.#touch(from);
    this.#touch(to);
  }
}
