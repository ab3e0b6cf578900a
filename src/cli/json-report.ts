/** `--json` of commands that resolve: one JSON object on standard output, everything else on standard error. docs/errors.md has its form. */
import type { ProgressEvent, Reporter } from '../ports.ts';
import { redactText } from '../util/redact.ts';
import type { OptionSpec, ParsedCommand } from './command.ts';
import type { Output } from './output.ts';

/** The number of the form; it changes when something is taken away or gets another meaning. */
const FORM = 1;

/** The option. `list` and others have another `--json`, which prints what they show in another form. */
export const JSON_REPORT: OptionSpec = {
  name: 'json',
  summary:
    'Print what came of it, or why there is no solution, as JSON on standard output; all else goes to standard error',
};

/** Whether a report was asked for. */
export function wantsReport(input: ParsedCommand): boolean {
  return input.spec.options.includes(JSON_REPORT) && input.has(JSON_REPORT.name);
}

/** Writes the report. */
export function writeReport(output: Output, report: Readonly<Record<string, unknown>>): void {
  output.write(`${redactText(JSON.stringify({ version: FORM, ...report }))}\n`);
}

/** The work of resolutions, added up. */
export interface Statistics {
  readonly decisions: number;
  readonly conflicts: number;
  readonly listings: number;
  readonly metadata: number;
  readonly waves: number;
}

/** A reporter that also adds up what resolutions tell; it passes everything on. */
export function counting<T extends Reporter>(
  reporter: T,
): { readonly reporter: T; readonly statistics: () => Statistics } {
  let total: Statistics = { decisions: 0, conflicts: 0, listings: 0, metadata: 0, waves: 0 };
  const emit = (event: ProgressEvent): void => {
    if (event.kind === 'resolve:done') total = sum(total, event);
    reporter.emit(event);
  };
  return { reporter: { ...reporter, emit }, statistics: () => total };
}

function sum(total: Statistics, event: Statistics): Statistics {
  return {
    decisions: total.decisions + event.decisions,
    conflicts: total.conflicts + event.conflicts,
    listings: total.listings + event.listings,
    metadata: total.metadata + event.metadata,
    waves: total.waves + event.waves,
  };
}
