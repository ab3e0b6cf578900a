import { describe, expect, it } from 'vitest';
import { type Source, isTrustedSource, routeSources, transportsOf } from '../../../src/index/source.ts';

function source(name: string, fields: Partial<Source> = {}): Source {
  return { name, url: `https://${name}/simple`, type: 'index', verifySsl: true, include: [], exclude: [], ...fields };
}

function routed(sources: readonly Source[], name: string): string[] {
  return routeSources(sources, name).map((chosen) => chosen.name);
}

describe('routeSources', () => {
  const sources = [
    source('pypi', { exclude: ['secret-*'] }),
    source('torch', { include: ['torch', 'torch*n', 'nvidia_*'] }),
    source('mine', { include: ['demo?'], exclude: ['demo1', '[a-c]x'] }),
  ];

  it.each([
    ['torch', ['torch']],
    ['TorchVision', ['torch']],
    ['torchaudio', ['pypi', 'torch', 'mine']],
    ['nvidia.cudnn', ['torch']],
    ['secret-x', ['torch', 'mine']],
    ['demo1', ['mine']],
    ['demo12', ['pypi', 'torch', 'mine']],
    ['bx', ['pypi', 'torch']],
    ['dx', ['pypi', 'torch', 'mine']],
  ])('%s comes from %j', (name, names) => {
    expect(routed(sources, name)).toEqual(names);
  });

  it('takes brackets without an end, and ends the wrong way round, as they are', () => {
    expect(routed([source('a', { include: ['x[', 'y[z-a]'] }), source('b')], 'yz')).toEqual(['a', 'b']);
  });
});

describe('isTrustedSource', () => {
  it.each([
    ['https://host/', true],
    ['http://host/', false],
    ['HTTP://host/', false],
    ['http://localhost:8080/', true],
    ['http://127.3.2.1/', true],
    ['http://[::1]/', true],
    ['http://127.0.0.1.evil/', false],
    ['file:///x', true],
    ['/a/folder', true],
  ])('%s: %s', (url, trusted) => {
    expect(isTrustedSource(source('a', { url }))).toBe(trusted);
    expect(isTrustedSource(source('a', { url, verifySsl: false }))).toBe(true);
  });
});

it('transportsOf leaves out what is not fetched', () => {
  const sources = [source('a', { username: 'u' }), source('b', { url: '/folder', type: 'find_links' })];
  expect(transportsOf(sources)).toEqual([sources[0]]);
});
