import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { formatRecord, type RecordRow } from '../packaging/record.ts';
import { BIN_NAME } from './environment.ts';
import { lstatIfAny } from './files.ts';
import { formatShebang, readShebang } from './launcher.ts';
import { readRecordedFiles, rowPath } from './recorded-files.ts';
import { contentRow } from './stage.ts';
import { writeRecord } from './stamp.ts';
import type { DistributionState } from './state.ts';
import type { InstalledDistribution } from './working-set.ts';
import { makeFolders } from '../util/file-system.ts';

/** A small change to a distribution that stays: some of its own files come, change or go, and RECORD with them. */
export interface Amendment {
  readonly installed: InstalledDistribution;
  /** Whether it counts as requested afterwards. */
  readonly requested: boolean;
  /** New contents by path relative to `base`; undefined takes the file away. */
  readonly files: ReadonlyMap<string, Amended | undefined>;
}

/** A file's new content. */
export interface Amended {
  readonly content: Uint8Array;
  readonly mode: number;
}

/** A change of the interpreter that the commands start. */
export interface InterpreterChange {
  /** The one they start now; undefined when nobody wrote it down, and then any Python is meant. */
  readonly from: string | undefined;
  readonly to: string;
}

/**
 * What must be amended in the distributions that stay: the REQUESTED file where the project's direct requirements changed, and the
 * first lines of commands that start another interpreter than they should. Files of nobody's RECORD are left alone.
 */
export function planAmendments(
  base: string,
  kept: readonly InstalledDistribution[],
  wish: { readonly requested: ReadonlyMap<string, boolean>; readonly interpreter: InterpreterChange | undefined },
): Amendment[] {
  return kept.flatMap((installed) => {
    const files = new Map<string, Amended | undefined>();
    const requested = installed.state === undefined ? undefined : wish.requested.get(installed.key);
    if (requested !== undefined && requested !== installed.requested) {
      files.set(
        `lib/${installed.distInfo}/REQUESTED`,
        requested ? { content: new Uint8Array(), mode: 0o644 } : undefined,
      );
    }
    if (wish.interpreter !== undefined && installed.form === 'wheel') {
      for (const [path, amended] of newCommands(base, installed, wish.interpreter)) files.set(path, amended);
    }
    return files.size === 0 ? [] : [{ installed, requested: requested ?? installed.requested, files }];
  });
}

/** Builds the changed files and the new RECORD in `folder`; gives the new state of the distribution, if tspm keeps one. */
export function stageAmendment(base: string, folder: string, amendment: Amendment): DistributionState | undefined {
  const { installed, files } = amendment;
  const rows = new Map<string, RecordRow>();
  for (const { path, digest, size } of readRecordedFiles(base, installed.distInfo) ?? []) {
    rows.set(path, {
      path: rowPath(path),
      hash: digest === undefined ? undefined : { algorithm: 'sha256', digest },
      size,
    });
  }
  for (const [path, amended] of files) {
    if (amended === undefined) {
      rows.delete(path);
      continue;
    }
    rows.set(path, contentRow(path, amended.content));
    const target = join(folder, path);
    makeFolders(dirname(target));
    writeFileSync(target, amended.content, { flag: 'wx', mode: amended.mode });
  }
  const record = formatRecord(rows.values());
  const recordPath = join(folder, 'lib', installed.distInfo, 'RECORD');
  makeFolders(dirname(recordPath));
  const stamp = writeRecord(recordPath, record);
  return installed.state && { ...installed.state, requested: amendment.requested, record: stamp };
}

function newCommands(base: string, installed: InstalledDistribution, change: InterpreterChange): Map<string, Amended> {
  const commands = new Map<string, Amended>();
  const files = readRecordedFiles(base, installed.distInfo) ?? [];
  for (const { path } of files.filter((file) => file.path.startsWith(`${BIN_NAME}/`))) {
    const stats = lstatIfAny(join(base, path));
    if (stats === undefined || !stats.isFile()) continue;
    const content = readFileSync(join(base, path));
    const shebang = readShebang(content);
    if (shebang === undefined || shebang.interpreter === change.to) continue;
    if (change.from !== undefined && shebang.interpreter !== change.from) continue;
    const rewritten = Buffer.concat([Buffer.from(formatShebang(change.to)), content.subarray(shebang.end)]);
    commands.set(path, { content: rewritten, mode: 0o755 });
  }
  return commands;
}
