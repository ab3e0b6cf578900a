// Every error code stands in docs/errors.md with its exit status, every command in docs/compatibility.md, and docs/commands.md is
// what the table of commands gives; docs/resolver.md has the sections that doc comments name.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from './reference.mjs';
import { root } from './setup.mjs';

const problems = [];
const read = (path) => readFileSync(join(root, path), 'utf8');

const codes = [...read('src/errors.ts').matchAll(/^ {2}(TSPM_\w+): (\d+),$/gm)].map(([, code, exit]) => ({
  code,
  exit,
}));
const errors = read('docs/errors.md');
for (const { code, exit } of codes) {
  if (!errors.includes(`| \`${code}\` | ${exit} |`))
    problems.push(`docs/errors.md lacks ${code} with exit status ${exit}`);
}
for (const [code] of errors.matchAll(/TSPM_\w+/g)) {
  if (!codes.some((known) => known.code === code)) problems.push(`docs/errors.md names ${code}, which does not exist`);
}
const compatibility = read('docs/compatibility.md');
const commands = readdirSync(join(root, 'src/cli/commands')).map((file) => file.replace(/\.ts$/, ''));
for (const command of commands) {
  const word = command === 'pep582' ? '--pep582' : command;
  if (!compatibility.includes(`\`${word}\``)) problems.push(`docs/compatibility.md lacks ${word}`);
}
if (read('docs/commands.md') !== (await commandReference())) {
  problems.push('docs/commands.md is not what the table of commands gives; run node scripts/make-reference.mjs');
}
const sections = [...read('docs/resolver.md').matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
)) {
  for (const [, section] of read(join('src', file)).matchAll(/docs\/resolver\.md, "([^"]+)"/g)) {
    if (!sections.includes(section))
      problems.push(`src/${file} names "${section}", which docs/resolver.md does not have`);
  }
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'docs: in step' : `docs: ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
