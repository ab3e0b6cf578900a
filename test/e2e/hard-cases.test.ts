/** Hard cases through the whole command: what the server was asked for is what the figures say. */
import { expect, test } from 'vitest';
import { hardCases, type HardCase, versions } from '../support/hard-cases.ts';
import { serveIndex } from '../support/index-server.ts';
import { publishListed } from '../support/listed.ts';
import { Sandbox } from '../support/tspm.ts';
import { onlySource, projectText } from '../support/workspace.ts';

const sandbox = new Sandbox();
let count = 0;

const { 'aws: urllib3 first': first, 'aws: urllib3<1.25.4': capped } = hardCases();
const { 'a diamond 200 deep': diamond, 'aws: nothing fits': impossible } = hardCases();

test.each([first, capped, diamond, impossible] as readonly HardCase[])(
  '%#: the requests are those of the figures',
  async (given) => {
    const server = await serveIndex({ format: 'json' });
    publishListed(server, given.registry);
    const project = sandbox.project(
      `project${(count += 1)}`,
      projectText({ dependencies: given.roots, sources: [onlySource(server.simple)] }),
    );
    const { status, stderr } = await project.tspm(['lock', '-v', '--no-cache']);
    expect(status).toBe(given.expected === 'unsolvable' ? 1 : 0);
    const isMetadata = (path: string): boolean => path.endsWith('.metadata');
    expect(server.paths().filter(isMetadata).length).toBeLessThanOrEqual(given.metadata);
    // A connection that the server closes while it is idle may cost a second try; the figures do not count that.
    const paths = [...new Set(server.paths())];
    const metadata = paths.filter(isMetadata).length;
    const asked = [paths.length - metadata, metadata];
    const told = /(\d+) listings, (\d+) metadata/.exec(stderr)?.slice(1).map(Number);
    expect(told ?? asked).toEqual(asked);
    expect(stderr).toMatch(given.expected === 'unsolvable' ? /\[TSPM_RESOLUTION_FAILED\]/ : /resolved \d+ packages/);
  },
);

test('a listing of 5,000 versions among as many entries that make no sense', async () => {
  const server = await serveIndex({ format: 'json' });
  publishListed(server, { many: { ...versions(4999, () => []), '2.0': ['other'] }, other: versions(1, () => []) });
  const bytes = Buffer.from('garbage');
  const names = [
    'many',
    'many.whl',
    'many-1-2-3-4-5-6-7.whl',
    'many-9.0.exe',
    '../many-9.0.tar.gz',
    'few-9.0.tar.gz',
    'many-x.y.zip',
  ];
  for (let i = 0; i < 5000; i++) {
    const name = names[i % names.length] ?? '';
    server.add('many', {
      filename: i < names.length ? name : `${i}${name}`,
      bytes,
      requiresPython: i % 2 === 0 ? '>=nonsense' : '',
    });
  }
  const project = sandbox.project(
    'garbage',
    projectText({ dependencies: ['many'], sources: [onlySource(server.simple)] }),
  );
  const { stderr } = await project.ok(['lock', '-v']);
  expect(stderr).toMatch(/resolved 2 packages: .* 2 listings, 2 metadata, 4 waves/);
  expect(project.read('pdm.lock')).toContain('name = "many"\nversion = "2.0"');
});
