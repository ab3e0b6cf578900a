import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Adds up vitest's JSON reports in `folder`; a report that is missing or broken counts as one failure. */
export function readSummary(folder) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const reports = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (reports.length === 0) total.failed += 1;
  for (const name of reports) {
    const report = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    total.passed += report.numPassedTests;
    total.failed += report.numFailedTests + (report.success || report.numFailedTests > 0 ? 0 : 1);
    total.skipped += report.numPendingTests + report.numTodoTests;
  }
  return total;
}
