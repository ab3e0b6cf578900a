/** docs/library.md tells the truth: every example runs on the built library and gives what the comment beside it says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { cliPath, nodeUnderTest, runCommand, Sandbox } from '../support/tspm.ts';

const sandbox = new Sandbox();
const folder = mkdtempSync(join(tmpdir(), 'tspm-library-'));
const page = readFileSync(join(import.meta.dirname, '../../docs/library.md'), 'utf8');
const examples = page
  .split(/^## /m)
  .slice(1)
  .flatMap((section) => {
    const [, code] = /^```js\n([\s\S]*?)^```$/m.exec(section) ?? [];
    return code === undefined ? [] : [{ title: section.slice(0, section.indexOf('\n')), code }];
  });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there is an example of every function', async () => {
  const library: Readonly<Record<string, unknown>> = await import('../../src/index.ts');
  const functions = Object.keys(library).filter((name) => name !== 'TspmError');
  const imported = examples.flatMap(({ code }) => /^import \{(.+)\}/m.exec(code)?.[1]?.split(',') ?? []);
  expect(imported.map((name) => name.trim()).toSorted()).toEqual(functions.toSorted());
});

test.each(examples)('$title', async ({ title, code }) => {
  const program = join(folder, `${title.replaceAll(/\W+/g, '-')}.mjs`);
  const library = pathToFileURL(join(dirname(cliPath), 'index.mjs')).href;
  const statements = statementsOf(code);
  const claims = statements.filter((statement) => CLAIM.test(statement)).length;
  expect(claims).toBe(code.split('; // ').length - 1);
  const text = `import assert from 'node:assert/strict';\n${statements.map(asserted).join('')}console.log('${claims} hold');\n`;
  writeFileSync(program, text.replace("'tspm'", JSON.stringify(library)));
  const result = await runCommand(nodeUnderTest, [program], { cwd: folder, env: sandbox.env });
  expect(result).toMatchObject({ status: 0, stderr: '', stdout: `${claims} hold\n` });
});

/** `expression; // value` or `expression; // throws CODE`. */
const CLAIM = /^\s*([\s\S]+); \/\/ (throws )?(.+)\n$/;

function statementsOf(code: string): string[] {
  return code.match(/(?:[^\n]*[^\n;]\n|\n)*?[^\n]*;(?: \/\/ [^\n]*)?\n/g) ?? [];
}

function asserted(statement: string): string {
  const [, expression, throws, claim = ''] = CLAIM.exec(statement) ?? [];
  if (expression === undefined) return statement;
  if (throws === undefined) return `assert.deepStrictEqual(${expression}, ${claim});\n`;
  return `assert.throws(() => ${expression}, { name: 'TspmError', code: '${claim}' });\n`;
}
