import { closeSync, openSync, readSync } from 'node:fs';
import { join, posix } from 'node:path';

import { readElfDynamic, type ElfDynamic } from '../archive/elf-dynamic.ts';
import type { WheelFile } from '../archive/wheel-manifest.ts';

/**
 * Marks the native files that find every library they need in their own wheel or in the system, so that they load from a folder of the store
 * as they do from the project: each `$ORIGIN` of RPATH and RUNPATH leads to a folder that the wheel has files in, and each DT_NEEDED is
 * a base library of the system or another confined file of the wheel, by name. What cannot be read counts as not confined.
 */
export function markConfined(files: readonly WheelFile[], tree: string): WheelFile[] {
  const asked = new Map<WheelFile, ElfDynamic>();
  for (const file of files) {
    const dynamic = file.native ? readDynamic(join(tree, file.path)) : undefined;
    if (dynamic !== undefined) asked.set(file, dynamic);
  }
  const folders = foldersOf(files);
  const confined = new Set(
    [...asked].flatMap(([file, dynamic]) => (staysInside(file, dynamic, folders) ? [file] : [])),
  );
  const named = groupByName(files.filter((file) => file.native));
  // Whoever needs one that is not confined is not either; each round takes at least one away.
  for (let before = -1; before !== confined.size;) {
    before = confined.size;
    for (const file of confined) {
      if (!needsOnly(asked.get(file)?.needed ?? [], named, confined)) confined.delete(file);
    }
  }
  return files.map((file) => (confined.has(file) ? { ...file, confined: true } : file));
}

/**
 * Libraries of the C and C++ runtimes that the manylinux and musllinux standards (PEP 600, PEP 656) leave to the system, Python's
 * own, and graphics and system libraries of the same list.
 */
const SYSTEM =
  /^(?:ld-(?:linux|musl)[-\w]*\.so|ld64\.so|libc\.(?:so|musl-)|lib(?:m|mvec|dl|rt|pthread|util|nsl|resolv|anl|gcc_s|stdc\+\+|atomic|z|expat|python3[.\w]*|X11|Xext|Xrender|ICE|SM|GL|gobject-2\.0|gthread-2\.0|glib-2\.0)\.so)/u;

function readDynamic(path: string): ElfDynamic | undefined {
  const fd = openSync(path, 'r');
  try {
    return readElfDynamic((position, length) => {
      const data = Buffer.alloc(length);
      return data.subarray(0, readSync(fd, data, 0, length, position));
    });
  } finally {
    closeSync(fd);
  }
}

function foldersOf(files: readonly WheelFile[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
  }
  return folders;
}

function staysInside(file: WheelFile, { searchPaths }: ElfDynamic, folders: ReadonlySet<string>): boolean {
  const own = posix.dirname(file.path);
  return searchPaths.every((entry) => {
    const [, rest] = /^\$(?:ORIGIN|\{ORIGIN\})(?=\/|$)(.*)$/u.exec(entry) ?? [];
    if (rest === undefined) return !entry.includes('$');
    const folder = posix.join(own, rest).replace(/\/$/u, '');
    if (folder === own) return true;
    // Files below .data are installed elsewhere, where other folders are their neighbours.
    return folders.has(folder) && !/^[^/]+\.data\//u.test(file.path);
  });
}

function groupByName(files: readonly WheelFile[]): ReadonlyMap<string, readonly WheelFile[]> {
  const groups = new Map<string, WheelFile[]>();
  for (const file of files) {
    const name = posix.basename(file.path);
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return groups;
}

function needsOnly(
  needed: readonly string[],
  named: ReadonlyMap<string, readonly WheelFile[]>,
  confined: ReadonlySet<WheelFile>,
): boolean {
  return needed.every((name) => {
    const own = named.get(posix.basename(name));
    return own === undefined ? SYSTEM.test(name) : own.every((file) => confined.has(file));
  });
}
