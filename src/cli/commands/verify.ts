import { verifyProject, type Verification } from '../../app/verify.ts';
import type { ProblemKind } from '../../installer/verify/problem.ts';
import { parseLockfile } from '../../lockfile/read.ts';
import { readChosenLock } from '../chosen-lock.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { withSession } from '../session.ts';

/** Exit statuses; the highest of what was found counts. docs/errors.md lists them. */
const STATUS: Readonly<Record<ProblemKind, number>> = { stale: 3, extra: 4, missing: 5, foreign: 6, modified: 7 };

/** `tspm verify`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  const { path, text, groups } = await readChosenLock(context, input);
  const result = await withSession(context, input, async (session) => {
    return verifyProject(session, parseLockfile(text, path, session.root), groups);
  });
  context.output.write(input.has('json') ? jsonText(result) : plainText(result));
  return Math.max(0, ...result.findings.map(({ kind }) => STATUS[kind]));
}

function jsonText({ packages, findings }: Verification): string {
  return `${JSON.stringify({ version: 1, ok: findings.length === 0, packages, problems: findings }, undefined, 2)}\n`;
}

function plainText({ packages, findings }: Verification): string {
  const lines = findings.map(({ kind, package: owner, path, detail }) => {
    const place = [owner, path].filter((part) => part !== undefined).join(': ');
    return `${kind.padEnd(8)} ${place}: ${detail}\n`;
  });
  const files = packages.reduce((sum, one) => sum + one.files, 0);
  const outcome = findings.length === 0 ? 'all as locked' : `${findings.length} problems`;
  return `${lines.join('')}${packages.length} packages with ${files} files: ${outcome}\n`;
}
