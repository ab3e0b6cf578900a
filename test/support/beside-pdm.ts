/** PDM and tspm given the same words in projects that are alike, for tests that compare what came of it. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { mapLimit } from '../../src/util/limit.ts';
import { type PdmFound, runPdmOften } from './pdm.ts';
import type { Project, RunResult, Sandbox } from './tspm.ts';

/** One call; each tool makes it in a folder `demo` of its own, with these files, and with settings of its own. */
export interface Call {
  readonly args: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** What came of a call; paths of the sandbox that differ between the tools read `WORK`. */
export interface Outcome extends RunResult {
  readonly project: Project;
}

let batches = 0;

/** The outcomes of every call, by tspm and by PDM. */
export async function besidePdm<T extends Call>(
  pdm: PdmFound,
  sandbox: Sandbox,
  calls: readonly T[],
): Promise<{ readonly call: T; readonly ours: Outcome; readonly theirs: Outcome }[]> {
  const batch = `batch-${(batches += 1)}`;
  const openAll = (tool: string) => calls.map((call, index) => open(sandbox, `${tool}/${batch}/${index}`, call));
  const [mine, others] = [openAll('tspm'), openAll('pdm')];
  const ours = await mapLimit(calls, availableParallelism(), ({ args, env, input = '' }, index) =>
    at(mine, index).tspm(args, { input, env: { ...env, ...settingsOf(at(mine, index)) } }),
  );
  const runs = calls.map(({ args, env, input = '' }, index) => {
    const project = at(others, index);
    return { args, input, cwd: project.folder, env: { ...env, ...settingsOf(project) } };
  });
  const theirs = await runPdmOften(pdm, sandbox, runs);
  return calls.map((call, index) => ({
    call,
    ours: outcome(at(ours, index), at(mine, index), `${sandbox.root}/tspm/${batch}/${index}`),
    theirs: outcome(at(theirs, index), at(others, index), `${sandbox.root}/pdm/${batch}/${index}`),
  }));
}

const compatibility = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);

/** Of the sentences that explain a difference those that docs/compatibility.md does not have. */
export function unexplained(sentences: readonly string[]): string[] {
  return sentences.filter((sentence) => !compatibility.includes(sentence));
}

function open(sandbox: Sandbox, place: string, { files = {} }: Call): Project {
  const project = sandbox.project(`${place}/demo`);
  for (const [name, text] of Object.entries(files)) project.write(name, text);
  return project;
}

function settingsOf(project: Project): Record<string, string> {
  return { PDM_CONFIG_FILE: project.path('../config.toml') };
}

function outcome({ status, signal, stdout, stderr }: RunResult, project: Project, work: string): Outcome {
  const plain = (text: string): string => text.replaceAll(work, 'WORK').replaceAll(/[ \t]+$/gm, '');
  return { status, signal, stdout: plain(stdout), stderr: plain(stderr), project };
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}
