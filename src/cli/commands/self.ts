import { TspmError } from '../../errors.ts';

/** `tspm self` and `tspm plugin`: there is no Python environment of tspm's own. Throws TSPM_UNSUPPORTED. */
export async function run(): Promise<number> {
  throw new TspmError('TSPM_UNSUPPORTED', 'tspm has no plugins and no Python environment of its own', {
    hint: 'update it with `npm install -g tspm`',
  });
}
