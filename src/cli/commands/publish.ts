import { TspmError } from '../../errors.ts';

/** `tspm publish`: tspm uploads nothing. Throws TSPM_UNSUPPORTED. */
export async function run(): Promise<number> {
  throw new TspmError('TSPM_UNSUPPORTED', 'tspm uploads nothing to package indexes', {
    hint: 'upload the files of dist/ with twine or PDM',
  });
}
