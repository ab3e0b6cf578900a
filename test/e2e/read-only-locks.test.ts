/** Commands that only read a lock leave its file alone: the same bytes, the same time of change. */
import { statSync, utimesSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '../support/catalogue.ts';
import { startIndexServer, type IndexServer } from '../support/index-server.ts';
import { Sandbox } from '../support/tspm.ts';
import { onlySource, projectText } from '../support/workspace.ts';

const READING: readonly (readonly string[])[] = [
  ['sync', '--no-self'],
  ['sync', '--no-self', '-r'],
  ['sync', '--no-self', '--dry-run', '--clean'],
  ['install', '--no-self'],
  ['install', '--check', '--no-self'],
  ['install', '--no-self', '--frozen-lockfile'],
  ['lock', '--check'],
  ['list'],
  ['list', '--tree'],
  ['info'],
  ['run', 'python', '-c', 'import base'],
  ['export'],
  ['export', '-f', 'pylock'],
  ['export', '--pyproject', '-o', 'requirements.txt'],
  ['add', '--no-self', '--dry-run', 'other'],
  ['remove', '--dry-run', 'base'],
  ['update', '--no-self', '--dry-run'],
];

const sandbox = new Sandbox();
let server: IndexServer;

beforeAll(async () => {
  server = await startIndexServer();
  publish(server, [
    { name: 'base', version: '1.0' },
    { name: 'other', version: '1.0' },
  ]);
});

afterAll(() => server.close());

test.each(['pdm', 'pylock'])('a lock in the format %s, with keys nobody knows', async (format) => {
  const project = sandbox.project(
    format,
    projectText({ dependencies: ['base'], sources: [onlySource(server.simple)] }),
  );
  project.write('pdm.toml', `[lock]\nformat = "${format}"\n`);
  await project.ok(['lock']);
  const file = format === 'pdm' ? 'pdm.lock' : 'pylock.toml';
  // Another layout, comments and unknown keys, all of which writing would lose.
  const text = project
    .read(file)
    .replace('name = "base"', 'name = "base" # kept\nnew-key = {a = [1, 2.5]}')
    .concat('\n[tool.other]\nkey = 1979-05-27\n');
  project.write(file, text);
  const longAgo = new Date(2001, 1, 1);
  utimesSync(project.path(file), longAgo, longAgo);
  for (const words of READING) {
    await project.ok(words);
    expect({ words, time: statSync(project.path(file)).mtimeMs, text: project.read(file) }).toEqual({
      words,
      time: longAgo.getTime(),
      text,
    });
  }
});
