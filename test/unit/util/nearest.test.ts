import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/util/nearest.ts';

describe('nearestName', () => {
  const commands = ['add', 'install', 'lock', 'remove', 'run', 'sync', 'update'];

  it.each([
    ['adn', 'add'],
    ['isntall', 'install'],
    ['lokc', 'lock'],
    ['snyc', 'sync'],
    ['updat', 'update'],
  ])('takes %s for %s', (word, meant) => {
    expect(nearestName(word, commands)).toBe(meant);
  });

  it('gives nothing for a word that is far from every name', () => {
    expect(nearestName('numpy', commands)).toBeUndefined();
    expect(nearestName('x', ['add'])).toBeUndefined();
  });

  it('overlooks case and the kind of separator', () => {
    expect(nearestName('Typing_Extension', ['typing-extensions', 'typing'])).toBe('typing-extensions');
  });

  it('settles ties by code point order, whatever the order of the names', () => {
    expect(nearestName('cat', ['hat', 'bat'])).toBe('bat');
    expect(nearestName('cat', ['bat', 'hat'])).toBe('bat');
  });
});
