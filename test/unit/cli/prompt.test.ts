import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openPrompter, type Prompter } from '../../../src/cli/prompt.ts';

describe('openPrompter', () => {
  it('answers in order, also when all lines come at once', async () => {
    const { prompter, shown } = open('demo\n\nyes\nmaybe\nn\n7\n1\n');
    expect(await prompter.text({ message: 'Name', default: undefined, option: '--name' })).toBe('demo');
    expect(await prompter.text({ message: 'Version', default: '0.1.0', option: '--version' })).toBe('0.1.0');
    expect(await prompter.confirm({ message: 'Sure?', default: false })).toBe(true);
    expect(await prompter.confirm({ message: 'Again?', default: true })).toBe(false);
    expect(await prompter.choose('Please select', ['a', 'b'])).toBe(1);
    expect(shown()).toContain('Version (0.1.0): ');
    expect(shown()).toContain('Sure? [y/n] (n): ');
    expect(shown()).toContain('Please answer y or n');
    expect(shown()).toContain('0. a\n1. b\nPlease select (0): ');
    expect(shown()).toContain('Please give a number from 0 to 1');
    prompter.close();
  });

  it('takes the defaults once the input has ended, and names the option where there is none', async () => {
    const { prompter } = open('');
    expect(await prompter.text({ message: 'Version', default: '0.1.0', option: '--version' })).toBe('0.1.0');
    expect(await prompter.confirm({ message: 'Sure?', default: true })).toBe(true);
    expect(await prompter.choose('Please select', ['a', 'b'])).toBe(0);
    await expect(prompter.text({ message: 'Name', default: undefined, option: '--name' })).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_USAGE', hint: 'give --name' }),
    );
  });
});

function open(answers: string): { readonly prompter: Prompter; readonly shown: () => string } {
  const input = new PassThrough();
  input.end(answers);
  let text = '';
  return { prompter: openPrompter(input, (piece) => void (text += piece)), shown: () => text };
}
