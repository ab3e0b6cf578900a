import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of a failure's message that are told again at the end: the message, and where in the test it came from. */
const MESSAGE_LINES = 12;

/** Adds up vitest's JSON reports in `folder`; no report, and a run that failed without saying where, count as one failure. */
export function readSummary(folder) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const reports = readReports(folder);
  if (reports.length === 0) total.failed += 1;
  for (const { report } of reports) {
    total.passed += report.numPassedTests;
    total.failed += Math.max(failedParts(report).length, report.success ? 0 : 1);
    total.skipped += report.numPendingTests + report.numTodoTests;
  }
  return total;
}

/**
 * What failed according to vitest's JSON reports in `folder`, a text each: the report, the file, the test and the head of its
 * message. Printed last, so that it is in sight where only the end of a long log is kept.
 */
export function readFailures(folder) {
  return readReports(folder).flatMap(({ name, report }) =>
    failedParts(report).map(({ file, test, messages }) => `${name}: ${file}\n  ${test}\n${indented(messages)}`),
  );
}

/** The tests that failed, and the files that could not be loaded and so have none. */
function failedParts(report) {
  return report.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter((test) => test.status === 'failed');
    if (tests.length === 0 && file.status === 'failed')
      return [{ file: file.name, test: '(the whole file)', messages: [file.message] }];
    return tests.map((test) => ({ file: file.name, test: test.fullName, messages: test.failureMessages }));
  });
}

function readReports(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.map((name) => ({ name, report: JSON.parse(readFileSync(join(folder, name), 'utf8')) }));
}

function indented(messages) {
  const lines = messages.join('\n').split('\n').slice(0, MESSAGE_LINES);
  return lines.map((line) => `    ${line}`).join('\n');
}
